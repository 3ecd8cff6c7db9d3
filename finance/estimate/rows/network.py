"""Ways between networks, and out of them."""

from collections.abc import Iterator
from typing import Final

from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.rows.reading import HOURS, Around, Quantity, fixed, last, only, used

_MILLION: Final = 1_000_000


def virtual_network(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A network costs nothing; protection against floods would."""
    if inputs.flag("enableDdosProtection", default=False):
        raise UnreadableError("enableDdosProtection is true, and a protection plan has no row")
    yield from ()


def subnet(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A part of a network costs nothing, and neither do service endpoints, but for those with an address of one's own.

    https://learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoints-overview#pricing-and-limits
    """
    if any(endpoint.raw("networkIdentifier") for endpoint in inputs.items("serviceEndpoints")):
        raise UnreadableError("a service endpoint has a networkIdentifier, which has no row")
    yield from ()


def private_endpoint(_: Inputs, around: Around) -> Iterator[Quantity]:
    """An endpoint by the hour, and GB both ways. https://azure.microsoft.com/pricing/details/private-link/."""
    yield fixed("private-endpoint", HOURS, "endpoint")
    yield used("private-endpoint-in", around.usage.of("endpoint-in-gb"), "in")
    yield used("private-endpoint-out", around.usage.of("endpoint-out-gb"), "out")


def private_zone(_: Inputs, around: Around) -> Iterator[Quantity]:
    """A private zone by the month, and its queries. https://azure.microsoft.com/pricing/details/dns/."""
    yield fixed("dns-private-zone", 1, "zone")
    yield used("dns-private-queries", around.usage.of("dns-million-queries") * _MILLION, "queries")


def public_zone(_: Inputs, around: Around) -> Iterator[Quantity]:
    """A public zone by the month, and its queries, as many as of a private one."""
    yield fixed("dns-public-zone", 1, "zone")
    yield used("dns-public-queries", around.usage.of("dns-million-queries") * _MILLION, "queries")


def peering(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """GB into and out of the network that it hangs on; the other end is billed for its own, at its own side.

    https://azure.microsoft.com/pricing/details/virtual-network/
    """
    own = inputs.text("virtualNetworkName")
    remote = last(inputs.text("remoteVirtualNetwork.id"))
    for name in (own, remote):
        if name not in around.networks:
            raise UnreadableError(f"the region of {name} cannot be told")
    way = "here" if around.networks[own] == around.networks[remote] else "abroad"
    yield used(f"peering-{way}-in", around.usage.of("peering-in-gb"), f"from {remote}")
    yield used(f"peering-{way}-out", around.usage.of("peering-out-gb"), f"to {remote}")


def flow_log(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """GB of flow logs, twice where they are analysed. https://azure.microsoft.com/pricing/details/network-watcher/."""
    if not inputs.flag("enabled", default=True):
        return
    usage = around.usage.of("flow-gb")
    yield used("flow-logs", usage, "collected")
    analysed = "flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration"
    if inputs.flag(f"{analysed}.enabled", default=False):
        minutes = inputs.number(f"{analysed}.trafficAnalyticsInterval", 60)
        yield used(f"traffic-analytics-{minutes}m", usage, f"analysed every {minutes} minutes")


def public_address(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A standard address by the hour, also while nothing uses it."""
    only(inputs, "sku.name", ("Standard",))
    yield fixed("public-address", HOURS, "address")


def nat_gateway(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A gateway by the hour, and what it passes on. https://azure.microsoft.com/pricing/details/azure-nat-gateway/."""
    only(inputs, "sku.name", ("Standard",))
    yield fixed("nat-gateway", HOURS, "gateway")
    yield used("nat-data", around.usage.of("nat-gb"), "passed on")


def bastion(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A way in by the hour, used or not. https://azure.microsoft.com/pricing/details/azure-bastion/."""
    tier = inputs.text("sku.name", "Standard")
    yield fixed(f"bastion-{tier.lower()}", HOURS, tier)

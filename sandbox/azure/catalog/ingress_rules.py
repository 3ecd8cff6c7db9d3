"""What Azure refuses of an app's ingress: port, transport, who may ask, where the traffic goes.

https://learn.microsoft.com/azure/container-apps/ingress-overview
"""

from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Final

from sandbox.azure.bodies import at, objects_at
from sandbox.azure.model import Write

from .common import UNVERIFIED_CODE, refuse, rule

_INGRESS: Final = "https://learn.microsoft.com/azure/container-apps/ingress-overview"
_TRAFFIC: Final = "https://learn.microsoft.com/azure/container-apps/traffic-splitting"
_ADDRESSES: Final = "https://learn.microsoft.com/azure/container-apps/ip-restrictions"
_PATH: Final = "configuration.ingress"
_TRANSPORTS: Final = ("auto", "http", "http2", "tcp")
_WHOLE: Final = 100


@rule("ContainerAppInvalidIngressTargetPort", UNVERIFIED_CODE + ": " + _INGRESS)
def port_is_a_port(write: Write) -> None:
    """The port that a container listens on; 0 lets Azure find it."""
    port = at(write.body, f"{_PATH}.targetPort")
    refuse(
        port is not None and not 0 <= int(port) <= 65535,
        400,
        "ContainerAppInvalidIngressTargetPort",
        f"The targetPort {port} of {write.name} is outside 0 to 65535.",
    )


@rule("ContainerAppInvalidIngressTransport", UNVERIFIED_CODE + ": " + _INGRESS)
def transport_is_known(write: Write) -> None:
    """One of four, in any case."""
    transport = at(write.body, f"{_PATH}.transport")
    refuse(
        transport is not None and str(transport).lower() not in _TRANSPORTS,
        400,
        "ContainerAppInvalidIngressTransport",
        f"The transport '{transport}' of {write.name} is none of {', '.join(_TRANSPORTS)}.",
    )


@rule("ContainerAppInvalidIpSecurityRestrictions", UNVERIFIED_CODE + ": " + _ADDRESSES)
def addresses_are_ranges(write: Write) -> None:
    """Rules for addresses have names of their own and IPv4 ranges, and are all Allow or all Deny."""
    rules = objects_at(write.body, f"{_PATH}.ipSecurityRestrictions")
    names, actions = [item.get("name") for item in rules], {item.get("action") for item in rules}
    refuse(
        len(actions) > 1 or not actions <= {"Allow", "Deny"},
        400,
        "ContainerAppInvalidIpSecurityRestrictions",
        f"The ipSecurityRestrictions of {write.name} are {', '.join(sorted(map(str, actions)))}: all must be Allow, or "
        "all Deny.",
    )
    for item in rules:
        refuse(
            names.count(item.get("name")) > 1 or not _is_range(item.get("ipAddressRange")),
            400,
            "ContainerAppInvalidIpSecurityRestrictions",
            f"The ipSecurityRestriction '{item.get('name')}' of {write.name} needs a name of its own and an IPv4 range "
            f"as 203.0.113.0/24, not '{item.get('ipAddressRange')}'.",
        )


def _is_range(text: object) -> bool:
    try:
        IPv4Network(str(text))
    except (AddressValueError, NetmaskValueError, ValueError):
        return False
    return True


@rule("ContainerAppInvalidTrafficWeight", UNVERIFIED_CODE + ": " + _TRAFFIC)
def traffic_is_whole(write: Write) -> None:
    """Weights add up to 100; more than one needs revisions side by side; each goes to one revision."""
    traffic = objects_at(write.body, f"{_PATH}.traffic")
    weights = [int(item.get("weight") or 0) for item in traffic]
    refuse(
        traffic and (sum(weights) != _WHOLE or any(not 0 <= weight <= _WHOLE for weight in weights)),
        400,
        "ContainerAppInvalidTrafficWeight",
        f"The traffic weights of {write.name} add up to {sum(weights)}, not to 100 of parts from 0 to 100.",
    )
    refuse(
        len(traffic) > 1 and at(write.body, "configuration.activeRevisionsMode") in (None, "Single"),
        400,
        "ContainerAppInvalidTrafficWeight",
        f"Traffic of {write.name} can be split in activeRevisionsMode Multiple alone.",
    )
    for item in traffic:
        refuse(
            bool(item.get("latestRevision")) == bool(item.get("revisionName")),
            400,
            "ContainerAppInvalidTrafficWeight",
            f"A part of the traffic of {write.name} goes to latestRevision or to a revisionName, one of the two.",
        )


@rule("ContainerAppInvalidTrafficLabel", UNVERIFIED_CODE + ": " + _TRAFFIC)
def labels_are_unique(write: Write) -> None:
    """A label is a host name: https://learn.microsoft.com/azure/container-apps/revisions#labels."""
    labels = [item["label"] for item in objects_at(write.body, f"{_PATH}.traffic") if item.get("label")]
    refuse(
        len({*labels}) != len(labels),
        400,
        "ContainerAppInvalidTrafficLabel",
        f"The traffic labels of {write.name} are {', '.join(labels)}: each names one revision.",
    )


RULES: Final = (port_is_a_port, transport_is_known, addresses_are_ranges, traffic_is_whole, labels_are_unique)

"""Container Apps, the registry, Event Hubs: what runs and what passes through.

https://learn.microsoft.com/azure/container-apps/billing has every rule of the first three.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from finance.estimate.inputs import Inputs, UnreadableError
from finance.estimate.rows.reading import DAYS, HOURS, Around, Quantity, fixed, only, used
from finance.money import EXACT
from finance.ranges import Range

_AN_HOUR: Final = 3600
_MILLION: Final = 1_000_000


def container_app(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """VCPU and GiB by the second: at the idle price while its least number of replicas has nothing to do, else active.

    An app that may go to zero has no idle price: whenever it runs, it is active. So is every replica above the least.
    """
    cores, memory = _size(inputs)
    least = inputs.number("template.scale.minReplicas", 0)
    most = inputs.number("template.scale.maxReplicas", 10)  # Azure's default
    usage = around.usage
    room = HOURS * max(most - least, Decimal(0))
    if least:
        running = Range.flat(HOURS * least)
        busy = running * usage.of("app-active-share")
        active = busy + usage.of("app-extra-replica-hours").each(lambda hours: min(hours, room))
        yield from _seconds(running - busy, cores, memory, "idle", f"{least} replica{'s' if least > 1 else ''}")
    else:
        active = usage.of("app-awake-hours").each(lambda hours: min(hours, room))
    yield from _seconds(active, cores, memory, "active", "when at work")


def job(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """A job runs at the active price, as often and as long as declared."""
    cores, memory = _size(inputs)
    minutes = around.usage.of("job-runs") * around.usage.of("job-minutes")
    yield used("apps-vcpu-active", minutes * cores * 60, "runs")
    yield used("apps-memory-active", minutes * memory * 60, "runs")


def environment(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """Requests from outside of it, and what a public one sends to the internet; the consumption profile alone."""
    for profile in inputs.items("workloadProfiles"):
        only(profile, "workloadProfileType", ("Consumption",))
    usage = around.usage
    yield used("apps-requests", usage.of("environment-million-requests") * _MILLION, "requests from outside")
    if not inputs.flag("vnetConfiguration.internal", default=False):
        yield used("internet-out", usage.of("internet-out-gb"), "to the internet")


def registry(inputs: Inputs, _: Around) -> Iterator[Quantity]:
    """A registry by the day; 500 GB of images are in the premium tier's price."""
    tier = inputs.text("sku.name")
    yield fixed(f"registry-{tier.lower()}", DAYS, tier)


def namespace(inputs: Inputs, around: Around) -> Iterator[Quantity]:
    """Throughput units by the hour and events by the million; a namespace that grew does not shrink by itself.

    https://learn.microsoft.com/azure/event-hubs/event-hubs-auto-inflate
    """
    tier = inputs.text("sku.name").lower()
    units = inputs.number("sku.capacity", 1)
    usage = around.usage
    yield fixed(f"hubs-{tier}-unit", HOURS * units, f"{units} throughput unit{'s' if units > 1 else ''}")
    if inputs.flag("isAutoInflateEnabled", default=False):
        room = HOURS * max(inputs.number("maximumThroughputUnits", 0) - units, Decimal(0))
        grown = usage.of("hub-extra-unit-hours").each(lambda hours: min(hours, room))
        yield used(f"hubs-{tier}-unit", grown, "units that it grew by")
    yield used(f"hubs-{tier}-events", usage.of("hub-million-events") * _MILLION, "events")


def _seconds(hours: Range, cores: Decimal, memory: Decimal, state: str, what: str) -> Iterator[Quantity]:
    yield used(f"apps-vcpu-{state}", hours * cores * _AN_HOUR, f"{what}, {state}")
    yield used(f"apps-memory-{state}", hours * memory * _AN_HOUR, f"{what}, {state}")


def _size(inputs: Inputs) -> tuple[Decimal, Decimal]:
    """VCPU and GiB of a replica, all its containers together."""
    containers = inputs.items("template.containers")
    if not containers:
        raise UnreadableError("template.containers is not known yet")
    cores = memory = Decimal(0)
    for container in containers:
        cores = EXACT.add(cores, container.number("resources.cpu"))
        gib = container.text("resources.memory")
        if not gib.endswith("Gi"):
            raise UnreadableError(f"resources.memory is {gib}, which is not in Gi")
        memory = EXACT.add(memory, Inputs({"memory": gib.removesuffix("Gi")}).number("memory"))
    return cores, memory

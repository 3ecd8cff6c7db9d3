"""Personal data stays in its residency zone: what a deployment may share with another one, by where both stand."""

from collections.abc import Iterator

from cidr import DeploymentName, Fault
from components.conventions import REGIONS
from stacks import Settings


def residency_faults(settings: Settings) -> Iterator[Fault]:
    """What would take tenants' data to another zone: a peer there, and event hubs in a global deployment there."""
    name = settings.deployment
    for number, peer in enumerate(settings.options.peers):
        yield from _apart(name, peer, f"settings.options.peers[{number}]", f"take {peer} out of both stack files")
    own = f"let {settings.hosts_hubs_of or name} have its own: take"
    if settings.hosts_hubs_of is not None:
        yield from _apart(name, settings.hosts_hubs_of, "settings.hosts_hubs_of", f"{own} the key out of both files")
    if name.needs is not None and not settings.regional_event_hubs:
        yield from _apart(name, name.needs, "settings.regional_event_hubs", f"{own} the key out of both files")


def _apart(name: DeploymentName, other: DeploymentName, where: str, step: str) -> Iterator[Fault]:
    zones = {each: REGIONS[each.region].residency_zone for each in (name, other)}
    if zones[name] != zones[other]:
        yield Fault(
            where=f"stacks/Pulumi.{name}.yaml {where}",
            what=f"{name} is of the residency zone {zones[name]}, {other} of {zones[other]} "
            f"(see stacks/Pulumi.{other}.yaml)",
            allowed="deployments of one zone: a tenant's data stays in its own",
            next_step=step,
        )

"""What two stack files say of each other: where one names the other, the other must name it.

A peering and hubs in the global namespace are made by two stacks, each its part; one of them alone would come up with
a half that leads nowhere. And a regional's identities have roles in its global deployment: both are of one tenant.
"""

from collections.abc import Iterator
from pathlib import Path

from cidr import DeploymentName, Fault, FaultsError
from stacks.files import KEY
from stacks.order import known_deployments
from stacks.others import gives_hubs_away, guest_named, peers_named, tenant_named
from stacks.settings import Settings


def check_agreement(settings: Settings, root: Path | None = None) -> None:
    """Hold the settings of a deployment against the stack files of others below `root` (default: this repository).

    Raises FaultsError with everything that is said on one side alone, naming both files.
    """
    faults = [*_tenant(settings, root), *_peers(settings, root), *_hubs(settings, root)]
    if faults:
        raise FaultsError(faults)


def _tenant(settings: Settings, root: Path | None) -> Iterator[Fault]:
    name = settings.deployment
    for other in known_deployments():
        if name.needs != other and other.needs != name:
            continue
        tenant = tenant_named(other, root)
        if tenant not in {None, settings.tenant_id}:
            regional, needed = (name, other) if name.needs else (other, name)
            yield Fault(
                where=_where(regional, "tenant_id"),
                what=f"{regional} and {needed}, which it needs, are of two tenants: {settings.tenant_id} in "
                f"{_file(name)}, {tenant} in {_file(other)}",
                allowed="one tenant for an environment",
                next_step="write the same `tenant_id` in both files; `az account show` tells yours",
            )


def _peers(settings: Settings, root: Path | None) -> Iterator[Fault]:
    name, said = settings.deployment, settings.options.peers
    for peer in said:
        if name not in peers_named(peer, root):
            yield _one_sided(name, peer)
    for other in known_deployments():
        if other.needs == name.needs and name in peers_named(other, root) and other not in said and other != name:
            yield _one_sided(other, name)


def _one_sided(namer: DeploymentName, named: DeploymentName) -> Fault:
    return Fault(
        where=_where(namer, "options.peers"),
        what=f"{namer} names {named} as its peer, and {_file(named)} does not name {namer}",
        allowed="peers that name each other, in both stack files",
        next_step=f"write `options: {{peers: [{namer}]}}` in {_file(named)}, or take {named} out of {_file(namer)}",
    )


def _hubs(settings: Settings, root: Path | None) -> Iterator[Fault]:
    name = settings.deployment
    if name.needs is None:
        guest = settings.hosts_hubs_of
        if guest is not None and not gives_hubs_away(guest, root):
            yield _not_given(name, guest)
        return
    guest = guest_named(name.needs, root)
    if not settings.regional_event_hubs and guest != name:
        yield Fault(
            where=_where(name, "regional_event_hubs"),
            what=f"{name} has no event hubs of its own, and {_file(name.needs)} "
            + (f"has those of {guest}" if guest else "does not name it"),
            allowed="false where the global deployment names this one, and true elsewhere",
            next_step=f"write `hosts_hubs_of: {name}` in {_file(name.needs)}, or `regional_event_hubs: true` in "
            f"{_file(name)}",
        )
    if settings.regional_event_hubs and guest == name:
        yield _not_given(name.needs, name)


def _not_given(host: DeploymentName, guest: DeploymentName) -> Fault:
    return Fault(
        where=_where(host, "hosts_hubs_of"),
        what=f"{host} has the event hubs of {guest}, and {_file(guest)} says that {guest} has its own",
        allowed="a regional deployment with `regional_event_hubs: false`",
        next_step=f"write `regional_event_hubs: false` in {_file(guest)}, or take `hosts_hubs_of` out of {_file(host)}",
    )


def _where(name: DeploymentName, key: str) -> str:
    return f"{_file(name)} {KEY}.{key}"


def _file(name: DeploymentName) -> str:
    return f"stacks/Pulumi.{name}.yaml"

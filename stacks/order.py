"""Which deployments there are, and in which order they go up and down: what is needed before what needs it."""

from collections.abc import Iterable
from pathlib import Path

from cidr import DeploymentName, Fault, FaultsError, load_map
from stacks.others import peers_named


def known_deployments() -> tuple[DeploymentName, ...]:
    """Every deployment of the map, live or reserved, in the order of the map."""
    return tuple(load_map().owned)


def precedes(one: DeploymentName, other: DeploymentName) -> bool:
    """Whether one deployment is before the other: globals first, else as in the map, which does not change.

    Of two peers the later one makes what joins them. Raises ValueError for a deployment that is not in the map.
    """
    return _rank(one) < _rank(other)


def needs_of(name: DeploymentName, root: Path | None = None) -> tuple[DeploymentName, ...]:
    """What must be up before a deployment: its global, and those of its peers that are before it.

    Peers are read from its stack file below `root` (default: this repository).
    """
    earlier = (peer for peer in peers_named(name, root) if peer.needs == name.needs and precedes(peer, name))
    return (*([name.needs] if name.needs is not None else []), *sorted(earlier, key=_rank))


def up_order(names: Iterable[DeploymentName | str], root: Path | None = None) -> list[DeploymentName]:
    """The deployments to bring up, each once: what the named ones need is added and comes first.

    Among globals and among regionals the order is that of the map; regionals that are no peers may go side by side.
    Raises FaultsError with every name that is none or is not in the map.
    """
    found = _known(names)
    new = set(found)
    while new := {needed for name in new for needed in needs_of(name, root)} - found:
        found |= new
    return sorted(found, key=_rank)


def down_order(names: Iterable[DeploymentName | str]) -> list[DeploymentName]:
    """The deployments to take down, each once: `up_order` backwards, and nothing is added."""
    return sorted(_known(names), key=_rank, reverse=True)


def _rank(name: DeploymentName) -> tuple[bool, int]:
    return name.kind == "regional", known_deployments().index(name)


def _known(names: Iterable[DeploymentName | str]) -> set[DeploymentName]:
    allocation_map = load_map()
    found: set[DeploymentName] = set()
    faults: list[Fault] = []
    for given in names:
        try:
            name = DeploymentName.parse(given) if isinstance(given, str) else given
        except FaultsError as error:
            faults += error.faults
            continue
        if name in allocation_map.owned:
            found.add(name)
        else:
            faults.append(allocation_map.unknown(name))
    if faults:
        raise FaultsError(faults)
    return found

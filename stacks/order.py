"""Which deployments there are, and in which order they go up and down: a global before the regionals that need it."""

from collections.abc import Iterable

from cidr import DeploymentName, Fault, FaultsError, load_map


def known_deployments() -> tuple[DeploymentName, ...]:
    """Every deployment of the map, live or reserved, in the order of the map."""
    return tuple(load_map().owned)


def up_order(names: Iterable[DeploymentName | str]) -> list[DeploymentName]:
    """The deployments to bring up, each once: the globals that the named ones need are added and come first.

    Among globals and among regionals the order is that of the map; regionals may go side by side. Raises FaultsError
    with every name that is none or is not in the map.
    """
    asked = _known(names)
    needed = {name.needs for name in asked if name.needs is not None}
    return sorted(asked | needed, key=_rank)


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

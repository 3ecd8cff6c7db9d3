"""What the stack files say of other deployments, read without the rest: for the order, which must stand whatever else
is wrong with a file. Whether it may be said is held by `load_settings` and `check_agreement`.
"""

from functools import lru_cache
from pathlib import Path
from typing import cast

from cidr import DeploymentName, FaultsError, load_map
from cidr.yaml_source import read_yaml
from stacks.files import KEY, stack_file


def peers_named(deployment: DeploymentName, root: Path | None = None) -> tuple[DeploymentName, ...]:
    """The deployments of the map that a stack file names as peers; none where it does not say so in sound words."""
    peers = _mapping(_said(deployment, root).get("options")).get("peers")
    named = map(_known, cast("list[object]", peers)) if isinstance(peers, list) else ()
    return tuple(dict.fromkeys(name for name in named if name is not None))


def guest_named(deployment: DeploymentName, root: Path | None = None) -> DeploymentName | None:
    """The deployment of the map whose hubs a global's stack file says that it has; None where it does not say so."""
    return _known(_said(deployment, root).get("hosts_hubs_of"))


def gives_hubs_away(deployment: DeploymentName, root: Path | None = None) -> bool:
    """Whether a regional's stack file says that its hubs lie in the global namespace."""
    return _said(deployment, root).get("regional_event_hubs") is False


def tenant_named(deployment: DeploymentName, root: Path | None = None) -> str | None:
    """The Entra tenant in a stack file; None where it has none."""
    tenant = _said(deployment, root).get("tenant_id")
    return tenant if isinstance(tenant, str) else None


def _known(value: object) -> DeploymentName | None:
    try:
        name = DeploymentName.parse(value) if isinstance(value, str) else None
    except FaultsError:
        return None
    return name if name in load_map().owned else None


def _said(deployment: DeploymentName, root: Path | None) -> dict[str, object]:
    file = stack_file(str(deployment), root)
    try:
        status = file.stat()
    except OSError:
        return {}
    return _settings_in((file, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=128)
def _settings_in(version: tuple[Path, int, int]) -> dict[str, object]:
    """The settings in a version of a file as they stand; nothing of one that cannot be read."""
    try:
        data = read_yaml(version[0]).data
    except FaultsError:
        return {}
    return _mapping(_mapping(data.get("config")).get(KEY))


def _mapping(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}

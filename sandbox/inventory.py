"""What stands in a sandbox, read from the state files alone: no passphrase, no Pulumi, no lock, milliseconds.

So `list` works while a run is going on, and also where a state cannot be opened: then it says so.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, cast

from sandbox.engine.model.urn import STACK_TYPE, is_provider_type
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.lock import Holder, holders_of
from sandbox.home import SandboxHome

PROJECT: Final = "complianceflow"
"""Name of the Pulumi project, as in Pulumi.yaml."""

Status = Literal["down", "up", "running", "interrupted", "damaged"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a deployment stands.

    status: `down` no resource; `up`; `running` a run holds it now; `interrupted` a run was killed, its journal or its
    pending operations wait for the next one; `damaged` the state file cannot be read. resources: those in Azure, not
    components or providers. changed: when the state was last written, UTC.
    """

    deployment: str
    status: Status
    resources: int = 0
    pending: int = 0
    changed: datetime | None = None
    holder: Holder | None = None
    detail: str = ""

    @property
    def maybe_up(self) -> bool:
        """False only where there is surely nothing in Azure."""
        return self.status != "down"


def layout_of(home: SandboxHome) -> Layout:
    """Where the state of this home's deployments lies."""
    return Layout(home.state, PROJECT)


def stacks_of(home: SandboxHome) -> list[str]:
    """Names of the stacks that were ever made in this home, sorted."""
    return sorted(path.stem for path in layout_of(home).stacks.glob("*.json") if not path.name.startswith("."))


def standing_of(home: SandboxHome, deployment: str) -> Standing:
    """How one deployment stands in this home."""
    layout = layout_of(home)
    path = layout.state(deployment)
    holder = next((found for found in holders_of(layout.locks(deployment)) if not found.gone), None)
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        latest = _latest(path)
    except FileNotFoundError:
        return Standing(deployment, "running" if holder else "down", holder=holder)
    except (OSError, ValueError) as error:
        return Standing(deployment, "damaged", holder=holder, detail=f"{path}: {error}")
    resources = sum(1 for resource in _items(latest, "resources") if _is_real(resource))
    pending = len(list(_items(latest, "pending_operations")))
    return Standing(
        deployment,
        _status(
            journal=layout.journal(deployment).exists(), held=holder is not None, resources=resources, pending=pending
        ),
        resources=resources,
        pending=pending,
        changed=written,
        holder=holder,
    )


def _status(*, journal: bool, held: bool, resources: int, pending: int) -> Status:
    if held:
        return "running"
    if journal or pending:
        return "interrupted"
    return "up" if resources else "down"


def _latest(path: Path) -> dict[str, Any]:
    """The deployment in a state file. ValueError when it is not what a state file is."""
    document: Any = json.loads(path.read_bytes())
    checkpoint: Any = cast("dict[str, Any]", document).get("checkpoint") if isinstance(document, dict) else None
    if not isinstance(checkpoint, dict):
        raise ValueError("no `checkpoint` in it")  # noqa: TRY004 - of a file, not of an argument
    latest: Any = cast("dict[str, Any]", checkpoint).get("latest") or {}
    if not isinstance(latest, dict):
        raise ValueError("its `latest` is no object")  # noqa: TRY004
    return cast("dict[str, Any]", latest)


def _items(latest: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    found: Any = latest.get(key) or []
    return (item for item in found if isinstance(item, dict)) if isinstance(found, list) else iter(())


def _is_real(resource: dict[str, Any]) -> bool:
    """True for what is in Azure (or random): custom, managed, no provider."""
    type_ = str(resource.get("type", ""))
    custom = bool(resource.get("custom")) and not resource.get("external")
    return custom and type_ != STACK_TYPE and not is_provider_type(type_)

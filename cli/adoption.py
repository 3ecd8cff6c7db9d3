"""What a lost reply left behind: a resource that was made and that no state knows. It is taken over, then `up` goes on.

Azure makes a resource and the answer never arrives; the next create is refused with "already existing". Whatever bears
the deployment's own name is its own by construction, so it is imported, and the same run is done once more. It works
with every engine: an import is a state operation.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from cidr import FaultsError
from cli.run_view import RunView
from components.conventions import parse_name
from sandbox.deployers import Found

_EXISTS: Final = re.compile(r"cannot create already existing resource '([^']+)'")


def left_behind(view: RunView) -> list[Found]:
    """The resources of this deployment whose create was refused because they exist, each once."""
    ids: dict[str, str] = {}
    for event in view.diagnostics():
        refused = _EXISTS.search(event.message) if event.urn else None
        if refused and is_of(view.deployment, refused[1]):
            ids[event.urn] = refused[1]
    failed = [step for step in view.ended() if step.status == "failed" and step.metadata.urn in ids]
    return [
        Found(it.metadata.type, it.metadata.urn, ids[it.metadata.urn], it.metadata.parent, it.inputs) for it in failed
    ]


def is_of(deployment: str, arm_id: str) -> bool:
    """True if the innermost part of an ARM id that tells a deployment tells this one."""
    return next(_deployments(reversed(arm_id.strip("/").split("/"))), "") == deployment


def _deployments(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            parsed = parse_name(name)
        except FaultsError:
            continue
        if parsed.deployment is not None:
            yield str(parsed.deployment)

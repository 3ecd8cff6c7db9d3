"""Drift: what Azure has otherwise than the state says, as a refresh finds it."""

from collections.abc import Sequence
from typing import Final

from cli.documents import Change, Run, StepDocument
from cli.exit_codes import ExitCode

CHECK: Final = "refresh --check"
"""The command that looks for it."""
# What Azure fills in by itself, after the resource was made, because another one was: the approval of an endpoint, the
# other side of a peering. A refresh takes it in, and nobody has to mend anything.
# https://learn.microsoft.com/rest/api/virtualnetwork/virtual-network-peerings/get (peeringState, peeringSyncLevel)
# https://learn.microsoft.com/rest/api/eventhub/namespaces/get (privateEndpointConnections)
_AZURES_OWN: Final = frozenset({"peeringState", "peeringSyncLevel", "privateEndpointConnections"})


def drifted(run: Run) -> int:
    """How many resources a refresh found otherwise than in the state, but for what Azure fills in by itself."""
    return sum(_differs(step) for step in run.steps)


def _differs(step: StepDocument) -> bool:
    """True for a resource that is gone, or that has a property otherwise than the state: changed, lost or added."""
    if step.op == "delete":
        return True
    return step.op == "update" and not (step.changes and all(map(_is_azures_own, step.changes)))


def _is_azures_own(change: Change) -> bool:
    return change.kind == "add" and change.path.partition("[")[0] in _AZURES_OWN


def code_of(code: ExitCode, runs: Sequence[Run]) -> ExitCode:
    """The status of a check that ended with `code`: DRIFT where all went well and something was found."""
    return ExitCode.DRIFT if code is ExitCode.OK and any(map(drifted, runs)) else code


def told(run: Run) -> str:
    """What a check found, in a line."""
    count, filled_in = drifted(run), sum(step.op == "update" and not _differs(step) for step in run.steps)
    if not count:
        what = f" ({filled_in} with what Azure itself has filled in since)" if filled_in else ""
        return f"no drift: Azure has what the state says{what}"
    return f"drift: {count} {'resource is' if count == 1 else 'resources are'} otherwise in Azure than in the state"


def next_commands(runs: Sequence[Run]) -> list[str]:
    """Take it into the state; `up` then brings Azure back to what the program says."""
    names = [run.deployment for run in runs if drifted(run)]
    return (
        [f"./cfctl refresh {' '.join(names)}, then ./cfctl up {' '.join(names)} (brings Azure back)"] if names else []
    )

"""A destroy that met another's write is tried again, by the table of the program's own retries."""

from pathlib import Path
from typing import Any

import pytest

from cli.passing import pause_before_next_try
from cli.run_view import RunView
from components.retries import TRANSIENT
from sandbox.engine.model.events import DiagnosticEvent, ResOpFailedEvent, StepMetadata

BUSY = 'Status=409 Code="AnotherOperationInProgress" Message="Another operation on this network is in progress."'
LOCKED = 'Status=409 Code="ScopeLocked" Message="The scope is locked."'


def failed(*messages: str) -> RunView:
    view = RunView("westeu-dev-1", "destroy")
    for number, message in enumerate(messages):
        urn = f"urn:pulumi:s::p::azure-native:network:Subnet::{number}"
        view.take(DiagnosticEvent("error", message, urn))
        view.take(ResOpFailedEvent(StepMetadata("delete", urn, "azure-native:network:Subnet")))
    return view


def test_only_what_passes_by_itself_is_tried_again_and_not_for_ever() -> None:
    """One failure that stays makes a new try pointless."""
    row = TRANSIENT["AnotherOperationInProgress"]
    assert pause_before_next_try(failed(BUSY), 1) == row.pause(1)
    assert pause_before_next_try(failed(BUSY), 2) == row.pause(2)
    assert pause_before_next_try(failed(BUSY, BUSY), row.attempts) is None
    assert pause_before_next_try(failed(BUSY, LOCKED), 1) is None
    assert pause_before_next_try(failed(), 1) is None


@pytest.mark.parametrize(("code", "status"), [("AnotherOperationInProgress", 0), ("ScopeLocked", 1)])
def test_down_meets_a_busy_azure_and_goes_on(small: Any, tmp_path: Path, code: str, status: int) -> None:
    """Through the real entrance: refused once, then done; what stays refused fails at once and shows as it is."""
    assert small("up", "global-dev").status == 0
    faults = tmp_path / "faults.yaml"
    faults.write_text(
        f'- {{type: "resources:ResourceGroup", operation: delete, nth: 1, times: 2, code: {code}, status: 409}}\n'
    )
    down = small("down", "global-dev", "--yes", "--json", CFCTL_FAULTS=str(faults))
    assert down.status == status, down.err
    assert down.err.count("what is left is tried again") == (2 if status == 0 else 0)
    (run,) = down.document["runs"]
    assert run["result"] == ("failed" if status else "succeeded")
    if not status:
        assert run["changes"] == {"delete": 4}

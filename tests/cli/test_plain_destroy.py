"""What a destroy without `cfctl` is refused, and what the broken glass of `cfctl` lifts."""

from typing import Any

import pytest

from sandbox.deployers import Request, RunResult
from sandbox.runs import Sandbox
from sandbox.waiting import WaitingProgram

pytestmark = pytest.mark.slow


def destroyed(cfctl: Any, deployment: str) -> RunResult:
    """What `pulumi destroy -s` does: the engine alone, no order and no guard of ours around it."""
    with WaitingProgram(cfctl.project) as program, Sandbox(cfctl.home, program) as sandbox:
        return sandbox.run("destroy", deployment, Request(), lambda _: None)


def test_a_global_is_not_destroyed_while_a_regional_is_up(cfctl: Any) -> None:
    """Not one of its resources: the lock of the regional is on the first that a destroy comes to."""
    assert cfctl("up", "westeu-dev-1").status == 0
    ended = destroyed(cfctl, "global-dev")
    assert (ended.result, ended.changes) == ("failed", {})
    assert "ScopeLocked" in ended.errors[0]
    assert cfctl("up", "global-dev", "--json").document["runs"][0]["changes"].keys() == {"same"}
    assert cfctl("down", "westeu-dev-1", "--yes").status == 0
    assert destroyed(cfctl, "global-dev").result == "succeeded"


def test_production_goes_behind_a_broken_glass_alone(cfctl: Any) -> None:
    """A plain destroy changes nothing; `down` wants a reason and the name, and its receipt has what it was told."""
    assert cfctl("up", "global-prod", "--approve-cost", "a rehearsal").status == 0
    ended = destroyed(cfctl, "global-prod")
    assert (ended.result, ended.changes) == ("failed", {})
    assert "protected" in ended.errors[0]
    glass = ("--break-glass", "the tenant has left")
    assert cfctl("down", "global-prod", *glass, "--yes").status == 5
    assert cfctl("down", "global-prod", *glass, "--confirm", "global-dev").status == 5
    assert cfctl("down", "global-prod", *glass, "--confirm", "global-prod").status == 0
    receipt = cfctl("history", "global-prod", "--json").document["receipts"][0]
    evidence = {step["name"]: step["evidence"] for step in receipt["steps"]}["break-glass"]
    assert evidence["reason"] == "the tenant has left"
    assert evidence["backup"]["completed"]
    assert evidence["unprotected"] > 3

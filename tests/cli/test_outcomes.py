"""Who waits for whom, what becomes of those that wait, and with which status a command ends."""

from pathlib import Path
from typing import Literal

import pytest

from cidr import DeploymentName, Fault
from cli.documents import Run
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.outcomes import Outcomes
from cli.run_plan import RunPlan
from sandbox.deployers import Operation
from stacks import down_order, files, up_order
from tests.stacks.stack_files import peers, project

DEV = ("global-dev", "westeu-dev-1", "eastus-dev-1")


def plan(operation: Operation, *names: str) -> RunPlan:
    order = down_order(names) if operation == "destroy" else up_order(names)
    return RunPlan.of(operation, order)


def run(name: str, result: Literal["succeeded", "failed", "canceled"] = "succeeded") -> Run:
    return Run(name, "up", result, {}, 0.0, (), (), {}, {}, (), (), None, "")


def failure(code: ExitCode) -> Failure:
    return Failure(code, (Fault(where="w", what="x", allowed="", next_step=""),))


def test_up_waits_for_the_own_global_only() -> None:
    """A regional of dev begins while the global of prod is still on its way."""
    outcomes = Outcomes(plan("up", *DEV, "global-prod", "westeu-prod-1"))
    assert outcomes.ready() == ["global-dev", "global-prod"]
    outcomes.begun |= {"global-dev", "global-prod"}
    outcomes.take("global-dev", run("global-dev"))
    assert outcomes.ready() == ["westeu-dev-1", "eastus-dev-1"]


def test_down_waits_for_all_regionals_and_nothing_else_waits() -> None:
    """The global is needed by whatever is up."""
    outcomes = Outcomes(plan("destroy", *DEV))
    assert sorted(outcomes.ready()) == ["eastus-dev-1", "westeu-dev-1"]
    outcomes.take("eastus-dev-1", run("eastus-dev-1"))
    assert outcomes.ready() == ["westeu-dev-1"]
    outcomes.take("westeu-dev-1", run("westeu-dev-1"))
    assert outcomes.ready() == ["global-dev"]
    for operation in ("preview", "refresh"):
        assert len(Outcomes(plan(operation, *DEV)).ready()) == 3


def test_peers_wait_for_each_other_and_other_regionals_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up: the later one after the earlier; down: before it. The rest goes side by side as ever."""
    both = {"westeu-prod-1": peers("westeu-prod-2"), "westeu-prod-2": peers("westeu-prod-1")}
    monkeypatch.setattr(files, "REPOSITORY", project(tmp_path, both))
    prod = ("global-prod", "westeu-prod-1", "westeu-prod-2", "northeu-prod-1")
    up, down = plan("up", *prod), plan("destroy", *prod)
    assert up.after == {
        "global-prod": frozenset(),
        "westeu-prod-1": {"global-prod"},
        "westeu-prod-2": {"global-prod", "westeu-prod-1"},
        "northeu-prod-1": {"global-prod"},
    }
    assert down.after == {
        "global-prod": {"westeu-prod-1", "westeu-prod-2", "northeu-prod-1"},
        "westeu-prod-1": {"westeu-prod-2"},
        "westeu-prod-2": frozenset(),
        "northeu-prod-1": frozenset(),
    }
    assert plan("up", "westeu-prod-2").is_chain
    outcomes = Outcomes(up)
    outcomes.begun |= {"global-prod"}
    outcomes.take("global-prod", run("global-prod"))
    assert outcomes.ready() == ["westeu-prod-1", "northeu-prod-1"]
    outcomes.begun |= {"westeu-prod-1"}
    outcomes.take("westeu-prod-1", run("westeu-prod-1", "failed"))
    assert outcomes.settle() == ["westeu-prod-2"]
    assert "it needs westeu-prod-1, which did not come up" in outcomes.not_begun["westeu-prod-2"].what
    for operation in ("preview", "refresh"):
        assert not any(plan(operation, *prod).after.values())


@pytest.mark.parametrize(
    ("operation", "names", "chain"),
    [
        ("up", ("westeu-dev-1",), True),
        ("up", DEV, False),
        ("destroy", ("global-dev", "westeu-dev-1"), True),
        ("preview", ("global-dev", "westeu-dev-1"), False),
        ("up", ("global-dev", "global-stg"), False),
    ],
)
def test_a_chain_has_nothing_that_could_go_side_by_side(
    operation: Operation, names: tuple[str, ...], chain: bool
) -> None:
    """It runs in one process, as ever."""
    assert plan(operation, *names).is_chain is chain


def test_those_that_wait_for_what_failed_are_not_begun_and_say_why() -> None:
    """The others go on."""
    outcomes = Outcomes(plan("up", *DEV, "global-stg", "westeu-stg-1"))
    outcomes.begun |= {"global-dev", "global-stg"}
    outcomes.take("global-dev", run("global-dev", "failed"))
    assert sorted(outcomes.settle()) == ["eastus-dev-1", "westeu-dev-1"]
    assert outcomes.settle() == []
    assert "it needs global-dev, which did not come up" in outcomes.not_begun["westeu-dev-1"].what
    outcomes.take("global-stg", run("global-stg"))
    assert outcomes.ready() == ["westeu-stg-1"]
    outcomes.take("westeu-stg-1", run("westeu-stg-1"))
    assert outcomes.unfinished == ["global-dev", "westeu-dev-1", "eastus-dev-1"]
    assert [it.deployment for it in outcomes.told] == ["global-dev", "global-stg", "westeu-stg-1"]
    assert outcomes.code is ExitCode.FAILED


def test_a_stop_begins_nothing_more_and_leaves_what_runs_to_end() -> None:
    """Only what has not begun is settled by it."""
    outcomes = Outcomes(plan("up", *DEV))
    outcomes.begun.add("global-dev")
    outcomes.canceled = True
    assert len(outcomes.settle()) == 2
    assert not outcomes.knows("global-dev")
    outcomes.take("global-dev", run("global-dev"))
    assert outcomes.ready() == []
    assert outcomes.code is ExitCode.CANCELED


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ((run("a"), run("b")), ExitCode.OK),
        ((run("a"), run("b", "failed")), ExitCode.FAILED),
        ((run("a"), failure(ExitCode.LOCKED)), ExitCode.LOCKED),
        ((run("a", "failed"), failure(ExitCode.LOCKED)), ExitCode.FAILED),
        ((run("a", "failed"), failure(ExitCode.INTERNAL)), ExitCode.INTERNAL),
        ((run("a", "canceled"), failure(ExitCode.INTERNAL)), ExitCode.CANCELED),
    ],
)
def test_the_status_is_what_all_that_went_wrong_have_in_common(
    ended: tuple[Run | Failure, Run | Failure], code: ExitCode
) -> None:
    """A script that asks for one deployment hears what it always heard."""
    outcomes = Outcomes(
        RunPlan.of("preview", [DeploymentName.parse("westeu-dev-1"), DeploymentName.parse("global-dev")])
    )
    for name, each in zip(outcomes.plan.names, ended, strict=True):
        outcomes.take(name, each)
    assert outcomes.code is code


def test_a_regional_is_begun_beside_a_global_of_which_nothing_stands() -> None:
    """Its program waits for the parts of it; a global that stands, or a peer, is still waited for as a whole."""
    names = up_order([*DEV, "global-prod", "westeu-prod-1"])
    found = RunPlan.of("up", names, [DeploymentName.parse("global-dev")])
    outcomes = Outcomes(found)
    assert sorted(outcomes.ready()) == ["eastus-dev-1", "global-dev", "global-prod", "westeu-dev-1"]
    assert found.beside == {name: frozenset({"global-dev"}) for name in ("westeu-dev-1", "eastus-dev-1")}
    assert not found.is_chain
    assert RunPlan.of("destroy", names, [DeploymentName.parse("global-dev")]).beside == {}


def test_a_run_that_was_let_down_by_its_global_is_no_stop_by_a_person() -> None:
    """The command failed; a run that a person stopped beside it still counts before all."""
    names = up_order(["westeu-dev-1", "eastus-dev-1"])
    outcomes = Outcomes(RunPlan.of("up", names, [DeploymentName.parse("global-dev")]))
    outcomes.begun |= set(DEV)
    outcomes.take("global-dev", run("global-dev", "failed"))
    outcomes.take("westeu-dev-1", run("westeu-dev-1", "canceled"))
    assert (outcomes.code, outcomes.canceled) == (ExitCode.FAILED, False)
    stopped = Outcomes(outcomes.plan)
    stopped.take("westeu-dev-1", run("westeu-dev-1", "canceled"))
    assert (stopped.code, stopped.canceled) == (ExitCode.CANCELED, True)

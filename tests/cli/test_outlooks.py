"""What a person is told of the time that is left: of one run, of several, and of the step that is waited for."""

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from cidr import FaultsError
from cli.outlooks import Stage, outlook_of
from cli.progress import Progress, left_words, stage_words, waiting_words
from cli.run_plan import RunPlan
from cli.run_records import journals_of
from cli.run_view import RunView
from cli.tree import Tree
from cli.worker import Attempt
from sandbox.azure.pace import AZURE_SCALE, azure_scale
from sandbox.engine.model.events import ResourcePreEvent, StepMetadata
from sandbox.home import SandboxHome
from stacks import up_order

ENGINE = Stage("deploying", 100.0, 5.0, shown=True)
NAMES = up_order(["westeu-dev-1"])


def creating(name: str, token: str) -> ResourcePreEvent:
    type_ = f"azure-native:{token}"
    return ResourcePreEvent(StepMetadata("create", f"urn:pulumi:s::p::{type_}::{name}", type_))


class Clock:
    """Seconds that a test lets pass."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_step_that_ends_last_is_the_one_that_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the table of durations on the sandbox's scale: 450 s of Redis at 0.1, begun 20 s ago."""
    monkeypatch.setenv(AZURE_SCALE, "0.1")
    clock = Clock()
    view = RunView("d", "up", clock=clock)
    view.take(creating("redis-cluster", "redisenterprise:RedisEnterprise"))
    clock.now += 20
    view.take(creating("vnet", "network:VirtualNetwork"))
    assert waiting_words(view, clock.now) == "waiting for redis-cluster, about 25 s more"
    clock.now += 30
    assert waiting_words(view, clock.now) == "waiting for redis-cluster, longer than expected"
    monkeypatch.delenv(AZURE_SCALE)
    assert waiting_words(view, clock.now) == "", "without a scale everything is over at once"


def test_a_run_tells_what_is_left_of_its_step_and_of_those_behind_it() -> None:
    """And says nothing where nothing is known."""
    assert ENGINE.left(40.0) == 65.0
    assert stage_words(Stage("exporting the data", 8.0, 2.0, shown=False), 0.0) == (
        "exporting the data, about 10 s left"
    )
    assert stage_words(Stage("exporting the data", None, None, shown=False), 0.0) == "exporting the data"
    assert left_words(None) == left_words(0.0) == ""
    text = io.StringIO()
    progress = Progress(Console(file=text), "d", "up", ENGINE)
    Console(file=text, width=120).print(progress._renderable())  # pyright: ignore[reportPrivateUsage]
    assert "about 1 min 45 s left" in text.getvalue()


def tree_with(expected: dict[str, float | None], *, beside: bool) -> Tree:
    plan = RunPlan.of("up", NAMES, NAMES[:1] if beside else ())
    return Tree(Console(file=io.StringIO(), width=160), plan, expected)


def head(tree: Tree) -> str:
    text = io.StringIO()
    Console(file=text, width=160).print(tree._renderable())  # pyright: ignore[reportPrivateUsage]
    return text.getvalue().splitlines()[0]


@pytest.mark.parametrize(("beside", "words"), [(False, "about 2 min 30 s left"), (True, "about 1 min 30 s left")])
def test_several_take_as_long_as_the_longest_that_wait_for_each_other(beside: bool, words: str) -> None:
    """One after the other their times add up, beside each other they do not."""
    assert words in head(tree_with({"global-dev": 60.0, "westeu-dev-1": 90.0}, beside=beside))
    assert "left" not in head(tree_with({"global-dev": 60.0, "westeu-dev-1": None}, beside=beside))


def test_a_step_is_told_when_it_begins_and_its_own_expectation_counts_from_then() -> None:
    """An export of minutes is no silence: on a terminal it stands in the tree, elsewhere in a line."""
    text = io.StringIO()
    tree = Tree(Console(file=text, width=160, markup=False, highlight=False), RunPlan.of("up", NAMES))
    tree.begun("global-dev")
    tree.hear("global-dev", Stage("exporting the data", 30.0, 60.0, shown=False))
    assert "exporting the data, about 1 min 30 s left" in text.getvalue()
    shown = io.StringIO()
    Console(file=shown, width=160).print(tree._renderable())  # pyright: ignore[reportPrivateUsage]
    assert "exporting the data, about 1 min 30 s left" in shown.getvalue()
    tree.hear("global-dev", ENGINE)
    tree.hear("global-dev", Attempt("up"))
    assert "deploying" not in text.getvalue(), "the engine has a display of its own"


def test_a_deployment_of_which_no_run_is_known_is_expected_to_take_what_one_of_its_kind_took(tmp_path: Path) -> None:
    """All regionals have the same architecture; a global is no guide for them."""
    home = SandboxHome(tmp_path / "home").prepare()
    for name, seconds in (("global-dev", 3.0), ("westeu-dev-1", 7.0)):
        journal = journals_of(home).begin(name, "up")
        journal.begin_step("deploy")
        journal.end_step("deploy", {}, seconds)
        journal.end("succeeded")
        time.sleep(0.001)
    assert outlook_of(home, "eastus-dev-1", "up").total == 7.0
    assert outlook_of(home, "global-stg", "up", ["deploy", "health"]).of("deploy") == 3.0
    assert outlook_of(home, "eastus-dev-1", "destroy").total is None
    assert outlook_of(home, "eastus-dev-1", "preview").total is outlook_of(home, "account", "up").total is None


@pytest.mark.parametrize("text", ["fast", "-1", "inf", "nan", ""])
def test_what_is_no_scale_of_time_is_refused_with_what_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the variable, and an example."""
    monkeypatch.setenv(AZURE_SCALE, text)
    with pytest.raises(FaultsError) as refused:
        azure_scale()
    (fault,) = refused.value.faults
    assert (fault.where, fault.next_step) == (AZURE_SCALE, f"unset {AZURE_SCALE}")
    assert "0.1" in fault.allowed

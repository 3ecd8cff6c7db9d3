"""Several deployments on one screen: prefixed lines everywhere, a live tree on a terminal."""

import io

from rich.console import Console
from rich.text import Text

from cidr import Fault
from cli.documents import Run
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.run_plan import RunPlan
from cli.tree import Tree
from cli.worker import Attempt, Said, Shown
from sandbox.engine.model.events import DiagnosticEvent, Op, ResourcePreEvent, ResOutputsEvent, StepMetadata
from stacks import up_order

PLAN = RunPlan.of("up", up_order(["westeu-dev-1", "eastus-dev-1"]))


def step(op: Op, name: str) -> StepMetadata:
    return StepMetadata(op, f"urn:pulumi:s::p::azure-native:network:Subnet::{name}", "azure-native:network:Subnet")


def run(name: str) -> Run:
    return Run(name, "up", "succeeded", {"create": 3}, 2.0, (), (), {}, {}, (), (), None, "")


def play(tree: Tree) -> None:
    """A global that is through, a regional in the middle, one that died."""
    tree.begun("global-dev")
    tree.ended("global-dev", run("global-dev"))
    tree.begun("westeu-dev-1")
    tree.hear("westeu-dev-1", Attempt("up"))
    for number in range(30):
        tree.hear("westeu-dev-1", ResourcePreEvent(step("create", f"s{number}")))
    tree.hear("westeu-dev-1", ResOutputsEvent(step("create", "s0"), seconds=1))
    tree.hear("westeu-dev-1", DiagnosticEvent("warning", "[careful]"))
    tree.hear("westeu-dev-1", Said(Text("  a notice")))
    tree.hear("westeu-dev-1", Shown(Text("a result")))
    fault = Fault(where="eastus-dev-1", what="eastus-dev-1: killed", allowed="", next_step="")
    tree.begun("eastus-dev-1")
    tree.ended("eastus-dev-1", Failure(ExitCode.FAILED, (fault,)))


def test_without_a_terminal_each_line_begins_with_its_deployment() -> None:
    """A log of several runs can be told apart, by a person and by grep."""
    text = io.StringIO()
    tree = Tree(Console(file=text, width=160, markup=False, highlight=False), PLAN)
    with tree.watching():
        play(tree)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    assert {line.split()[0] for line in lines} == set(PLAN.names)
    assert "\x1b" not in text.getvalue()
    assert "global-dev    ✓ succeeded in 2.0 s: + 3 created" in lines
    assert any(line.split()[:4] == ["westeu-dev-1", "+", "created", "s0"] for line in lines)
    assert "westeu-dev-1  warning: [careful]" in lines
    assert "westeu-dev-1  a notice" in lines
    assert "eastus-dev-1  ✗ eastus-dev-1: killed" in lines
    assert [str(line) for line in tree.results("westeu-dev-1")] == ["a result"]


def test_the_tree_shows_each_deployment_what_runs_in_it_and_fits_the_terminal() -> None:
    """A tree higher than the screen would scroll and leave traces."""
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=120, height=14, markup=False, color_system=None)
    tree = Tree(console, PLAN)
    shown = io.StringIO()
    with tree.watching():
        Console(file=shown, width=120).print(tree._renderable())  # pyright: ignore[reportPrivateUsage]
        assert "0 of 3 done, 0 running, 3 waiting" in shown.getvalue()
        assert "waits for global-dev" in shown.getvalue()
        play(tree)
        shown = io.StringIO()
        Console(file=shown, width=120).print(tree._renderable())  # pyright: ignore[reportPrivateUsage]
    lines = shown.getvalue().splitlines()
    assert "2 of 3 done, 1 running, 0 waiting" in lines[0]
    assert "1 done, 29 running" in shown.getvalue()
    assert shown.getvalue().count("└ + create") == 8
    assert len(lines) <= 13
    assert "created     s0" in text.getvalue()

"""`cfctl timing`: how long Azure takes at least, by the longest chains of operations, and why each link waits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from cidr import DeploymentName
from cli import documents
from cli.azure_time import Direction, works_of
from cli.deployed import standing_state
from cli.exit_codes import ExitCode
from cli.screen import Screen
from cli.tables import plain_table, show_table
from cli.wording import duration
from lifecycle.durations.chains import Chain, Level, Work, backwards, levels, longest_chains
from lifecycle.durations.reasons import is_gate, reason_for
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import down_order, up_order


@dataclass(frozen=True)
class Step:
    """A link of a chain as it is told. begins, seconds: of Azure; why: it waits for the one before it."""

    name: str
    kind: str
    begins: float
    seconds: float
    why: str


@dataclass(frozen=True)
class Bound:
    """What takes at least `seconds`: deployments that go side by side. sum: all operations one after another.

    levels: what the Pulumi CLI's order makes of a teardown, in seconds, with the slowest of each level; 0 for an up,
    where the CLI begins each operation as soon as it can, as this engine does.
    """

    deployments: tuple[str, ...]
    direction: Direction
    seconds: float
    sum: float
    chains: tuple[tuple[Step, ...], ...]
    levels_seconds: float = 0.0
    levels: tuple[Step, ...] = ()


def timing(
    screen: Screen, home: SandboxHome, project: Path, deployments: Sequence[str], *, down: bool = False
) -> ExitCode:
    """Write the bounds. The document adds `bounds`: [Bound].

    A deployment that is up counts as it stands, another as a preview plans it; up goes with the globals that are
    needed. Raises FaultsError for a name that is none, and for a preview that fails.
    """
    names = down_order(deployments) if down else up_order(deployments)
    states = _states(home, project, names, lambda text: screen.say(text, style="dim"))
    if down:
        bounds = [bound_of([name], [state], "down") for name, state in zip(names, states, strict=True)]
    else:
        bounds = [bound_of(names, states, "up")]
    for bound in bounds:
        _show(screen, bound)
    screen.document(documents.document("timing", ExitCode.OK, bounds=[asdict(bound) for bound in bounds]))
    return ExitCode.OK


def bound_of(names: Sequence[DeploymentName], states: Sequence[StackState], direction: Direction) -> Bound:
    """The bound of deployments whose operations are one graph."""
    made = works_of(states, direction)
    chains = longest_chains(made if direction == "up" else backwards(made))
    steps = tuple(tuple(steps_of(chain, direction)) for chain in chains)
    deep = levels(made) if direction == "down" else ()
    return Bound(
        deployments=tuple(map(str, names)),
        direction=direction,
        seconds=chains[0].seconds if chains else 0.0,
        sum=sum(work.seconds for work in made),
        chains=steps,
        levels_seconds=sum(level.slowest.seconds for level in deep),
        levels=tuple(_levels(deep)),
    )


def steps_of(chain: Chain, direction: Direction) -> Iterator[Step]:
    """The links that take time, and the gates, each with why it waits for the one before it."""
    before: Work | None = None
    for link in chain.links:
        work = link.work
        if not work.seconds and not is_gate(work.kind):
            continue
        pair = (work.kind, before.kind) if before and direction == "up" else (before.kind if before else "", work.kind)
        yield Step(work.name, work.kind, link.begins, work.seconds, reason_for(*pair) if before else "it comes first")
        before = work


def _levels(deep: Sequence[Level]) -> Iterator[Step]:
    now = 0.0
    for level in deep:
        if level.slowest.seconds:
            beside = f"the slowest of {level.size}; the next ones wait for it" if level.size > 1 else "alone"
            yield Step(level.slowest.name, level.slowest.kind, now, level.slowest.seconds, beside)
        now += level.slowest.seconds


def _states(
    home: SandboxHome, project: Path, names: Sequence[DeploymentName], notice: Callable[[str], None]
) -> list[StackState]:
    standing = {name: standing_state(home, str(name), notice) for name in names if _stands(home, name)}
    missing = [name for name in names if name not in standing]
    if missing:
        from cli.planned import plan  # noqa: PLC0415 - imports the engine, and with it Pulumi

        standing |= plan(home, project, missing, notice)
    return [standing[name] for name in names]


def _stands(home: SandboxHome, name: DeploymentName) -> bool:
    return standing_of(home, str(name)).status == "up"


def _show(screen: Screen, bound: Bound) -> None:
    screen.result("")
    screen.result(f"{' and '.join(bound.deployments)}  {bound.direction}", style="bold")
    chain = "the longest chain of operations that wait for each other"
    screen.result(f"  {duration(bound.seconds)} at least: {chain} (one after another {duration(bound.sum)})")
    if bound.levels:
        screen.result(f"  {duration(bound.levels_seconds)} with the Pulumi CLI, which deletes level by level")
    for number, steps in enumerate(bound.chains, start=1):
        total = steps[-1].begins + steps[-1].seconds
        _table(screen, f"chain {number}: {duration(total)}", "waits because", steps)
    if bound.levels:
        _table(screen, f"levels: {duration(bound.levels_seconds)}", "in its level", bound.levels)


def _table(screen: Screen, title: str, last: str, steps: Sequence[Step]) -> None:
    screen.result("")
    screen.result(f"  {title}", style="bold")
    table = plain_table(("at", "takes", "operation", "kind", last), right=("at", "takes"))
    for (kind, why), alike in groupby(steps, key=lambda step: (step.kind, step.why)):
        row = list(alike)
        name = row[0].name if len(row) == 1 else f"{row[0].name} … {row[-1].name} ({len(row)})"
        takes = duration(sum(step.seconds for step in row))
        table.add_row(_at(row[0].begins), takes, name, kind, why)
    show_table(screen, table)


def _at(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"

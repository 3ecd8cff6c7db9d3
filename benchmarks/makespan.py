"""How long bringing up and taking down takes in Azure's time, as it is really scheduled, against the longest chain.

    .venv/bin/python benchmarks/makespan.py [SCALE]            global-dev + westeu-dev-1, up and down; SCALE: 0.1
    .venv/bin/python benchmarks/makespan.py [SCALE] five       one regional, then five side by side, their global up

`cfctl` runs as a person runs it, its sandbox taking SCALE wall seconds for a second of Azure (sandbox/azure/pace.py).
The stand-in notes when each operation began and how long Azure takes for it. From that and from the waiting in
the states:

    longest chain   no schedule of this graph is shorter
    makespan        the chain that really ended last, followed back from its end: Azure's seconds of its operations, and
                    the wall seconds between them, in which something else held them up. Those are this machine's work
                    (starting the program, the engine, the disk); at Azure's pace they are as long as here, so they are
                    added as they are. What an engine serialized for no reason would stand in them too, times SCALE
    orchestration   these wall seconds; without what the databases' job took for real, which counts as Azure's minute

How busy this machine was is told apart: a thread beside the run works some milliseconds each second, and the share of a
core that it gets is what others leave.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from harness import ROOT, machine, row

from cli.azure_time import Direction, works_of
from cli.deployed import standing_state
from lifecycle.durations.chains import Work, backwards, levels, longest
from lifecycle.durations.reasons import DATABASES_GATE
from sandbox.azure import arm_ids
from sandbox.azure.jobs.runner import AZURE_SECONDS as JOB_SECONDS
from sandbox.azure.pace import AZURE_SCALE
from sandbox.azure.store import Store
from sandbox.azure.transaction import Operation
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome

PAIR = ("global-dev", "westeu-dev-1")
_SECONDS_BETWEEN_SAMPLES, _SAMPLE_SECONDS = 1.0, 0.02
MORE = ("westeu-dev-2", "westeu-dev-3", "westeu-dev-4", "westeu-dev-5")
"""Regionals that a copy of the project is given for the five."""


@dataclass(frozen=True)
class Way:
    """The chain that ended last in a run. azure: its operations' seconds on Azure; gaps: wall seconds between them, the
    first before any of them; gate: of these, what the databases' job took for real.
    """

    azure: float
    gaps: float
    gate: float
    names: tuple[str, ...]

    def on_azure(self, job: float) -> float:
        """Its length at Azure's pace, seconds: this machine's part does not grow; the job takes what Azure takes."""
        return self.azure + self.gaps - self.gate + job


class Crowd:
    """How much of a core a thread got while a block ran: what others on this machine left of it. 1 on a quiet one."""

    def __init__(self) -> None:
        self._shares: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def share(self) -> float:
        """The mean of samples, each of some milliseconds of work."""
        return sum(self._shares) / len(self._shares) if self._shares else 1.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SECONDS_BETWEEN_SAMPLES):
            began, worked = time.perf_counter(), time.thread_time()
            while time.thread_time() - worked < _SAMPLE_SECONDS:
                pass
            self._shares.append(_SAMPLE_SECONDS / (time.perf_counter() - began))


def cfctl(project: Path, home: Path, scale: float, *words: str, at_home: bool = True) -> dict[str, Any]:
    """The document of a command. Raises RuntimeError with what it said when it fails."""
    environment = {**os.environ, AZURE_SCALE: str(scale), "PYTHONPATH": str(project)}
    command = [sys.executable, "-P", "-m", "cli", *words, *(("--home", str(home)) if at_home else ()), "--json"]
    done = subprocess.run(
        command, cwd=home.parent, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise RuntimeError(f"cfctl {' '.join(words)}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def operations(home: SandboxHome, since: float, direction: Direction) -> dict[str, Operation]:
    """By the key of the ARM id, the write that made it, or deleted it."""
    store = Store(home.azure_store)
    try:
        kinds = ("create", "update") if direction == "up" else ("delete",)
        found = [it for it in store.operations(since) if it.kind in kinds]
    finally:
        store.close()
    return {arm_ids.key(it.arm_id): it for it in reversed(found)}


def way_of(works: Sequence[Work], done: Mapping[str, Operation], began: float) -> Way:
    """Follow the operation that ended last back to the beginning. done: by the key of the work."""
    by_key = {work.key: work for work in works}
    last = max(done, key=lambda key: done[key].ready_at)
    azure, gaps, gate, names = 0.0, 0.0, 0.0, list[str]()
    while True:
        operation = done[last]
        azure += operation.azure_seconds
        names.append(by_key[last].name)
        before, by_gate = _before(by_key, done, last)
        gap = operation.started_at - (done[before].ready_at if before else began)
        gaps += gap
        gate += gap if by_gate else 0.0
        if before is None:
            return Way(azure, gaps, gate, tuple(reversed(names)))
        last = before


def _before(by_key: Mapping[str, Work], done: Mapping[str, Operation], key: str) -> tuple[str | None, bool]:
    """Of the operations that this one waited for, the one that ended last, and whether the job came between."""
    found: dict[str, bool] = {}
    frontier = [(needed, False) for needed in by_key[key].needs]
    seen: set[tuple[str, bool]] = set()
    while frontier:
        at = frontier.pop()
        if at in seen:
            continue
        seen.add(at)
        needed, gated = at
        if needed in done:
            found[needed] = found.get(needed, False) or gated
        else:
            gate = gated or by_key[needed].kind == DATABASES_GATE
            frontier += [(further, gate) for further in by_key[needed].needs]
    if not found:
        return None, False
    last = max(found, key=lambda it: done[it].ready_at)
    return last, found[last]


def measured(
    home: SandboxHome, states: Sequence[StackState], direction: Direction, since: float, *, whole: bool
) -> tuple[float, Way]:
    """The bound of a run's graph, and the chain that really ended last.

    since: the run's beginning, in seconds since the epoch. whole: what came before the first operation is a gap too.
    """
    made = works_of(states, direction)
    works = made if direction == "up" else backwards(made)
    ids = {f"{it.urn}#{number}": arm_ids.key(it.id) for state in states for number, it in enumerate(state.resources)}
    noted = operations(home, since, direction)
    done = {work.key: noted[ids[work.key]] for work in works if work.seconds and ids[work.key] in noted}
    began = since if whole else min(it.started_at for it in done.values())
    return longest(works), way_of(works, done, began)


def report(title: str, bound: float, way: Way, *, job: float, raw: float, crowd: Crowd) -> None:
    """The rows of one run. raw: seconds of the wall, divided by the scale."""
    own = way.gaps - way.gate
    print(f"\n{title}: at least {bound / 60:.1f} min; the chain that ended last: {way.names[0]} … {way.names[-1]}")
    row("makespan at Azure's pace / longest chain", way.on_azure(job) / bound, 1.05)
    row("makespan at Azure's pace", way.on_azure(job) / 60, 30, " min")
    row("orchestration on that chain, a part of it", own / way.on_azure(job) * 100, 5, " %")
    row(f"  in wall seconds (load {os.getloadavg()[0]:.1f})", own, unit=" s")
    quiet = own * crowd.share
    row(f"  of a machine to itself (a thread got {crowd.share * 100:.0f} % of a core)", quiet, unit=" s")
    row("  makespan / longest chain, with that", (way.on_azure(job) - own + quiet) / bound, 1.05)
    row("  orchestration with that, a part of it", quiet / (way.on_azure(job) - own + quiet) * 100, 5, " %")
    row("  all of the wall / scale / longest chain", raw / bound)


def pair(home: Path, scale: float) -> None:
    """global-dev and westeu-dev-1, up side by side, then down one after the other."""
    place = SandboxHome(home)
    cfctl(ROOT, home, 0.0, "init", "sandbox")
    began = time.time()
    with Crowd() as crowd:
        cfctl(ROOT, home, scale, "up", PAIR[1], "--yes")
    wall = time.time() - began
    states = [standing_state(place, name, print) for name in PAIR]
    bound, way = measured(place, states, "up", began, whole=True)
    report(f"up of {' and '.join(PAIR)}", bound, way, job=JOB_SECONDS, raw=wall / scale, crowd=crowd)
    apart = sum(longest(works_of([state], "up")) for state in states)
    row("one after the other it would be / longest chain", apart / bound)
    began = time.time()
    with Crowd() as crowd:
        cfctl(ROOT, home, scale, "down", *PAIR, "--yes")
    for name, state in zip(reversed(PAIR), reversed(states), strict=True):
        bound, way = measured(place, [state], "down", began, whole=False)
        report(f"down of {name}", bound, way, job=0.0, raw=way.azure + way.gaps / scale, crowd=crowd)
        by_level = sum(level.slowest.seconds for level in levels(works_of([state], "down")))
        row("  as the Pulumi CLI deletes, level by level", by_level / 60, 30, " min")


def five(directory: Path, scale: float) -> None:
    """One regional, its global up; then five of them side by side."""
    project, place = directory / "project", SandboxHome(directory / "home")
    left_out = shutil.ignore_patterns(".git", ".venv", ".sandbox", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, project, ignore=left_out)
    cfctl(project, place.root, 0.0, "init", "sandbox")
    for name in MORE:
        cfctl(project, place.root, 0.0, "deployment", "add", name, "--like", PAIR[1], at_home=False)
    cfctl(project, place.root, 0.0, "up", PAIR[0], "--yes")
    took: dict[int, float] = {}
    for names in ((PAIR[1],), (PAIR[1], *MORE)):
        began = time.time()
        with Crowd() as crowd:
            cfctl(project, place.root, scale, "up", *names, "--yes", "--parallel-deployments", str(len(names)))
        ways = [measured(place, [standing_state(place, name, print)], "up", began, whole=True) for name in names]
        bound, way = max(ways, key=lambda found: found[1].on_azure(JOB_SECONDS))
        raw = (time.time() - began) / scale
        report(f"up of {len(names)} regional(s), the last to end", bound, way, job=JOB_SECONDS, raw=raw, crowd=crowd)
        took[len(names)] = way.on_azure(JOB_SECONDS)
        cfctl(project, place.root, 0.0, "down", *names, "--yes")
    print()
    row("five regionals side by side / one", took[5] / took[1], 1.15)
    cfctl(project, place.root, 0.0, "down", PAIR[0], "--yes")


def main() -> None:
    """Print the figures."""
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
    machine()
    with tempfile.TemporaryDirectory(prefix="span-") as directory:
        if "five" in sys.argv[1:]:
            five(Path(directory), scale)
        else:
            pair(Path(directory) / "home", scale)


if __name__ == "__main__":
    main()

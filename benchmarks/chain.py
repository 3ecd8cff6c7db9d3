"""The main job through its own entrance: up from nothing, up again, down; what it took and what is left.

    .venv/bin/python benchmarks/chain.py

The environment is installed before; the sandbox is a new one in a temporary directory.
"""

import json
import subprocess
import tempfile
from typing import Any

from harness import ROOT, machine, platform, row, stopwatch


def cfctl(home: str, *words: str) -> dict[str, Any]:
    """The JSON document of a `cfctl` command. Raises CalledProcessError when it fails."""
    command = [str(ROOT / "cfctl"), *words, "--home", home, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def changed(document: dict[str, Any]) -> int:
    """Resources that a document's runs changed."""
    return sum(count for run in document["runs"] for op, count in run["changes"].items() if op != "same")


def main() -> None:
    """Print the figures."""
    machine()
    with tempfile.TemporaryDirectory(prefix="chain-") as directory:
        home = f"{directory}/home"
        with stopwatch() as first:
            up = cfctl(home, "up", "westeu-dev-1", "--yes")
        row("cfctl up westeu-dev-1 from nothing: wall", first[0], 25, " s")
        row("resources made", changed(up))
        with stopwatch() as second:
            again = cfctl(home, "up", "westeu-dev-1", "--yes")
        row("up again: resources changed", changed(again), 0)
        row("up again: wall / first up", second[0] / first[0])
        with stopwatch() as gone:
            down = cfctl(home, "down", "westeu-dev-1", "global-dev", "--yes")
        row("down of both: wall / first up", gone[0] / first[0])
        kept = [item["name"] for run in down["runs"] for item in run["kept"]]
        row("kept on purpose", len(kept))
        print("  ", ", ".join(kept))
        standing = [item for item in cfctl(home, "list")["deployments"] if item["status"] != "down"]
        row("deployments still up", len(standing), 0)
    with platform() as up_of:
        for deployment in ("global-dev", "westeu-dev-1"):
            run = up_of(deployment)
            row(f"{deployment}: CPU of the engine / CPU of the program", run.engine / run.program, 1 / 3)
            row(f"{deployment}: CPU of the stand-in / CPU of the program", run.providers / run.program)


if __name__ == "__main__":
    main()

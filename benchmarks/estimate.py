"""What the price adds to a preview: a sheet, an estimate of what stands and one of the plan, in the run's own process.

.venv/bin/python benchmarks/estimate.py
"""

import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from harness import ROOT, machine, row

from cidr import DeploymentName
from cli.planned import plan
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome

DEPLOYMENTS = ("global-dev", "westeu-dev-1")
TIMES = 5
BOUND = 0.3
"""CPU seconds that the price may add to the preview of 150 resources; wall time is that of whatever else runs here."""
PRICED = """
import pickle, sys, time
from pathlib import Path
from sandbox.home import SandboxHome
import cli.deployed, cli.documents
state = pickle.load(sys.stdin.buffer)
began, cpu = time.perf_counter(), time.process_time()
from cli.money.run_prices import Pricing
pricing = Pricing(sys.argv[1], SandboxHome(Path(sys.argv[2])), Path(sys.argv[3]), print)
pricing.planned(state)
print(time.perf_counter() - began, time.process_time() - cpu)
"""
"""In a new interpreter each time, as in a real preview: the imports of the room of money are part of what it adds."""


def main() -> None:
    """Print the figures."""
    machine()
    with tempfile.TemporaryDirectory() as directory:
        home = SandboxHome(Path(directory) / "home").prepare()
        for deployment in DEPLOYMENTS:
            began = time.perf_counter()
            (state,) = plan(home, ROOT, [DeploymentName.parse(deployment)], lambda _: None).values()
            preview = time.perf_counter() - began
            walls, cpus = zip(*(measured(deployment, home, state) for _ in range(TIMES)), strict=True)
            count = sum(it.custom for it in state.resources)
            row(f"{deployment}, {count} resources: price, CPU", median(cpus), BOUND, " s")
            row(f"{deployment}, {count} resources: price, wall", median(walls), unit=" s")
            row(f"{deployment}, {count} resources: price / preview, wall", median(walls) / preview)


def measured(deployment: str, home: SandboxHome, state: StackState) -> tuple[float, float]:
    """Wall and CPU seconds of one pricing in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PRICED, deployment, str(home.root), str(ROOT)],
        input=pickle.dumps(state),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    wall, cpu = done.stdout.split()
    return float(wall), float(cpu)


if __name__ == "__main__":
    main()

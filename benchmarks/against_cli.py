"""This engine against the Pulumi CLI on PATH: the same program, the same SDK patches, the same stand-in, in turn.

    .venv/bin/python benchmarks/against_cli.py

The CLI reaches the stand-in over gRPC, which is its way; this engine calls it in process, which is ours.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import CONFIG, FLEET, STACK, fleet, fleet_environment, machine, row, stopwatch

from sandbox.serve import debug_providers, serve

SIZE = 500
ROUNDS = 3


def ours() -> tuple[float, float]:
    """Seconds of a preview and of an up of a new fleet, by this engine."""
    with fleet() as sandbox:
        with stopwatch() as preview:
            sandbox.run("preview", SIZE)
        with stopwatch() as up:
            sandbox.run("up", SIZE)
    return preview[0], up[0]


def theirs(program: str) -> tuple[float, float]:
    """The same by the CLI."""
    with fleet() as sandbox, tempfile.TemporaryDirectory(prefix="cli-") as directory, serve(sandbox.providers) as ports:
        project = Path(directory)
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        described = {"name": "fleet", "main": str(FLEET), "runtime": runtime}
        (project / "Pulumi.yaml").write_text(json.dumps(described), encoding="utf-8")  # JSON is YAML
        (project / "state").mkdir()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            **fleet_environment(SIZE),
            "PULUMI_HOME": str(project / "home"),
            "PULUMI_BACKEND_URL": f"file://{project / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_PROVIDERS": debug_providers(ports),
        }

        def pulumi(*words: str) -> None:
            command = [program, *words, "--stack", STACK, "--non-interactive"]
            subprocess.run(command, cwd=project, env=environment, check=True, stdout=subprocess.DEVNULL)

        subprocess.run([program, "stack", "init", STACK], cwd=project, env=environment, check=True, capture_output=True)
        for key, value in CONFIG.items():
            pulumi("config", "set", key, value)
        with stopwatch() as preview:
            pulumi("preview")
        with stopwatch() as up:
            pulumi("up", "--yes", "--skip-preview")
    return preview[0], up[0]


def main() -> None:
    """Print the figures."""
    program = shutil.which("pulumi")
    if program is None:
        sys.exit("there is no pulumi on PATH: nothing to compare with")
    machine()
    pairs = [(ours(), theirs(program)) for _ in range(ROUNDS)]
    for index, name, bound in ((0, "preview", 1.2), (1, "up", 0.6)):
        ratios = sorted(mine[index] / other[index] for mine, other in pairs)
        row(f"{name} of {SIZE}: this engine / the CLI, median of {ROUNDS}", statistics.median(ratios), bound)
        row("  least and most", ratios[0])
        row("", ratios[-1])
        row("  the CLI's own, median", statistics.median(other[index] for _, other in pairs), unit=" s")


if __name__ == "__main__":
    main()

"""The options that several commands share, each written once."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

PROJECT: Final = Path(__file__).resolve().parents[1]


class EngineName(StrEnum):
    """Who deploys: the engine of this repository, or the official Pulumi CLI attached to the same sandbox."""

    SANDBOX = "sandbox"
    CLI = "cli"


Deployment = Annotated[
    str, typer.Argument(help="A deployment, such as global-dev or westeu-dev-1.", metavar="DEPLOYMENT")
]
Deployments = Annotated[
    list[str] | None,
    typer.Argument(
        help="Deployments, such as westeu-dev-1, and quoted patterns of them, such as 'westeu-*'.",
        metavar="DEPLOYMENT...",
    ),
]
Environments = Annotated[
    list[str] | None,
    typer.Option("--env", metavar="ENV", help="Every deployment of dev, stg or prod; may be given several times."),
]
Everything = Annotated[bool, typer.Option("--all", help="Every deployment that has a stack file.")]
Ephemeral = Annotated[
    bool, typer.Option("--all-ephemeral", help="Every deployment of dev and stg that has a stack file.")
]
Home = Annotated[
    Path | None,
    # Not from sandbox.home, which says so too: importing it would make `--help` slow.
    typer.Option("--home", metavar="DIR", help="The sandbox's directory (default: $CFCTL_HOME, else .sandbox)."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output; progress goes to standard error.")
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR in the environment does the same.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Engine = Annotated[
    EngineName,
    typer.Option(
        "--engine", help="`sandbox`: the engine of this repository; `cli`: the official Pulumi CLI from PATH."
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="PLACE|URN",
        help="`sandbox` (default) or `azure`: where. A URN, one or several: only these and what they need.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print every request and what comes next; sign in nowhere, change nothing.")
]
Parallel = Annotated[
    int, typer.Option("--parallel", min=1, max=512, help="Most operations of one deployment at the same time.")
]
DEFAULT_PARALLEL: Final = 16
ParallelDeployments = Annotated[
    int | None,
    typer.Option(
        "--parallel-deployments",
        min=1,
        max=64,
        help="Most deployments at the same time, each with processes of its own (default: one more than cores).",
        show_default=False,
    ),
]


def default_parallel_deployments() -> int:
    """One more than cores that this process may use: a run waits for disk and databases part of its time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1

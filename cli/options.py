"""The options that several commands share, each written once."""

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
    list[str], typer.Argument(help="One deployment or several, such as westeu-dev-1.", metavar="DEPLOYMENT...")
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
    typer.Option("--target", metavar="URN", help="Only this resource and what it needs; may be given several times."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print every request and what comes next; sign in nowhere, change nothing.")
]
Parallel = Annotated[int, typer.Option("--parallel", min=1, max=512, help="Most operations at the same time.")]
DEFAULT_PARALLEL: Final = 16

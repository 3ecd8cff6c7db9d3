"""The commands that bring back what was, and tell of it: `redeploy`, `rehearse`, `rollback`, `history`. As in `main`,
each only reads its options here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import (
    DEFAULT_PARALLEL,
    PROJECT,
    AsJson,
    Deployment,
    Deployments,
    EngineName,
    Environments,
    Ephemeral,
    Everything,
    Home,
    NoColor,
    Parallel,
    ParallelDeployments,
    Yes,
    default_parallel_deployments,
)
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

returning_app = typer.Typer()


@returning_app.command()
def redeploy(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    parallel: Parallel = DEFAULT_PARALLEL,
    parallel_deployments: ParallelDeployments = None,
    without_export: Annotated[
        str,
        typer.Option("--without-export", metavar="REASON", help="Come back with empty databases; say why."),
    ] = "",
) -> None:
    """Take deployments down and bring them up again with their data. Cut off, the same command goes on."""
    from cli import redeploying
    from cli.orders import Order, Words
    from cli.selection import selected
    from sandbox.waiting import WaitingProgram

    typed = Words(tuple(deployments or ()), tuple(env or ()), everything, all_ephemeral)
    names = selected(typed, "redeploy", PROJECT)
    at_once = parallel_deployments or default_parallel_deployments()
    order = Order("redeploy", names, EngineName.SANDBOX, (), parallel, yes, at_once, without_export)
    with WaitingProgram(PROJECT) as program:
        context.exit(redeploying.redeploy(_screen(context), _home(home), program, order))


@returning_app.command()
def rehearse(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    parallel: Parallel = DEFAULT_PARALLEL,
) -> None:
    """Take a deployment down, bring it up, compare its data, and say how long it took to have it back."""
    from cli import rehearse_command
    from sandbox.waiting import WaitingProgram

    with WaitingProgram(PROJECT) as program:
        context.exit(
            rehearse_command.rehearse(_screen(context), _home(home), program, deployment, parallel=parallel, yes=yes)
        )


@returning_app.command()
def rollback(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    parallel: Parallel = DEFAULT_PARALLEL,
) -> None:
    """Put back the settings that a deployment was last brought up well with, and bring it up with them."""
    from cli import rolling_back
    from cli.orders import Order
    from sandbox.waiting import WaitingProgram

    order = Order("up", (deployment,), EngineName.SANDBOX, (), parallel, yes)
    with WaitingProgram(PROJECT) as program:
        context.exit(rolling_back.rollback(_screen(context), _home(home), program, order))


@returning_app.command()
def history(
    context: typer.Context,
    deployment: Annotated[
        str | None, typer.Argument(metavar="[DEPLOYMENT]", help="A deployment; all without one.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """List what became of each up and down in this sandbox, and how long data took to come back."""
    from cli import history_command

    context.exit(history_command.history(_screen(context), _home(home), deployment))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

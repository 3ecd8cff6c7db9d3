"""The commands that deploy and take down, and those that tell of it: `up`, `preview`, `refresh`, `down`, `redeploy`,
`rehearse`, `history`. As in `main`, each only reads its options here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.options import (
    DEFAULT_PARALLEL,
    PROJECT,
    AsJson,
    Deployment,
    Deployments,
    Engine,
    EngineName,
    Environments,
    Ephemeral,
    Everything,
    Home,
    NoColor,
    Parallel,
    ParallelDeployments,
    Targets,
    Yes,
    default_parallel_deployments,
)
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

deploying_app = typer.Typer()


@deploying_app.command()
def up(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    engine: Engine = EngineName.SANDBOX,
    target: Targets = None,
    parallel: Parallel = DEFAULT_PARALLEL,
    parallel_deployments: ParallelDeployments = None,
    approve_cost: Annotated[
        str,
        typer.Option("--approve-cost", metavar="REASON", help="Bring prod up above its budget; the log keeps why."),
    ] = "",
    fresh: Annotated[
        str,
        typer.Option("--fresh", metavar="REASON", help="Do not bring back what the last `down` saved; say why."),
    ] = "",
) -> None:
    """Bring deployments up, or change them to what the program says; a regional's global comes first.

    The sandbox needs no confirmation; --yes is taken for scripts that also deploy elsewhere.
    """
    at_once = parallel_deployments or default_parallel_deployments()
    words = (deployments, env, everything, all_ephemeral)
    _run(
        context,
        "up",
        words,
        home,
        engine,
        target,
        parallel,
        at_once,
        yes=yes,
        approve_cost=approve_cost,
        reason=fresh,
    )


@deploying_app.command()
def preview(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    engine: Engine = EngineName.SANDBOX,
    target: Targets = None,
    parallel: Parallel = DEFAULT_PARALLEL,
    parallel_deployments: ParallelDeployments = None,
) -> None:
    """Show what `up` would change, and change nothing."""
    at_once = parallel_deployments or default_parallel_deployments()
    words = (deployments, env, everything, all_ephemeral)
    _run(context, "preview", words, home, engine, target, parallel, at_once)


@deploying_app.command()
def refresh(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    engine: Engine = EngineName.SANDBOX,
    target: Targets = None,
    parallel: Parallel = DEFAULT_PARALLEL,
    parallel_deployments: ParallelDeployments = None,
) -> None:
    """Take what Azure has into the state; nothing in Azure is changed."""
    at_once = parallel_deployments or default_parallel_deployments()
    words = (deployments, env, everything, all_ephemeral)
    _run(context, "refresh", words, home, engine, target, parallel, at_once, yes=yes)


@deploying_app.command()
def down(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    engine: Engine = EngineName.SANDBOX,
    target: Targets = None,
    parallel: Parallel = DEFAULT_PARALLEL,
    parallel_deployments: ParallelDeployments = None,
    without_export: Annotated[
        str,
        typer.Option("--without-export", metavar="REASON", help="Give up what the databases hold; say why."),
    ] = "",
    break_glass: Annotated[
        str,
        typer.Option("--break-glass", metavar="REASON", help="Take one deployment of prod down; receipts keep why."),
    ] = "",
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="NAME", help="With --break-glass: its name, in the place of typing it.")
    ] = "",
) -> None:
    """Take deployments down: save what the databases hold, delete the resources, keep the state.

    prod is refused, but for one deployment whose glass is broken: a reason, a fresh backup, its name typed.
    """
    at_once = parallel_deployments or default_parallel_deployments()
    words = (deployments, env, everything, all_ephemeral)
    _run(
        context,
        "down",
        words,
        home,
        engine,
        target,
        parallel,
        at_once,
        yes=yes,
        reason=without_export,
        break_glass=break_glass,
        confirm=confirm,
    )


@deploying_app.command()
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


@deploying_app.command()
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


@deploying_app.command()
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


def _run(
    context: typer.Context,
    command: Literal["up", "preview", "refresh", "down"],
    words: tuple[list[str] | None, list[str] | None, bool, bool],
    home: Path | None,
    engine: EngineName,
    targets: list[str] | None,
    parallel: int,
    at_once: int,
    *,
    yes: bool = False,
    approve_cost: str = "",
    reason: str = "",
    break_glass: str = "",
    confirm: str = "",
) -> None:
    from cli.orders import Order, Words
    from cli.places import place_of
    from sandbox.waiting import WaitingProgram

    deployments, environments, everything, ephemeral = words
    typed = Words(tuple(deployments or ()), tuple(environments or ()), everything, ephemeral)
    place, urns = place_of(targets or ())
    if place == "azure":
        from cli import azure_target
        from cli.selection import selected

        order = Order(command, selected(typed, command, PROJECT), engine, urns, parallel, yes, at_once)
        context.exit(azure_target.run(_screen(context), PROJECT, command, order))
    with WaitingProgram(PROJECT) as program:
        if engine is EngineName.SANDBOX and command in ("up", "preview") and typed.are_one_name:
            program.start()  # first of all: it works longest, beside everything that this process has to import
        from cli import runs
        from cli.selection import selected

        names = selected(typed, command, PROJECT)
        order = Order(command, names, engine, urns, parallel, yes, at_once, reason, approve_cost, break_glass, confirm)
        context.exit(runs.run(_screen(context), _home(home), program, order))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

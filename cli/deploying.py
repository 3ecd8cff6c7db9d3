"""The commands that deploy and take down: `up`, `preview`, `refresh`, `down`. As in `main`, each only reads its options
here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.options import (
    DEFAULT_PARALLEL,
    PROJECT,
    AsJson,
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
    ttl: Annotated[
        str, typer.Option("--ttl", metavar="TIME", help="How long it may live once it is made: 30m to 14d, as 8h.")
    ] = "",
    ttl_spend: Annotated[
        str, typer.Option("--ttl-spend", metavar="AMOUNT", help="How much it may spend before it goes, in USD.")
    ] = "",
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Do what this saved plan has, and nothing else.")
    ] = None,
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
        ttl=(ttl, ttl_spend),
        plan=plan,
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
    save_plan: Annotated[
        Path | None, typer.Option("--save-plan", metavar="FILE", help="Write the plan, for `up --plan` to carry out.")
    ] = None,
) -> None:
    """Show what `up` would change, and change nothing."""
    at_once = parallel_deployments or default_parallel_deployments()
    words = (deployments, env, everything, all_ephemeral)
    _run(context, "preview", words, home, engine, target, parallel, at_once, save_plan=save_plan)


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
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what Azure has otherwise; status 6 where there is something.")
    ] = False,
) -> None:
    """Take what Azure has into the state, and show it property by property; nothing in Azure is changed."""
    at_once = parallel_deployments or default_parallel_deployments()
    words = (deployments, env, everything, all_ephemeral)
    _run(context, "refresh", words, home, engine, target, parallel, at_once, yes=yes, check=check)


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
    check: bool = False,
    save_plan: Path | None = None,
    plan: Path | None = None,
    ttl: tuple[str, str] = ("", ""),
) -> None:
    from cli.orders import Order, Words
    from cli.places import place_of
    from sandbox.waiting import WaitingProgram

    save_plan, plan = (None if file is None else file.absolute() for file in (save_plan, plan))
    deployments, environments, everything, ephemeral = words
    typed = Words(tuple(deployments or ()), tuple(environments or ()), everything, ephemeral)
    place, urns = place_of(targets or ())
    if place == "azure":
        from cli import azure_target
        from cli.selection import selected

        names = selected(typed, command, PROJECT)
        order = Order(
            command,
            names,
            engine,
            urns,
            parallel,
            yes,
            at_once,
            reason,
            break_glass=break_glass,
            confirm=confirm,
            check=check,
            save_plan=save_plan,
            plan=plan,
        )
        if command == "up":
            from cli.expiry.commands import Where, with_ends

            order = with_ends(Where(_screen(context), _home(home), PROJECT, place), order, ttl)
        context.exit(azure_target.run(_screen(context), _home(home), PROJECT, command, order))
    with WaitingProgram(PROJECT) as program:
        if engine is EngineName.SANDBOX and command in ("up", "preview") and typed.are_one_name:
            program.start()  # first of all: it works longest, beside everything that this process has to import
        from cli import runs
        from cli.selection import selected

        names = selected(typed, command, PROJECT)
        order = Order(
            command,
            names,
            engine,
            urns,
            parallel,
            yes,
            at_once,
            reason,
            approve_cost,
            break_glass,
            confirm,
            check=check,
            save_plan=save_plan,
            plan=plan,
        )
        if order.save_plan or order.plan:
            from cli.plans import refuse_unfit

            refuse_unfit(order)
        if command == "up":
            from cli.expiry.commands import Where, with_ends

            order = with_ends(Where(_screen(context), _home(home), PROJECT, place), order, ttl)
        context.exit(runs.run(_screen(context), _home(home), program, order))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

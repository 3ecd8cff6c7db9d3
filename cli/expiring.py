"""The commands about the end of ephemeral deployments: `extend`, `reap`. As in `main`, each only reads its options."""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import (
    DEFAULT_PARALLEL,
    PROJECT,
    AsJson,
    Deployment,
    Engine,
    EngineName,
    Home,
    NoColor,
    Parallel,
    ParallelDeployments,
    default_parallel_deployments,
)
from cli.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.home import SandboxHome

expiring_app = typer.Typer()
Place = Annotated[
    list[str] | None, typer.Option("--target", metavar="PLACE", help="`sandbox` (default) or `azure`: where.")
]


@expiring_app.command()
def extend(
    context: typer.Context,
    deployment: Deployment,
    by: Annotated[str, typer.Option("--by", metavar="TIME", help="How much longer: 30m, 4h, 2d.")] = "",
    by_spend: Annotated[
        str, typer.Option("--by-spend", metavar="AMOUNT", help="How much more it may spend, in USD.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; finance reads it.")] = "",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    engine: Engine = EngineName.SANDBOX,
    target: Place = None,
) -> None:
    """Let a deployment with a ttl live longer, for a reason that is kept; 14 days in all at the most."""
    from cli.expiry import commands
    from cli.expiry.extending import Request
    from cli.places import place_of

    place, _ = place_of(target or ())
    request = Request.read(deployment, by, by_spend, reason)
    context.exit(commands.extend(commands.Where(_screen(context), _home(home), PROJECT, place), request, engine))


@expiring_app.command()
def reap(
    context: typer.Context,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken down; warn of nothing, change nothing.")
    ] = False,
    target: Place = None,
    parallel: Parallel = DEFAULT_PARALLEL,
    parallel_deployments: ParallelDeployments = None,
) -> None:
    """Warn of deployments whose ttl ends, and take down those whose ttl is over. For a schedule: it asks nothing."""
    from cli.expiry import commands
    from cli.places import place_of

    place, _ = place_of(target or ())
    at_once = parallel_deployments or default_parallel_deployments()
    where = commands.Where(_screen(context), _home(home), PROJECT, place)
    context.exit(commands.reap(where, dry_run=dry_run, parallel=parallel, at_once=at_once))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: "Path | None") -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

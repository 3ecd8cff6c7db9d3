"""The commands about money: `cost`. As in `main`, each only reads its options here."""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Deployments, Environments, Everything, Home, NoColor
from cli.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.home import SandboxHome

cost_app = typer.Typer(name="cost", help="What deployments cost: estimates, differences, prices.", no_args_is_help=True)
prices_app = typer.Typer(name="prices", help="The price sheet.", no_args_is_help=True)
cost_app.add_typer(prices_app)


@cost_app.command()
def estimate(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    lines: Annotated[bool, typer.Option("--lines", help="Every resource with its meters, not only the sums.")] = False,
) -> None:
    """Price deployments for a month: what is up, else what a preview plans. Lists what has no price."""
    from cli import cost_commands
    from cli.orders import Words

    words = Words(tuple(deployments or ()), tuple(env or ()), everything)
    context.exit(cost_commands.estimate(_screen(context), _home(home), PROJECT, words, with_lines=lines))


@cost_app.command()
def diff(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Hold the price of what a preview plans against that of what is up, resource by resource."""
    from cli import cost_commands

    context.exit(cost_commands.diff(_screen(context), _home(home), PROJECT, deployment))


@prices_app.command()
def refresh(
    context: typer.Context,
    as_json: AsJson = False,
    no_color: NoColor = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask, tell what would change, and write nothing.")] = False,
) -> None:
    """Ask Azure's Retail Prices API for every price of the sheet anew; needs the internet, never runs by itself."""
    from cli import price_commands

    context.exit(price_commands.refresh(_screen(context), dry_run=dry_run))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: "Path | None") -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

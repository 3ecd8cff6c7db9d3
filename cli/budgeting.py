"""The commands about budgets: `budget`. As in `main`, each only reads its options here."""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from typing import TYPE_CHECKING

import typer

from cli.options import PROJECT, AsJson, Deployments, Environments, Everything, Home, NoColor
from cli.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.home import SandboxHome

budgeting_app = typer.Typer()
budget_app = typer.Typer(name="budget", help="What is spent, against the budgets.", no_args_is_help=True)
budgeting_app.add_typer(budget_app)


@budget_app.callback()
def budget() -> None:
    """What is spent, against the budgets."""


@budget_app.command()
def check(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    everything: Everything = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Hold what this month cost so far, and what it comes to as it goes, against the budgets. Changes nothing.

    Exit status: 0 within, 7 when 80 % of a budget is spent, 8 when it will be spent before the month is over, 9 when it
    is spent; the worst of all lines.
    """
    from cli.money import budget_check
    from cli.orders import Words

    words = Words(tuple(deployments or ()), tuple(env or ()), everything)
    context.exit(budget_check.check(_screen(context), _home(home), PROJECT, words))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: "Path | None") -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

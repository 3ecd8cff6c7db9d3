"""The commands that finance reads: `cost report`, `cost close`. As in `main`, each only reads its options here."""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Home, NoColor
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

reports_app = typer.Typer()


class ReportFormat(StrEnum):
    """The forms of a report."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    JSON = "json"
    FOCUS = "focus"
    ALL = "all"


@reports_app.command()
def report(
    context: typer.Context,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="Such as 2026-11; by default this month.")
    ] = None,
    form: Annotated[
        ReportFormat,
        typer.Option("--format", help="table: here; every other one is written as a file, all: as all of them."),
    ] = ReportFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Where files go; by default into the home, costs/reports/MONTH."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show what a month cost: budget, estimate, actual, forecast and variance of every deployment, reconciled."""
    from cli.money import reports

    context.exit(reports.report(_screen(context), _home(home), PROJECT, month=month, shown=form.value, output=output))


@reports_app.command()
def close(
    context: typer.Context,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="Such as 2026-10. --verify takes all without it.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Close nothing; say which file of a closed month was changed.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Freeze a month that is over: its report in every form with a hash of each file and of all charges."""
    from cli.money import reports

    screen, place = _screen(context), _home(home)
    if verify:
        context.exit(reports.verify(screen, place, month=month))
    context.exit(reports.close_month(screen, place, PROJECT, month=month))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

"""The commands about money: `cost`. As in `main`, each only reads its options here."""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Deployments, Environments, Everything, Home, NoColor
from cli.report_commands import reports_app
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

cost_app = typer.Typer(name="cost", help="What deployments cost: estimates, differences, prices.", no_args_is_help=True)
prices_app = typer.Typer(name="prices", help="The price sheet.", no_args_is_help=True)
cost_app.add_typer(prices_app)
cost_app.add_typer(reports_app)


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
    from cli.money import estimates
    from cli.orders import Words

    words = Words(tuple(deployments or ()), tuple(env or ()), everything)
    context.exit(estimates.estimate(_screen(context), _home(home), PROJECT, words, with_lines=lines))


@cost_app.command()
def diff(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Hold the price of what a preview plans against that of what is up, resource by resource."""
    from cli.money import estimates

    context.exit(estimates.diff(_screen(context), _home(home), PROJECT, deployment))


@cost_app.command()
def meter(
    context: typer.Context,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Until then, such as 2026-11-20; by default until now.")
    ] = None,
    as_if_since: Annotated[
        str | None,
        typer.Option(
            "--as-if-since",
            metavar="DAY",
            help="Tell what happened here as if it had begun on that day: minutes stand for days.",
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Price what stood in this sandbox for how long, as export files like Azure's, for `cost import`."""
    from cli.money import meter_files

    context.exit(meter_files.meter(_screen(context), _home(home), at=at, as_if_since=as_if_since))


@cost_app.command("import")
def import_costs(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Folders of exports as Azure lays them out, or files of charges."),
    ],
    source: Annotated[
        str | None,
        typer.Option("--as", metavar="SOURCE", help="Take it for a newer delivery of this source of the ledger."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Read export files of charges (FOCUS 1.0 to 1.2, Azure's own; CSV, gzip, Parquet) into the ledger."""
    from cli.money import importing

    context.exit(importing.import_costs(_screen(context), _home(home), paths, source))


@cost_app.command()
def fetch(
    context: typer.Context,
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Which month; by default this one.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Ask Azure Cost Management for a month's charges of every subscription, where there is no export to import.

    Sums by day, resource group and service, billed and amortised; needs a sign-in and the role Cost Management Reader.
    """
    from cli.money import fetching

    context.exit(fetching.fetch(_screen(context), _home(home), PROJECT, month=month))


@prices_app.command()
def refresh(
    context: typer.Context,
    as_json: AsJson = False,
    no_color: NoColor = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask, tell what would change, and write nothing.")] = False,
) -> None:
    """Ask Azure's Retail Prices API for every price of the sheet anew; needs the internet, never runs by itself."""
    from cli.money import price_refresh

    context.exit(price_refresh.refresh(_screen(context), dry_run=dry_run))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

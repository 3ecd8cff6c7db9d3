"""The commands of the first day: `init azure`, `init sandbox`. As in `main`, each only reads its options here."""

# ruff: noqa: ARG001, FBT002, PLC0415

from pathlib import Path
from typing import Literal

import typer

from cli.options import PROJECT, AsJson, DryRun, Home, NoColor
from cli.screen import Screen

init_app = typer.Typer(
    name="init", help="The first day: where the state of every deployment lies.", no_args_is_help=True
)


@init_app.command()
def azure(context: typer.Context, dry_run: DryRun = False, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Make the state's storage and vault in Azure; what is there already stays. Then the stack `account` owns them."""
    _init(context, None, "azure", dry_run=dry_run)


@init_app.command()
def sandbox(
    context: typer.Context,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """The same in a sandbox on this machine, by the same requests."""
    _init(context, home, "sandbox", dry_run=dry_run)


def _init(context: typer.Context, home: Path | None, where: Literal["azure", "sandbox"], *, dry_run: bool) -> None:
    from cli import init_azure
    from sandbox.home import SandboxHome

    screen = context.ensure_object(Screen)
    context.exit(init_azure.init(screen, SandboxHome.locate(home, PROJECT), where, dry_run=dry_run))

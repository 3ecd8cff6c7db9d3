"""The commands that stop what computes and start it again: `sleep`, `wake`. As in `main`, each only reads its options
here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import PROJECT, AsJson, Deployments, Environments, Ephemeral, Home, NoColor
from cli.screen import Screen

sleeping_app = typer.Typer()
Place = Annotated[
    list[str] | None, typer.Option("--target", metavar="PLACE", help="`sandbox` (default) or `azure`: where.")
]


@sleeping_app.command()
def sleep(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    target: Place = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Stop services and database servers, keep all data, and say what that saves. prod is refused."""
    _run(context, "sleep", (deployments, env, all_ephemeral), home, target)


@sleeping_app.command()
def wake(
    context: typer.Context,
    deployments: Deployments = None,
    env: Environments = None,
    all_ephemeral: Ephemeral = False,
    home: Home = None,
    target: Place = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Start what `sleep` stopped, databases first, and wait until every service is healthy."""
    _run(context, "wake", (deployments, env, all_ephemeral), home, target)


def _run(
    context: typer.Context,
    command: Literal["sleep", "wake"],
    words: tuple[list[str] | None, list[str] | None, bool],
    home: Path | None,
    target: list[str] | None,
) -> None:
    from cli.asleep.runs import Nights
    from cli.orders import Words
    from cli.selection import selected
    from sandbox.home import SandboxHome

    deployments, environments, ephemeral = words
    typed = Words(tuple(deployments or ()), tuple(environments or ()), ephemeral=ephemeral)
    names = selected(typed, command, PROJECT)
    nights = Nights(context.ensure_object(Screen), SandboxHome.locate(home, PROJECT), PROJECT, tuple(target or ()))
    context.exit(nights.sleep(names) if command == "sleep" else nights.wake(names))

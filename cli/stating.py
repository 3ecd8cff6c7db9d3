"""`cfctl state`: a deployment's state, its former states and its locks. As in `main`, each command only reads its
options here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Home, NoColor, Yes
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

state_app = typer.Typer(
    name="state", help="A deployment's state: as Pulumi's own JSON, its backups, its locks.", no_args_is_help=True
)


@state_app.command(name="export")
def state_export(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Export secrets in clear.")] = False,
) -> None:
    """Write a deployment's state to standard output, as `pulumi stack export` does: JSON, with or without --json."""
    from cli import state_commands

    context.exit(state_commands.export(_screen(context), _home(home), deployment, show_secrets=show_secrets))


@state_app.command(name="import")
def state_import(
    context: typer.Context,
    deployment: Deployment,
    file: Annotated[
        Path, typer.Option("--file", metavar="FILE", help="The JSON to import; - is standard input.")
    ] = Path("-"),
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    force: Annotated[bool, typer.Option("--force", help="Import although a check of the state fails.")] = False,
) -> None:
    """Replace a deployment's state by an export, of this tool or of `pulumi stack export`."""
    from cli import state_commands

    screen = _screen(context)
    context.exit(state_commands.import_(screen, _home(home), deployment, file, yes=yes, force=force))


@state_app.command(name="backups")
def state_backups(
    context: typer.Context,
    deployment: Deployment,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """List the former states of a deployment, and whether each is whole."""
    from cli import state_backups as former

    context.exit(former.backups(_screen(context), _home(home), deployment))


@state_app.command(name="restore")
def state_restore(
    context: typer.Context,
    deployment: Deployment,
    generation: Annotated[
        int | None, typer.Option("--generation", metavar="N", help="Its number in `state backups`; 1 is the newest.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="The last one taken by then: 2026-11-22T12:00, UTC.")
    ] = None,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Put a former state in place, examined first: the newest that is whole, unless another is named."""
    from cli import state_backups as former

    screen = _screen(context)
    context.exit(former.restore(screen, _home(home), deployment, generation=generation, at=at, yes=yes))


@state_app.command(name="unlock")
def state_unlock(
    context: typer.Context,
    deployment: Deployment,
    host: Annotated[
        str,
        typer.Option("--host", metavar="HOST", help="Another machine whose lock goes: nothing runs there any more."),
    ] = "",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Remove the locks that dead runs left; the next run of this machine does so by itself."""
    from cli import state_locks

    context.exit(state_locks.unlock(_screen(context), _home(home), deployment, host=host))


@state_app.command(name="move")
def state_move(
    context: typer.Context,
    deployment: Deployment,
    to: Annotated[str, typer.Option("--to", metavar="WHERE", help="sandbox:DIR, file:///DIR or azblob://CONTAINER?….")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="WHERE", help="Where it lies (default: this sandbox home).")
    ] = None,
    secrets_provider: Annotated[
        str | None,
        typer.Option(
            "--secrets-provider", metavar="URL", help="What encrypts the secrets there: passphrase, azurekeyvault://…."
        ),
    ] = None,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Move a deployment's state to another backend or home: copied, compared secret by secret, then taken from here."""
    from cli import state_moves

    screen, here = _screen(context), _home(home)
    context.exit(state_moves.run(screen, here, deployment, to=to, source=source, provider=secrets_provider, yes=yes))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

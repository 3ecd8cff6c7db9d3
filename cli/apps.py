"""The commands about single apps: `app release`, `app rollback`, `app status`. As in `main`, each only reads its
options here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Home, NoColor, Yes
from cli.screen import Screen

if TYPE_CHECKING:
    from cli.running_apps.releases import Releases
    from sandbox.home import SandboxHome

apps_app = typer.Typer(name="app", help="One service: a new image, the way back, what serves.", no_args_is_help=True)

Service = Annotated[str, typer.Argument(metavar="SERVICE", help="A service of the deployment, such as user.")]
Place = Annotated[
    list[str] | None, typer.Option("--target", metavar="PLACE", help="`sandbox` (default) or `azure`: where.")
]
Confirm = Annotated[str, typer.Option("--confirm", metavar="NAME", help="prod: its name, in the place of typing it.")]


@apps_app.command()
def release(
    context: typer.Context,
    deployment: Deployment,
    service: Service,
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="DIGEST", help="REPOSITORY@sha256:… or sha256:…; without: the release file's."),
    ] = None,
    home: Home = None,
    yes: Yes = False,
    confirm: Confirm = "",
    target: Place = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Serve a new image once its revision is healthy; one that does not get healthy never has the traffic."""
    from cli.databases.guards import Consent

    consent = Consent(yes=yes, confirm=confirm)
    context.exit(_releases(context, home, target).release(deployment, service, image, consent))


@apps_app.command()
def rollback(
    context: typer.Context,
    deployment: Deployment,
    service: Service,
    home: Home = None,
    yes: Yes = False,
    confirm: Confirm = "",
    target: Place = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Serve the image before again: the traffic goes to its revision at once."""
    from cli.databases.guards import Consent

    consent = Consent(yes=yes, confirm=confirm)
    context.exit(_releases(context, home, target).roll_back(deployment, service, consent))


@apps_app.command()
def status(
    context: typer.Context,
    deployment: Deployment,
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="One, with all of its revisions.")] = None,
    home: Home = None,
    target: Place = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show the image that each service serves, its health, and what a rollback would lead to."""
    from cli.running_apps.places import open_apps
    from cli.running_apps.status import status as show

    apps = open_apps(_home(home), PROJECT, deployment, tuple(target or ()))
    context.exit(show(context.ensure_object(Screen), apps, service))


def _releases(context: typer.Context, home: Path | None, target: list[str] | None) -> "Releases":
    from cli.running_apps.releases import Releases

    return Releases(context.ensure_object(Screen), _home(home), PROJECT, tuple(target or ()))


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

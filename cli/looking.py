"""The commands that look and change nothing: `topology`, `timing`, `map`, `open`, `whois`, `logs`. As in `main`, each
only reads its options here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Home, NoColor
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

looking_app = typer.Typer()
SomeDeployments = Annotated[
    list[str] | None, typer.Argument(metavar="[DEPLOYMENT...]", help="Deployments; all that are up when none is named.")
]


@looking_app.command()
def topology(
    context: typer.Context,
    deployments: SomeDeployments = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    plan: Annotated[bool, typer.Option("--plan", help="What a preview plans, also of what is up.")] = False,
) -> None:
    """Draw networks, endpoints and who reaches what, as a page: of what is up, else of what a preview plans."""
    from cli import pages

    context.exit(pages.topology(_screen(context), _home(home), PROJECT, deployments or (), planned=plan))


@looking_app.command()
def timing(
    context: typer.Context,
    deployments: Annotated[
        list[str], typer.Argument(metavar="DEPLOYMENT...", help="Deployments; what they need goes up with them.")
    ],
    down: Annotated[bool, typer.Option("--down", help="Taking them down, instead of bringing them up.")] = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say how long Azure takes at least: the longest chains of operations, and why each waits for the one before."""
    from cli import timing as timing_command

    context.exit(timing_command.timing(_screen(context), _home(home), PROJECT, deployments, down=down))


@looking_app.command(name="map")
def map_(context: typer.Context, home: Home = None, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Draw the address map as a page: every block with its owner, every deployment's slots."""
    from cli import pages

    context.exit(pages.address_map(_screen(context), _home(home)))


@looking_app.command(name="open")
def open_(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="topology, addresses, portal, or the name of a resource that is up.")
    ],
    deployments: SomeDeployments = None,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    only_print: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
) -> None:
    """Open a page, or a resource's page in the Azure portal, in the browser."""
    from cli import open_command

    screen, chosen = _screen(context), deployments or ()
    context.exit(open_command.open_(screen, _home(home), PROJECT, what, chosen, only_print=only_print))


@looking_app.command()
def whois(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A name, IPv4 address or prefix, ARM id, URN, host name or deployment."),
    ],
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Say whose a name or an address is: deployment, kind, region, tags, and where it is."""
    from cli import whois as asking

    context.exit(asking.whois(_screen(context), _home(home), PROJECT, name))


@looking_app.command()
def logs(
    context: typer.Context,
    deployment: Deployment,
    what: Annotated[
        str, typer.Argument(metavar="[WHAT]", help="run (the last run), postgres, a job such as tenancy, or a service.")
    ] = "run",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="10m, 2h, 1d ago, or ISO 8601 in UTC.")] = "",
    lines: Annotated[int, typer.Option("--lines", min=1, help="Most lines, counted from the end.")] = 200,
) -> None:
    """Show a log of a deployment: of its last run, its PostgreSQL, a job, or where a service's is."""
    from cli import logs_command

    wanted = logs_command.Wanted(lines=lines, since=since, follow=follow)
    context.exit(logs_command.logs(_screen(context), _home(home), deployment, what, wanted))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

"""The commands that plan, grow and describe the platform: `deployment`, `cidr`, `names`, `plan`, `docs`. As in `main`,
each only reads its options here.
"""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Home, NoColor, Yes
from cli.screen import Screen

if TYPE_CHECKING:
    from sandbox.home import SandboxHome

growing_app = typer.Typer()
deployment_app = typer.Typer(name="deployment", help="Add a deployment to the platform, or remove one.")
cidr_app = typer.Typer(name="cidr", help="The address map: what is taken, what comes next.")
names_app = typer.Typer(name="names", help="The names of resources, and whether all fit.")
plan_app = typer.Typer(name="plan", help="What would be, before anything is written.")
for group in (deployment_app, cidr_app, names_app, plan_app):
    group.info.no_args_is_help = True
    growing_app.add_typer(group)

NewDeployment = Annotated[str, typer.Argument(metavar="NAME", help="The deployment, such as uksouth-stg-1.")]
Code = Annotated[
    str | None,
    typer.Option("--application-code", metavar="CODE", help="2 to 4 letters, instead of that of the stack file."),
]


@deployment_app.command()
def add(
    context: typer.Context,
    name: NewDeployment,
    like: Annotated[str, typer.Option("--like", metavar="DEPLOYMENT", help="Whose settings it gets.")],
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="USD", help="Its budget a month; else that of the other.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another value than the other's: postgres.storage_gb=64."),
    ] = None,
    block: Annotated[
        str | None,
        typer.Option("--block", metavar="CIDR", help="This block, not the next one; a retired one only so."),
    ] = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Write map entry and stack file of a new regional deployment: blocks held for it first, then free ones."""
    from cli import deployment_commands

    wanted = deployment_commands.Wanted(
        name=name, like=like, budget=budget, settings=tuple(settings or ()), block=block
    )
    context.exit(deployment_commands.add(_screen(context), PROJECT, wanted))


@deployment_app.command()
def remove(
    context: typer.Context,
    name: NewDeployment,
    home: Home = None,
    yes: Yes = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Take a deployment that is down out of the platform: its block is retired, its stack file goes."""
    from cli import deployment_commands

    context.exit(deployment_commands.remove(_screen(context), _home(home), PROJECT, name, yes=yes))


@cidr_app.command(name="show")
def cidr_show(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A deployment, for its slots; else the whole range.")
    ] = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show what is taken, what is left and for how long; or the addresses of one deployment."""
    from cli import cidr_commands

    screen = _screen(context)
    context.exit(cidr_commands.show(screen) if name is None else cidr_commands.show_one(screen, name))


@cidr_app.command(name="next")
def cidr_next(
    context: typer.Context,
    region: Annotated[str, typer.Option("--region", metavar="REGION", help="Such as westeu.")],
    environment: Annotated[str, typer.Option("--env", metavar="ENV", help="dev, stg or prod.")],
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show the block that the next deployment of a region and environment would get; nothing is taken."""
    from cli import cidr_commands

    context.exit(cidr_commands.show_next(_screen(context), region, environment))


@cidr_app.command(name="check")
def cidr_check(context: typer.Context, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Hold the map against its rules and against the stack files."""
    from cli import cidr_commands

    context.exit(cidr_commands.check(_screen(context), PROJECT))


@cidr_app.command(name="map")
def cidr_map(context: typer.Context, home: Home = None, as_json: AsJson = False, no_color: NoColor = False) -> None:
    """Draw the address map as a page, as `./cfctl map` does."""
    from cli import pages

    context.exit(pages.address_map(_screen(context), _home(home)))


@names_app.command(name="show")
def names_show(
    context: typer.Context,
    deployment: Deployment,
    code: Code = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show the name that each kind of resource has in a deployment, in the map or not."""
    from cli import names_commands

    context.exit(names_commands.show(_screen(context), PROJECT, deployment, code))


@names_app.command(name="check")
def names_check(
    context: typer.Context,
    code: Code = None,
    tables_only: Annotated[
        bool, typer.Option("--tables", help="Without the descriptors in use, which a preview has to tell.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Prove that every kind's name fits in every region, environment and instance up to 99."""
    from cli import names_commands

    context.exit(names_commands.check(_screen(context), _home(home), PROJECT, code, tables_only=tables_only))


@plan_app.command(name="region")
def plan_region(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="Such as uksouth.")],
    like: Annotated[str, typer.Option("--like", metavar="REGION", help="The region whose deployments it would have.")],
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Show blocks, names, zones and missing services of a region that gets what another has. Changes nothing."""
    from cli import plan_region as planning

    context.exit(planning.plan(_screen(context), PROJECT, region, like))


@growing_app.command()
def docs(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a page is stale.")] = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Write the generated pages of the documents anew: addresses, databases, names."""
    from cli import docs_command

    context.exit(docs_command.write(_screen(context), PROJECT, check=check))


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

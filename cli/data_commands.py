"""`cfctl db` and `cfctl tenant`: what is in the databases. As in `main`, each only reads its options here."""

# ruff: noqa: ARG001, FBT002, PLC0415, PLR0917

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import PROJECT, AsJson, Deployment, Home, NoColor, Yes
from cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Generator

    from cli.databases.guards import Consent
    from cli.databases.hosts import JobHost
    from sandbox.home import SandboxHome

db_app = typer.Typer(name="db", help="A deployment's databases: migrated, checked, filled.", no_args_is_help=True)
tenant_app = typer.Typer(name="tenant", help="The tenants of a deployment, and their data.", no_args_is_help=True)
Place = Annotated[str, typer.Option("--target", metavar="PLACE", help="`sandbox` (default) or `azure`: where.")]
Confirm = Annotated[
    str, typer.Option("--confirm", metavar="NAME", help="The deployment's name, in the place of typing it; prod too.")
]
Tenant = Annotated[str, typer.Option("--tenant", metavar="TENANT", help="Slug or id of the tenant.")]
From = Annotated[str, typer.Option("--from", metavar="EXPORT", help="Name of an export.")]


@db_app.command()
def migrate(
    context: typer.Context,
    deployment: Deployment,
    to: Annotated[str, typer.Option("--to", metavar="ID", help="The revision; the deployment's own without it.")] = "",
    drop_data: Annotated[bool, typer.Option("--drop-data", help="Going back, drop what holds rows.")] = False,
    target: Place = "sandbox",
    home: Home = None,
    yes: Yes = False,
    confirm: Confirm = "",
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Bring every database to a schema revision, forth or back; production only to that of its stack file."""
    from cli.databases import schema

    with _opened(context, home, deployment, target) as host:
        consent = _consent(yes, confirm)
        context.exit(schema.migrate(_screen(context), host, to, drop_data=drop_data, consent=consent))


@db_app.command()
def gate(
    context: typer.Context,
    deployment: Deployment,
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Hold every database against the contract of tenants: any breach is named with its cure. Changes nothing."""
    from cli.databases import schema

    with _opened(context, home, deployment, target) as host:
        context.exit(schema.gate(_screen(context), host))


@db_app.command()
def seed(
    context: typer.Context,
    deployment: Deployment,
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Put sample tenants with users in every role, forms, rules and declarations into the databases; never in prod."""
    from cli.databases import schema

    with _opened(context, home, deployment, target) as host:
        context.exit(schema.seed(_screen(context), host))


@db_app.command()
def retain(
    context: typer.Context,
    deployment: Deployment,
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Delete what is older than its table, the outbox or the audit is to be kept; again, it finds nothing."""
    from cli.databases import schema

    with _opened(context, home, deployment, target) as host:
        context.exit(schema.retain(_screen(context), host))


@db_app.command()
def psql(
    context: typer.Context,
    deployment: Deployment,
    database: Annotated[str, typer.Argument(metavar="[DATABASE]", help="Such as user_service; the first one.")] = "",
    tenant: Tenant = "",
    command: Annotated[str, typer.Option("--command", "-c", metavar="SQL", help="Carry this out, and end.")] = "",
    write: Annotated[bool, typer.Option("--write", help="Let the session write.")] = False,
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Open psql as the service's own identity, which row-level security holds for; read-only unless told."""
    from cli.databases.psql import psql as open_psql

    with _opened(context, home, deployment, target) as host:
        status = open_psql(_screen(context), _home(home), host, database, tenant, command, write=write)
        context.exit(status)


@tenant_app.command(name="list")
def list_(
    context: typer.Context,
    deployment: Deployment,
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """List the tenants of a deployment, with how many rows they have."""
    from cli.databases import tenants

    with _opened(context, home, deployment, target) as host:
        context.exit(tenants.list_(_screen(context), host))


@tenant_app.command()
def add(
    context: typer.Context,
    deployment: Deployment,
    tenant: Annotated[str, typer.Option("--tenant", metavar="SLUG", help="Lower-case letters, digits and -.")],
    name: Annotated[str, typer.Option("--name", help="Name of the organization.")],
    zone: Annotated[str, typer.Option("--zone", help="Residency zone: EU, US, UK, APAC; the deployment's.")] = "",
    tenant_id: Annotated[str, typer.Option("--id", metavar="UUID", help="Where the registry has given one.")] = "",
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Let a tenant into a deployment of its residency zone; again, it does nothing."""
    from cli.databases import tenants

    newcomer = tenants.Newcomer(slug=tenant, name=name, zone=zone, id=tenant_id)
    with _opened(context, home, deployment, target) as host:
        context.exit(tenants.add(_screen(context), host, newcomer))


@tenant_app.command()
def export(
    context: typer.Context,
    deployment: Deployment,
    tenant: Tenant = "",
    name: Annotated[str, typer.Option("--name", help="Of the export; the tenant and the time without it.")] = "",
    target: Place = "sandbox",
    home: Home = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Write every row of a tenant, or of all, with a manifest, to where no teardown reaches."""
    from cli.databases import tenants

    with _opened(context, home, deployment, target) as host:
        context.exit(tenants.export(_screen(context), host, tenant, name))


@tenant_app.command(name="import")
def import_(
    context: typer.Context,
    deployment: Deployment,
    from_: From,
    sha256: Annotated[str, typer.Option("--sha256", help="Of its manifest: any other export is refused.")] = "",
    target: Place = "sandbox",
    home: Home = None,
    yes: Yes = False,
    confirm: Confirm = "",
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Take an export of this deployment over: verified first, compared row by row afterwards."""
    from cli.databases import tenants

    with _opened(context, home, deployment, target) as host:
        context.exit(tenants.import_(_screen(context), host, from_, sha256, _consent(yes, confirm)))


@tenant_app.command()
def erase(
    context: typer.Context,
    deployment: Deployment,
    tenant: Tenant,
    from_: From = "",
    reason: Annotated[str, typer.Option("--reason", help="Why there is no export before, where there is none.")] = "",
    target: Place = "sandbox",
    home: Home = None,
    yes: Yes = False,
    confirm: Confirm = "",
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Erase a tenant from every database, prove that nothing is left, and keep a certificate."""
    from cli.databases import tenants

    if bool(from_) == bool(reason):
        _either("--from EXPORT, or --reason TEXT", f"./cfctl tenant export {deployment} --tenant {tenant}")
    with _opened(context, home, deployment, target) as host:
        consent = _consent(yes, confirm)
        context.exit(tenants.erase(_screen(context), host, tenant, name=from_, reason=reason, consent=consent))


@tenant_app.command()
def move(
    context: typer.Context,
    deployment: Deployment,
    tenant: Tenant,
    to: Annotated[str, typer.Option("--to", metavar="DEPLOYMENT", help="Of the same environment and zone.")],
    from_: From = "",
    target: Place = "sandbox",
    home: Home = None,
    yes: Yes = False,
    confirm: Confirm = "",
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Move a tenant to another deployment: exported, imported, compared, suspended here; erased by a command later."""
    from cidr import DeploymentName
    from cli.databases import moving

    moving.check(DeploymentName.parse(deployment), DeploymentName.parse(to))
    with (
        _opened(context, home, deployment, target) as source,
        _opened(context, home, to, target) as destination,
    ):
        consent = _consent(yes, confirm)
        context.exit(moving.move(_screen(context), source, destination, tenant, from_, consent))


@contextmanager
def _opened(context: typer.Context, home: Path | None, deployment: str, target: str) -> "Generator[JobHost]":
    """The deployment's job, where it is up. Raises FaultsError for a name that is none, RefusedError otherwise."""
    from cli.databases.hosts import open_host
    from cli.deployed import known_stack
    from stacks import load_settings

    name = known_stack(deployment)
    with open_host(_home(home), load_settings(name, PROJECT), [target]) as host:
        yield host


def _consent(yes: bool, confirm: str) -> "Consent":  # noqa: FBT001 - as typer gives it
    from cli.databases.guards import Consent

    return Consent(yes=yes, confirm=confirm)


def _either(allowed: str, next_step: str) -> None:
    from cidr import Fault, FaultsError

    what = "an erasure is after an export, or for a reason without one: one of the two"
    raise FaultsError([Fault(where="--from, --reason", what=what, allowed=allowed, next_step=next_step)])


def _screen(context: typer.Context) -> Screen:
    return context.ensure_object(Screen)


def _home(option: Path | None) -> "SandboxHome":
    from sandbox.home import SandboxHome

    return SandboxHome.locate(option, PROJECT)

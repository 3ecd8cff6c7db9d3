"""`cfctl tenant list|add|export|import|erase`: who is in a deployment's databases, and their data."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cli.databases.guards import Consent, require_consent
from cli.databases.hosts import JobHost
from cli.databases.running import Asked, ask, show
from cli.exit_codes import ExitCode
from cli.screen import Screen


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Whom to add, as typed; what is empty the job chooses."""

    slug: str
    name: str
    zone: str = ""
    id: str = ""


def list_(screen: Screen, host: JobHost) -> ExitCode:
    """Every tenant, in how many databases, with how many rows."""
    return show(screen, host, "tenant list", ask(screen, host, Asked(arguments=["tenants-list"])))


def add(screen: Screen, host: JobHost, newcomer: Newcomer) -> ExitCode:
    """Let a tenant into every database: one of the deployment's residency zone, and in a dedicated one only its own."""
    given = {"--slug": newcomer.slug, "--name": newcomer.name, "--zone": newcomer.zone, "--id": newcomer.id}
    arguments = ["tenants-add", *(f"{option}={value}" for option, value in given.items() if value)]
    answer = ask(screen, host, Asked(arguments=arguments))
    return show(screen, host, "tenant add", answer, [f"./cfctl tenant list {host.settings.deployment}"])


def export(screen: Screen, host: JobHost, tenant: str, name: str) -> ExitCode:
    """Write every row of a tenant, or of all, into the account's container of exports."""
    export_name = name or named(tenant)
    chosen = [f"--tenant={tenant}"] if tenant else []
    answer = ask(screen, host, Asked(arguments=["export", f"--name={export_name}", *chosen]))
    deployment = host.settings.deployment
    erase = f"./cfctl tenant erase {deployment} --tenant {tenant} --from {export_name}"
    following = [f"./cfctl tenant import {deployment} --from {export_name}", *([erase] if tenant else [])]
    return show(screen, host, "tenant export", answer, following)


def import_(screen: Screen, host: JobHost, name: str, sha256: str, consent: Consent) -> ExitCode:
    """Take an export over, verified before and compared afterwards. Raises RefusedError without consent."""
    deployment = host.settings.deployment
    require_consent(screen, deployment, f"importing {name} into its databases", consent)
    expected = [f"--sha256={sha256}"] if sha256 else []
    answer = ask(screen, host, Asked(arguments=["import", f"--name={name}", *expected]))
    return show(screen, host, "tenant import", answer, [f"./cfctl tenant list {deployment}"])


def erase(screen: Screen, host: JobHost, tenant: str, *, name: str, reason: str, consent: Consent) -> ExitCode:
    """Erase a tenant, with a certificate: after the export `name`, or without one for a reason. Raises RefusedError."""
    deployment = host.settings.deployment
    require_consent(screen, deployment, f"erasing every row of tenant {tenant}", consent)
    why = f"--export={name}" if name else f"--without-export={reason}"
    answer = ask(screen, host, Asked(arguments=["erase", f"--tenant={tenant}", why]))
    return show(screen, host, "tenant erase", answer, [f"./cfctl tenant list {deployment}"])


def named(tenant: str) -> str:
    """A name for an export that begins now."""
    return f"{tenant or 'all'}-{datetime.now(UTC):%Y%m%dt%H%M%S}".lower()

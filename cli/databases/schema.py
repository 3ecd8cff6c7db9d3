"""`cfctl db migrate|gate|seed|retain`: brought to a revision, held against the contract, filled, rid of what is old."""

from cidr import Fault, FaultsError
from cli.databases.backups import fresh_backup
from cli.databases.guards import Consent, require_consent, require_ephemeral
from cli.databases.hosts import JobHost
from cli.databases.running import Asked, ask, show
from cli.exit_codes import ExitCode
from cli.screen import Screen


def migrate(screen: Screen, host: JobHost, to: str, *, drop_data: bool, consent: Consent) -> ExitCode:
    """Bring every database to a revision, in a persistent deployment to that of its stack file alone.

    There a backup not older than a day is made before, or was there. Raises RefusedError, FaultsError.
    """
    name, reviewed = host.settings.deployment, host.settings.schema_revision
    if reviewed is not None and to and to != reviewed:
        fault = Fault(
            where="--to",
            what=f"{to} is not the revision that was reviewed for {name}",
            allowed=reviewed,
            next_step=f"write `schema_revision` in stacks/Pulumi.{name}.yaml, have it reviewed, then up {name}",
        )
        raise FaultsError([fault])
    if drop_data:
        require_consent(screen, name, "dropping tables and columns that hold rows", consent)
    if not host.settings.ephemeral:
        fresh_backup(screen.say, host)
    arguments = ["migrate", *(["--to", to] if to else []), *(["--drop-data"] if drop_data else [])]
    answer = ask(screen, host, Asked(arguments=arguments))
    return show(screen, host, "db migrate", answer, [f"./cfctl db gate {name}"])


def gate(screen: Screen, host: JobHost) -> ExitCode:
    """Hold every database against the contract of tenants; changes nothing."""
    return show(screen, host, "db gate", ask(screen, host, Asked(arguments=["gate"])))


def seed(screen: Screen, host: JobHost) -> ExitCode:
    """Fill the databases of an ephemeral deployment with sample tenants. Raises RefusedError for production."""
    name = host.settings.deployment
    require_ephemeral(name, "sample tenants have no place there")
    answer = ask(screen, host, Asked(arguments=["seed"]))
    return show(screen, host, "db seed", answer, [f"./cfctl tenant list {name}"])


def retain(screen: Screen, host: JobHost) -> ExitCode:
    """Delete what is older than it is to be kept: rows by their table's days, published events, audit."""
    return show(screen, host, "db retain", ask(screen, host, Asked(arguments=["retention"])))

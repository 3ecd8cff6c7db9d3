"""`cfctl db psql`: a session as the service's own identity, read-only unless told, of one tenant or of none.

Never as who administers the server: an administrator bypasses row-level security, and what one sees so is not what the
service sees. Without a tenant every table of tenants refuses (28000); with one, its rows are all that there are.
"""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from cidr import Fault, FaultsError
from cidr.faults import nearest
from cli.databases.executions import API_VERSION, execute
from cli.databases.hosts import JobHost, not_up
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.places import AZURE
from cli.screen import Screen
from sandbox.azure import arm_ids
from sandbox.azure.postgres.entra import access_token
from sandbox.azure.postgres.records import LOOPBACK, Records
from sandbox.home import SandboxHome

_APPLICATION: Final = "application"


def psql(  # noqa: PLR0917
    screen: Screen, home: SandboxHome, host: JobHost, database: str, tenant: str, command: str, *, write: bool
) -> ExitCode | int:
    """Open psql; gives its status. On Azure it says how a person gets in. Raises FaultsError for a database or a tenant
    that is not there, and where psql is not installed.
    """
    if host.place == AZURE:
        return _on_azure(screen, host, database)
    program = shutil.which("psql")
    if program is None:
        step = "install the PostgreSQL client (Debian: apt install postgresql-client; macOS: brew install libpq)"
        raise FaultsError([Fault(where="PATH", what="psql is not installed", allowed="psql", next_step=step)])
    known = _principals(host)
    name = database or next(iter(known), "")
    if name not in known:
        guess = nearest(name, list(known)) or next(iter(known), "")
        step = f"./cfctl db psql {host.settings.deployment} {guess}"
        raise FaultsError(
            [Fault(where="DATABASE", what=f"no database {name!r}", allowed=", ".join(known), next_step=step)]
        )
    user, object_id = known[name]
    server = Records(home.postgres).find(arm_ids.key(host.server_id))
    if server is None:
        raise RefusedError(not_up(host.settings))
    environment = {
        "PGHOST": LOOPBACK,
        "PGPORT": str(server.port),
        "PGUSER": user,
        "PGDATABASE": name,
        "PGPASSWORD": access_token(home.root, object_id).get_secret_value(),
        "PGSSLMODE": "disable",
        "PGAPPNAME": "cfctl",
    }
    settings = {"default_transaction_read_only": "off" if write else "on"}
    if tenant:
        settings["app.tenant_id"] = _tenant_id(host, tenant)
    environment["PGOPTIONS"] = " ".join(f"-c {key}={value}" for key, value in settings.items())
    whose = f"tenant {tenant}" if tenant else "no tenant: tables of tenants refuse, --tenant names one"
    screen.say(f"{name} of {host.settings.deployment} as {user}, {whose}, {'may write' if write else 'read-only'}")
    arguments = ["-c", command] if command else []
    ended = subprocess.run([program, "-X", *arguments], env={**_passed_on(), **environment}, check=False)  # noqa: S603
    return ended.returncode


def _passed_on() -> Mapping[str, str]:
    """What psql needs of this terminal; nothing of the caller's own PG* variables."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}


def _principals(host: JobHost) -> dict[str, tuple[str, str]]:
    """Database → name and object id of its service's identity, as the job is told."""
    job = host.client.get(host.job_id, API_VERSION)
    if job is None:
        raise RefusedError(not_up(host.settings))
    template = cast("dict[str, Any]", job["properties"])["template"]
    variables = {str(it["name"]): str(it.get("value") or "") for it in template["containers"][0]["env"]}
    rows = json.loads(variables["TENANCY_PLAN"])["databases"]
    return {
        str(row["name"]): (str(it["name"]), str(it["object_id"]))
        for row in rows
        for it in row["principals"]
        if it["duty"] == _APPLICATION
    }


def _tenant_id(host: JobHost, tenant: str) -> str:
    """The id of a tenant by its slug: the job reads it, for a service may not see who else is there."""
    with contextlib.suppress(ValueError):
        return str(UUID(tenant))
    ended = execute(host, ["tenants-list"])
    known = {str(row["slug"]): str(row["id"]) for row in ended.rows}
    if tenant not in known:
        allowed = ", ".join(known) or "none: nobody is in it"
        step = f"./cfctl tenant list {host.settings.deployment}"
        raise FaultsError([Fault(where="--tenant", what=f"no tenant {tenant!r}", allowed=allowed, next_step=step)])
    return known[tenant]


def _on_azure(screen: Screen, host: JobHost, database: str) -> ExitCode:
    """The server has no public side: a person of the Entra group signs in from a machine in its network."""
    group = host.settings.entra_admin_group.name
    server = f"{host.names.of('postgres_server')}.postgres.database.azure.com"
    for line in (
        f"{server} is reached from inside the network of {host.settings.deployment} alone: from a machine there, which",
        "people reach through Bastion (`options.bastion: true` in the stack file). Members of the Entra group",
        f"{group} administer the server, so row-level security does not hold for them; what they do is audited.",
    ):
        screen.say(line)
    for line in (
        f"az login --tenant {host.settings.tenant_id}",
        "export PGPASSWORD=$(az account get-access-token --resource-type oss-rdbms --query accessToken -o tsv)",
        f"psql 'host={server} dbname={database or 'DATABASE'} user={group} sslmode=verify-full sslrootcert=system'",
    ):
        screen.result(line)
    return ExitCode.OK

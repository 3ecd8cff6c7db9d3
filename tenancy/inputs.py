"""What the job is told, all of it by environment variables, checked before anything is asked of Azure or the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tenancy.assurance.tokens import SigningKey, read_keys
from tenancy.faults import Fault, JobError, WrongInputError
from tenancy.plan import VARIABLE, Plan, read_plan

_JOB: Final = "set it in the variables of the container app job, then start the job again"
_PLATFORM: Final = (
    "give the job a managed identity (userAssignedIdentities) and start it again; Container Apps then sets it"
)
# variable → what it is, what to do when it is missing.
# Identity: https://learn.microsoft.com/azure/container-apps/managed-identity#rest-endpoint-reference
REQUIRED: Final[Mapping[str, tuple[str, str]]] = {
    "POSTGRES_HOST": ("the host name of the PostgreSQL server", _JOB),
    "PGUSER": ("the name of the job's own role: an Entra administrator of the server", _JOB),
    "AZURE_CLIENT_ID": ("the client id of the job's managed identity", _JOB),
    "IDENTITY_ENDPOINT": ("the URL where the platform gives out tokens", _PLATFORM),
    "IDENTITY_HEADER": ("the header that the platform's token endpoint asks for", _PLATFORM),
    VARIABLE: ("the plan as JSON", _JOB),
}
# https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
DEFAULT_SSL_MODE: Final = "verify-full"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the server is, as whom to sign in and what to make there.

    signing_keys: those of signed tenant contexts, for databases in that mode (`assurance`); never shown.

    Port, address and root certificates are libpq's own business (PGPORT, PGHOSTADDR, PGSSLROOTCERT).
    """

    host: str
    user: str
    client_id: str
    ssl_mode: str
    plan: Plan
    signing_keys: tuple[SigningKey, ...] = ()


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """The job's inputs. Raises WrongInputError with every variable that is missing or wrong."""
    faults = [
        Fault(where=name, what="not set", allowed=allowed, next_step=next_step)
        for name, (allowed, next_step) in REQUIRED.items()
        if not environment.get(name, "").strip()
    ]
    ssl_mode = environment.get("PGSSLMODE", DEFAULT_SSL_MODE)
    if ssl_mode not in _SSL_MODES:
        what = f"{ssl_mode!r} is no way to use TLS"
        faults.append(Fault(where="PGSSLMODE", what=what, allowed=", ".join(_SSL_MODES), next_step=_JOB))
    keys: tuple[SigningKey, ...] = ()
    try:
        keys = read_keys(environment)
    except JobError as error:
        faults += error.faults
    plan: Plan | None = None
    if environment.get(VARIABLE, "").strip():
        try:
            plan = read_plan(environment[VARIABLE])
        except JobError as error:
            faults += error.faults
    if plan is None or faults:
        raise WrongInputError(faults)
    user = environment["PGUSER"].strip()
    if user in plan.object_ids():
        what = f"the plan gives {user!r}, the job's own identity and an administrator, a duty in a database"
        allowed = "identities of applications, which are never administrators"
        raise WrongInputError(
            [Fault(where=VARIABLE, what=what, allowed=allowed, next_step="take it out of the deployment's data")]
        )
    return Inputs(
        host=environment["POSTGRES_HOST"].strip(),
        user=user,
        client_id=environment["AZURE_CLIENT_ID"].strip(),
        ssl_mode=ssl_mode,
        plan=plan,
        signing_keys=keys,
    )

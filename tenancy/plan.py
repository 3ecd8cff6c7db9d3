"""The plan: which databases there are and who may do what in each; read from JSON, every fault named at once."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenancy.duties import DUTIES, groups_of, owner_of
from tenancy.faults import Fault, WrongInputError
from tenancy.revision import SCHEMA_REVISION
from tenancy.revisions import IDS

VARIABLE: Final = "TENANCY_PLAN"
EXAMPLE: Final = (
    '{"databases": [{"name": "user_service", "principals": '
    '[{"name": "id-cf-westeu-dev-1-user", "object_id": "<GUID>", "duty": "application"}]}]}'
)
_NEXT: Final = f"correct it in the data of the deployment that writes {VARIABLE}, then run the deployment again"
# Names of PostgreSQL have at most 63 bytes, and a duty's role is called {database}_{duty}.
_LONGEST: Final = 63 - max(len(f"_{suffix}") for suffix in (*DUTIES, "owner"))
# What principals may have; the job alone becomes the others.
_DUTIES: Final = tuple(name for name, duty in DUTIES.items() if duty.signs_in)
_GUID: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_RESERVED: Final = ("azure", "pg_", "postgres", "template0", "template1")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Principal(_Row):
    """A managed identity with a duty in a database; `object_id` is its principal id in Entra."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
    object_id: Annotated[str, Field(pattern=_GUID)]
    duty: str


class Database(_Row):
    """A database, which ARM has made, and everybody who may connect to it.

    signed_context: high-assurance mode, in which a service works for a tenant by a signed token alone (`assurance`).
    """

    name: Annotated[str, Field(pattern=rf"^[a-z][a-z0-9_]{{0,{_LONGEST - 1}}}$")]
    principals: tuple[Principal, ...]
    signed_context: bool = False

    def digest(self) -> str:
        """SHA-256 of what the plan says of this database, whatever the order it says it in."""
        rows = sorted((row.name, row.object_id.lower(), row.duty) for row in self.principals)
        said = [self.name, rows, "signed_context"] if self.signed_context else [self.name, rows]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def duty_of(self) -> dict[str, str]:
        """Each principal's duty here."""
        return {principal.name: principal.duty for principal in self.principals}


class Plan(_Row):
    """The databases of one server. Built by `read_plan` only, which checks what rows cannot know of each other.

    deployment: its name. zone: the residency zone whose tenants it takes; those of each without one, as a global
    deployment does. dedicated_tenant: the slug of the only tenant that it takes. revision: what the databases are
    migrated to; without one, the newest.
    """

    databases: Annotated[tuple[Database, ...], Field(min_length=1)]
    deployment: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")] = None
    zone: Annotated[str | None, Field(pattern=r"^[A-Z]{2,8}$")] = None
    dedicated_tenant: Annotated[str | None, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = None
    revision: str | None = None

    @property
    def target(self) -> str:
        """The revision that the databases are brought to."""
        return self.revision or SCHEMA_REVISION

    def object_ids(self) -> dict[str, str]:
        """Every principal's object id, in lower case."""
        return {row.name: row.object_id.lower() for database in self.databases for row in database.principals}

    def role_names(self) -> frozenset[str]:
        """Every role that the job makes for the databases themselves."""
        return frozenset(
            role for database in self.databases for role in (owner_of(database.name), *groups_of(database.name))
        )


def read_plan(text: str) -> Plan:
    """The plan that `text` holds as JSON. Raises WrongInputError with every fault."""
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{VARIABLE} line {error.lineno} column {error.colno}"
        raise WrongInputError(
            [Fault(where=where, what=f"not JSON ({error.msg})", allowed=EXAMPLE, next_step=_NEXT)]
        ) from None
    try:
        plan = Plan.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise WrongInputError(_told(error)) from None
    if faults := [*_unknown_revision(plan), *_contradictions(plan)]:
        raise WrongInputError(faults)
    return plan


_ALLOWED: Final[Mapping[str, str]] = {
    "databases": "a list of at least one database",
    "principals": "a list of principals, each with name, object_id and duty",
    "object_id": "a GUID: the principal id of the managed identity",
    "duty": ", ".join(_DUTIES),
    "deployment": "the name of a deployment: lower-case letters, digits and -",
    "zone": "a residency zone in upper case, such as EU",
    "dedicated_tenant": "the slug of a tenant: lower-case letters, digits and -",
    "revision": ", ".join(IDS),
}


def _told(error: ValidationError) -> Iterator[Fault]:
    for found in error.errors(include_url=False, include_input=False):
        *parents, last = found["loc"] or ("",)
        in_database = parents[-1:] != [] and "principals" not in parents
        by_place = {
            "name": f"a lower-case letter, then lower-case letters, digits and _, at most {_LONGEST} in all"
            if in_database
            else "a letter or digit, then letters, digits, '.', _ and -, at most 63 in all",
        }
        allowed = {**_ALLOWED, **by_place}.get(str(last), EXAMPLE)
        yield _fault(found["loc"], found["msg"], EXAMPLE if found["type"] == "extra_forbidden" else allowed)


def _fault(path: Iterable[str | int], what: str, allowed: str) -> Fault:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return Fault(where=f"{VARIABLE} {where.removeprefix('.')}".strip(), what=what, allowed=allowed, next_step=_NEXT)


def _unknown_revision(plan: Plan) -> Iterator[Fault]:
    if plan.revision not in {None, *IDS}:
        yield _fault(("revision",), f"revision {plan.revision!r} is unknown to this job", _ALLOWED["revision"])


def _contradictions(plan: Plan) -> Iterator[Fault]:
    databases = Counter(database.name for database in plan.databases)
    object_ids: dict[str, str] = {}
    names: dict[str, str] = {}
    for at, database in enumerate(plan.databases):
        here = ("databases", at)
        if databases[database.name] > 1:
            yield _fault((*here, "name"), f"database {database.name!r} stands here twice or more", "each name once")
        if database.name.startswith(_RESERVED):
            what = f"database {database.name!r} is the server's own"
            yield _fault((*here, "name"), what, f"no name that begins with {', '.join(_RESERVED)}")
        count = Counter(principal.name for principal in database.principals)
        for index, principal in enumerate(database.principals):
            place, object_id = (*here, "principals", index), principal.object_id.lower()
            if count[principal.name] > 1:
                yield _fault((*place, "name"), f"{principal.name!r} stands here twice or more", "one duty each")
            if principal.duty not in _DUTIES:
                yield _fault((*place, "duty"), f"unknown duty {principal.duty!r}", _ALLOWED["duty"])
            if principal.name in plan.role_names() or principal.name.startswith(_RESERVED):
                what = f"{principal.name!r} is the name of a role of the server or of a database"
                yield _fault((*place, "name"), what, "the name of a managed identity")
            if object_ids.setdefault(principal.name, object_id) != object_id:
                what = f"{principal.name!r} has another object id here than before ({object_ids[principal.name]})"
                yield _fault((*place, "object_id"), what, "one object id for each name")
            if names.setdefault(object_id, principal.name) != principal.name:
                what = f"object id {object_id} is also that of {names[object_id]!r}"
                yield _fault((*place, "object_id"), what, "one name for each object id")

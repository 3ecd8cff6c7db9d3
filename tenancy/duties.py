"""What a principal may be in a database, as data: one row of DUTIES adds a duty to every database.

A duty is a NOLOGIN role `{database}_{duty}` that principals are members of. It can use the schemas named here, and
nothing in them by default: a new table is open to nobody until row-level security stands on it and its rights are
granted table by table (`ddl.rights`; with default privileges a table without policies would show every tenant's rows).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

APP: Final = "app"
SHARED: Final = "shared"
OUTBOX: Final = "outbox"
AUDIT: Final = "audit"
TENANCY: Final = "tenancy"
# Every schema of a database and what it holds. All belong to the database's owner role.
SCHEMAS: Final[Mapping[str, str]] = {
    APP: "tables of the service whose rows are tenants', under row-level security",
    SHARED: "tables of the service whose rows are nobody's in particular: codes, reference data, the registry",
    OUTBOX: "events of the service that wait to be published: apart, so that the publisher reaches nothing else",
    AUDIT: "who changed what and when",
    TENANCY: "what this package keeps about the database, and the functions that policies use",
}


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Rights of one kind of principal.

    schemas: those that it may use. settings: server parameter → value, for each session of such a principal in that
    database (https://www.postgresql.org/docs/current/runtime-config-client.html). signs_in: whether principals have it;
    the job alone becomes one that nobody has.
    """

    schemas: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    signs_in: bool = True


DUTIES: Final[Mapping[str, Duty]] = {
    # A service on its own database.
    "application": Duty(
        schemas=(APP, SHARED, OUTBOX, AUDIT, TENANCY),
        settings={
            "search_path": APP,
            "statement_timeout": "30s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "60s",
        },
    ),
    # The outbox publisher: reads events in order, marks them published, deletes them after their days.
    "publisher": Duty(
        schemas=(OUTBOX,),
        settings={
            "search_path": OUTBOX,
            "statement_timeout": "15s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "30s",
        },
    ),
    # Seed, export, import, erasure: the job becomes it, because as an administrator it would see every tenant's rows.
    "operations": Duty(schemas=(APP, SHARED, OUTBOX, AUDIT, TENANCY), signs_in=False),
}


def owner_of(database: str) -> str:
    """The role that owns every object of a database; nobody signs in as it."""
    return f"{database}_owner"


def group_of(database: str, duty: str) -> str:
    """The role whose members have a duty in a database."""
    return f"{database}_{duty}"


def groups_of(database: str) -> tuple[str, ...]:
    """The roles of every duty in a database."""
    return tuple(group_of(database, duty) for duty in DUTIES)

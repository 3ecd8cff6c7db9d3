"""What a principal may be in a database, as data: one row of DUTIES adds a duty to every database.

A duty is a NOLOGIN role `{database}_{duty}` that principals are members of. It can use the schemas named here, and on
the tables that the owner makes there it has the privileges named here and no others. In `app` no duty has any by
default: a new table is open to nobody until row-level security stands on it and its rights are granted table by
table (with default privileges a table without policies would show every tenant's rows).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

APP: Final = "app"
OUTBOX: Final = "outbox"
TENANCY: Final = "tenancy"
# Every schema of a database and what it holds. All belong to the database's owner role.
SCHEMAS: Final[Mapping[str, str]] = {
    APP: "tables of the service",
    OUTBOX: "events of the service that wait to be published: apart, so that the publisher reaches nothing else",
    TENANCY: "what this package keeps about the database",
}


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Rights of one kind of principal.

    tables: schema that it may use → privileges on every table that the owner has or makes there. settings: server
    parameter → value, for each session of such a principal in that database
    (https://www.postgresql.org/docs/current/runtime-config-client.html).
    """

    tables: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


DUTIES: Final[Mapping[str, Duty]] = {
    # A service on its own database.
    "application": Duty(
        tables={APP: (), OUTBOX: ()},
        settings={
            "search_path": APP,
            "statement_timeout": "30s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "60s",
        },
    ),
    # The outbox publisher: reads events in order, marks them published, deletes them after their days.
    "publisher": Duty(
        tables={OUTBOX: ("DELETE", "SELECT", "UPDATE")},
        settings={
            "search_path": OUTBOX,
            "statement_timeout": "15s",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "30s",
        },
    ),
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

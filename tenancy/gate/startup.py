"""What an application asks its own session before it serves anybody: whether row-level security can hold it.

It needs no right but those that an application has, and works on a connection of any driver of the DB-API
(https://peps.python.org/pep-0249/) whose errors carry a SQLSTATE. It looks with the eyes of the session itself:
`session_user` counts as well as `current_user`, for RESET ROLE goes back to that one.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

from tenancy.duties import group_of
from tenancy.faults import Fault
from tenancy.gate.floor import shortfalls

UNBOUND: Final = "28000"
UNBOUND_READ: Final = "SELECT tenancy.current_tenant_id()"
_NEXT: Final = "sign in as the service's own identity, apply the plan (python -m tenancy apply), then start it again"
# One row: server version, database, who the session is, what that is and owns and is a member of, which tables it may
# use on which row-level security does not work for it.
SESSION: Final = """
SELECT current_setting('server_version_num')::int, current_database(), current_user, session_user,
  ARRAY(SELECT rolname || ' is ' || CASE WHEN rolsuper THEN 'a superuser' ELSE 'free of policies (BYPASSRLS)' END
    FROM pg_roles WHERE rolname IN (current_user, session_user) AND (rolsuper OR rolbypassrls)),
  ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname NOT IN (current_user, session_user)
    AND (pg_has_role(current_user, oid, 'MEMBER') OR pg_has_role(session_user, oid, 'MEMBER')) ORDER BY 1),
  ARRAY(SELECT concat(nspname, '.', relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname IN ('app', 'outbox', 'audit') AND relkind IN ('r', 'p')
    AND has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE') AND NOT row_security_active(c.oid) ORDER BY 1),
  ARRAY(SELECT concat(nspname, '.', relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname IN ('app', 'shared', 'outbox', 'audit', 'tenancy') AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (pg_has_role(current_user, relowner, 'MEMBER') OR pg_has_role(session_user, relowner, 'MEMBER')) ORDER BY 1)
"""


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    def execute(self, operation: Any, /) -> Any:
        """Run a statement."""

    def fetchone(self) -> Any:
        """The next row, or None."""


class Connection(Protocol):
    """What is used of a DB-API connection."""

    def cursor(self) -> Any:
        """A cursor."""

    def rollback(self) -> None:
        """End the transaction and what was done in it."""


class StartupError(Exception):
    """The session must not serve tenants. `faults` holds every reason."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def check_session(connection: Connection, duty: str = "application", on: date | None = None) -> list[str]:
    """Raise StartupError unless the session is held by row-level security; gives warnings, a line each.

    `connection` must be outside a transaction, or in one that may be rolled back: this ends it. `duty`: what the
    identity is for in this database, and in no other; `on`: the day by which the version's floor is judged (today).
    """
    cursor: Cursor = connection.cursor()
    try:
        cursor.execute(SESSION)
        row = cursor.fetchone()
    finally:
        connection.rollback()
    warnings, faults = judged(row, _unbound_read(connection), duty=duty, on=on or datetime.now(UTC).date())
    if faults:
        raise StartupError(faults)
    return warnings


def judged(row: Sequence[Any], state: str, *, duty: str, on: date) -> tuple[list[str], list[Fault]]:
    """Warnings and faults of the row that SESSION gives; `state`: the SQLSTATE of UNBOUND_READ, "" when it succeeded.

    For drivers without a DB-API connection, which run both statements themselves, each in a transaction of its own.
    """
    below = list(shortfalls(row[0], on))
    faults = [*_faults(row, state, duty), *(it.fault for it in below if it.blocks)]
    return [str(it.fault) for it in below if not it.blocks], faults


def _faults(row: Sequence[Any], state: str, duty: str) -> Iterator[Fault]:
    _, database, current, session, powers, memberships, open_tables, owned = row
    who = f"session of {session} in database {database}"
    wanted = group_of(database, duty)
    for power in powers:
        yield _fault(who, power, "NOSUPERUSER NOBYPASSRLS")
    if current != session:
        yield _fault(who, f"acts as {current}", "a session that is one identity; RESET ROLE would change it")
    if others := sorted(set(memberships) - {wanted}):
        yield _fault(who, f"is a member of {', '.join(others)}", f"{wanted} alone")
    if wanted not in memberships:
        yield _fault(who, f"is no member of {wanted}", f"{wanted} alone")
    if owned:
        yield _fault(who, f"owns {', '.join(owned)}", "nothing; everything belongs to the database's owner role")
    if open_tables:
        yield _fault(who, f"may use {', '.join(open_tables)} without row-level security", "policies on every table")
    if state != UNBOUND:
        what = f"gets SQLSTATE {state} for the tenant" if state else "has a tenant before any was bound"
        yield _fault(who, what, f"SQLSTATE {UNBOUND} where no tenant is bound")


def _unbound_read(connection: Connection) -> str:
    """The SQLSTATE that a read of the tenant ends with in a new transaction, in which nobody has bound one."""
    cursor: Cursor = connection.cursor()
    try:
        cursor.execute(UNBOUND_READ)
    except Exception as error:
        if not (state := getattr(error, "sqlstate", None)):
            raise
        return str(state)
    finally:
        connection.rollback()
    return ""


def _fault(where: str, what: str, allowed: str) -> Fault:
    return Fault(where=where, what=what, allowed=allowed, next_step=_NEXT)

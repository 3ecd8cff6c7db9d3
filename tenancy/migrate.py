"""From the revision that a database is at to the one that it shall be at, in the transaction that the caller began.

Every step runs as the database's owner, with row_security off: what row-level security would hide is an error.
"""

import contextlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from psycopg import sql

from tenancy import revisions
from tenancy.ddl.steps import closed, losses, opened, statements
from tenancy.duties import owner_of
from tenancy.faults import Fault, RefusedError
from tenancy.model import Database
from tenancy.revisions.fold import after, inverse
from tenancy.revisions.operations import Operation
from tenancy.work import Work

# A database without any record is one that the job has just given its roles and schemas: the first revision.
_FIRST = revisions.IDS[0]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step and the database that it finds."""

    operation: Operation
    before: Database


def current(work: Work) -> str:
    """The revision that was last applied to the database that `work` is connected to."""
    found = work.row("SELECT revision FROM tenancy.revision ORDER BY id DESC LIMIT 1")
    return str(found[0]) if found else _FIRST


def migrate(work: Work, name: str, *, to: str, back: bool = False, drop_data: bool = False) -> int:
    """Bring a database to revision `to`; gives the number of statements, 0 when it is there.

    back: whether an earlier revision may be gone to, which takes tables away; drop_data: also those that hold rows.
    Raises RefusedError, with nothing changed: for a database that a newer job has migrated, a way back that was not
    asked for, and rows that would be lost.
    """
    at = current(work)
    if at not in revisions.IDS:
        raise RefusedError([_newer(work, at)])
    is_back = revisions.place(to) < revisions.place(at)
    if is_back and not back:
        raise RefusedError([_not_asked(work, at, to)])
    done = 0
    with _as_owner(work, name, to):
        for step in path(name, at, to):
            if is_back and not drop_data:
                _require_empty(work, step)
            texts = list(statements(step.operation, step.before))
            run(work, texts)
            done += len(texts)
    if at != to:
        work.changes.append(f"migrate {at} to {to}: {done} statements")
    return done


def path(name: str, at: str, to: str) -> list[Step]:
    """The steps from one revision to another, whichever comes first."""
    low, high = sorted((at, to), key=revisions.place)
    database = revisions.database_at(name, low)
    forth: list[Step] = []
    back: list[Step] = []
    for operation in revisions.steps(name, low, high):
        made = after(database, operation)
        forth.append(Step(operation=operation, before=database))
        back.append(Step(operation=inverse(database, operation), before=made))
        database = made
    return forth if low == at else back[::-1]


def run(work: Work, texts: Iterable[str]) -> None:
    """Statements in one go, without waiting for each: none of them gives rows, and none can be two."""
    with work.connection.pipeline():
        for text in texts:
            work.connection.execute(text.encode())


@contextlib.contextmanager
def _as_owner(work: Work, name: str, to: str) -> Generator[None, None, None]:
    """As the owner, and in the audit as the revision."""
    work.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner_of(name))))
    work.rows("SELECT set_config('row_security', 'off', true), set_config('app.actor_id', %s, true)", f"revision {to}")
    yield
    work.connection.execute("SET LOCAL ROLE NONE")
    work.rows("SELECT set_config('row_security', 'on', true), set_config('app.actor_id', '', true)")


def _require_empty(work: Work, step: Step) -> None:
    for loss in losses(step.operation, step.before):
        run(work, opened(loss.forced))
        found = work.connection.execute(loss.ask.encode()).fetchone()
        run(work, closed(loss.forced))
        if found != (False,):
            fault = Fault(
                where=work.where,
                what=f"{loss.what} holds data, which the way back would lose",
                allowed="a way back that loses nothing",
                next_step="export what is needed, then say --drop-data",
            )
            raise RefusedError([fault])


def _newer(work: Work, at: str) -> Fault:
    return Fault(
        where=work.where,
        what=f"is at revision {at}, which this job does not know: a newer one has migrated it",
        allowed=", ".join(revisions.IDS),
        next_step="run the newer job, or let it go back first: migrate --to",
    )


def _not_asked(work: Work, at: str, to: str) -> Fault:
    return Fault(
        where=work.where,
        what=f"is at revision {at}, after revision {to} of the plan",
        allowed=f"{at} or later",
        next_step=f"name {at} in the plan (schema_revision of the stack file), or go back: migrate --to {to}",
    )

"""Commands on the databases themselves: brought to the plan, migrated, held against the contract."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from tenancy import databases, gate, migrate, revisions
from tenancy.assurance import ddl as assurance
from tenancy.commands.report import Result
from tenancy.commands.session import Session
from tenancy.faults import Fault, JobError, RefusedError, WrongInputError
from tenancy.job import Job, require_ready
from tenancy.plan import Database
from tenancy.server import MAINTENANCE
from tenancy.work import transaction


def apply(session: Session, _: Namespace) -> Result:
    """Bring server, databases and roles to the plan, and check them."""
    job = Job(session.inputs, session.limits, session.say)
    job.run()
    said = {
        "revision": session.plan.target,
        "databases": len(session.plan.databases),
        "changes": job.changes,
        "gate": "empty",
        "warnings": job.warnings,
    }
    return Result(status="changed" if job.changes else "unchanged", said=said)


def migrate_options(parser: ArgumentParser) -> None:
    """The options of `migrate_to`."""
    parser.add_argument("--to", metavar="ID", help="the revision to go to, forth or back; the plan's without it")
    parser.add_argument("--drop-data", action="store_true", help="going back, drop tables and columns that hold rows")


def migrate_to(session: Session, options: Namespace) -> Result:
    """Bring every database to a revision, each in one transaction, and check them."""
    to = str(options.to or session.plan.target)
    if to not in revisions.IDS:
        allowed, step = ", ".join(revisions.IDS), "name one of them, or run a job that has it"
        raise WrongInputError([Fault(where="--to", what=f"no revision {to!r}", allowed=allowed, next_step=step)])
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    with session.server.alone() as connection:
        with transaction(connection, session.inputs.host) as work:
            require_ready(work, session.plan)
        for database in session.plan.databases:
            try:
                rows.append(_migrate(session, database, to, drop_data=bool(options.drop_data)))
            except JobError as error:
                faults += error.faults
        faults += [] if faults else _breaches(session, to)
    if faults:
        raise RefusedError(faults)
    changed = any(row["from"] != row["to"] for row in rows)
    return Result(status="changed" if changed else "unchanged", said={"revision": to, "gate": "empty"}, rows=rows)


def check(session: Session, _: Namespace) -> Result:
    """Hold the server and every database against the plan and the contract; changes nothing."""
    if faults := _breaches(session, session.plan.target):
        raise RefusedError(faults)
    rows = [_isolation(session, database) for database in session.plan.databases]
    with session.server.connected(MAINTENANCE) as connection, transaction(connection, MAINTENANCE) as work:
        warnings = [str(it.fault) for it in gate.below_floor(work)]
    said = {"revision": session.plan.target, "gate": "empty", "databases": len(rows), "warnings": warnings}
    return Result(status="empty", said=said, rows=rows)


def _migrate(session: Session, database: Database, to: str, *, drop_data: bool) -> dict[str, Any]:
    where = f"database {database.name}"
    with session.server.connected(database.name) as connection, transaction(connection, where) as work:
        at = migrate.current(work)
        if not revisions.has_foundation(to):
            assurance.converge(work, database.name, signed=False)
        statements = migrate.migrate(work, database.name, to=to, back=True, drop_data=drop_data)
        keys = session.inputs.signing_keys
        databases.settle(work, session.plan, database, to=to, is_new=bool(statements), keys=keys)
    session.say(f"database={database.name} from={at} to={to} statements={statements}")
    return {"database": database.name, "from": at, "to": to, "statements": statements}


def _breaches(session: Session, revision: str) -> list[Fault]:
    with session.server.connected(MAINTENANCE) as connection, transaction(connection, MAINTENANCE) as work:
        faults = list(gate.check_server(work, session.plan, session.inputs.user))
    for database in session.plan.databases:
        faults += _breaches_in(session, database, revision)
    return faults


def _breaches_in(session: Session, database: Database, revision: str) -> Iterator[Fault]:
    where = f"database {database.name}"
    try:
        with session.server.connected(database.name) as connection, transaction(connection, where) as work:
            yield from list(gate.check_database(work, database, revision))
    except JobError as error:
        yield from error.faults


def _isolation(session: Session, database: Database) -> dict[str, Any]:
    """What of a database stands under row-level security, as its catalogs say."""
    where = f"database {database.name}"
    with session.server.connected(database.name) as connection, transaction(connection, where) as work:
        found = work.row(
            "SELECT count(*) FILTER (WHERE relrowsecurity AND relforcerowsecurity), "
            "count(*) FILTER (WHERE NOT relrowsecurity) FROM pg_class "
            "WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text = ANY(%s)",
            ["app", "shared", "audit", "outbox"],
        )
        at = migrate.current(work)
    under, shared = found or (0, 0)
    return {"database": database.name, "revision": at, "under_policies": under, "shared": shared}

"""The whole job on one server: checks, principals, each database by itself, the other databases, the gate.

A database that fails is rolled back and reported; the others are brought to the plan all the same, and the job fails
in the end. Principals come first: who is no longer in the plan has lost everything before anything else is done.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Final

from tenancy import databases, gate, principals
from tenancy.faults import Fault, JobError, RefusedError
from tenancy.inputs import Inputs
from tenancy.limits import Limits
from tenancy.plan import Database, Plan
from tenancy.server import MAINTENANCE, Connection, Server
from tenancy.work import Work, transaction

# Membership WITH INHERIT and SET, which the rights of duties are made of, came with 16.
_LEAST_VERSION: Final = 16
Say = Callable[[str], None]


class Job:
    """One run: `changes`, `warnings` and `faults` grow step by step. `say` gets a line a step."""

    def __init__(self, inputs: Inputs, limits: Limits, say: Say) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[str] = []
        self.changes = 0
        self._server = Server(inputs, limits, say)
        self._plan, self._user, self._host, self._say = inputs.plan, inputs.user, inputs.host, say
        self._keys = inputs.signing_keys

    def run(self) -> None:
        """Bring the server to the plan and check it. Raises JobError with every fault."""
        began = time.monotonic()
        with contextlib.closing(self._server), self._server.alone() as connection:
            with transaction(connection, self._host) as work:
                require_ready(work, self._plan)
            if self._step("principals", lambda: principals.converge(connection, self._server.connected, self._plan)):
                done = [
                    row for row in self._plan.databases if self._step(f"database={row.name}", self._converging(row))
                ]
                self._step("others", lambda: _close_others(connection, self._plan))
                self._step("gate", lambda: self._gate(connection, done))
        outcome = "failed" if self.faults else "changed" if self.changes else "unchanged"
        self._say(
            f"total outcome={outcome} databases={len(self._plan.databases)} principals={len(self._plan.object_ids())} "
            f"changes={self.changes} faults={len(self.faults)} revision={self._plan.target} "
            f"seconds={time.monotonic() - began:.2f}"
        )
        if self.faults:
            raise RefusedError(self.faults)

    def _step(self, name: str, step: Callable[[], list[str]]) -> bool:
        """Do a step, tell what it changed; a step that fails is told, and its faults are kept."""
        began = time.monotonic()
        changes: list[str] = []
        try:
            changes = step()
            outcome = "changed" if changes else "unchanged"
        except JobError as error:
            self.faults += error.faults
            outcome = "failed"
        self.changes += len(changes)
        line = f"{name} outcome={outcome} changes={len(changes)} seconds={time.monotonic() - began:.2f}"
        self._say(f"{line} did: {'; '.join(changes)}" if changes else line)
        return outcome != "failed"

    def _converging(self, database: Database) -> Callable[[], list[str]]:
        def step() -> list[str]:
            where = f"database {database.name}"
            with self._server.connected(database.name) as connection, transaction(connection, where) as work:
                databases.converge(work, self._plan, database, self._user, self._keys)
            return work.changes

        return step

    def _gate(self, connection: Connection, done: Iterable[Database]) -> list[str]:
        """Hold the server and the databases that are done against the plan; the gate changes nothing."""
        with transaction(connection, MAINTENANCE) as work:
            faults = [*gate.check_server(work, self._plan, self._user)]
            self.warnings = [str(it.fault) for it in gate.below_floor(work) if not it.blocks]
        for warning in self.warnings:
            self._say(f"warning {warning}")
        for database in done:
            where = f"database {database.name}"
            try:
                with self._server.connected(database.name) as inside, transaction(inside, where) as work:
                    faults += gate.check_database(work, database, self._plan.target)
            except JobError as error:
                faults += error.faults
        if faults:
            raise RefusedError(faults)
        return []


def require_ready(work: Work, plan: Plan) -> None:
    """What would stop the job later stops it before anything is changed: raises RefusedError."""
    found = work.row(
        "SELECT current_setting('server_version_num')::int / 10000, rolcreaterole AND "
        "to_regprocedure('pgaadauth_list_principals(boolean)') IS NOT NULL, rolsuper, rolname FROM pg_roles "
        "WHERE rolname = current_user"
    )
    version, administers, is_super, name = found or (0, False, False, "")
    present = {str(row[0]) for row in work.rows("SELECT datname FROM pg_database WHERE datallowconn")}
    known = ", ".join(sorted(present - {MAINTENANCE, "template1", *gate.AZURES})) or "none"
    missing = [database.name for database in plan.databases if database.name not in present]
    create = "add it to the deployment's databases (ARM makes them, not this job), or correct its name in the plan"
    appoint = "make the job's identity an administrator of the server (AdministratorsMicrosoftEntra)"
    checks = [
        (version < _LEAST_VERSION, f"PostgreSQL {version}", f"{_LEAST_VERSION} or later", "upgrade the server"),
        (is_super, f"{name} is a superuser", "an Entra administrator, who is none", "sign in as the job's identity"),
        (not administers, f"{name} may not manage roles here", "an Entra administrator of the server", appoint),
        *((True, f"database {database} of the plan is not on the server", known, create) for database in missing),
    ]
    if faults := [
        Fault(where=work.where, what=what, allowed=allowed, next_step=f"{step}, then start the job again")
        for is_wrong, what, allowed, step in checks
        if is_wrong
    ]:
        raise RefusedError(faults)


def _close_others(connection: Connection, plan: Plan) -> list[str]:
    """Databases that the plan does not name, such as `postgres`: closed to everybody but their owner."""
    with transaction(connection, MAINTENANCE) as work:
        for (name,) in work.rows(
            "SELECT datname FROM pg_database WHERE datallowconn AND datname <> ALL(%s) "
            "AND pg_has_role(current_user, datdba, 'USAGE') ORDER BY 1",
            [database.name for database in plan.databases],
        ):
            databases.close(work, str(name))
    return work.changes

"""The way into the server: a token for each connection, patience while a server restarts, one job at a time.

The token of the job's managed identity is the password. azure-identity keeps it and gets a new one before it expires,
so that each connection asks for it anew however long the job runs.
https://learn.microsoft.com/azure/postgresql/security/security-connect-with-managed-identity
"""

import contextlib
import logging
import time
from collections.abc import Callable, Generator
from typing import Any, Final

import psycopg
from azure.core.exceptions import AzureError
from azure.identity import ManagedIdentityCredential

from tenancy.faults import Fault, JobError, RefusedError, WrongInputError
from tenancy.inputs import Inputs
from tenancy.limits import Limits

Connection = psycopg.Connection[tuple[Any, ...]]

# Everything about roles is done from here: the functions for Entra principals are in no other database.
MAINTENANCE: Final = "postgres"
SCOPE: Final = "https://ossrdbms-aad.database.windows.net/.default"
# azure-identity logs each failure with its own words; the job tells it once, with the next step.
logging.getLogger("azure").addHandler(logging.NullHandler())

# Any number that nothing else on the server uses: the two halves spell "tena" and "ncy0".
_LOCK: Final = (0x74656E61, 0x6E637930)


class Server:
    """The PostgreSQL server of the inputs. `say` takes a line for the log, never with a secret in it."""

    def __init__(self, inputs: Inputs, limits: Limits, say: Callable[[str], None]) -> None:
        self.inputs = inputs
        self._limits = limits
        self._say = say
        self._credential = ManagedIdentityCredential(client_id=inputs.client_id)

    def close(self) -> None:
        """End what was opened to get tokens; connections end with their own context."""
        self._credential.close()

    @contextlib.contextmanager
    def connected(self, database: str) -> Generator[Connection, None, None]:
        """A connection on which nothing happens outside a transaction that is written out.

        Raises RefusedError when it cannot be had within the deadline, WrongInputError when no token can.
        """
        with contextlib.closing(self._patiently(database)) as connection:
            yield connection

    @contextlib.contextmanager
    def alone(self) -> Generator[Connection, None, None]:
        """A connection to the maintenance database while which no other job works on this server.

        The lock is that of the session: it ends with the connection, also when the job is killed.
        """
        with self.connected(MAINTENANCE) as connection:
            deadline = time.monotonic() + self._limits.lock
            while not self._locked(connection):
                if time.monotonic() >= deadline:
                    raise RefusedError([self._other_job(connection)])
                time.sleep(self._limits.lock_pause)
            yield connection

    def _locked(self, connection: Connection) -> bool:
        try:
            return connection.execute("SELECT pg_try_advisory_lock(%s, %s)", _LOCK).fetchone() == (True,)
        except psycopg.OperationalError as error:
            raise RefusedError([self._no_connection(MAINTENANCE, error)]) from None

    def _other_job(self, connection: Connection) -> Fault:
        holder = connection.execute(
            "SELECT usename, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted",
            _LOCK,
        ).fetchone()
        who = f"{holder[0]} (since {holder[1]:%Y-%m-%d %H:%M:%S %Z})" if holder else "another session"
        return Fault(
            where=self.inputs.host,
            what=f"another tenancy job works here: {who} held the lock for {self._limits.lock:g} s",
            allowed="one job at a time",
            next_step="wait for it to end, then start this job again",
        )

    def _patiently(self, database: str) -> Connection:
        deadline = time.monotonic() + self._limits.connect_deadline
        pause = self._limits.first_pause
        refused: JobError
        while True:
            try:
                return self._connect(database)
            except AzureError as error:
                refused = WrongInputError([self._no_token(error)])
            except psycopg.OperationalError as error:
                refused = RefusedError([self._no_connection(database, error)])
            if time.monotonic() + pause > deadline:
                raise refused
            self._say(f"retry after={pause:g}s because={refused}")
            time.sleep(pause)
            pause = min(2 * pause, self._limits.longest_pause)

    def _connect(self, database: str) -> Connection:
        limits, inputs = self._limits, self.inputs
        session = {
            "statement_timeout": f"{limits.statement}s",
            "lock_timeout": f"{limits.row_lock}s",
            "search_path": "pg_catalog",
            "client_min_messages": "warning",
        }
        return psycopg.connect(
            host=inputs.host,
            user=inputs.user,
            password=self._credential.get_token(SCOPE).token,
            dbname=database,
            sslmode=inputs.ssl_mode,
            connect_timeout=limits.attempt,
            application_name="tenancy",
            options=" ".join(f"-c {name}={value}" for name, value in session.items()),
            autocommit=True,
        )

    def _no_token(self, error: AzureError) -> Fault:
        return Fault(
            where="AZURE_CLIENT_ID",
            what=f"no token for identity {self.inputs.client_id}: {_first_line(error)}",
            allowed="the client id of a managed identity that the job has",
            next_step="compare it with the job's identities, then start the job again",
        )

    def _no_connection(self, database: str, error: psycopg.OperationalError) -> Fault:
        return Fault(
            where=f"{self.inputs.host} database {database}",
            what=f"no connection as {self.inputs.user}: {_first_line(error)}",
            allowed="an Entra administrator (PGUSER) of a server that runs, reached from its network",
            next_step="compare PGUSER and AZURE_CLIENT_ID with the server's administrators, then start the job again",
        )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)

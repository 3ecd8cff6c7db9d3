"""The way into a service's database: an Entra token for each connection, a pool of its size, nothing left on a session.

Works through PgBouncer's transaction pooling, where the next transaction may run on another connection of the server:
no statement is prepared beyond its transaction, no setting outlives one.
https://learn.microsoft.com/azure/postgresql/connectivity/concepts-pgbouncer
https://www.pgbouncer.org/features.html
"""

import logging
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import psycopg
import sqlalchemy
from azure.core.credentials import TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from sqlalchemy import URL, Engine, event
from sqlalchemy.ext import asyncio as orm
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from tenancy.gate.startup import SESSION, UNBOUND_READ, StartupError, check_session, judged

# https://learn.microsoft.com/azure/postgresql/security/security-connect-with-managed-identity
SCOPE: Final = "https://ossrdbms-aad.database.windows.net/.default"
# The list of Debian's ca-certificates: the libssl of psycopg's wheel has a directory of its own and does not find it.
CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_DUTY: Final = "application"
_ATTEMPT: Final = 10  # seconds for one try to connect
Driver = Literal["psycopg", "asyncpg"]
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service's database and how it goes in.

    user: the role of its managed identity, which has the identity's name. port: 5432, or 6432 for PgBouncer (not in the
    Burstable tier). pool: connections at most, POSTGRES_POOL_SIZE of the deployment, which holds the sum against the
    server. certificates: file of the authorities that the server is verified by; None is no TLS at all, and is refused
    with ValueError for anything but this machine.
    """

    host: str
    database: str
    user: str
    port: int = 5432
    pool: int = 5
    certificates: str | None = CERTIFICATES
    application: str = "service"

    def __post_init__(self) -> None:
        if self.certificates is None and self.host not in _LOOPBACK:
            raise ValueError(f"{self.host} is another machine: name the certificates that it is verified by")
        if self.pool < 1:
            raise ValueError(f"a pool of {self.pool} gives out no connection: at least 1")


def connect(place: Place, credential: TokenCredential) -> psycopg.Connection[tuple[Any, ...]]:
    """A plain connection for `plain.transaction`: each statement outside of one is a transaction of its own.

    Raises StartupError as an engine's first connection does.
    """
    connection = psycopg.connect(
        host=place.host,
        port=place.port,
        dbname=place.database,
        user=place.user,
        password=credential.get_token(SCOPE).token,
        autocommit=True,
        **_psycopg(place),
    )
    try:
        _warn(check_session(connection, _DUTY))
    except BaseException:
        connection.close()
        raise
    return connection


async def connect_async(place: Place, credential: AsyncTokenCredential) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """As `connect`, for `plain.async_transaction`."""
    connection = await psycopg.AsyncConnection.connect(
        host=place.host,
        port=place.port,
        dbname=place.database,
        user=place.user,
        password=(await credential.get_token(SCOPE)).token,
        autocommit=True,
        **_psycopg(place),
    )
    row = await (await connection.execute(SESSION)).fetchone()
    try:
        await connection.execute(UNBOUND_READ)
        state = ""
    except psycopg.Error as error:
        state = error.sqlstate or ""
    warnings, faults = judged(row or (), state, duty=_DUTY, on=datetime.now(UTC).date())
    if faults:
        await connection.close()
        raise StartupError(faults)
    _warn(warnings)
    return connection


def create_engine(place: Place, credential: TokenCredential) -> Engine:
    """An engine for `TenantSession`; its first connection raises StartupError unless policies hold it (`gate.startup`).

    azure-identity keeps a token and gets a new one before it ends; a connection that stands is not asked for it again.
    """
    engine = sqlalchemy.create_engine(
        _url(place, "psycopg"), connect_args=_psycopg(place), use_native_hstore=False, **_engine(place)
    )

    @event.listens_for(engine, "do_connect")
    def _token(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters["password"] = credential.get_token(SCOPE).token

    event.listen(engine, "first_connect", _check)
    return engine


def create_async_engine(place: Place, credential: AsyncTokenCredential, driver: Driver = "psycopg") -> AsyncEngine:
    """An engine for `AsyncTenantSession`, on psycopg or asyncpg."""
    options: dict[str, Any] = (
        {"connect_args": _asyncpg(place)}
        if driver == "asyncpg"
        else {"connect_args": _psycopg(place), "use_native_hstore": False}
    )
    engine = orm.create_async_engine(_url(place, driver), **options, **_engine(place))

    @event.listens_for(engine.sync_engine, "do_connect")
    def _token(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters["password"] = await_only(credential.get_token(SCOPE)).token

    event.listen(engine.sync_engine, "first_connect", _check)
    return engine


def _check(connection: Any, _record: Any) -> None:
    """Refuses a session that row-level security does not hold; asked again until one is held."""
    _warn(check_session(connection, _DUTY))


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        _log.warning("%s", warning)


def _url(place: Place, driver: Driver) -> URL:
    return URL.create(
        f"postgresql+{driver}", username=place.user, host=place.host, port=place.port, database=place.database
    )


def _engine(place: Place) -> dict[str, Any]:
    """As many connections as the deployment counted on; none handed out that a failover has ended.

    Values are not in the words of an error: they are somebody's, and a signed context may be among them.
    """
    return {
        "pool_size": place.pool,
        "max_overflow": 0,
        "pool_pre_ping": True,
        "hide_parameters": True,
    }


def _psycopg(place: Place) -> dict[str, Any]:
    """Nothing is prepared on the server: https://www.psycopg.org/psycopg3/docs/advanced/prepare.html."""
    verified = {"sslmode": "verify-full", "sslrootcert": place.certificates}
    return {
        **({"sslmode": "disable"} if place.certificates is None else verified),
        "application_name": place.application,
        "connect_timeout": _ATTEMPT,
        "prepare_threshold": None,
    }


def _asyncpg(place: Place) -> dict[str, Any]:
    """Statements without a name, for the one moment between preparing and running them in the same transaction.

    https://magicstack.github.io/asyncpg/current/faq.html (PgBouncer), https://docs.sqlalchemy.org/en/21/dialects/
    postgresql.html#prepared-statement-name-with-pgbouncer
    """
    return {
        "ssl": False if place.certificates is None else ssl.create_default_context(cafile=place.certificates),
        "server_settings": {"application_name": place.application},
        "timeout": _ATTEMPT,
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": str,  # the empty name; asyncpg 0.30 gives each one of its own otherwise
    }

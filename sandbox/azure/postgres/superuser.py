"""What the stand-in itself does inside a server, as its superuser azuresu over the Unix socket."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from sandbox.azure.errors import ArmError

Connection = psycopg.Connection[tuple[Any, ...]]


@contextlib.contextmanager
def connected(sockets: Path, port: int) -> Generator[Connection, None, None]:
    """A connection to database postgres, each statement a transaction of its own."""
    with psycopg.connect(
        host=str(sockets), port=port, user="azuresu", dbname="postgres", autocommit=True
    ) as connection:
        yield connection


def create_database(connection: Connection, name: str, administrator: str | None) -> None:
    """Make a database; nothing happens when it is there.

    It belongs to the administrator with a password, else to azure_pg_admin, whose members all Entra administrators
    are. A server without any administrator makes databases that nobody can manage, as Azure does
    (https://github.com/hashicorp/terraform-provider-azurerm/issues/27895).
    """
    if _exists(connection, "SELECT FROM pg_database WHERE datname = %s", name):
        return
    entra = _exists(connection, "SELECT FROM pgaadauth.principal WHERE is_admin")
    owner = administrator or ("azure_pg_admin" if entra else "azuresu")
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))


def drop_database(connection: Connection, name: str) -> None:
    """Drop a database and end the sessions in it; nothing happens when it is not there."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def put_password_administrator(connection: Connection, login: str, password: str) -> None:
    """Make the administrator that signs in with a password, or give it another password."""
    role = sql.Identifier(login)
    if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", login):
        rights = sql.SQL("LOGIN CREATEROLE CREATEDB BYPASSRLS IN ROLE azure_pg_admin")
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(role, rights))
    # Only the verifier goes to the server: what a log or a dump could show is not the password.
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(verifier.decode())))


def put_entra_administrator(connection: Connection, name: str, object_id: str, kind: str) -> None:
    """Make an Entra principal an administrator; kind is user, group or service."""
    _call(connection, "SELECT pgaadauth.put_admin(%s, %s, %s)", name, object_id, kind)


def delete_entra_administrator(connection: Connection, object_id: str) -> None:
    """Take an Entra administrator's role away; a role that owns something stays, without rights."""
    _call(connection, "SELECT pgaadauth.delete_admin(%s)", object_id)


def drop_slot(connection: Connection, name: str) -> None:
    """Drop the replication slot of a replica that does not run; nothing happens when there is none."""
    busy = "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = %s AND active"
    connection.execute(busy, (name,))
    drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
    connection.execute(drop, (name,))


def pending_restart(connection: Connection) -> frozenset[str]:
    """The parameters whose value in the configuration file waits for a restart."""
    rows = connection.execute("SELECT name FROM pg_settings WHERE pending_restart").fetchall()
    return frozenset(str(row[0]) for row in rows)


def _call(connection: Connection, statement: LiteralString, *arguments: str) -> None:
    try:
        connection.execute(statement, arguments)
    except psycopg.Error as error:
        raise ArmError(400, "InvalidParameterValue", error.diag.message_primary or str(error)) from error


def _exists(connection: Connection, query: LiteralString, *values: str) -> bool:
    return connection.execute(query, values).fetchone() is not None

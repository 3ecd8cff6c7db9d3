"""The signing keys of a database brought to those that the job was given, without a trace of them anywhere else.

They go in by COPY: a statement and its parameters may be logged (log_statement, log_parameter_max_length, pgaudit),
what COPY reads is not. https://www.postgresql.org/docs/current/sql-copy.html
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from psycopg import sql

from tenancy.assurance.tokens import VARIABLE, SigningKey
from tenancy.faults import Fault, RefusedError
from tenancy.work import Work

_COPY: Final = "COPY tenancy.signing_keys (id, inner_key, outer_key) FROM STDIN"


def converge(work: Work, keys: Iterable[SigningKey]) -> None:
    """Make the database's keys these; a token of one that is taken out is refused from the next transaction on.

    Rotation is three runs: the new key beside the old, the issuer changes over, the old key taken out once its last
    token has ended. Raises RefusedError for a key id that has another key here.
    """
    wanted = {key.id: key for key in keys}
    prints = dict(work.rows("SELECT id, encode(sha256(inner_key || outer_key), 'hex') FROM tenancy.signing_keys"))
    if other := sorted(name for name in wanted.keys() & prints.keys() if prints[name] != _print(wanted[name])):
        raise RefusedError([_other(work.where, name) for name in other])
    for name in sorted(prints.keys() - wanted.keys()):
        work.change("DELETE FROM tenancy.signing_keys WHERE id = {}", sql.Literal(name))
    new = sorted(wanted.keys() - prints.keys())
    if not new:
        return
    with work.connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for name in new:
            copy.write_row((name, *wanted[name].blocks))
    work.changes.extend(f"signing key {name} added" for name in new)


def _print(key: SigningKey) -> str:
    return hashlib.sha256(b"".join(key.blocks)).hexdigest()


def _other(where: str, name: str) -> Fault:
    return Fault(
        where=where,
        what=f"signing key {name} of {VARIABLE} is not the one that this database has under that id",
        allowed="a new id for a new key",
        next_step="give the new key an id of its own beside the old one, then start the job again",
    )

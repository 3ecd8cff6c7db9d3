"""The SQL of the mode: switched on in a database, switched off again, and what the gate expects to find.

All of it runs as the database's owner role.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from psycopg import sql

from tenancy.ddl import foundation
from tenancy.ddl.names import literal, quoted
from tenancy.duties import group_of, owner_of
from tenancy.work import Work

LONGEST_LIFE: Final = 3600  # seconds that a token may still have when it is used: those of Entra's access tokens
# Who may call what; the owner may call everything. Policies are checked as whoever asks, so they ask for the seal.
EXECUTORS: Final[Mapping[str, tuple[str, ...]]] = {
    "tenancy.seal_of(text,text,text)": (),
    "tenancy.is_sealed()": ("application", "operations"),
    "tenancy.enter(text)": ("application",),
}
# The functions of the mode that run as the owner: beside those that every database has.
DEFINERS: Final = ("tenancy.is_sealed()", "tenancy.enter(text)")
# Tables that only the owner reads.
TABLES: Final = ("tenancy.signing_keys", "tenancy.seal_key")
_CURRENT: Final = "CREATE FUNCTION tenancy.current_tenant_id()"
_FUNCTION: Final = re.compile(r"FUNCTION tenancy\.(\w+)\(.*?AS \$\$(.*)\$\$", re.DOTALL)


def statements(database: str) -> tuple[str, ...]:
    """What switches the mode on in a database of that name (of its roles); doing it again changes nothing."""
    return (*_tables(), *_functions(database), *_rights(database))


def removal() -> tuple[str, ...]:
    """What switches it off: the plain `current_tenant_id()` again, and nothing else left."""
    plain = next(text for text in foundation.create() if text.startswith(_CURRENT))
    return (
        plain.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1),
        *(f"DROP FUNCTION IF EXISTS {signature}" for signature in (*DEFINERS, "tenancy.seal_of(text,text,text)")),
        *(f"DROP TABLE IF EXISTS {table}" for table in TABLES),
    )


def sources(database: str) -> dict[str, str]:
    """Name in schema tenancy → the source that pg_proc has of it while the mode is on."""
    found = (_FUNCTION.search(text) for text in _functions(database))
    return {match[1]: match[2] for match in found if match}


def converge(work: Work, database: str, *, signed: bool) -> None:
    """Bring the database that `work` is connected to to the mode that its plan asks for.

    The keys are brought apart (`keys.converge`): a new database has none, and then takes no tenant at all.
    """
    found = dict(work.rows("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace"))
    is_on = sources(database).items() <= found.items()
    if is_on == signed and ("enter" in found) == signed:
        return
    work.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner_of(database))))
    for statement in statements(database) if signed else removal():
        work.connection.execute(statement.encode())
    work.connection.execute("RESET ROLE")
    work.changes.append(f"signed tenant context {'on' if signed else 'off'}")


def _tables() -> tuple[str, ...]:
    return _split("tables")


def _functions(database: str) -> tuple[str, ...]:
    """Operations' own name, not what roles of operations end in: an identity may be called so too."""
    places = {"@OPERATIONS@": literal(group_of(database, "operations")), "@LONGEST_LIFE@": str(LONGEST_LIFE)}
    return tuple(re.sub("@[A-Z_]+@", lambda place: places[place[0]], statement) for statement in _split("functions"))


def _rights(database: str) -> tuple[str, ...]:
    tables = (f"REVOKE ALL ON {table} FROM PUBLIC" for table in TABLES)
    shut = (f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC" for signature in EXECUTORS)
    opened = (
        f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(quoted(group_of(database, duty)) for duty in duties)}"
        for signature, duties in EXECUTORS.items()
        if duties
    )
    return (*tables, *shut, *opened)


def _split(name: str) -> tuple[str, ...]:
    """The statements of a file, which stand apart by a line of their own."""
    text = files("tenancy.assurance").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return tuple(statement.strip() for statement in text.split("\n----\n"))

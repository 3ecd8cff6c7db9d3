"""Access control lists brought to what they should be: what is too much is revoked, what is missing is granted."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, LiteralString, cast

from psycopg import sql

from tenancy.work import Row, Work

PUBLIC: Final = ""
# Roles of Azure's own: what they were granted is not ours to judge.
# https://learn.microsoft.com/azure/postgresql/security/security-access-control
AZURE_ROLES: Final = ("azure_pg_admin", "azuresu")


@dataclass(frozen=True, order=True)
class Right:
    """One privilege of one role; grantee "" is PUBLIC. With a column, on that column of a table alone."""

    grantee: str
    privilege: str
    grantable: bool = False
    column: str = ""

    @staticmethod
    def of(grantees: Iterable[str], *privileges: str) -> frozenset["Right"]:
        """Each privilege for each grantee."""
        return frozenset(Right(grantee, privilege) for grantee in grantees for privilege in privileges)


def rights(rows: Iterable[Row]) -> frozenset[Right]:
    """The rights in rows of (role or None for PUBLIC, privilege, grantable), but for those of Azure's own roles.

    On tables a row may have a column at the end.
    """
    return frozenset(
        Right(role or PUBLIC, privilege, bool(can), *column)
        for role, privilege, can, *column in rows
        if role not in AZURE_ROLES
    )


def converge(
    work: Work, before: sql.Composable, target: sql.Composable, *, found: Collection[Right], wanted: Collection[Right]
) -> None:
    """Make the rights on `target` (`DATABASE x`, `TABLES`) the wanted ones.

    `before` stands in front of each statement: empty, or the beginning of ALTER DEFAULT PRIVILEGES.
    """
    for grantee, privileges in _by_grantee(set(found) - set(wanted)):
        work.change("{}REVOKE {} ON {} FROM {}", before, privileges, target, grantee)
    for grantee, privileges in _by_grantee(set(wanted) - set(found)):
        work.change("{}GRANT {} ON {} TO {}", before, privileges, target, grantee)


def _by_grantee(some: Iterable[Right]) -> Iterator[tuple[sql.Composable, sql.Composable]]:
    for name, theirs in groupby(sorted(some), key=lambda right: right.grantee):
        grantee = sql.SQL("PUBLIC") if name == PUBLIC else sql.Identifier(name)
        by_privilege = groupby(theirs, key=lambda right: (right.privilege, right.column == ""))
        words = [_words(privilege, [right.column for right in same]) for (privilege, _), same in by_privilege]
        yield grantee, sql.SQL(", ").join(words)


def _words(privilege: str, columns: list[str]) -> sql.Composable:
    """A privilege as PostgreSQL or our data spell it, never anything from outside; with the columns that it is on."""
    if not privilege.isalpha():
        raise ValueError(f"{privilege!r} is no privilege")
    word = sql.SQL(cast("LiteralString", privilege))
    names = sql.SQL(", ").join(sql.Identifier(column) for column in columns if column)
    return sql.SQL("{} ({})").format(word, names) if any(columns) else word

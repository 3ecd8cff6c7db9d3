"""Principals of Entra as roles of the server: made, mapped to the right object id, dropped when no plan names them.

A role is mapped to its principal by object id. An identity that was made again has its old name and another object
id, and would be refused at sign-in: its role is dropped and made anew, which is safe because principals own nothing
and have rights through duties alone (those are granted again in each database); what one owns all the same goes to
the database's owner first. https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from tenancy.duties import group_of, owner_of
from tenancy.faults import Fault, RefusedError
from tenancy.plan import Plan
from tenancy.server import MAINTENANCE, Connection
from tenancy.work import Work, transaction

# How a role that this job made is known again: by its comment.
MARK: Final = "made by the tenancy job: "
_PRINCIPAL: Final = f"{MARK}principal"
Connect = Callable[[str], AbstractContextManager[Connection]]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A role of the server as it is. object_id is None for a role that is no principal of Entra."""

    oid: int
    object_id: str | None
    kind: str | None
    is_admin: bool
    ours: bool


def converge(connection: Connection, connect: Connect, plan: Plan) -> list[str]:
    """Make the server's principals those of the plan, in one transaction; gives what was changed.

    Raises RefusedError, with nothing changed, for a role that the job must not touch.
    """
    wanted = plan.object_ids()
    with transaction(connection, MAINTENANCE) as work:
        known = _known(work)
        if faults := list(_untouchable(wanted, known)):
            raise RefusedError(faults)
        gone = [name for name, role in known.items() if role.ours and not role.is_admin and name not in wanted]
        other = [name for name in wanted if name in known and not _is(known[name], wanted[name])]
        holds = [(name, database) for name in (*gone, *other) for database in _databases_of(work, name)]
    released = [change for name, database in holds for change in _release(connect, name, database)]
    with transaction(connection, MAINTENANCE) as work:
        for name in (*gone, *other):
            work.change("DROP ROLE {}", name)
        for name, object_id in wanted.items():
            if name not in known or name in other:
                _create(work, name, object_id)
            elif not known[name].ours:
                _mark(work, name)
        _attributes(work, wanted)
        _settings(work, plan)
        _memberships(work, plan)
    with transaction(connection, MAINTENANCE) as ending:
        # A role that is gone takes no new sessions; those that it has would go on, with what everybody may do.
        oids = [known[name].oid for name in (*gone, *other)]
        ending.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = ANY(%s)", oids)
    return [*released, *work.changes]


def _known(work: Work) -> dict[str, _Known]:
    entra = {
        str(name): (str(object_id).lower(), str(kind), bool(admin))
        for name, kind, object_id, admin in work.rows(
            "SELECT rolname, principaltype, objectid, isadmin FROM pgaadauth_list_principals(false)"
        )
    }
    comments = work.rows("SELECT rolname, oid, shobj_description(oid, 'pg_authid') FROM pg_roles")
    known: dict[str, _Known] = {}
    for name, oid, comment in comments:
        object_id, kind, admin = entra.get(str(name), (None, None, False))
        known[str(name)] = _Known(oid=oid, object_id=object_id, kind=kind, is_admin=admin, ours=comment == _PRINCIPAL)
    return known


def _is(role: _Known, object_id: str) -> bool:
    return role.object_id == object_id and role.kind == "service"


def _untouchable(wanted: Mapping[str, str], known: Mapping[str, _Known]) -> Iterable[Fault]:
    administrators = {role.object_id: name for name, role in known.items() if role.is_admin}
    for name, object_id in wanted.items():
        role = known.get(name)
        if (role and role.is_admin) or object_id in administrators:
            what = f"{administrators.get(object_id, name)} with object id {object_id} is an administrator of the server"
            yield Fault(
                where=f"role {name}",
                what=what,
                allowed="identities of applications, which are never administrators",
                next_step="take it from the plan or from the server's administrators, then start the job again",
            )
        elif role and role.object_id is None:
            yield Fault(
                where=f"role {name}",
                what="a role of this name exists and is no principal of Entra",
                allowed="a name that is free or that of an Entra principal",
                next_step=f'rename or drop it: DROP ROLE "{name}", then start the job again',
            )


def _create(work: Work, name: str, object_id: str) -> None:
    work.change(
        "SELECT pgaadauth_create_principal_with_oid({}, {}, 'service', false, false)",
        sql.Literal(name),
        sql.Literal(object_id),
    )
    _mark(work, name)


def _mark(work: Work, name: str) -> None:
    work.change("COMMENT ON ROLE {} IS {}", name, sql.Literal(_PRINCIPAL))


def _attributes(work: Work, names: Iterable[str]) -> None:
    """Take away the attributes that somebody gave a principal by hand."""
    for (name,) in work.rows(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolbypassrls OR rolcreaterole OR rolcreatedb)",
        list(names),
    ):
        work.change("ALTER ROLE {} NOBYPASSRLS NOCREATEROLE NOCREATEDB", str(name))


def _settings(work: Work, plan: Plan) -> None:
    """Take away a principal's settings where it has no duty: in other databases, and those for all databases."""
    theirs = {(name, database.name) for database in plan.databases for name in database.duty_of()}
    for name, database in work.rows(
        "SELECT rolname, datname FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole "
        "LEFT JOIN pg_database d ON d.oid = setdatabase WHERE rolname = ANY(%s)",
        list(plan.object_ids()),
    ):
        if database is None:
            work.change("ALTER ROLE {} RESET ALL", str(name))
        elif (name, database) not in theirs:
            work.change("ALTER ROLE {} IN DATABASE {} RESET ALL", str(name), str(database))


def _memberships(work: Work, plan: Plan) -> None:
    """Take away what a principal is a member of outside the databases in which the plan gives it a duty."""
    theirs = {
        (principal.name, group_of(database.name, principal.duty))
        for database in plan.databases
        for principal in database.principals
    }
    for member, group, grantor in work.rows(
        "SELECT m.rolname, g.rolname, b.rolname FROM pg_auth_members JOIN pg_roles m ON m.oid = member "
        "JOIN pg_roles g ON g.oid = roleid JOIN pg_roles b ON b.oid = grantor WHERE m.rolname = ANY(%s)",
        list(plan.object_ids()),
    ):
        if (member, group) not in theirs:
            work.change_if_permitted("REVOKE {} FROM {} GRANTED BY {}", str(group), str(member), str(grantor))


def _databases_of(work: Work, name: str) -> list[str]:
    """Where a role owns something or was granted something directly; for what belongs to no database, any will do."""
    rows = work.rows(
        "SELECT DISTINCT coalesce(datname, %s) FROM pg_shdepend LEFT JOIN pg_database d ON d.oid = dbid "
        "WHERE refclassid = 'pg_authid'::regclass AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = %s) "
        "AND classid <> 'pg_auth_members'::regclass",
        MAINTENANCE,
        name,
    )
    return [str(database) for (database,) in rows]


def _release(connect: Connect, name: str, database: str) -> list[str]:
    """Before a role is dropped: what it owns goes to the database's owner, what it was granted directly is revoked."""
    with connect(database) as inside, transaction(inside, f"database {database}") as work:
        owner = owner_of(database)
        heir = owner if work.rows("SELECT FROM pg_roles WHERE rolname = %s", owner) else sql.SQL("CURRENT_USER")
        # Both statements ask for the role's rights, which its administrator may give itself.
        work.change("GRANT {} TO CURRENT_USER WITH INHERIT TRUE", name)
        work.change("REASSIGN OWNED BY {} TO {}", name, heir)
        work.change("DROP OWNED BY {}", name)
    return work.changes

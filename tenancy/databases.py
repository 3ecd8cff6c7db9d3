"""One database brought to the plan, in one transaction: its roles, who may connect, schemas, rights, settings."""

from collections.abc import Collection, Iterable
from typing import Final

from psycopg import sql

from tenancy import access, migrate, revisions, rights, schemas
from tenancy.access import Right
from tenancy.assurance import mode
from tenancy.assurance.tokens import SigningKey
from tenancy.duties import DUTIES, TENANCY, group_of, groups_of, owner_of
from tenancy.plan import Database, Plan
from tenancy.principals import MARK
from tenancy.work import Work

_NOTHING: Final = sql.SQL("")


def converge(work: Work, plan: Plan, database: Database, job: str, keys: Collection[SigningKey] = ()) -> None:
    """Bring the database that `work` is connected to to the plan. `job`: the role that the job signed in as.

    keys: those of signed tenant contexts, where the plan has them.
    """
    owner = owner_of(database.name)
    for role in (owner, *groups_of(database.name)):
        _role(work, role)
    _membership(work, owner, job, inherit=True)
    for duty in (name for name, duty in DUTIES.items() if not duty.signs_in):
        _membership(work, group_of(database.name, duty), job, inherit=False)
    for duty in DUTIES:
        members = {name for name, theirs in database.duty_of().items() if theirs == duty}
        _members(work, group_of(database.name, duty), members, job)
    _members(work, owner, set(), job)
    close(work, database.name, Right.of(groups_of(database.name), "CONNECT"))
    schemas.converge(work, database.name, owner)
    _settings(work, database)
    _record(work, owner)
    migrated = migrate.migrate(work, database.name, to=plan.target)
    settle(work, plan, database, is_new=bool(migrated), keys=keys)


def settle(
    work: Work,
    plan: Plan,
    database: Database,
    *,
    to: str | None = None,
    is_new: bool = False,
    keys: Collection[SigningKey] = (),
) -> None:
    """After a migration: rights, the deployment, and the record of the revision (`to`; that of the plan otherwise).

    is_new: what was granted is told as a number alone.
    """
    revision, before = to or plan.target, len(work.changes)
    has_foundation = revisions.has_foundation(revision)
    rights.converge(work, revisions.database_at(database.name, revision), has_foundation=has_foundation)
    if is_new:
        work.changes[before:] = [f"rights of revision {revision}: {len(work.changes) - before} statements"]
    if has_foundation:
        _deployment(work, plan)
        mode.converge(work, database.name, signed=database.signed_context, known=keys)
    _revision(work, database, revision)


def close(work: Work, database: str, wanted: Iterable[Right] = ()) -> None:
    """Leave a database open to those named and to its owner: nobody else connects, or makes temporary tables."""
    found = work.rows(
        "SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_database "
        "CROSS JOIN aclexplode(coalesce(datacl, acldefault('d', datdba))) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE datname = %s AND a.grantee <> datdba",
        database,
    )
    target = sql.SQL("DATABASE {}").format(sql.Identifier(database))
    access.converge(work, _NOTHING, target, found=access.rights(found), wanted=frozenset(wanted))


def _role(work: Work, role: str) -> None:
    found = work.row(
        "SELECT rolcanlogin OR rolbypassrls OR rolcreaterole OR rolcreatedb, shobj_description(oid, 'pg_authid') "
        "FROM pg_roles WHERE rolname = %s",
        role,
    )
    comment = f"{MARK}role of a database"
    if found is None:
        work.change("CREATE ROLE {} NOLOGIN", role)
    elif found[0]:
        work.change("ALTER ROLE {} NOLOGIN NOBYPASSRLS NOCREATEROLE NOCREATEDB", role)
    if found is None or found[1] != comment:
        work.change("COMMENT ON ROLE {} IS {}", role, sql.Literal(comment))


def _membership(work: Work, role: str, job: str, *, inherit: bool) -> None:
    """The job acts as the owner to make what the owner is to own; whoever makes a role administers it, no more."""
    option = sql.SQL("TRUE" if inherit else "FALSE")
    if not work.rows(
        "SELECT FROM pg_auth_members WHERE roleid = to_regrole(quote_ident(%s)) "
        "AND member = to_regrole(quote_ident(%s)) AND inherit_option = %s AND set_option",
        role,
        job,
        inherit,
    ):
        work.change("GRANT {} TO {} WITH INHERIT {}, SET TRUE", role, job, option)


def _members(work: Work, group: str, wanted: set[str], job: str) -> None:
    """Exactly these members, who have the role's rights and can neither become it nor give it on."""
    for member, grantor, plain in work.rows(
        "SELECT m.rolname, b.rolname, inherit_option AND NOT set_option AND NOT admin_option FROM pg_auth_members "
        "JOIN pg_roles m ON m.oid = member JOIN pg_roles b ON b.oid = grantor "
        "WHERE roleid = to_regrole(quote_ident(%s)) AND m.rolname <> ALL(%s)",
        group,
        [job, *access.AZURE_ROLES],
    ):
        if member in wanted and plain:
            wanted = wanted - {str(member)}
        else:
            work.change_if_permitted("REVOKE {} FROM {} GRANTED BY {}", group, str(member), str(grantor))
    for member in sorted(wanted):
        work.change("GRANT {} TO {} WITH INHERIT TRUE, SET FALSE, ADMIN FALSE", group, member)


def _settings(work: Work, database: Database) -> None:
    """Each principal's settings in this database."""
    duties = database.duty_of()
    found = {
        role: dict(str(setting).split("=", 1) for setting in settings)
        for role, settings in work.rows(
            "SELECT rolname, setconfig FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole "
            "WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = %s) AND rolname = ANY(%s)",
            database.name,
            list(duties),
        )
    }
    for role, duty in sorted(duties.items()):
        settings, wanted = found.get(role, {}), DUTIES[duty].settings
        for name in sorted(set(settings) - set(wanted)):
            work.change("ALTER ROLE {} IN DATABASE {} RESET {}", role, database.name, sql.Identifier(*name.split(".")))
        for name, value in wanted.items():
            if settings.get(name) != value:
                parts = (role, database.name, name, sql.Literal(value))
                work.change("ALTER ROLE {} IN DATABASE {} SET {} TO {}", *parts)


def _deployment(work: Work, plan: Plan) -> None:
    """Where this database is; the tenants that are in it decide whether it may say so."""
    wanted = (plan.deployment, plan.zone, plan.dedicated_tenant)
    if work.row("SELECT name, zone, dedicated_tenant FROM tenancy.deployment") != wanted:
        work.change(
            "UPDATE tenancy.deployment SET name = {}, zone = {}, dedicated_tenant = {}", *map(sql.Literal, wanted)
        )


def _record(work: Work, owner: str) -> None:
    """The record of what was applied: a row for each revision and each plan of this database."""
    if not work.rows("SELECT FROM pg_tables WHERE schemaname = %s AND tablename = 'revision'", TENANCY):
        table = sql.Identifier(TENANCY, "revision")
        work.change(
            "CREATE TABLE {} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "revision text NOT NULL, plan_digest text NOT NULL, "
            "applied_by text NOT NULL DEFAULT session_user, applied_at timestamptz NOT NULL DEFAULT now())",
            table,
        )
        work.change("ALTER TABLE {} OWNER TO {}", table, owner)


def _revision(work: Work, database: Database, revision: str) -> None:
    wanted = (revision, database.digest())
    if work.row("SELECT revision, plan_digest FROM tenancy.revision ORDER BY id DESC LIMIT 1") != wanted:
        work.change(
            "INSERT INTO tenancy.revision (revision, plan_digest) VALUES ({}, {})",
            *(sql.Literal(text) for text in wanted),
        )

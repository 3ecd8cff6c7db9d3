"""The gate: what the catalogs say after the job, held against the plan. Any line that it finds makes the job fail.

It asks PostgreSQL what each principal can do in effect (has_..._privilege, pg_has_role, through whatever it is granted)
rather than what was written, so that it also finds what somebody else gave. It changes nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from tenancy.access import AZURE_ROLES
from tenancy.duties import DUTIES, SCHEMAS, group_of, groups_of, owner_of
from tenancy.faults import Fault
from tenancy.plan import Database, Plan
from tenancy.revision import SCHEMA_REVISION
from tenancy.work import Work

# Azure's own databases, which nobody else can change.
AZURES: Final = ("azure_maintenance", "azure_sys")
_NEXT: Final = "ask who granted it to take it back (\\drg, \\l and \\dn+ in psql show it), then start the job again"


def check_server(work: Work, plan: Plan, job: str) -> Iterator[Fault]:
    """Faults of the server as a whole: who its principals are, what they are members of, where they may connect."""
    yield from _mapping(work, plan)
    yield from _attributes(work, plan)
    yield from _memberships(work, plan)
    yield from _members_of_roles(work, plan, job)
    yield from _connections(work, plan)
    yield from _settings(work, plan)


def check_database(work: Work, database: Database) -> Iterator[Fault]:
    """Faults of the database that `work` is connected to: who owns, who may create or use what, which revision."""
    yield from _owners(work, database)
    yield from _schema_rights(work, database)
    yield from _belongings(work, database)
    found = work.row("SELECT revision, plan_digest FROM tenancy.revision ORDER BY id DESC LIMIT 1")
    if found != (SCHEMA_REVISION, database.digest()):
        what = f"the last applied revision and plan are {found}"
        yield _fault(f"database {database.name}", what, f"{SCHEMA_REVISION} and {database.digest()}")


def _fault(where: str, what: str, allowed: str) -> Fault:
    return Fault(where=where, what=what, allowed=allowed, next_step=_NEXT)


def _mapping(work: Work, plan: Plan) -> Iterator[Fault]:
    entra = {
        name: (str(object_id).lower(), kind, bool(admin))
        for name, object_id, kind, admin in work.rows(
            "SELECT rolname, objectid, principaltype, isadmin FROM pgaadauth_list_principals(false)"
        )
    }
    for name, object_id in plan.object_ids().items():
        if entra.get(name) != (object_id, "service", False):
            yield _fault(
                f"role {name}", f"mapped to {entra.get(name)}", f"service principal {object_id}, no administrator"
            )


def _attributes(work: Work, plan: Plan) -> Iterator[Fault]:
    principals = plan.object_ids()
    for name, login, *powers in work.rows(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles "
        "WHERE rolname = ANY(%s) ORDER BY rolname",
        [*principals, *plan.role_names()],
    ):
        words = ("SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION")
        for word in (word for word, power in zip(words, powers, strict=True) if power):
            yield _fault(f"role {name}", f"has {word}", f"NO{word}")
        if login != (name in principals):
            yield _fault(f"role {name}", "can sign in" if login else "cannot sign in", "principals alone sign in")


def _memberships(work: Work, plan: Plan) -> Iterator[Fault]:
    """A principal's memberships, direct and through others."""
    wanted = {
        name: {
            group_of(row.name, duty) for row in plan.databases for mine, duty in row.duty_of().items() if mine == name
        }
        for name in plan.object_ids()
    }
    found: dict[str, set[str]] = {name: set() for name in wanted}
    for name, role in work.rows(
        "SELECT p.rolname, r.rolname FROM pg_roles p JOIN pg_roles r ON r.oid <> p.oid AND pg_has_role(p.oid, r.oid, "
        "'MEMBER') WHERE p.rolname = ANY(%s)",
        list(wanted),
    ):
        found[name].add(role)
    for name, roles in found.items():
        for role in sorted(roles ^ wanted[name]):
            what = f"is a member of {role}" if role in roles else f"is no member of {role}"
            yield _fault(f"role {name}", what, f"a member of {', '.join(sorted(wanted[name])) or 'nothing'} alone")


def _members_of_roles(work: Work, plan: Plan, job: str) -> Iterator[Fault]:
    """Nobody but principals has a duty, nobody but the job is the owner, and no duty can be given on."""
    duties = {(group_of(row.name, duty), name) for row in plan.databases for name, duty in row.duty_of().items()}
    for role, member, become, administer in work.rows(
        "SELECT g.rolname, m.rolname, bool_or(set_option), bool_or(admin_option) FROM pg_auth_members "
        "JOIN pg_roles g ON g.oid = roleid JOIN pg_roles m ON m.oid = member WHERE g.rolname = ANY(%s) "
        "AND m.rolname <> ALL(%s) GROUP BY 1, 2 ORDER BY 1, 2",
        list(plan.role_names()),
        [job, *AZURE_ROLES],
    ):
        if (role, member) not in duties:
            yield _fault(f"role {role}", f"{member} is a member", "members that the plan names")
        elif become or administer:
            what = f"{member} can become it" if become else f"{member} can give it on"
            yield _fault(f"role {role}", what, "members WITH INHERIT TRUE, SET FALSE, ADMIN FALSE")


def _connections(work: Work, plan: Plan) -> Iterator[Fault]:
    wanted = {(name, row.name) for row in plan.databases for name in row.duty_of()}
    for name, database, can in work.rows(
        "SELECT rolname, datname, has_database_privilege(r.oid, d.oid, 'CONNECT') "
        "FROM pg_roles r CROSS JOIN pg_database d "
        "WHERE rolname = ANY(%s) AND datallowconn AND datname <> ALL(%s) ORDER BY 1, 2",
        list(plan.object_ids()),
        list(AZURES),
    ):
        if can != ((name, database) in wanted):
            what = f"{name} {'can' if can else 'cannot'} connect"
            yield _fault(f"database {database}", what, "principals that the plan names for this database, and no other")
    for name, database, privilege in work.rows(
        "SELECT coalesce(r.rolname, 'everybody'), datname, a.privilege_type FROM pg_database "
        "CROSS JOIN aclexplode(coalesce(datacl, acldefault('d', datdba))) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE datname = ANY(%s) AND a.grantee <> datdba AND coalesce(r.rolname, '') <> ALL(%s) ORDER BY 1, 2, 3",
        [row.name for row in plan.databases],
        list(AZURE_ROLES),
    ):
        if privilege != "CONNECT" or name not in groups_of(database):
            yield _fault(f"database {database}", f"{name} has {privilege}", "CONNECT for the duties of this database")


def _settings(work: Work, plan: Plan) -> Iterator[Fault]:
    """A setting could name a tenant for every session of a principal, or take its limits away."""
    wanted = {
        (name, row.name): [f"{key}={value}" for key, value in DUTIES[duty].settings.items()]
        for row in plan.databases
        for name, duty in row.duty_of().items()
    }
    found = {
        (name, database): settings
        for name, database, settings in work.rows(
            "SELECT rolname, coalesce(datname, 'all databases'), setconfig FROM pg_db_role_setting "
            "JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase WHERE rolname = ANY(%s)",
            list(plan.object_ids()),
        )
    }
    for place in sorted(wanted.keys() | found.keys()):
        if sorted(found.get(place, [])) != sorted(wanted.get(place, [])):
            name, database = place
            allowed = ", ".join(wanted.get(place, [])) or "none"
            what = f"settings in {database}: {', '.join(found.get(place, [])) or 'none'}"
            yield _fault(f"role {name}", what, allowed)


def _owners(work: Work, database: Database) -> Iterator[Fault]:
    """Schemas and everything in them that can be owned apart."""
    owner = owner_of(database.name)
    for thing, role in work.rows(
        "SELECT 'schema ' || nspname, nspowner::regrole::text FROM pg_namespace WHERE nspname = ANY(%s) "
        "UNION ALL SELECT 'relation ' || c.oid::regclass, relowner::regrole::text FROM pg_class c "
        "WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname = ANY(%s)) AND relkind NOT IN ('i', 'I') "
        "UNION ALL SELECT 'function ' || p.oid::regprocedure, proowner::regrole::text FROM pg_proc p "
        "WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname = ANY(%s)) ORDER BY 1",
        *[list(SCHEMAS)] * 3,
    ):
        if str(role).strip('"') != owner:
            yield _fault(f"database {database.name}", f"{thing} belongs to {role}", f"owner {owner}")
    present = {name for (name,) in work.rows("SELECT nspname FROM pg_namespace")}
    for schema in sorted(set(SCHEMAS) - present):
        yield _fault(f"database {database.name}", f"schema {schema} is missing", ", ".join(SCHEMAS))


def _schema_rights(work: Work, database: Database) -> Iterator[Fault]:
    where = f"database {database.name}"
    duties = database.duty_of()
    for name, schema, can_use, can_create in work.rows(
        "SELECT rolname, nspname, has_schema_privilege(r.oid, n.oid, 'USAGE'), "
        "has_schema_privilege(r.oid, n.oid, 'CREATE') FROM pg_roles r CROSS JOIN pg_namespace n "
        "WHERE rolname = ANY(%s) AND nspname !~ '^pg_' "
        "AND nspname <> 'information_schema' ORDER BY 1, 2",
        list(duties),
    ):
        if can_create:
            yield _fault(where, f"{name} can create in schema {schema}", "the owner alone creates")
        if can_use != (schema in DUTIES[duties[name]].tables):
            allowed = f"schemas {', '.join(DUTIES[duties[name]].tables)} for {duties[name]}"
            yield _fault(where, f"{name} {'can' if can_use else 'cannot'} use schema {schema}", allowed)
    for name, privilege in work.rows(
        "SELECT rolname, p FROM pg_roles CROSS JOIN unnest(ARRAY['CREATE', 'TEMPORARY']) p WHERE rolname = ANY(%s) "
        "AND has_database_privilege(rolname, current_database(), p) ORDER BY 1, 2",
        list(duties),
    ):
        yield _fault(where, f"{name} has {privilege}", "CONNECT alone")


def _belongings(work: Work, database: Database) -> Iterable[Fault]:
    """What roles that are not the owner own here: large objects and things in other schemas too."""
    return [
        _fault(f"database {database.name}", f"{role} owns {count} object(s)", "everything belongs to the owner role")
        for role, count in work.rows(
            "SELECT rolname, count(*) FROM pg_shdepend JOIN pg_roles r ON r.oid = refobjid WHERE deptype = 'o' "
            "AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND rolname = ANY(%s) "
            "GROUP BY 1 ORDER BY 1",
            [*database.duty_of(), *groups_of(database.name)],
        )
    ]

"""The server as a whole against the plan: who its principals are, what they are members of, where they connect."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tenancy.access import AZURE_ROLES
from tenancy.duties import DUTIES, group_of, groups_of
from tenancy.faults import Fault
from tenancy.gate.floor import Shortfall, shortfalls
from tenancy.gate.places import AZURES, unplanned
from tenancy.plan import Plan
from tenancy.work import Work


def check_server(work: Work, plan: Plan, job: str) -> Iterator[Fault]:
    """Faults of the server as a whole: its principals, what they are members of, where they connect; its version."""
    yield from _mapping(work, plan)
    yield from _attributes(work, plan)
    yield from _memberships(work, plan)
    yield from _members_of_roles(work, plan, job)
    yield from _connections(work, plan)
    yield from _settings(work, plan)
    yield from (it.fault for it in below_floor(work) if it.blocks)


def below_floor(work: Work) -> list[Shortfall]:
    """The floors that the server's minor version is below today: those that block are faults, the others warnings."""
    found = work.row("SELECT current_setting('server_version_num')::int")
    return list(shortfalls(found[0] if found else 0, datetime.now(UTC).date()))


def _mapping(work: Work, plan: Plan) -> Iterator[Fault]:
    entra = {
        name: (str(object_id).lower(), kind, bool(admin))
        for name, object_id, kind, admin in work.rows(
            "SELECT rolname, objectid, principaltype, isadmin FROM pgaadauth_list_principals(false)"
        )
    }
    for name, object_id in plan.object_ids().items():
        if entra.get(name) != (object_id, "service", False):
            yield unplanned(
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
            yield unplanned(f"role {name}", f"has {word}", f"NO{word}")
        if login != (name in principals):
            yield unplanned(f"role {name}", "can sign in" if login else "cannot sign in", "principals alone sign in")


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
            yield unplanned(f"role {name}", what, f"a member of {', '.join(sorted(wanted[name])) or 'nothing'} alone")


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
            yield unplanned(f"role {role}", f"{member} is a member", "members that the plan names")
        elif become or administer:
            what = f"{member} can become it" if become else f"{member} can give it on"
            yield unplanned(f"role {role}", what, "members WITH INHERIT TRUE, SET FALSE, ADMIN FALSE")


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
            yield unplanned(
                f"database {database}", what, "principals that the plan names for this database, and no other"
            )
    for name, database, privilege in work.rows(
        "SELECT coalesce(r.rolname, 'everybody'), datname, a.privilege_type FROM pg_database "
        "CROSS JOIN aclexplode(coalesce(datacl, acldefault('d', datdba))) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
        "WHERE datname = ANY(%s) AND a.grantee <> datdba AND coalesce(r.rolname, '') <> ALL(%s) ORDER BY 1, 2, 3",
        [row.name for row in plan.databases],
        list(AZURE_ROLES),
    ):
        if privilege != "CONNECT" or name not in groups_of(database):
            yield unplanned(
                f"database {database}", f"{name} has {privilege}", "CONNECT for the duties of this database"
            )


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
            yield unplanned(f"role {name}", what, allowed)

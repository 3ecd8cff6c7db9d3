"""One database against the plan: who owns, who may create or use what, which revision stands."""

from collections.abc import Iterable, Iterator

from tenancy import revisions
from tenancy.duties import DUTIES, SCHEMAS, groups_of, owner_of
from tenancy.faults import Fault
from tenancy.gate.contract import Contract
from tenancy.gate.isolation import findings
from tenancy.gate.places import unplanned
from tenancy.plan import Database
from tenancy.revision import SCHEMA_REVISION
from tenancy.work import Work


def check_database(work: Work, database: Database, revision: str = SCHEMA_REVISION) -> Iterator[Fault]:
    """Faults of the database that `work` is connected to: who owns, who may create or use what, which revision.

    `revision`: the one that it should be at; `isolation` holds the database against that revision's tables, in
    the mode that the plan asks for.
    """
    yield from _owners(work, database)
    yield from _schema_rights(work, database)
    yield from _belongings(work, database)
    found = work.row("SELECT revision, plan_digest FROM tenancy.revision ORDER BY id DESC LIMIT 1")
    if found != (revision, database.digest()):
        what = f"the last applied revision and plan are {found}"
        yield unplanned(f"database {database.name}", what, f"{revision} and {database.digest()}")
    model = revisions.database_at(database.name, revision)
    has_foundation = revisions.has_foundation(revision)
    contract = Contract(model, has_foundation, has_foundation and database.signed_context)
    yield from (finding.fault for finding in findings(work, contract))


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
            yield unplanned(f"database {database.name}", f"{thing} belongs to {role}", f"owner {owner}")
    present = {name for (name,) in work.rows("SELECT nspname FROM pg_namespace")}
    for schema in sorted(set(SCHEMAS) - present):
        yield unplanned(f"database {database.name}", f"schema {schema} is missing", ", ".join(SCHEMAS))


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
            yield unplanned(where, f"{name} can create in schema {schema}", "the owner alone creates")
        if can_use != (schema in DUTIES[duties[name]].schemas):
            allowed = f"schemas {', '.join(DUTIES[duties[name]].schemas)} for {duties[name]}"
            yield unplanned(where, f"{name} {'can' if can_use else 'cannot'} use schema {schema}", allowed)
    for name, privilege in work.rows(
        "SELECT rolname, p FROM pg_roles CROSS JOIN unnest(ARRAY['CREATE', 'TEMPORARY']) p WHERE rolname = ANY(%s) "
        "AND has_database_privilege(rolname, current_database(), p) ORDER BY 1, 2",
        list(duties),
    ):
        yield unplanned(where, f"{name} has {privilege}", "CONNECT alone")


def _belongings(work: Work, database: Database) -> Iterable[Fault]:
    """What roles that are not the owner own here: large objects and things in other schemas too."""
    return [
        unplanned(f"database {database.name}", f"{role} owns {count} object(s)", "everything belongs to the owner role")
        for role, count in work.rows(
            "SELECT rolname, count(*) FROM pg_shdepend JOIN pg_roles r ON r.oid = refobjid WHERE deptype = 'o' "
            "AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND rolname = ANY(%s) "
            "GROUP BY 1 ORDER BY 1",
            [*database.duty_of(), *groups_of(database.name)],
        )
    ]

"""What every database has beside the tables of its model, as the gate must find it: a second witness to `ddl/sql`.

Said again on purpose. The generator and the gate would make the same mistake if both read it from one place; here they
differ when one of them is changed alone, and every run of the job says so.
"""

from dataclasses import dataclass
from typing import Final

# As PostgreSQL writes the expression back.
OF_THE_TENANT: Final = "(tenant_id = ( SELECT tenancy.current_tenant_id() AS current_tenant_id))"
TOUCH: Final = ("touch_updated_at", "BEFORE UPDATE", "tenancy.touch_updated_at")
RECORD: Final = ("record_audit", "AFTER INSERT OR DELETE OR UPDATE", "audit.record")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy, for every role. command: as pg_policy has it; using, check: "" where it has none."""

    name: str
    permissive: bool
    command: str
    using: str
    check: str


ISOLATION: Final = Policy(
    name="tenant_isolation", permissive=False, command="*", using=OF_THE_TENANT, check=OF_THE_TENANT
)
ACCESS: Final = Policy(name="tenant_access", permissive=True, command="*", using="true", check="true")
# The publisher reads and deletes every tenant's events; whoever adds one adds it for the tenant in effect.
ADDING: Final = Policy(name="tenant_isolation", permissive=False, command="a", using="", check=OF_THE_TENANT)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A table that every database has.

    columns: name and type; "?" after the type where it may be null. filled: whether the tenant in effect fills
    tenant_id. triggers: name, timing, function.
    """

    schema: str
    name: str
    columns: str
    primary: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    policies: tuple[Policy, ...] = ()
    filled: bool = False
    triggers: tuple[tuple[str, str, str], ...] = ()


REVISION: Final = Kept(
    schema="tenancy",
    name="revision",
    columns="id bigint, revision text, plan_digest text, applied_by text, applied_at timestamptz",
    primary=("id",),
)
FOUNDATION: Final = (
    Kept(
        schema="audit",
        name="entries",
        columns="tenant_id uuid, id uuid, at timestamptz, actor_id text?, actor_name text?, table_name text, "
        "row_id uuid, action text, old jsonb?, new jsonb?, redacted_at timestamptz?",
        primary=("tenant_id", "id"),
        indexes=(("tenant_id", "at"), ("tenant_id", "table_name", "row_id")),
        policies=(ISOLATION, ACCESS),
    ),
    Kept(
        schema="outbox",
        name="events",
        columns="tenant_id uuid, id uuid, topic text, key text, type text, payload jsonb, occurred_at timestamptz, "
        "published_at timestamptz?, attempts integer",
        primary=("tenant_id", "id"),
        indexes=(("published_at", "id"),),
        policies=(ADDING, ACCESS),
        filled=True,
    ),
    Kept(
        schema="tenancy",
        name="tenants",
        columns="id uuid, slug text, name text, zone text, status text, created_at timestamptz, updated_at timestamptz",
        primary=("id",),
        unique=(("slug",),),
        triggers=(TOUCH, ("check_tenant", "BEFORE INSERT OR UPDATE", "tenancy.check_tenant")),
    ),
    Kept(
        schema="tenancy",
        name="deployment",
        columns="name text?, zone text?, dedicated_tenant text?, only_row boolean",
        primary=("only_row",),
        triggers=(("check_deployment", "BEFORE INSERT OR UPDATE", "tenancy.check_deployment"),),
    ),
    Kept(
        schema="tenancy",
        name="imports",
        columns="name text, sha256 text, imported_at timestamptz, imported_by text",
        primary=("name", "sha256"),
    ),
)
# What signed tenant contexts add (`assurance`); the owner alone reads it.
SIGNED: Final = (
    Kept(
        schema="tenancy",
        name="signing_keys",
        columns="id text, inner_key bytea, outer_key bytea, added_at timestamptz",
        primary=("id",),
    ),
    Kept(
        schema="tenancy",
        name="seal_key",
        columns="inner_key bytea, outer_key bytea, only_row boolean",
        primary=("only_row",),
    ),
)

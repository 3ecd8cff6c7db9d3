"""What every database has under its tables: the tenant in effect, tenants, audit, outbox; made and taken away again.

`tenancy.current_tenant_id()` raises when no tenant is bound: with NULL an export would be empty and an erasure would
"succeed" on no rows. It has no SET clause (twice the price a read) and is not SECURITY DEFINER. The two functions that
are: `audit.record()`, because applications only read the audit, and `tenancy.admit()`, because they write no tenants.
Which roles may do what stands in `rights`.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from tenancy.ddl.tables import policies

_PARTS: Final = ("functions", "tenants", "deployment", "imports", "audit", "outbox")
# A statement ends where a line of its own says so: function bodies have semicolons of theirs.
_END: Final = "\n----\n"
# Tables that this makes beside those of the model.
AUDIT: Final = '"audit"."entries"'
OUTBOX: Final = '"outbox"."events"'
TENANTS: Final = '"tenancy"."tenants"'


def create() -> Iterator[str]:
    """Functions first, then the tables that use them."""
    for part in _PARTS:
        text = files("tenancy.ddl").joinpath("sql", f"{part}.sql").read_text(encoding="utf-8")
        yield from (statement.strip() for statement in text.split(_END) if statement.strip())
    yield from policies(AUDIT)


def drop() -> Iterator[str]:
    """The other way; refused by PostgreSQL while any table of tenants stands."""
    yield f"DROP TABLE {OUTBOX}"
    yield f"DROP TABLE {AUDIT}"
    yield "DROP FUNCTION audit.record()"
    yield "DROP FUNCTION tenancy.admit(uuid, text, text, text)"
    yield 'DROP TABLE "tenancy"."imports"'
    yield f"DROP TABLE {TENANTS}"
    yield 'DROP TABLE "tenancy"."deployment"'
    for name in ("check_tenant()", "check_deployment()", "touch_updated_at()"):
        yield f"DROP FUNCTION tenancy.{name}"
    for name in ("new_id()", "current_actor_id()", "current_tenant_id()"):
        yield f"DROP FUNCTION tenancy.{name}"

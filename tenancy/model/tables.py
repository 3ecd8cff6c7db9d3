"""Tables and what they refer to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from tenancy.model.columns import Column, Default, Type


class Scope(StrEnum):
    """Whose rows a table holds.

    TENANT: each row is one tenant's; row-level security stands on it, in schema `app`. SHARED: rows of nobody in
    particular (codes, securities, the registry of tenants itself), in schema `shared`, on the list of tables that the
    gate lets be without policies; `why_shared` says why.
    """

    TENANT = "tenant"
    SHARED = "shared"


Right = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]
ALL_RIGHTS: Final[tuple[Right, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")
OnDelete = Literal["RESTRICT", "CASCADE"]

TENANT_ID: Final = Column(
    name="tenant_id", type=Type.UUID, default=Default.TENANT, fixed=True, about="whose row it is; the database sets it"
)
ID: Final = Column(
    name="id", type=Type.UUID, default=Default.NEW_ID, fixed=True, about="key, in the order in which rows were made"
)
CREATED_AT: Final = Column(name="created_at", type=Type.TIMESTAMP, default=Default.NOW, fixed=True)
UPDATED_AT: Final = Column(name="updated_at", type=Type.TIMESTAMP, default=Default.NOW, about="a trigger sets it")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A foreign key of `columns` to `table` of the same database: its key, or `to` where it is another unique one.

    Between tables of tenants the tenant is in front on both sides, so that no row can name another tenant's, nor learn
    that it is there. Without `columns`: `{table in the singular}_id` is not guessed; they are always written.
    """

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...] = ("id",)
    on_delete: OnDelete = "RESTRICT"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a service.

    columns: those of its own; `all_columns` adds what its scope brings (tenant_id, id, created_at, updated_at). unique,
    indexes: of own columns; the tenant is put in front. rights: of applications. audited: each change leaves an audit
    row. keep_days: rows older than that by `keep_by` go in retention; None keeps them. key: of a shared table that has
    a natural key (an ISIN, a country code) in the place of id.
    """

    name: str
    columns: tuple[Column, ...]
    scope: Scope = Scope.TENANT
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = ()
    rights: tuple[Right, ...] = ALL_RIGHTS
    audited: bool = True
    keep_days: int | None = None
    keep_by: str = "created_at"
    key: tuple[str, ...] = ("id",)
    why_shared: str = ""
    about: str = ""

    @property
    def is_tenants(self) -> bool:
        """Whether its rows belong to tenants."""
        return self.scope is Scope.TENANT

    @property
    def schema(self) -> str:
        """The schema that it lies in: `app` or `shared`."""
        return "app" if self.is_tenants else "shared"

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Its columns as PostgreSQL has them, in order."""
        first = (TENANT_ID,) if self.is_tenants else ()
        key = (ID,) if self.key == ("id",) else ()
        return (*first, *key, *self.columns, CREATED_AT, UPDATED_AT)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of its primary key; the tenant first."""
        return self.with_tenant(self.key)

    def with_tenant(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Columns with the tenant in front, where the table has one."""
        return ("tenant_id", *columns) if self.is_tenants else columns

"""Where a data command is: the deployment and the revision of a database, and the tenants that it knows."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tenancy.work import Work

ERASED: Final = "erased"
SUSPENDED: Final = "suspended"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database: the revision of its tables, and the deployment that `apply` says it is of ("" before it said so).

    zone: the residency zone whose tenants it takes; "" for every zone. dedicated_tenant: the slug of the only one.
    """

    revision: str
    deployment: str
    zone: str
    dedicated_tenant: str


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A row of `tenancy.tenants`."""

    id: UUID
    slug: str
    name: str
    zone: str
    status: str

    @property
    def is_erased(self) -> bool:
        """Whether only this row is left of it."""
        return self.status == ERASED


def read(work: Work) -> Place:
    """What the database says of itself."""
    revision = work.row("SELECT revision FROM tenancy.revision ORDER BY id DESC LIMIT 1")
    row = work.row("SELECT name, zone, dedicated_tenant FROM tenancy.deployment")
    name, zone, dedicated = row or (None, None, None)
    return Place(
        revision=str(revision[0]) if revision else "",
        deployment=name or "",
        zone=zone or "",
        dedicated_tenant=dedicated or "",
    )


def tenants(work: Work) -> list[Tenant]:
    """Every tenant that the database knows, in the order of ids."""
    return [
        Tenant(id=id_, slug=slug, name=name, zone=zone, status=status)
        for id_, slug, name, zone, status in work.rows(
            "SELECT id, slug, name, zone, status FROM tenancy.tenants ORDER BY id"
        )
    ]


def tenant(work: Work, id_: UUID) -> Tenant | None:
    """One of them."""
    return next((it for it in tenants(work) if it.id == id_), None)


def slug_once_erased(id_: UUID, slug: str) -> str:
    """The slug of a tenant that was erased: whoever knows the old one can still find it, and nobody can read it."""
    return f"erased-{hashlib.sha256(f'{id_}/{slug}'.encode()).hexdigest()[:40]}"

"""A tenant moves from one deployment to another: A exports, B imports, A lets go; erased in A later, by command.

The three steps run where each server is (on Azure: jobs in two networks), so the store is what they share. A lets go
only when it still holds exactly what B took over: rows written in A since the export would be lost.
"""

from collections.abc import Mapping
from uuid import UUID

from tenancy import model
from tenancy.data.bound import Connect, bind, reading
from tenancy.data.relations import found
from tenancy.data.tenants import suspend
from tenancy.data.verifying import Difference, differences, verify
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store


def compare(
    connect: Connect, databases: Mapping[str, model.Database], store: Store, *, name: str, tenant: UUID
) -> list[Difference]:
    """Where the databases of a server do not hold exactly what an export has of a tenant; empty when they do.

    The same question to A and to B: counts and hashes of every table, audit included. Raises RefusedError.
    """
    manifest = verify(store, name)
    different: list[Difference] = []
    for database in manifest.databases:
        with reading(connect, database) as work:
            bind(work, tenant)
            relations = found(work, databases[database])
            different += differences(work, relations, manifest, database, [tenant])
    return different


def let_go(
    connect: Connect, databases: Mapping[str, model.Database], store: Store, *, name: str, tenant: UUID, actor: str
) -> list[str]:
    """In A, after B's import: mark the tenant suspended in every database; gives those that changed.

    Raises RefusedError when A holds other rows than the export by now, with nothing changed.
    """
    if different := compare(connect, databases, store, name=name, tenant=tenant):
        raise RefusedError(
            Fault(
                where=f"database {it.database}",
                what=f"{it}: written since the export",
                allowed="exactly the rows of the export that the other deployment imported",
                next_step="stop the services for this tenant, erase it in the other deployment, and move it again",
            )
            for it in different
        )
    return suspend(connect, databases, tenant, actor)

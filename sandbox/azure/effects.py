"""What a committed write sets in motion outside the store: a Postgres server resource has a real PostgreSQL.

The resource manager calls `Effects.applied` after a create or update is committed and `Effects.removed`
before a delete is written.
`DatabaseServers` is what a fleet of real servers offers; without one the store alone answers (unit tests, previews).
Every method is idempotent: a run killed between commit and effect is finished by `Effects.reconcile`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from .bodies import Body, text_at


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a real PostgreSQL listens: loopback host and TCP port."""

    host: str
    port: int


class DatabaseServers(Protocol):
    """Real PostgreSQL servers behind flexibleServers resources, by the ARM id of the server in lower case.

    A method raises any exception with a message fit for a user when it cannot do its work; the write then fails.
    """

    def ensure(
        self,
        server_id: str,
        name: str,
        version: str,
        *,
        sku_name: str,
        administrator_login: str | None = None,
        administrator_password: str | None = None,
    ) -> Endpoint:
        """Make the server if it is not there, start it if it is not running; version is the major ("18")."""
        ...

    def replicate(self, server_id: str, name: str, source_id: str, *, sku_name: str) -> Endpoint:
        """As `ensure`, for a server that follows another one and takes reads alone."""
        ...

    def delete(self, server_id: str) -> None:
        """Stop the server and remove its data; nothing happens when there is none."""
        ...

    def restart(self, server_id: str) -> None:
        """Stop and start; static parameters take effect."""
        ...

    def create_database(self, server_id: str, name: str) -> None:
        """Nothing happens when the database is there already."""
        ...

    def drop_database(self, server_id: str, name: str) -> None:
        """Nothing happens when there is none."""
        ...

    def set_configuration(self, server_id: str, name: str, value: str | None) -> None:
        """None puts the parameter back to the server's default; static parameters wait for `restart`."""
        ...

    def add_admin(self, server_id: str, object_id: str, principal_name: str, principal_type: str) -> None:
        """principal_type: User, Group or ServicePrincipal."""
        ...

    def remove_admin(self, server_id: str, object_id: str) -> None:
        """Nothing happens when there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One resource: ids in lower case, outputs in the SDK's shape, `hidden` what ARM never returns."""

    token: str
    arm_id: str
    parent_id: str
    name: str
    body: Body
    hidden: Body


Put = Callable[[DatabaseServers, Applied], None]
Delete = Callable[[DatabaseServers, Applied], None]


def _ensure_server(servers: DatabaseServers, resource: Applied) -> None:
    if source_id := text_at(resource.body, "sourceServerResourceId"):
        sku_name = text_at(resource.body, "sku.name") or ""
        servers.replicate(resource.arm_id, resource.name, source_id, sku_name=sku_name)
        return
    servers.ensure(
        resource.arm_id,
        resource.name,
        text_at(resource.body, "version") or "",
        sku_name=text_at(resource.body, "sku.name") or "",
        administrator_login=text_at(resource.body, "administratorLogin"),
        administrator_password=text_at(resource.hidden, "administratorLoginPassword"),
    )


def _set_configuration(servers: DatabaseServers, resource: Applied) -> None:
    servers.set_configuration(resource.parent_id, resource.name, text_at(resource.body, "value"))


def _add_admin(servers: DatabaseServers, resource: Applied) -> None:
    servers.add_admin(
        resource.parent_id,
        resource.name,
        text_at(resource.body, "principalName") or "",
        text_at(resource.body, "principalType") or "",
    )


PUT: Mapping[str, Put] = {
    "dbforpostgresql:Server": _ensure_server,
    "dbforpostgresql:Database": lambda servers, it: servers.create_database(it.parent_id, it.name),
    "dbforpostgresql:Configuration": _set_configuration,
    "dbforpostgresql:AdministratorsMicrosoftEntra": _add_admin,
}
DELETE: Mapping[str, Delete] = {
    "dbforpostgresql:Server": lambda servers, it: servers.delete(it.arm_id),
    "dbforpostgresql:Database": lambda servers, it: servers.drop_database(it.parent_id, it.name),
    "dbforpostgresql:Configuration": lambda servers, it: servers.set_configuration(it.parent_id, it.name, None),
    "dbforpostgresql:AdministratorsMicrosoftEntra": lambda servers, it: servers.remove_admin(it.parent_id, it.name),
}


@dataclass(frozen=True)
class Effects:
    """The effects on the given servers; with None nothing real is touched."""

    servers: DatabaseServers | None = None

    def applied(self, resource: Applied) -> None:
        """A create or update is on disk."""
        self._run(PUT, resource)

    def removed(self, resource: Applied) -> None:
        """A delete has been admitted."""
        self._run(DELETE, resource)

    def reconcile(self, resources: Iterable[Applied]) -> None:
        """Bring the real servers to what the store says; `resources` come parents first."""
        for resource in resources:
            self.applied(resource)

    def _run(self, table: Mapping[str, Put], resource: Applied) -> None:
        if self.servers is not None and (effect := table.get(resource.token)):
            effect(self.servers, resource)

"""A real PostgreSQL for every Microsoft.DBforPostgreSQL/flexibleServers resource of a sandbox.

`PostgresFleet` is what `sandbox.azure.effects.DatabaseServers` asks for, and the actions that ARM offers on a server.
Each method is idempotent and safe against others at work on the same server, in this process or another.

What Azure has and this has not: TLS (the wheel is built without: require_secure_transport is kept, not enforced),
PgBouncer, promotion of a replica, backups, major version upgrades; tokens that expire, MFA, membership of groups (a
group's own token signs in as the group), security labels; collations (text is ordered by code point); the right of
azure_pg_admin to touch what other roles own, and the refusals to grant a role to azure_pg_admin or to drop an extension
that is not allow-listed. pgaudit is a name: it can be created and set up as on Azure, and writes no audit line.
"""

import contextlib
import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandbox.azure.effects import Endpoint
from sandbox.azure.errors import ArmError, NotModelledError

from . import configurations, data_directory, entra, replication, superuser
from .engine import engine
from .postmaster import Postmaster, socket_directory
from .records import LOOPBACK, Records, Server, State, port_is_free

_PRINCIPAL_TYPES: Final = {"user": "user", "group": "group", "serviceprincipal": "service"}
_PORT_TRIES: Final = 5
# Databases that come with a server; ARM neither makes nor drops them.
_SYSTEM_DATABASES: Final = frozenset({"azure_maintenance", "azure_sys", "postgres", "template0", "template1"})


class PostgresFleet:
    """The PostgreSQL servers of the sandbox at `home`, by the ARM id of their resource (compared without case)."""

    def __init__(self, home: Path) -> None:
        self._records = Records(home.resolve() / "pg")

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
        """Make the server unless it is there, and start it unless it runs or was stopped on purpose.

        version: the major, "16" or "18"; another than the server's is refused. With an administrator_login passwords
        are taken over TCP, without one only access tokens. Costs no process when all is as it should be.
        """
        server_id = server_id.lower()
        known = self._records.find(server_id)
        mark = entra.mark(self._records.pg_home, administrator_password or "") if administrator_login else ""
        if known and self._as_wanted(known, version, sku_name, administrator_login, mark):
            return _endpoint(known)
        with self._records.locked(server_id):
            server = self._records.find(server_id) or self._create(server_id, name, version, sku_name)
            if str(server.version) != version:
                raise NotModelledError(
                    f"server {server.name} runs PostgreSQL {server.version}; the sandbox does not upgrade it to "
                    f"{version}: replace the server"
                )
            wanted = replace(server, name=name, sku_name=sku_name, administrator_login=administrator_login)
            self._records.put(wanted)
            if wanted.state == "Stopped":
                return _endpoint(wanted)
            server = self._running(wanted)
            self._apply_settings(server)
            if server.administrator_mark != mark:
                if administrator_login:
                    with self._connection(server) as connection:
                        superuser.put_password_administrator(
                            connection, administrator_login, administrator_password or ""
                        )
                self._records.put(replace(server, administrator_mark=mark))
            return _endpoint(server)

    def replicate(self, server_id: str, name: str, source_id: str, *, sku_name: str) -> Endpoint:
        """Make a read replica of another server unless it is there, and start it unless it was stopped on purpose.

        It has the version and the parameters that its primary has at that moment.
        """
        server_id = server_id.lower()
        with self._locked(source_id) as known:
            self.require_started(source_id)
            source = self._running(known)
            with self._records.locked(server_id):
                server = self._records.find(server_id) or self._copy(server_id, name, source)
                wanted = replace(server, name=name, sku_name=sku_name)
                self._records.put(wanted)
                if wanted.state == "Ready":
                    wanted = self._running(wanted)
                    self._apply_settings(wanted)
                return _endpoint(wanted)

    def delete(self, server_id: str) -> None:
        """Stop the server and remove its data; nothing happens when there is none."""
        known = self._records.find(server_id)
        source_id = known.source_id if known else ""
        with contextlib.ExitStack() as locks:
            for busy in filter(None, (source_id, server_id)):
                locks.enter_context(self._records.locked(busy))
            directory = self._records.directory(server_id)
            if (server := self._records.find(server_id)) is not None:
                self._postmaster(server).stop(discard=True)
            if source_id and (source := self._records.find(source_id)) is not None and source.state == "Ready":
                source = self._running(source)
                replication.forget(server_id, self._postmaster(source), source.port)
            if directory.exists():
                shutil.rmtree(socket_directory(directory), ignore_errors=True)
                (directory / "server.json").unlink(missing_ok=True)  # from here on it is not a server any more
                shutil.rmtree(directory)

    def status(self, server_id: str) -> State | None:
        """The server's state in ARM's words; None when there is no such server."""
        server = self._records.find(server_id)
        return server.state if server else None

    def server_ids(self) -> frozenset[str]:
        """The ARM ids, in lower case, of all that has a server here: one that the store has not is left over."""
        return frozenset(server.server_id for server in self._records.all())

    def require_started(self, server_id: str) -> None:
        """ArmError unless the server is started.

        https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server
        """
        self._require(server_id, "Ready", "ServerIsNotReady", "Restart or Stop Server can only be performed on Started")

    def require_stopped(self, server_id: str) -> None:
        """ArmError unless the server is stopped.

        https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-start-server
        """
        self._require(server_id, "Stopped", "ServerIsNotStopped", "Start Server can only be performed on Stopped")

    def restart(self, server_id: str) -> None:
        """Stop and start; what waits for a restart takes effect. ArmError unless the server is started."""
        with self._locked(server_id) as server:
            self.require_started(server_id)
            self._postmaster(server).stop()
            self._running(server)

    def stop(self, server_id: str) -> None:
        """Stop the server, and keep it stopped until `start`. ArmError unless it is started."""
        with self._locked(server_id) as server:
            self.require_started(server_id)
            self._postmaster(server).stop()
            self._records.put(replace(server, state="Stopped"))

    def start(self, server_id: str) -> None:
        """Start a server that was stopped; ArmError when it is not stopped."""
        with self._locked(server_id) as server:
            self.require_stopped(server_id)
            self._records.put(replace(server, state="Ready"))
            self._running(replace(server, state="Ready"))

    def create_database(
        self, server_id: str, name: str, *, charset: str = "UTF8", collation: str = "en_US.utf8"
    ) -> None:
        """Make a database; nothing happens when it is there. `collation` is taken and not applied."""
        if charset.upper().replace("-", "") != "UTF8":
            raise NotModelledError(f"the sandbox makes databases in UTF8 only, not in {charset} ({collation})")
        with self._connected(server_id) as connection:
            superuser.create_database(connection, name, self._found(server_id).administrator_login)

    def drop_database(self, server_id: str, name: str) -> None:
        """Drop a database and end the sessions in it; nothing happens when there is no such database or server."""
        if self._records.find(server_id) is None:
            return
        if name in _SYSTEM_DATABASES:
            raise ArmError(400, "InvalidParameterValue", f"Database '{name}' is a system database.")
        with self._connected(server_id) as connection:
            superuser.drop_database(connection, name)

    def set_configuration(self, server_id: str, name: str, value: str | None) -> None:
        """Set a server parameter, or with None put it back to its default. Static ones wait for `restart`."""
        if value is None and self._records.find(server_id) is None:
            return
        with self._locked(server_id) as server:
            chosen = {key: kept for key, kept in server.configurations.items() if key != name}
            if value is not None:
                chosen[name] = configurations.accept(name, value, version=server.version, sku_name=server.sku_name)
            if chosen != server.configurations:
                changed = replace(server, configurations=chosen)
                self._records.put(changed)
                self._apply_settings(changed)

    def pending_restart(self, server_id: str) -> frozenset[str]:
        """The static parameters whose value waits for a restart (ARM's isConfigPendingRestart)."""
        with self._connected(server_id) as connection:
            return superuser.pending_restart(connection)

    def add_admin(self, server_id: str, object_id: str, principal_name: str, principal_type: str) -> None:
        """Make an Entra principal (type User, Group or ServicePrincipal) an administrator of the server."""
        kind = _PRINCIPAL_TYPES.get(principal_type.lower())
        if kind is None:
            raise ArmError(
                400,
                "InvalidParameterValue",
                f"Invalid value given for parameter principalType: '{principal_type}'. "
                "Allowed values are 'User,Group,ServicePrincipal'.",
            )
        with self._connected(server_id) as connection:
            superuser.put_entra_administrator(connection, principal_name, object_id, kind)

    def remove_admin(self, server_id: str, object_id: str) -> None:
        """Take the principal's role away; nothing happens when there is no such administrator or server."""
        if self._records.find(server_id) is not None:
            with self._connected(server_id) as connection:
                superuser.delete_entra_administrator(connection, object_id)

    def _require(self, server_id: str, state: State, code: str, what: str) -> None:
        server = self._found(server_id)
        if server.state != state:
            told = f"{what} servers. Server Name = {server.name}, Current Server State = {server.state}"
            raise ArmError(400, code, told)

    def _as_wanted(self, server: Server, version: str, sku_name: str, login: str | None, mark: str) -> bool:
        wanted = replace(server, sku_name=sku_name, administrator_login=login, administrator_mark=mark)
        if server != wanted or str(server.version) != version:
            return False
        return server.state == "Stopped" or (self._postmaster(server).is_ready() and self._socket(server).exists())

    def _create(self, server_id: str, name: str, version: str, sku_name: str) -> Server:
        made = engine(self._records.pg_home, int(version) if version.isdigit() else 0)
        configurations.max_connections(sku_name)  # refuses a compute size that is unknown, before anything is made
        data_directory.prepare(self._records, made)
        directory = self._records.directory(server_id)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        data_directory.create(self._records, made, directory / "data")
        with self._records.locked("ports"):
            port = self._records.free_port(server_id)
            server = Server(server_id=server_id, name=name, version=made.version, sku_name=sku_name, port=port)
            self._records.put(server)
        return server

    def _copy(self, server_id: str, name: str, source: Server) -> Server:
        """A replica's directory and record; the source runs, and answers to replicas once its settings are written."""
        self._apply_settings(source)
        directory = self._records.directory(server_id)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        replication.copy(server_id, self._postmaster(source), source.port, directory / "data")
        with self._records.locked("ports"):
            port = self._records.free_port(server_id)
            server = replace(source, server_id=server_id, name=name, port=port, source_id=source.server_id)
            self._records.put(server)
        return server

    def _running(self, server: Server) -> Server:
        """The server, started if it does not run; on another port where a foreign program has taken its own."""
        postmaster = self._postmaster(server)
        if postmaster.is_ready():
            if self._socket(server).exists():
                return server
            postmaster.stop()  # something swept /tmp: without its socket the stand-in cannot reach it
        data_directory.prepare(self._records, postmaster.engine)
        if postmaster.pid() is None:
            for _ in range(_PORT_TRIES):
                if port_is_free(server.port):
                    break
                with self._records.locked("ports"):
                    server = replace(server, port=self._records.free_port(server.server_id, after=server.port))
                    self._records.put(server)
        self._apply_settings(server)
        postmaster.start()
        return server

    def _apply_settings(self, server: Server) -> None:
        """Write the settings; a running server takes over what needs no restart."""
        postmaster = self._postmaster(server)
        source = self._records.find(server.source_id) if server.source_id else None
        more = replication.settings(server.server_id, self._postmaster(source), source.port) if source else {}
        data_directory.write_settings(postmaster.data, server, postmaster.sockets, more)
        postmaster.reload()

    def _postmaster(self, server: Server) -> Postmaster:
        directory = self._records.directory(server.server_id)
        made = engine(self._records.pg_home, server.version)
        sockets = socket_directory(directory)
        return Postmaster(engine=made, data=directory / "data", sockets=sockets, log=directory / "server.log")

    def _socket(self, server: Server) -> Path:
        return self._postmaster(server).sockets / f".s.PGSQL.{server.port}"

    @contextlib.contextmanager
    def _connected(self, server_id: str) -> Generator[superuser.Connection, None, None]:
        """A superuser's connection to the server, which is locked meanwhile and started if need be."""
        with self._locked(server_id) as server:
            self.require_started(server_id)
            with self._connection(self._running(server)) as connection:
                yield connection

    def _connection(self, server: Server) -> contextlib.AbstractContextManager[superuser.Connection]:
        return superuser.connected(self._postmaster(server).sockets, server.port)

    @contextlib.contextmanager
    def _locked(self, server_id: str) -> Generator[Server, None, None]:
        with self._records.locked(server_id):
            yield self._found(server_id)

    def _found(self, server_id: str) -> Server:
        server = self._records.find(server_id)
        if server is None:
            message = f"The Resource '{server_id}' has no PostgreSQL server in this sandbox."
            raise ArmError(404, "ResourceNotFound", message)
        return server


def _endpoint(server: Server) -> Endpoint:
    return Endpoint(host=LOOPBACK, port=server.port)

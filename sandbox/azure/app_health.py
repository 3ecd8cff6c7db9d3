"""What `/health` of a service would answer, part by part: database, cache, hubs, storage, vault.

No image of a service runs in the sandbox. What is looked at is all that the answer hangs on outside of the image: that
each thing which the app's own variables and secrets name is there, is started, and leads to a private endpoint, or a
server, that its environment's network reaches. What the image itself does with them is not modelled.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.azure.bodies import at, objects_at
from sandbox.azure.jobs.reach import UnreachableError, endpoint_named, server_named
from sandbox.azure.model import Record, World

Status = Callable[[str], str | None]
"""State of a PostgreSQL server by its ARM id, in ARM's words."""


@dataclass(frozen=True)
class Part:
    """One part of the answer. flaw: why it does not work; empty where it does."""

    name: str
    flaw: str = ""


def parts_of(app: Record, world: World, status: Status) -> list[Part]:
    """The parts that an app is told of."""
    environment = world.find(str(at(app.outputs, "environmentId") or ""))
    if environment is None:
        return [Part("environment", "it is gone")]
    told = _variables(app)
    return [
        Part(name, _flaw(check(environment, app, told, world, status)))
        for name, check in _CHECKS.items()
        if any(key in told for key in _TOLD[name]) or (name == "vault" and _secrets(app))
    ]


def _flaw(found: Iterator[str]) -> str:
    """The first thing that is wrong."""
    try:
        return next(found, "")
    except UnreachableError as error:
        return str(error)


def _database(environment: Record, _: Record, told: Mapping[str, str], world: World, status: Status) -> Iterator[str]:
    server = server_named(world, environment, told["POSTGRES_HOST"])
    if (state := status(server.arm_id)) != "Ready":
        yield f"server {server.name} is {state}"
    there = {it.name for it in world.children(server.arm_id, "dbforpostgresql:Database")}
    yield from (f"database {it} is gone" for it in _listed(told, "POSTGRES_DATABASES") if it not in there)


def _cache(environment: Record, _: Record, told: Mapping[str, str], world: World, __: Status) -> Iterator[str]:
    host = told["REDIS_HOST"]
    if all(at(it.outputs, "hostName") != host for it in world.of_type("redisenterprise:RedisEnterprise")):
        yield f"no cache has the name {host}"
    endpoint_named(world, environment, host)


def _hubs(environment: Record, _app: Record, told: Mapping[str, str], world: World, _status: Status) -> Iterator[str]:
    there = {(it.name, it.parent.rpartition("/")[2]) for it in world.of_type("eventhub:EventHub")}
    for key in _TOLD["hubs"]:
        for pair in _listed(told, key):
            hub, _, broker = pair.partition("=")
            host = broker.partition(":")[0]
            if (hub, host.partition(".")[0].lower()) not in there:
                yield f"hub {hub} of {host} is gone"
            endpoint_named(world, environment, host)


def _storage(environment: Record, _: Record, told: Mapping[str, str], world: World, __: Status) -> Iterator[str]:
    host = urlsplit(told["BLOB_ENDPOINT"]).hostname or ""
    endpoint_named(world, environment, host)
    account = f"/storageaccounts/{host.partition('.')[0]}/"
    there = {it.name for it in world.of_type("storage:BlobContainer") if account in it.arm_id.lower()}
    yield from (f"container {it} is gone" for it in _listed(told, "BLOB_CONTAINERS") if it not in there)


def _vault(environment: Record, app: Record, _: Mapping[str, str], world: World, __: Status) -> Iterator[str]:
    there = {(it.parent.rpartition("/")[2], it.name.lower()): it for it in world.of_type("keyvault:Secret")}
    for uri in _secrets(app):
        url = urlsplit(uri)
        host, name = url.hostname or "", url.path.removeprefix("/secrets/").partition("/")[0]
        found = there.get((host.partition(".")[0], name.lower()))
        if found is None:
            yield f"secret {name} of {host} is gone"
        elif at(found.outputs, "properties.attributes.enabled") is False:
            yield f"secret {name} of {host} is disabled"
        endpoint_named(world, environment, host)


_Check = Callable[[Record, Record, Mapping[str, str], World, Status], Iterator[str]]
_CHECKS: Final[Mapping[str, _Check]] = {
    "database": _database,
    "cache": _cache,
    "hubs": _hubs,
    "storage": _storage,
    "vault": _vault,
}
# By which variables a service is told of a part (deployments/services.py); the vault's are its secrets.
_TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "database": ("POSTGRES_HOST",),
    "cache": ("REDIS_HOST",),
    "hubs": ("KAFKA_SENDS", "KAFKA_RECEIVES", "KAFKA_DEAD_LETTERS"),
    "storage": ("BLOB_ENDPOINT",),
    "vault": (),
}


def _variables(app: Record) -> dict[str, str]:
    found: dict[str, Any] = {
        str(it.get("name")): it.get("value")
        for container in objects_at(app.inputs, "template.containers")
        for it in objects_at(container, "env")
    }
    return {name: str(value) for name, value in found.items() if value}


def _secrets(app: Record) -> list[str]:
    return [str(it["keyVaultUrl"]) for it in objects_at(app.inputs, "configuration.secrets") if it.get("keyVaultUrl")]


def _listed(told: Mapping[str, str], key: str) -> list[str]:
    return [it for it in told.get(key, "").split(",") if it]

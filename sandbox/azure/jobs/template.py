"""What an execution runs: the job's template or the one that its start was given, with what its variables stand for.

https://learn.microsoft.com/azure/container-apps/jobs#start-a-job-execution-on-demand
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.catalog.common import assigned_identities
from sandbox.azure.catalog.key_vault import find_secret
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.model import Record, World

from .identity_endpoint import Identity
from .reach import UnreachableError, endpoint_named, server_named

# What of a start's template the sandbox looks at; `containers` is all that Azure's has beside `initContainers`.
_KEYS: Final = frozenset({"name", "image", "args", "env", "resources"})
POSTGRES_HOST: Final = "POSTGRES_HOST"
TENANCY_STORE: Final = "TENANCY_STORE"
TENANCY_BLOBS: Final = "TENANCY_BLOBS"
TENANCY_VAULT: Final = "TENANCY_VAULT"


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A PostgreSQL server that a container means by POSTGRES_HOST: its id, or why it is not reached."""

    host: str
    server_id: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ReachedEndpoint:
    """A storage account or a vault that a container means by a variable; `reason`: why it is not reached."""

    host: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One container, ready to be run. `environment` may hold secrets, so a repr has none of it.

    `arguments`: None where the image's own hold. `timeout`: seconds that a try may take. `tries`: at most.
    """

    image: str
    arguments: list[str] | None
    environment: Mapping[str, str] = field(repr=False)
    identities: tuple[Identity, ...]
    server: Reached | None
    blobs: ReachedEndpoint | None
    vault: ReachedEndpoint | None
    timeout: float
    tries: int


def template_of(job: Record, body: Body) -> Body:
    """The template of an execution; a start that gives one has it whole, nothing of the job's is merged in.

    Raises ArmError for a container without an image, NotModelledError for what the sandbox does not look at.
    """
    if not body:
        return dict(at(job.inputs, "template") or {})
    given = objects_at(body, "containers")
    unknown = {*body} - {"containers"} | {name for item in given for name in item if name not in _KEYS}
    if unknown or len(given) != 1:
        raise NotModelledError(
            f"the sandbox starts jobs with one container of {', '.join(sorted(_KEYS))}: "
            f"not with {', '.join(sorted(unknown)) or f'{len(given)} containers'}"
        )
    if not given[0].get("image"):
        raise ArmError(
            400, "ContainerAppImageRequired", f"Container with name '{given[0].get('name')}' must have an 'Image'."
        )
    return {"containers": given}


def run_of(job: Record, template: Body, world: World) -> Run:
    """What to run for a template of the job. Raises NotModelledError for what only a container runtime could run."""
    containers = objects_at(template, "containers")
    extra = [name for name in ("initContainers", "volumes") if template.get(name)]
    extra += [name for name in ("command", "volumeMounts") if any(item.get(name) for item in containers)]
    if extra or len(containers) != 1:
        raise NotModelledError(f"the sandbox runs one container as its image says: no {', '.join(extra) or 'others'}")
    variables = _variables(job, containers[0], world)
    return Run(
        image=str(containers[0].get("image")),
        arguments=[str(it) for it in containers[0]["args"]] if containers[0].get("args") else None,
        environment=variables,
        identities=tuple(_identities(job, world)),
        server=_reached(job, variables.get(POSTGRES_HOST), world),
        blobs=_endpoint(job, [variables.get(TENANCY_STORE, ""), *variables.get(TENANCY_BLOBS, "").split()], world),
        vault=_endpoint(job, [variables.get(TENANCY_VAULT, "")], world),
        timeout=float(at(job.inputs, "configuration.replicaTimeout") or 0),
        tries=1 + int(at(job.inputs, "configuration.replicaRetryLimit") or 0),
    )


def _variables(job: Record, container: Body, world: World) -> dict[str, str]:
    secrets = {str(it.get("name")): it for it in objects_at(job.inputs, "configuration.secrets")}
    found: dict[str, str] = {}
    for variable in objects_at(container, "env"):
        reference = variable.get("secretRef")
        value: Any = _secret(secrets[str(reference)], world) if reference else variable.get("value")
        found[str(variable.get("name"))] = "" if value is None else str(value)
    return found


def _secret(secret: Body, world: World) -> str:
    """The value of an app secret: its own, or the vault's."""
    uri = secret.get("keyVaultUrl")
    if not uri:
        return str(secret.get("value") or "")
    found = find_secret(str(uri), world)
    if found is None:
        raise NotModelledError(f"secret {secret.get('name')} refers to {uri}, which is not there any more")
    return str(found.hidden.get("value") or "")


def _identities(job: Record, world: World) -> list[Identity]:
    found = [world.find(it) for it in assigned_identities(job.inputs)]
    return [
        Identity(
            arm_id=arm_ids.key(it.arm_id),
            client_id=str(at(it.outputs, "clientId")),
            principal_id=str(at(it.outputs, "principalId")),
        )
        for it in found
        if it is not None
    ]


def _endpoint(job: Record, urls: Sequence[str], world: World) -> ReachedEndpoint | None:
    """Whether all the hosts of these URLs are reached; the first that is not."""
    hosts = [url.hostname for it in urls if (url := urlsplit(it)).scheme == "https" and url.hostname]
    if not hosts:
        return None
    environment = world.find(str(at(job.inputs, "environmentId")))
    if environment is None:
        return ReachedEndpoint(host=hosts[0], reason=f"{hosts[0]} does not resolve: the job's environment is gone")
    for host in hosts:
        try:
            endpoint_named(world, environment, host)
        except UnreachableError as error:
            return ReachedEndpoint(host=host, reason=str(error))
    return ReachedEndpoint(host=hosts[0])


def _reached(job: Record, host: str | None, world: World) -> Reached | None:
    if host is None:
        return None
    environment = world.find(str(at(job.inputs, "environmentId")))
    if environment is None:
        return Reached(host=host, reason=f"{host} does not resolve: the job's environment is gone")
    try:
        return Reached(host=host, server_id=arm_ids.key(server_named(world, environment, host).arm_id))
    except UnreachableError as error:
        return Reached(host=host, reason=str(error))

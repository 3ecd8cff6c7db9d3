"""Whether the image of a container can be pulled: Azure tries when an app or a job is written.

What is upstream, since no upstream registry can be reached from here:
- `PUBLIC_IMAGES`, and every reference that the sandbox was told of (Store.set("image", reference, ""));
- every reference by digest below the source of a cache rule: it is taken as there, whether it is or not. A sandbox says
  otherwise of one with Store.set("image-missing", reference, ""), the reference as it is upstream or here.

A registry of this cloud serves what its cache rules cover, to an identity that the app names for it and that may pull,
over a network that reaches it. https://learn.microsoft.com/azure/container-registry/artifact-cache-overview and
https://learn.microsoft.com/azure/container-apps/managed-identity-image-pull
Not modelled: sign-in with a password, pushed images (but by "image"), what stays cached when its rule is gone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, objects_at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Record, World, Write

from .common import rule
from .container_bodies import TEMPLATE, every_container, principal_behind, template_error
from .environments import environment_of
from .private_link import APPROVED, endpoints_of, sees_endpoint
from .role_definitions import ROLES, holds_role

_PULL = "https://learn.microsoft.com/azure/container-apps/managed-identity-image-pull"
# Public images of the upstream registry that every environment can pull.
PUBLIC_IMAGES = frozenset(
    {
        "mcr.microsoft.com/k8se/quickstart:latest",
        "mcr.microsoft.com/k8se/quickstart-jobs:latest",
        "mcr.microsoft.com/azuredocs/containerapps-helloworld:latest",
        "mcr.microsoft.com/azuredocs/aci-helloworld:latest",
    }
)
# Upstream repositories that anybody may pull: cache rules reach them without a credential, and so does an app that
# names no registry of this cloud. Any digest below is taken as there, as below the source of a cache rule.
PUBLIC_REPOSITORIES = ("ghcr.io/complianceflow/",)
REGISTRY_HOSTS = ".azurecr.io"
# Upstream registries that serve the cache only with a credential set: artifact-cache-overview#upstream-support.
_WANT_CREDENTIALS = frozenset({"docker.io"})
# https://learn.microsoft.com/azure/container-registry/container-registry-rbac-built-in-roles-overview
_PULLERS = ("AcrPull", "AcrPush", "Reader", "Contributor", "Owner")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_UNKNOWN = (
    "MANIFEST_UNKNOWN: manifest unknown; the registry has no such image "
    '(in the sandbox: Store.set("image", reference, ""))'
)
_UNAUTHORIZED = "UNAUTHORIZED: authentication required, visit https://aka.ms/acr/authorization for more information"


@dataclass(frozen=True)
class Reference:
    """An image's name in its parts; `version` with the sign before it: `@sha256:...`, `:latest`."""

    host: str
    repository: str
    version: str

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """The parts of a reference; a host is known by its dot or port, as by container runtimes."""
        head, at_sign, digest = text.partition("@")
        host, slash, rest = head.partition("/")
        if not slash or not ("." in host or ":" in host or host == "localhost"):
            host, rest = "docker.io", head
        repository, colon, tag = rest.partition(":")
        version = f"@{digest}" if at_sign else f":{tag}" if colon else ":latest"
        return cls(host.lower(), repository, version)

    @property
    def text(self) -> str:
        """The reference in full."""
        return f"{self.host}/{self.repository}{self.version}"

    @property
    def by_digest(self) -> bool:
        """True if the reference says exactly which image it means."""
        return bool(_DIGEST.fullmatch(self.version.removeprefix("@")))


@rule(TEMPLATE, _PULL)
def images_exist(write: Write) -> None:
    """Azure pulls each image's manifest when the app is written: one that cannot be pulled is refused."""
    for item in every_container(write.body):
        image = str(item.get("image") or "")
        if (problem := _problem(image, write)) is not None:
            raise template_error(f"template.containers.{item.get('name')}.image", image, problem)


def _problem(image: str, write: Write) -> str | None:
    """Why an image cannot be pulled, in the words of the registry; None when it can."""
    reference = Reference.parse(image)
    if _said_missing(reference, write.world):
        return _UNKNOWN
    if not reference.host.endswith(REGISTRY_HOSTS):
        return None if _known(image, reference, write.world) else _UNKNOWN
    registry = registry_of(reference.host, write.world)
    if registry is None:
        return f'Get "https://{reference.host}/v2/": dial tcp: lookup {reference.host}: no such host'
    return (
        _closed(registry, write) or _not_allowed(registry, reference.host, write) or _absent(registry, reference, write)
    )


def aliases(image: str, world: World) -> set[str]:
    """Every name of an image by which a fact of the sandbox may be told: as written, in full, and as it is upstream."""
    reference = Reference.parse(image)
    registry = registry_of(reference.host, world) if reference.host.endswith(REGISTRY_HOSTS) else None
    upstream = [it.text for _, it in _upstreams(registry, reference, world)] if registry else []
    return {image, reference.text, *upstream}


def registry_of(host: str, world: World) -> Record | None:
    """The registry behind a login server."""
    for registry in world.of_type("containerregistry:Registry"):
        if str(at(registry.outputs, "loginServer")) == host:
            return registry
    return None


def _known(image: str, reference: Reference, world: World) -> bool:
    published = reference.by_digest and reference.text.startswith(PUBLIC_REPOSITORIES)
    return (
        published
        or image in PUBLIC_IMAGES
        or any(world.setting("image", text) is not None for text in {image, reference.text})
    )


def _said_missing(reference: Reference, world: World) -> bool:
    return world.setting("image-missing", reference.text) is not None


def _closed(registry: Record, write: Write) -> str | None:
    """A registry without public access is reached by an endpoint in the environment's network, by name."""
    if at(registry.outputs, "publicNetworkAccess") != "Disabled":
        return None
    subnet = str(at(environment_of(write).outputs, "vnetConfiguration.infrastructureSubnetId") or "")
    network = arm_ids.parent(subnet) if subnet else ""
    for endpoint, state in endpoints_of(registry, write.world):
        if network and state == APPROVED and sees_endpoint(network, endpoint, write.world):
            return None
    return (
        f"DENIED: client with IP is not allowed access to {at(registry.outputs, 'loginServer')}: public access is "
        "disabled, and the network of the environment has no approved private endpoint with a linked zone. Refer "
        "https://aka.ms/acr/firewall to grant access"
    )


def _not_allowed(registry: Record, host: str, write: Write) -> str | None:
    for item in objects_at(write.body, "configuration.registries"):
        if str(item.get("server") or "").lower() != host:
            continue
        if item.get("passwordSecretRef"):
            raise NotModelledError(f"registry {host} of {write.name}: sign-in with a password is not modelled")
        principal = principal_behind(write, str(item.get("identity") or ""))
        may = principal and any(holds_role(write.world, principal, ROLES[role], registry.arm_id) for role in _PULLERS)
        return None if may else f"{_UNAUTHORIZED}: the identity of {host} may not pull"
    return f"{_UNAUTHORIZED}: no identity is named for {host}"


def _absent(registry: Record, reference: Reference, write: Write) -> str | None:
    world = write.world
    if world.setting("image", reference.text) is not None:
        return None
    for cache, upstream in _upstreams(registry, reference, world):
        if upstream.host in _WANT_CREDENTIALS:
            return f"UNAUTHORIZED: authentication required with source registry for cache rule '{cache.name}'"
        if _said_missing(upstream, world):
            return _UNKNOWN
        return None if upstream.by_digest or _known(upstream.text, upstream, world) else _UNKNOWN
    return _UNKNOWN


def _upstreams(registry: Record, reference: Reference, world: World) -> Iterator[tuple[Record, Reference]]:
    """The cache rules that cover a repository and what it is upstream; the rule without a star comes first."""
    rules = world.children(registry.arm_id, "containerregistry:CacheRule")
    for cache in sorted(rules, key=lambda found: str(at(found.inputs, "targetRepository")).endswith("*")):
        source, target = (str(at(cache.inputs, f"{end}Repository")) for end in ("source", "target"))
        stem = target.removesuffix("*")
        if reference.repository == target or (stem != target and reference.repository.startswith(stem)):
            path = source.removesuffix("*") + reference.repository.removeprefix(stem) if stem != target else source
            yield cache, Reference.parse(f"{path}{reference.version}")

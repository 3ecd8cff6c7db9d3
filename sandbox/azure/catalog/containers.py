"""What an app and a job have in common: containers, images, sizes, secrets, registries.

https://learn.microsoft.com/azure/container-apps/containers and
https://learn.microsoft.com/azure/container-apps/manage-secrets
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Computed, Record, Reference, Serial, Write

from .common import UNVERIFIED_CODE, assigned_identities, refuse, region, rule
from .environments import environment_of
from .key_vault import find_secret, secret_of_uri
from .role_definitions import ROLES, holds_role

TEMPLATE = "InvalidParameterValueInContainerTemplate"
_CONTAINERS = "https://learn.microsoft.com/azure/container-apps/containers"
_SECRETS = "https://learn.microsoft.com/azure/container-apps/manage-secrets"
_PULL = "https://learn.microsoft.com/azure/container-apps/managed-identity-image-pull"
# vCPU and memory of all containers together on the Consumption profile: _CONTAINERS#allocations.
SIZES = {cpu / 4: f"{cpu / 2:g}Gi" for cpu in range(1, 17)}
# Public images of the upstream registry that every environment can pull; a sandbox adds its own (kind "image").
PUBLIC_IMAGES = frozenset(
    {
        "mcr.microsoft.com/k8se/quickstart:latest",
        "mcr.microsoft.com/k8se/quickstart-jobs:latest",
        "mcr.microsoft.com/azuredocs/containerapps-helloworld:latest",
        "mcr.microsoft.com/azuredocs/aci-helloworld:latest",
    }
)
_SECRET_READERS = ("Key Vault Secrets User", "Key Vault Secrets Officer", "Key Vault Administrator")


def _template_error(path: str, value: object, why: str) -> ArmError:
    return ArmError(
        400,
        TEMPLATE,
        "The following field(s) are either invalid or missing. "
        f"Field '{path}' is invalid with details: 'Invalid value: \"{value}\": {why}';.",
    )


def containers(body: Body) -> list[Body]:
    """The containers that run together, without those that run first."""
    return objects_at(body, "template.containers")


@rule("ContainerAppCreateMustContainContainer", _CONTAINERS)
def has_containers(write: Write) -> None:
    """An app or job without a container is refused."""
    refuse(
        not containers(write.body),
        400,
        "ContainerAppCreateMustContainContainer",
        f"Must specify atleast one container for {write.name}.",
    )


def _gigabytes(text: object) -> float:
    value = str(text or "0Gi")
    if not value.endswith("Gi"):
        raise _template_error("template.containers.resources.memory", value, "memory is given in Gi.")
    return float(value.removesuffix("Gi"))


def _is_consumption(write: Write) -> bool:
    wanted = at(write.body, "workloadProfileName") or "Consumption"
    profiles = objects_at(environment_of(write).outputs, "workloadProfiles")
    return any(
        profile.get("name") == wanted and profile.get("workloadProfileType") == "Consumption" for profile in profiles
    )


@rule("WorkloadProfileNotFound", "https://learn.microsoft.com/azure/container-apps/workload-profiles-overview")
def profile_exists(write: Write) -> None:
    """The profile that an app asks for is one of its environment's."""
    wanted = at(write.body, "workloadProfileName") or "Consumption"
    environment = environment_of(write)
    offered = [profile.get("name") for profile in objects_at(environment.outputs, "workloadProfiles")]
    refuse(
        wanted not in offered,
        400,
        "WorkloadProfileNotFound",
        f"Workload profile '{wanted}' was not found in environment {environment.name}; it has "
        f"{', '.join(map(str, offered))}.",
    )


@rule(("ContainerAppInvalidResourceTotal", TEMPLATE), _CONTAINERS + "#allocations")
def size_is_offered(write: Write) -> None:
    """VCPU and memory of all containers together are one of the pairs of the Consumption profile."""
    if not _is_consumption(write):
        return
    found = containers(write.body)
    # What a container leaves out is half a vCPU and one gibibyte.
    cpu = sum(float(at(item, "resources.cpu") or 0.5) for item in found)
    memory = sum(_gigabytes(at(item, "resources.memory") or "1Gi") for item in found)
    pairs = ", ".join(f"[cpu: {size}, memory: {fits}]" for size, fits in SIZES.items())
    refuse(
        SIZES.get(round(cpu, 4)) != f"{memory:g}Gi",
        400,
        "ContainerAppInvalidResourceTotal",
        f"The total requested CPU and memory resources for this application (CPU: {cpu:g}, memory: {memory:g}) is "
        "invalid. Total CPU and memory for all containers defined in a Container App must add up to one of the "
        "following "
        f"CPU - Memory combinations: {pairs}",
    )


@rule(TEMPLATE, _CONTAINERS)
def images_exist(write: Write) -> None:
    """Azure looks each image up when the app is written: one that cannot be pulled is refused."""
    for item in [*containers(write.body), *objects_at(write.body, "template.initContainers")]:
        image = str(item.get("image") or "")
        if image not in PUBLIC_IMAGES and write.world.setting("image", image) is None:
            raise _template_error(
                f"template.containers.{item.get('name')}.image",
                image,
                "MANIFEST_UNKNOWN: manifest unknown; the registry has no such image "
                '(in the sandbox: Store.set("image", reference, ""))',
            )


@rule("ContainerAppSecretRefNotFound", _SECRETS)
def secrets_are_defined(write: Write) -> None:
    """A secretRef of a container names a secret of the configuration."""
    defined = {item.get("name") for item in objects_at(write.body, "configuration.secrets")}
    for item in [*containers(write.body), *objects_at(write.body, "template.initContainers")]:
        for variable in objects_at(item, "env"):
            wanted = variable.get("secretRef")
            refuse(
                wanted and wanted not in defined,
                400,
                "ContainerAppSecretRefNotFound",
                f"SecretRef '{wanted}' defined for container '{item.get('name')}' not found.",
            )


def _principal(write: Write, identity: str) -> str:
    """The principal behind "system" or an identity's id, "" when it is not assigned."""
    if identity.lower() == "system":
        return str(at(write.old.outputs, "identity.principalId") or "") if write.old else ""
    if arm_ids.key(identity) not in map(arm_ids.key, assigned_identities(write.body)):
        return ""
    found = write.world.find(identity)
    return str(at(found.outputs, "principalId")) if found else ""


@rule(TEMPLATE, _SECRETS + "#reference-secret-from-key-vault")
def vault_secrets_are_readable(write: Write) -> None:
    """A secret by Key Vault reference: it exists, and the identity is assigned and may read it."""
    for item in objects_at(write.body, "configuration.secrets"):
        uri, identity = str(item.get("keyVaultUrl") or ""), str(item.get("identity") or "")
        if not uri:
            continue
        secret, principal = find_secret(uri, write.world), _principal(write, identity)
        vault = write.world.find(secret.parent) if secret else None
        readable = (
            secret is not None
            and vault is not None
            and principal
            and (not at(vault.outputs, "properties.enableRbacAuthorization") or _may_read(write, principal, secret))
        )
        if not readable:
            raise _template_error(
                "configuration.secrets",
                item.get("name"),
                f"Unable to get value using Managed identity {identity or 'none'} for secret {secret_of_uri(uri)} "
                f"({uri})",
            )


def _may_read(write: Write, principal: str, secret: Record) -> bool:
    return any(holds_role(write.world, principal, ROLES[role], secret.arm_id) for role in _SECRET_READERS)


@rule("ContainerAppRegistryIdentityNotAssigned", UNVERIFIED_CODE + ": " + _PULL)
def registry_identities_are_assigned(write: Write) -> None:
    """An identity that pulls images is one of the app's own."""
    assigned = set(map(arm_ids.key, assigned_identities(write.body)))
    for item in objects_at(write.body, "configuration.registries"):
        identity = str(item.get("identity") or "")
        refuse(
            identity and identity.lower() != "system" and arm_ids.key(identity) not in assigned,
            400,
            "ContainerAppRegistryIdentityNotAssigned",
            f"The identity '{identity}' of registry {item.get('server')} is not assigned to {write.name}.",
        )


@rule(
    "ContainerAppLocationMismatch", UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/container-apps/environment"
)
def is_where_environment_is(write: Write) -> None:
    """An app is in the region of its environment."""
    environment = environment_of(write)
    refuse(
        region(str(at(write.body, "location"))) != region(environment.location),
        400,
        "ContainerAppLocationMismatch",
        f"The location '{at(write.body, 'location')}' of {write.name} is not the location '{environment.location}' "
        "of its "
        f"environment {environment.name}.",
    )


def _ephemeral(cpu: float) -> str:
    """Local storage by vCPU: https://learn.microsoft.com/azure/container-apps/storage-mounts#ephemeral-storage."""
    return "1Gi" if cpu <= 0.25 else "2Gi" if cpu <= 0.5 else "4Gi" if cpu <= 1 else "8Gi"


def _container_outputs(write: Write) -> list[Body]:
    return [
        {
            **item,
            "resources": {
                "cpu": 0.5,
                "memory": "1Gi",
                **(at(item, "resources") or {}),
                "ephemeralStorage": _ephemeral(float(at(item, "resources.cpu") or 0.5)),
            },
        }
        for item in containers(write.body)
    ]


CONTAINER_OUTPUTS = Computed(_container_outputs, keep=False)
RULES = (
    has_containers,
    is_where_environment_is,
    profile_exists,
    size_is_offered,
    images_exist,
    secrets_are_defined,
    vault_secrets_are_readable,
    registry_identities_are_assigned,
)


def serial(what: str) -> tuple[Serial, Serial]:
    """An app or job is written once at a time, and not while its environment is."""
    return (
        Serial(
            scope=lambda arm_id, _: arm_id,
            code="ContainerAppOperationInProgress",
            message="Cannot modify " + what + " '{name}' because another operation is in progress.",
            source="https://github.com/microsoft/azure-container-apps/issues/1112",
        ),
        Serial(
            scope=lambda _, body: str(at(body, "environmentId") or at(body, "managedEnvironmentId") or ""),
            code="ManagedEnvironmentOperationInProgress",
            message="Cannot modify " + what + " {name} because another operation of its environment is in progress.",
            source="https://github.com/microsoft/azure-container-apps/issues/1112",
            exclusive=False,
        ),
    )


def environment_references() -> tuple[Reference, Reference]:
    """The environment by either of the two properties that name it."""
    return (
        Reference(
            path="environmentId",
            tokens=("app:ManagedEnvironment",),
            code=TEMPLATE,
            message="The environment '{id}' of {referrer} was not found.",
            source=UNVERIFIED_CODE,
        ),
        Reference(
            path="managedEnvironmentId",
            tokens=("app:ManagedEnvironment",),
            code=TEMPLATE,
            message="The environment '{id}' of {referrer} was not found.",
            source=UNVERIFIED_CODE,
        ),
    )

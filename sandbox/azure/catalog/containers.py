"""What an app and a job have in common: containers, images, sizes; their secrets are in `secret_rules`.

https://learn.microsoft.com/azure/container-apps/containers
"""

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import Computed, Reference, Serial, Write

from . import secret_rules
from .common import UNVERIFIED_CODE, refuse, region, rule
from .container_bodies import TEMPLATE, containers, template_error
from .environments import environment_of
from .images import images_exist

_CONTAINERS = "https://learn.microsoft.com/azure/container-apps/containers"
# vCPU and memory of all containers together on the Consumption profile: _CONTAINERS#allocations.
SIZES = {cpu / 4: f"{cpu / 2:g}Gi" for cpu in range(1, 17)}


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
        raise template_error("template.containers.resources.memory", value, "memory is given in Gi.")
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
    *secret_rules.RULES,
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

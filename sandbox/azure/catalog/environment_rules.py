# ruff: noqa: S105 - a token is the name of a type
"""What Azure refuses of a Container Apps environment."""

from ipaddress import IPv4Network

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, objects_at
from sandbox.azure.model import Record, Write

from .addresses import prefixes
from .common import IDENTITIES_EXIST, UNVERIFIED_CODE, delegated_to, refuse, region, rule

_DELEGATION = "Microsoft.App/environments"
NETWORKS = "https://learn.microsoft.com/azure/container-apps/custom-virtual-networks"
_PROFILES = "https://learn.microsoft.com/azure/container-apps/workload-profiles-overview"
_SMALLEST = 27
INVALID_NETWORK = "ManagedEnvironmentInvalidNetworkConfiguration"
# Ranges that the platform itself uses inside an environment: NETWORKS, "Subnet address range restrictions".
_RESERVED = tuple(
    IPv4Network(text)
    for text in (
        "169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24", "100.100.0.0/17", "100.100.128.0/19",
        "100.100.160.0/19", "100.100.192.0/19",
    )
)  # fmt: skip
_CONSUMPTION = ("Consumption", "Consumption-GPU-NC24-A100", "Consumption-GPU-NC8as-T4", "Flex")
_DEDICATED = ("D4", "D8", "D16", "D32", "E4", "E8", "E16", "E32", "NC24-A100", "NC48-A100", "NC96-A100")


def subnet_of(write: Write) -> Record | None:
    """The infrastructure subnet of an environment's body."""
    return write.world.find(str(at(write.body, "vnetConfiguration.infrastructureSubnetId") or ""))


def infrastructure_group(write: Write) -> str:
    """The name of the resource group that Azure makes for an environment in a network."""
    given = at(write.body, "infrastructureResourceGroup")
    place = region(str(at(write.body, "location")))
    return str(given) if given else f"ME_{write.name}_{write.resource_group}_{place}"[:90]


@rule(("ManagedEnvironmentSubnetDelegationError", INVALID_NETWORK), NETWORKS)
def _subnet_fits(write: Write) -> None:
    subnet = subnet_of(write)
    if subnet is None:
        return
    refuse(
        not delegated_to(subnet, _DELEGATION),
        400,
        "ManagedEnvironmentSubnetDelegationError",
        f"The subnet of the environment must be delegated to the service '{_DELEGATION}'.",
    )
    invalid = "The environment network configuration is invalid: "
    for found in prefixes(subnet.inputs, subnet.name):
        refuse(
            found.prefixlen > _SMALLEST,
            400,
            INVALID_NETWORK,
            f"{invalid}Provided subnet must have a size of at least /{_SMALLEST}",
        )
        refuse(
            any(found.version == 4 and found.overlaps(reserved) for reserved in _RESERVED),
            400,
            INVALID_NETWORK,
            f"{invalid}{found} overlaps with an address range that the platform reserves.",
        )


@rule("ManagedEnvironmentSubnetInUse", NETWORKS)
def _subnet_is_its_own(write: Write) -> None:
    subnet = subnet_of(write)
    if subnet is None:
        return
    for referrer in write.world.referrers(subnet.arm_id):
        other = referrer.record
        refuse(
            other.token == "app:ManagedEnvironment" and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id),
            400,
            "ManagedEnvironmentSubnetInUse",
            f"The subnet {subnet.arm_id} is already in use by the environment {other.arm_id}.",
        )


@rule(INVALID_NETWORK, UNVERIFIED_CODE + ": " + NETWORKS)
def _network_options_need_subnet(write: Write) -> None:
    for path in ("vnetConfiguration.internal", "zoneRedundant"):
        refuse(
            at(write.body, path) and not at(write.body, "vnetConfiguration.infrastructureSubnetId"),
            400,
            INVALID_NETWORK,
            f"The environment network configuration is invalid: {path} needs an infrastructure subnet.",
        )


@rule("WorkloadProfilePropertyNotSupported", "https://github.com/hashicorp/terraform-provider-azurerm/issues/31961")
def _consumption_has_no_counts(write: Write) -> None:
    for profile in objects_at(write.body, "workloadProfiles"):
        kind = str(profile.get("workloadProfileType"))
        for count in ("minimumCount", "maximumCount"):
            refuse(
                kind in _CONSUMPTION and profile.get(count) is not None,
                400,
                "WorkloadProfilePropertyNotSupported",
                f"Workload Profile property '{count[0].upper()}{count[1:]}' is not supported for "
                f"{kind.upper().replace('-', '_')}",
            )


@rule("InvalidWorkloadProfileType", UNVERIFIED_CODE + ": " + _PROFILES)
def _profiles_are_offered(write: Write) -> None:
    for profile in objects_at(write.body, "workloadProfiles"):
        kind = profile.get("workloadProfileType")
        refuse(
            kind not in (*_CONSUMPTION, *_DEDICATED),
            400,
            "InvalidWorkloadProfileType",
            f"Workload profile type '{kind}' is invalid.",
        )
        least, most = profile.get("minimumCount"), profile.get("maximumCount")
        refuse(
            kind in _DEDICATED and (least is None or most is None or least > most),
            400,
            "InvalidWorkloadProfileType",
            f"Workload profile '{profile.get('name')}' of type '{kind}' needs minimumCount and maximumCount, the first "
            "not above the second.",
        )


@rule("ManagedEnvironmentInfrastructureResourceGroupExists", UNVERIFIED_CODE + ": " + NETWORKS)
def _infrastructure_group_is_free(write: Write) -> None:
    if write.old is None and subnet_of(write) is not None:
        name = infrastructure_group(write)
        refuse(
            write.world.find(f"/subscriptions/{write.subscription}/resourceGroups/{name}"),
            409,
            "ManagedEnvironmentInfrastructureResourceGroupExists",
            f"The infrastructure resource group '{name}' of environment {write.name} exists already.",
        )


@rule(
    "InvalidRequestParameterWithDetails",
    UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/container-apps/log-options",
)
def _log_destination_is_complete(write: Write) -> None:
    destination = at(write.body, "appLogsConfiguration.destination")
    refuse(
        destination not in (None, "", "none", "log-analytics", "azure-monitor"),
        400,
        "InvalidRequestParameterWithDetails",
        f"AppLogsConfiguration.Destination '{destination}' is none of log-analytics, azure-monitor, none.",
    )
    settings = "appLogsConfiguration.logAnalyticsConfiguration"
    refuse(
        destination == "log-analytics"
        and write.old is None
        and not (at(write.body, f"{settings}.customerId") and at(write.body, f"{settings}.sharedKey")),
        400,
        "InvalidRequestParameterWithDetails",
        "AppLogsConfiguration.LogAnalyticsConfiguration needs customerId and sharedKey for destination log-analytics.",
    )


RULES = (
    _subnet_fits,
    _subnet_is_its_own,
    _network_options_need_subnet,
    _consumption_has_no_counts,
    _profiles_are_offered,
    _infrastructure_group_is_free,
    _log_destination_is_complete,
    IDENTITIES_EXIST,
)

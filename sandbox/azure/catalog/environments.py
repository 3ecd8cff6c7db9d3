# ruff: noqa: S106 - a token is the name of a type
"""Container Apps environments.

https://learn.microsoft.com/azure/container-apps/environment and
https://learn.microsoft.com/azure/container-apps/custom-virtual-networks
"""

from ipaddress import ip_network

from sandbox.azure.bodies import Body, at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import (
    Companion,
    Computed,
    Durations,
    Immutable,
    InUse,
    NameRule,
    Quota,
    Record,
    ResourceType,
    Serial,
    Write,
)

from .addresses import prefixes
from .common import ARM_NAMES, IDENTITY_OUTPUTS, MEASURED, SYSTEM_DATA, digest, region, subnet_reference
from .environment_rules import INVALID_NETWORK, NETWORKS, RULES, infrastructure_group, subnet_of
from .front_door_links import all_connections_of

APPS = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.App"
_WORDS = (
    ("jolly", "happy", "calm", "gentle", "brave", "icy", "lively", "mango", "proud", "salmon", "thankful", "wonderful"),
    ("bay", "beach", "bush", "cliff", "coast", "field", "flower", "forest", "glacier", "hill", "island", "meadow"),
)


def _default_domain(write: Write) -> str:
    drawn = bytes.fromhex(digest(write, "domain"))
    word = _WORDS[0][drawn[0] % len(_WORDS[0])] + _WORDS[1][drawn[1] % len(_WORDS[1])]
    return f"{word}-{drawn[2:6].hex()}.{region(str(at(write.body, 'location')))}.azurecontainerapps.io"


def _static_ip(write: Write) -> str:
    """Internal: an address of the subnet after those of the platform; else one that the internet sees."""
    subnet = subnet_of(write)
    if subnet is not None and at(write.body, "vnetConfiguration.internal"):
        network = ip_network(str(prefixes(subnet.inputs, subnet.name)[0]))
        return str(network[min(network.num_addresses - 2, 4 + _platform_addresses(network.num_addresses))])
    drawn = bytes.fromhex(digest(write, "ip"))
    return f"20.{1 + drawn[0] % 250}.{drawn[1]}.{1 + drawn[2] % 250}"


def _platform_addresses(size: int) -> int:
    return 12 if size > 32 else 8


def verification_id(write: Write) -> str:
    """The id by which a subscription proves that a custom domain is its own."""
    return write.world.digest("domain-verification", write.subscription).hex().upper()


def event_stream(write: Write, kind: str) -> str:
    """The endpoint of a resource's event stream."""
    place = region(str(at(write.body, "location")))
    return (
        f"https://{place}.azurecontainerapps.dev/subscriptions/{write.subscription}/resourceGroups/"
        f"{write.resource_group}/{kind}/{write.name}/eventstream"
    )


def _companions(write: Write) -> list[Companion]:
    if subnet_of(write) is None:
        return []
    body: Body = {
        "location": at(write.body, "location"),
        "managedBy": write.arm_id,
        "tags": at(write.body, "tags") or {},
    }
    return [Companion("resources:ResourceGroup", {"resourceGroupName": infrastructure_group(write)}, body)]


ENVIRONMENT = ResourceType(
    token="app:ManagedEnvironment",
    path=APPS + "/managedEnvironments/{environmentName}",
    name=NameRule(
        pattern=r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        least=2,
        most=60,
        code="ManagedEnvironmentInvalidName",
        allowed="2 to 60 lower-case letters, digits and '-', no '-' first or last",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(
        create=lambda body: 450.0 if at(body, "vnetConfiguration.infrastructureSubnetId") else 180.0,
        update=120,
        delete=lambda body: 900.0 if at(body, "vnetConfiguration.infrastructureSubnetId") else 300.0,
        source=MEASURED,
    ),
    source="https://learn.microsoft.com/azure/templates/microsoft.app/2025-02-02-preview/managedenvironments",
    replace_on=("location", "zoneRedundant", "infrastructureResourceGroup"),
    defaults={
        "zoneRedundant": False,
        "publicNetworkAccess": "Enabled",
        "kedaConfiguration": {"version": "2.17.2"},
        "daprConfiguration": {"version": "1.13.6-msft.6"},
        "peerAuthentication": {"mtls": {"enabled": False}},
        "peerTrafficConfiguration": {"encryption": {"enabled": False}},
        "workloadProfiles": [{"name": "Consumption", "workloadProfileType": "Consumption"}],
    },
    computed={
        **IDENTITY_OUTPUTS,
        "defaultDomain": Computed(_default_domain),
        "staticIp": Computed(_static_ip),
        "customDomainConfiguration.customDomainVerificationId": Computed(verification_id),
        "eventStreamEndpoint": Computed(lambda write: event_stream(write, "managedEnvironments")),
        "infrastructureResourceGroup": Computed(
            lambda write: infrastructure_group(write) if subnet_of(write) is not None else None
        ),
        "systemData": SYSTEM_DATA,
    },
    live={"privateEndpointConnections": all_connections_of},
    immutable=(
        Immutable(
            paths=("vnetConfiguration.infrastructureSubnetId", "vnetConfiguration.internal"),
            code=INVALID_NETWORK,
            message="The environment network configuration is invalid: the network of {name} cannot be changed.",
            source=NETWORKS + " (the rule is documented; the code is unverified)",
        ),
    ),
    references=(
        subnet_reference(
            "vnetConfiguration.infrastructureSubnetId",
            INVALID_NETWORK,
            "https://github.com/Azure/bicep/issues/10922",
            "The environment network configuration is invalid: The subnet and its addressPrefix could not be found.",
        ),
    ),
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_id,
            code="ManagedEnvironmentOperationInProgress",
            message="Cannot modify Container Apps environment {name} because another operation is in progress.",
            source="https://github.com/microsoft/azure-container-apps/issues/1112",
        ),
    ),
    in_use=(
        InUse(
            tokens=("app:ContainerApp",),
            code="ManagedEnvironmentHasContainerApps",
            message="The specified environment {name} cannot be deleted because it still contains {count} "
            "ContainerApps.",
            source="https://github.com/microsoft/azure-container-apps/issues/1012",
        ),
        InUse(
            tokens=("app:Job",),
            code="ManagedEnvironmentHasContainerAppsJobs",
            message="The specified environment {name} cannot be deleted because it still contains {count} Container "
            "Apps "
            "Jobs.",
            source="https://github.com/microsoft/azure-container-apps/issues/1012",
        ),
    ),
    quota=Quota(
        limit=15,
        code="MaxNumberOfRegionalEnvironmentsInSubExceeded",
        message="The subscription '{subscription}' cannot have more than {limit} Container App Environments in "
        "{region}.",
        source="https://learn.microsoft.com/azure/container-apps/quotas",
    ),
    rules=RULES,
    companions=_companions,
)

TYPES = (ENVIRONMENT,)


def environment_of(write: Write) -> Record:
    """The environment that an app's or job's body names."""
    named = at(write.body, "environmentId") or at(write.body, "managedEnvironmentId")
    found = write.world.find(str(named)) if named else None
    if found is None:
        raise ArmError(
            400,
            "InvalidParameterValueInContainerTemplate",
            f"The environment '{named}' of {write.name} was not found.",
        )
    return found

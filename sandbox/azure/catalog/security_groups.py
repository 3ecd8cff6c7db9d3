# ruff: noqa: S106 - a token is the name of a type
"""Network security groups and their rules.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from sandbox.azure.bodies import Body, objects_at
from sandbox.azure.model import Computed, Durations, InUse, ResourceType, Write

from .common import ESTIMATE, drawn_guid, etag, guid, ids_of, refuse, rule
from .network import GROUP, name_rule

_OVERVIEW = "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"
_MANAGE = "https://learn.microsoft.com/azure/virtual-network/manage-network-security-group"
_PORTS = re.compile(r"\*|\d{1,5}(-\d{1,5})?")
# https://learn.microsoft.com/azure/virtual-network/service-tags-overview#available-service-tags
SERVICE_TAGS = frozenset(
    """ActionGroup ApiManagement ApplicationInsightsAvailability AppConfiguration AppService AppServiceManagement
    AzureActiveDirectory AzureActiveDirectoryDomainServices AzureAdvancedThreatProtection AzureArcInfrastructure
    AzureAttestation AzureBackup AzureBotService AzureCloud AzureCognitiveSearch AzureConnectors
    AzureContainerAppsService AzureContainerRegistry AzureCosmosDB AzureDatabricks AzureDataExplorerManagement
    AzureDeviceUpdate AzureDevOps AzureDigitalTwins AzureEventGrid AzureFrontDoor.Backend AzureFrontDoor.Frontend
    AzureFrontDoor.FirstParty AzureFrontDoor.MicrosoftSecurity AzureHealthcareAPIs AzureInformationProtection
    AzureIoTHub AzureKeyVault AzureLoadBalancer AzureMachineLearning AzureManagedGrafana AzureMonitor
    AzureOpenDatasets AzurePlatformDNS AzurePlatformIMDS AzurePlatformLKM AzureResourceManager AzureSecurityCenter
    AzureSentinel AzureSignalR AzureSiteRecovery AzureSphere AzureStack AzureTrafficManager AzureUpdateDelivery
    AzureWebPubSub BatchNodeManagement ChaosStudio CognitiveServicesFrontend CognitiveServicesManagement DataFactory
    DataFactoryManagement Dynamics365ForMarketingEmail EOPExternalPublishedIPs EventHub GatewayManager
    GuestAndHybridManagement HDInsight Internet KustoAnalytics LogicApps LogicAppsManagement
    M365ManagementActivityApi MicrosoftCloudAppSecurity MicrosoftContainerRegistry MicrosoftDefenderForEndpoint
    MicrosoftPurviewPolicyDistribution PowerBI PowerPlatformInfra PowerPlatformPlex PowerQueryOnline Scuba ServiceBus
    ServiceFabric Sql SqlManagement Storage StorageSyncService StorageMover VideoIndexer VirtualDesktop
    VirtualNetwork WindowsAdminCenter WindowsVirtualDesktop""".lower().split()
)
_DEFAULT_RULES = (
    ("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
    ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
    ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
)


def _values(found: Body, singular: str, plural: str) -> list[str]:
    single = found.get(singular)
    return [str(single)] if single else [str(item) for item in found.get(plural) or []]


def _is_address(text: str) -> bool:
    """A CIDR or address, `*`, or a service tag, which may carry a region (`Storage.WestEurope`)."""
    if text == "*" or text.lower() in SERVICE_TAGS or text.lower().split(".")[0] in SERVICE_TAGS:
        return True
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_port(text: str) -> bool:
    if not _PORTS.fullmatch(text):
        return False
    return text == "*" or all(int(part) <= 65535 for part in text.split("-"))


def _addresses(found: Body) -> Iterator[tuple[str, str]]:
    for side in ("source", "destination"):
        groups = found.get(f"{side}ApplicationSecurityGroups")
        values = _values(found, f"{side}AddressPrefix", f"{side}AddressPrefixes")
        if not values and not groups:
            yield side, ""
        for value in values:
            yield side, value


@rule(
    ("SecurityRuleInvalidPriority", "SecurityRuleInvalidAddressPrefix", "SecurityRuleInvalidPortRange"),
    _OVERVIEW + "#security-rules",
)
def _rules_are_sound(write: Write) -> None:
    for found in objects_at(write.body, "securityRules"):
        name, priority = found.get("name"), found.get("priority")
        refuse(
            not isinstance(priority, int) or not 100 <= priority <= 4096,
            400,
            "SecurityRuleInvalidPriority",
            f"Security rule has invalid Priority. Value provided: {priority}, Allowed range 100-4096. Rule: {name}.",
        )
        for side, value in _addresses(found):
            refuse(
                not _is_address(value),
                400,
                "SecurityRuleInvalidAddressPrefix",
                f"Security rule {name} has invalid Address prefix. Value provided: {value or 'none'} ({side}).",
            )
        for side in ("source", "destination"):
            ports = _values(found, f"{side}PortRange", f"{side}PortRanges")
            refuse(
                not ports or not all(_is_port(port) for port in ports),
                400,
                "SecurityRuleInvalidPortRange",
                f"Security rule {name} has invalid Port range. Value provided: {', '.join(ports) or 'none'} ({side}). "
                "Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535.",
            )


@rule("SecurityRuleConflict", _OVERVIEW + "#security-rules")
def _rules_do_not_conflict(write: Write) -> None:
    seen: dict[tuple[str, str], str] = {}
    for found in objects_at(write.body, "securityRules"):
        place = (str(found.get("direction")).lower(), str(found.get("priority")))
        refuse(
            place in seen,
            400,
            "SecurityRuleConflict",
            f"Security rule {found.get('name')} conflicts with rule {seen.get(place)}. Rules cannot have the same "
            f"Priority and Direction. To learn more, see aka.ms/nsgrules.",
        )
        seen[place] = str(found.get("name"))


def _rule_outputs(write: Write) -> list[Mapping[str, Any]]:
    return [
        {
            **found,
            "id": f"{write.arm_id}/securityRules/{found.get('name')}",
            "type": "Microsoft.Network/networkSecurityGroups/securityRules",
            "etag": f'W/"{guid(write, f"etag/{write.now}")}"',
            "provisioningState": "Succeeded",
        }
        for found in objects_at(write.body, "securityRules")
    ]


def _default_rules(write: Write) -> list[Mapping[str, Any]]:
    return [
        {
            "id": f"{write.arm_id}/defaultSecurityRules/{name}",
            "name": name,
            "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
            "etag": f'W/"{guid(write, "etag/default")}"',
            "provisioningState": "Succeeded",
            "access": access,
            "direction": direction,
            "priority": priority,
            "protocol": "*",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": destination,
            "destinationPortRange": "*",
        }
        for name, priority, direction, access, source, destination in _DEFAULT_RULES
    ]


NETWORK_SECURITY_GROUP = ResourceType(
    token="network:NetworkSecurityGroup",
    path=GROUP + "/networkSecurityGroups/{networkSecurityGroupName}",
    name=name_rule("network security group", 1, 80),
    durations=Durations(create=12, update=12, delete=12, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/networksecuritygroups",
    maintained=("securityRules",),
    hidden=("flushConnection",),
    computed={
        "resourceGuid": drawn_guid("resource"),
        "etag": etag(),
        "securityRules": Computed(_rule_outputs, keep=False),
        "defaultSecurityRules": Computed(_default_rules),
    },
    live={"subnets": ids_of("networkSecurityGroup.id", "network:Subnet")},
    in_use=(
        InUse(
            tokens=("network:Subnet",),
            status=400,
            code="InUseNetworkSecurityGroupCannotBeDeleted",
            message="Network security group {id} cannot be deleted because it is in use by the following resources: "
            "{users}. In order to delete the Network security group, remove the association with the resource(s). To "
            "learn how to do this, see aka.ms/deletensg.",
            source=_MANAGE + "#delete-a-network-security-group",
        ),
    ),
    rules=(_rules_are_sound, _rules_do_not_conflict),
)

TYPES = (NETWORK_SECURITY_GROUP,)

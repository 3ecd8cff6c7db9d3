"""What Azure asks of a private endpoint before it makes one.

https://learn.microsoft.com/azure/private-link/troubleshoot-private-endpoint-creation-failed
"""

from ipaddress import ip_address

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Record, Write

from .addresses import prefixes
from .common import UNVERIFIED_CODE, refuse, rule
from .network import GROUP
from .private_link import CONNECTIONS, ENDPOINT, TARGETS, Part, connection_in, part_of

OVERVIEW = "https://learn.microsoft.com/azure/private-link/private-endpoint-overview"
_GROUP_IDS = "https://github.com/hashicorp/terraform-provider-azurerm/issues/11778"
ENDPOINT_PATH = GROUP + "/privateEndpoints/{privateEndpointName}"
_FIRST_FREE = 4  # Azure keeps the first four addresses of a subnet, and the last


def _connection(write: Write) -> Body:
    found = connection_in(write.body)
    if found is None:
        raise ArmError(
            400,
            "InvalidRequestFormat",
            f"Private endpoint {write.arm_id} has neither a privateLinkServiceConnection nor a manual one.",
        )
    return found[0]


def target_named(write: Write) -> Record:
    """The resource to connect to; that it is there was seen before (`references`)."""
    named = str(_connection(write).get("privateLinkServiceId") or "")
    found = write.world.find(named)
    if found is None:
        raise ArmError(400, "InvalidResourceReference", f"Private endpoint {write.arm_id} connects to nothing.")
    return found


def part_named(write: Write) -> Part:
    """The part of the target that the body asks for; refused when there is none such."""
    group = str((_connection(write).get("groupIds") or [""])[0])
    found = part_of(target_named(write), group)
    if found is None:
        kind = arm_ids.arm_type(target_named(write).arm_id)
        offered = ", ".join(TARGETS[target_named(write).token].parts)
        why = f"Invalid groupId '{group}'; the groups of {kind} are {offered}."
        raise ArmError(400, "BadRequest", f"Call to {kind} failed. Error message: {why}")
    return found


@rule("InvalidRequestFormat", UNVERIFIED_CODE + ": " + OVERVIEW)
def _one_connection(write: Write) -> None:
    _connection(write)
    count = sum(len(objects_at(write.body, kind)) for kind in CONNECTIONS)
    refuse(count > 1, 400, "InvalidRequestFormat", f"Private endpoint {write.arm_id} has {count} connections: only one "
           "privateLinkServiceConnection or one manualPrivateLinkServiceConnection is supported.")  # fmt: skip
    refuse(
        not at(write.body, "subnet.id"),
        400,
        "InvalidRequestFormat",
        f"Private endpoint {write.arm_id} names no subnet.id.",
    )


@rule(
    ("OnlyOneGroupIdPermitted", "BadRequest"),
    "https://github.com/DFE-Digital/terraform-azurerm-container-apps-hosting/issues/352 and " + _GROUP_IDS,
)
def _part_is_offered(write: Write) -> None:
    connection, target = _connection(write), target_named(write)
    groups = list(connection.get("groupIds") or [])
    refuse(
        len(groups) > 1,
        400,
        "OnlyOneGroupIdPermitted",
        f"Private link service connection {connection.get('name')} of {write.arm_id} has the following group Ids: "
        f"{', '.join(map(str, groups))}. Only one group Id is permitted when connecting to a first-party resource "
        f"({target.arm_id}).",
    )
    part_named(write)
    why = TARGETS[target.token].refused(target)
    refuse(why, 400, "BadRequest", f"Call to {arm_ids.arm_type(target.arm_id)} failed. Error message: {why}.")


@rule("LinkedAuthorizationFailed", "https://github.com/Azure/azure-sdk-for-go/issues/14306")
def _may_approve(write: Write) -> None:
    """The deploying identity approves what lies in its own tenant; elsewhere it asks by a manual connection."""
    found, target = connection_in(write.body), target_named(write)
    foreign = write.world.tenant(write.subscription) != write.world.tenant(arm_ids.subscription(target.arm_id))
    refuse(
        foreign and found is not None and not found[1],
        403,
        "LinkedAuthorizationFailed",
        "The client has permission to perform action 'Microsoft.Network/privateEndpoints/write' on scope "
        f"'{write.arm_id}'; however, it does not have permission to perform action "
        f"'PrivateEndpointConnectionsApproval/action' on the linked scope(s) '{target.arm_id}' or the linked scope(s) "
        "are invalid.",
    )


@rule(
    "PrivateEndpointCreationNotAllowedAsSubnetIsDelegated",
    "https://learn.microsoft.com/azure/private-link/troubleshoot-private-endpoint-creation-failed",
)
def _subnet_is_free(write: Write) -> None:
    subnet = write.world.find(str(at(write.body, "subnet.id")))
    refuse(
        subnet is not None and at(subnet.outputs, "delegations"),
        400,
        "PrivateEndpointCreationNotAllowedAsSubnetIsDelegated",
        f"Private endpoint {write.arm_id} cannot be created as subnet {at(write.body, 'subnet.id')} is delegated.",
    )


@rule(
    "PrivateEndpointConnectionImmutable", UNVERIFIED_CODE + ": https://github.com/Azure/azure-sdk-for-java/pull/19751"
)
def _connection_stays(write: Write) -> None:
    before = connection_in(write.old.inputs) if write.old else None
    if before is None:
        return
    for name in ("privateLinkServiceId", "groupIds"):
        refuse(
            str(before[0].get(name)).lower() != str(_connection(write).get(name)).lower(),
            400,
            "PrivateEndpointConnectionImmutable",
            f"The {name} of the connection of private endpoint {write.arm_id} cannot be changed.",
        )


def free_addresses(write: Write, count: int) -> list[str]:
    """Addresses of the subnet that no other endpoint has, the lowest first."""
    subnet = write.world.find(str(at(write.body, "subnet.id")))
    if subnet is None:
        return []
    network = prefixes(subnet.inputs, subnet.name)[0]
    taken = {
        str(address)
        for referrer in write.world.referrers(subnet.arm_id)
        if referrer.record.token == ENDPOINT and arm_ids.key(referrer.record.arm_id) != arm_ids.key(write.arm_id)
        for config in objects_at(referrer.record.outputs, "customDnsConfigs")
        for address in config["ipAddresses"]
    }
    found: list[str] = []
    for index in range(_FIRST_FREE, network.num_addresses - 1):
        if len(found) == count:
            break
        if (address := str(ip_address(int(network.network_address) + index))) not in taken:
            found.append(address)
    return found


@rule("SubnetIsFull", "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq")
def _subnet_has_room(write: Write) -> None:
    needed = len(part_named(write).members(target_named(write)))
    refuse(
        write.old is None and len(free_addresses(write, needed)) < needed,
        400,
        "SubnetIsFull",
        f"Subnet {arm_ids.name(str(at(write.body, 'subnet.id')))} does not have enough capacity for {needed} IP "
        "addresses.",
    )


RULES = (_one_connection, _part_is_offered, _may_approve, _subnet_is_free, _connection_stays, _subnet_has_room)

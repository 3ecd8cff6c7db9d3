"""Zone groups of private endpoints: they write the names of a target into private zones, and take them away.

https://learn.microsoft.com/azure/private-link/private-endpoint-dns-integration#private-dns-zone-group
"""

from dataclasses import replace

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.model import Computed, Durations, Editor, Record, Reference, ResourceType, World, Write

from .common import ESTIMATE, UNVERIFIED_CODE, etag, refuse, rule
from .network import name_rule
from .private_dns import RECORD_SET
from .private_endpoint_rules import ENDPOINT_PATH
from .private_link import APPROVED, ZONE_GROUP, Part, connection_in, part_of, state_of, target_of

_DNS = "https://learn.microsoft.com/azure/private-link/private-endpoint-dns"
_MOST_ZONES = 5
_TTL = 10  # seconds


def _endpoint(write: Write) -> Record:
    found = write.world.find(write.parent)
    if found is None:
        raise ArmError(404, "ParentResourceNotFound", f"The private endpoint of {write.arm_id} was not found.")
    return found


@rule(
    "InvalidRequestFormat",
    "https://github.com/Azure/azure-rest-api-specs/issues/23831, "
    "https://github.com/hashicorp/terraform-provider-azurerm/issues/28966 and " + _DNS,
)
def _zones_are_named(write: Write) -> None:
    configs = objects_at(write.body, "privateDnsZoneConfigs")
    names = [config.get("name") for config in configs]
    unsound = (
        not all(names) or len(set(names)) < len(names) or not all(at(item, "privateDnsZoneId") for item in configs)
    )
    refuse(
        unsound,
        400,
        "InvalidRequestFormat",
        "Cannot parse the request: each of privateDnsZoneConfigs has a name of its own and a privateDnsZoneId.",
    )
    refuse(
        not 1 <= len(configs) <= _MOST_ZONES,
        400,
        "InvalidRequestFormat",
        f"Zone group {write.arm_id} has {len(configs)} zones; allowed are 1 to {_MOST_ZONES}.",
    )


@rule(
    "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
    "https://github.com/pulumi/pulumi-azure-native/issues/2179 (the code is unverified)",
)
def _one_group(write: Write) -> None:
    siblings = write.world.children(write.parent, ZONE_GROUP)
    refuse(
        any(arm_ids.key(found.arm_id) != arm_ids.key(write.arm_id) for found in siblings),
        400,
        "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
        f"Cannot create more than one private dns zone groups in the private endpoint {write.parent}.",
    )


@rule("PrivateDnsZoneNotSupported", UNVERIFIED_CODE + ": " + _DNS)
def _zones_fit(write: Write) -> None:
    endpoint = _endpoint(write)
    if state_of(endpoint, write.world) != APPROVED:
        raise NotModelledError(
            f"{ZONE_GROUP}: what a zone group writes for a connection that is {state_of(endpoint, write.world)} is not "
            f"modelled; have the connection of {endpoint.name} approved first"
        )
    target, part = _connected(endpoint, write.world)
    wanted = part.zone_name(target)
    for config in objects_at(write.body, "privateDnsZoneConfigs"):
        zone = arm_ids.name(str(config.get("privateDnsZoneId")))
        refuse(
            zone.lower() != wanted,
            400,
            "PrivateDnsZoneNotSupported",
            f"The zone {zone} does not fit the private endpoint {endpoint.name}: its names lie in {wanted}.",
        )


def _connected(endpoint: Record, world: World) -> tuple[Record, Part]:
    """The target of an approved endpoint and the part of it."""
    target, found = target_of(endpoint, world), connection_in(endpoint.inputs)
    part = part_of(target, str(found[0]["groupIds"][0])) if target and found else None
    if target is None or part is None:
        raise LookupError(endpoint.arm_id)
    return target, part


def _record_sets(endpoint: Record, zone: str, world: World) -> list[Body]:
    """The record sets that a zone gets, as a zone group shows them."""
    target, part = _connected(endpoint, world)
    addresses = {item["fqdn"]: item["ipAddresses"] for item in objects_at(endpoint.outputs, "customDnsConfigs")}
    names = part.records(target)
    return [
        {
            "fqdn": f"{names[member]}.{zone}",
            "ipAddresses": addresses[public],
            "provisioningState": "Succeeded",
            "recordSetName": names[member],
            "recordType": "A",
            "ttl": _TTL,
        }
        for member, public in part.members(target).items()
    ]


def _zone_configs(write: Write) -> list[Body]:
    endpoint = _endpoint(write)
    return [
        {
            **config,
            "recordSets": _record_sets(endpoint, arm_ids.name(str(config["privateDnsZoneId"])), write.world),
        }
        for config in objects_at(write.body, "privateDnsZoneConfigs")
    ]


def _write_records(group: Record, editor: Editor) -> None:
    """The records in the zones; what an earlier write put where no zone of the group is now goes."""
    endpoint = editor.find(group.parent)
    written: list[str] = []
    for config in objects_at(group.outputs, "privateDnsZoneConfigs"):
        zone = editor.find(str(config["privateDnsZoneId"]))
        for shown in objects_at(config, "recordSets") if zone and endpoint else []:
            record = _record(zone, endpoint, shown, group) if zone and endpoint else None
            if record is not None:
                editor.put(record)
                written.append(record.arm_id)
    for gone in set(group.hidden.get("records") or []) - set(written):
        editor.remove(gone)
    editor.put(replace(group, hidden={**group.hidden, "records": written}))


def _record(zone: Record, endpoint: Record, shown: Body, group: Record) -> Record:
    arm_id = f"{zone.arm_id}/A/{shown['recordSetName']}"
    body: Body = {
        "aRecords": [{"ipv4Address": address} for address in shown["ipAddresses"]],
        "metadata": {"creator": f"created by private endpoint {endpoint.name}"},
        "ttl": _TTL,
    }
    return Record(
        token=RECORD_SET.token,
        arm_id=arm_id,
        parent=arm_ids.key(zone.arm_id),
        name=str(shown["recordSetName"]),
        subscription=zone.subscription,
        location="",
        unique_key="",
        inputs=body,
        outputs={
            **body,
            "fqdn": f"{shown['fqdn']}.",
            "isAutoRegistered": False,
            "name": shown["recordSetName"],
            "type": arm_ids.arm_type(arm_id),
        },
        hidden={},
        created_at=group.created_at,
        ready_at=group.ready_at,
    )


def _take_records_away(group: Record, editor: Editor) -> None:
    for written in group.hidden.get("records") or []:
        editor.remove(str(written))


ZONE_GROUP_TYPE = ResourceType(
    token=ZONE_GROUP,
    path=ENDPOINT_PATH + "/privateDnsZoneGroups/{privateDnsZoneGroupName}",
    name=name_rule("private DNS zone group", 1, 80),
    durations=Durations(create=18, update=18, delete=15, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/privateendpoints/privatednszonegroups",
    location="none",
    computed={"etag": etag(), "privateDnsZoneConfigs": Computed(_zone_configs, keep=False)},
    references=(
        Reference(
            path="privateDnsZoneConfigs[].privateDnsZoneId",
            tokens=("privatedns:PrivateZone",),
            code="InvalidResourceReference",
            source=_DNS,
        ),
    ),
    rules=(_zones_are_named, _one_group, _zones_fit),
    after=_write_records,
    after_delete=_take_records_away,
)

TYPES = (ZONE_GROUP_TYPE,)

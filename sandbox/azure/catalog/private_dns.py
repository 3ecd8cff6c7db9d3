# ruff: noqa: S105, S106 - a token is the name of a type
"""Private DNS zones, their links to virtual networks, their record sets.

https://learn.microsoft.com/azure/dns/private-dns-privatednszone and
https://learn.microsoft.com/azure/dns/private-dns-virtual-network-links
"""

from collections.abc import Mapping

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import (
    Computed,
    Durations,
    Immutable,
    InUse,
    NameRule,
    Record,
    Reference,
    ResourceType,
    Rule,
    World,
    Write,
)

from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, count_of, drawn_guid, etag, refuse, rule
from .network import GROUP, name_rule

_ZONES = "https://learn.microsoft.com/azure/dns/private-dns-privatednszone"
_LINKS = "https://learn.microsoft.com/azure/dns/private-dns-virtual-network-links"
_LIMITS = "https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-dns-limits"
_ZONE = GROUP + "/privateDnsZones/{privateZoneName}"
# The property that holds the records of each type; each takes a list but the two that hold one record.
_RECORDS: Mapping[str, str] = {
    "A": "aRecords",
    "AAAA": "aaaaRecords",
    "CNAME": "cnameRecord",
    "MX": "mxRecords",
    "PTR": "ptrRecords",
    "SOA": "soaRecord",
    "SRV": "srvRecords",
    "TXT": "txtRecords",
}


def _registrations(record: Record, world: World) -> int:
    links = world.children(record.arm_id, "privatedns:VirtualNetworkLink")
    return sum(1 for link in links if at(link.outputs, "registrationEnabled"))


ZONE = ResourceType(
    token="privatedns:PrivateZone",
    path=_ZONE,
    name=NameRule(
        pattern=r"[A-Za-z0-9_]([\w-]{0,61}\w)?(\.[A-Za-z0-9_]([\w-]{0,61}\w)?){1,33}",
        least=1,
        most=253,
        code="BadRequest",
        allowed="2 to 34 labels of 1 to 63 letters, digits, '_' and '-', parted by dots",
        source=ARM_NAMES,
    ),
    durations=Durations(create=30, update=10, delete=25, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-06-01/privatednszones",
    location="global",
    computed={
        "internalId": Computed(lambda write: write.world.digest(write.seed, "zone").hex()),
        "etag": etag(),
        "maxNumberOfRecordSets": Computed(lambda _: 25000),
        "maxNumberOfVirtualNetworkLinks": Computed(lambda _: 1000),
        "maxNumberOfVirtualNetworkLinksWithRegistration": Computed(lambda _: 100),
        "systemData": SYSTEM_DATA,
    },
    live={
        # Each zone has a start-of-authority record of its own.
        "numberOfRecordSets": lambda record, world: 1 + count_of("privatedns:PrivateRecordSet")(record, world),
        "numberOfVirtualNetworkLinks": count_of("privatedns:VirtualNetworkLink"),
        "numberOfVirtualNetworkLinksWithRegistration": _registrations,
    },
    in_use=(
        InUse(
            tokens=("privatedns:VirtualNetworkLink",),
            nested=True,
            code="CannotDeleteResource",
            message="Can not delete resource before nested resources are deleted. Nested resources: {users}.",
            source=_ZONES,
        ),
    ),
)


@rule("BadRequest", _LINKS)
def _one_zone_of_a_name(write: Write) -> None:
    """A network sees one zone of a name, by one link: the message is Azure's (AzureAKS docs issue 212)."""
    network = str(at(write.body, "virtualNetwork.id") or "")
    zone = arm_ids.name(write.parent)
    for referrer in write.world.referrers(network):
        other = referrer.record
        if other.token == "privatedns:VirtualNetworkLink" and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id):
            refuse(
                arm_ids.name(other.parent).lower() == zone.lower(),
                400,
                "BadRequest",
                "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link "
                f"virtual network with '{zone}' and '{arm_ids.name(other.parent)}' zones.",
            )
            refuse(
                at(write.body, "registrationEnabled") and at(other.outputs, "registrationEnabled"),
                400,
                "BadRequest",
                "A virtual network can be linked to one zone with registration enabled only; it is by "
                f"'{other.arm_id}'.",
            )


LINK = ResourceType(
    token="privatedns:VirtualNetworkLink",
    path=_ZONE + "/virtualNetworkLinks/{virtualNetworkLinkName}",
    name=name_rule("virtual network link", 1, 80),
    durations=Durations(create=30, update=15, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-06-01/privatednszones/virtualnetworklinks",
    location="global",
    defaults={"registrationEnabled": False, "resolutionPolicy": "Default"},
    computed={
        "etag": etag(),
        "virtualNetworkLinkState": Computed(lambda _: "Completed"),
        "systemData": SYSTEM_DATA,
    },
    immutable=(
        Immutable(
            paths=("virtualNetwork.id",),
            code="BadRequest",
            message="The virtual network of link {id} cannot be changed.",
            source=_LINKS + " (the rule is documented; the code is unverified)",
        ),
    ),
    references=(
        Reference(
            path="virtualNetwork.id",
            tokens=("network:VirtualNetwork",),
            code="BadRequest",
            message="The virtual network {id} that link {referrer} names was not found.",
            source=_LINKS,
        ),
    ),
    rules=(
        Rule(
            codes=("BadRequest",),
            check=lambda write: refuse(
                not at(write.body, "virtualNetwork.id"),
                400,
                "BadRequest",
                f"Link {write.arm_id} names no virtualNetwork.id.",
            ),
            source=_LINKS,
        ),
        _one_zone_of_a_name,
    ),
)


@rule("BadRequest", _ZONES)
def _records_match_type(write: Write) -> None:
    kind = write.parameters["recordType"].upper()
    wanted = _RECORDS.get(kind)
    refuse(not wanted, 400, "BadRequest", f"The record type '{kind}' is none of {', '.join(_RECORDS)}.")
    strangers = [name for name in _RECORDS.values() if name != wanted and write.body.get(name)]
    refuse(strangers, 400, "BadRequest", f"A record set of type {kind} cannot hold {', '.join(strangers)}.")
    ttl = write.body.get("ttl")
    refuse(
        not isinstance(ttl, int | float) or not 0 <= ttl <= 2147483647,
        400,
        "BadRequest",
        f"The ttl of record set {write.name} is {ttl}, allowed are 0 to 2147483647 seconds.",
    )


@rule("BadRequest", "https://learn.microsoft.com/azure/dns/dns-zones-records#cname-records")
def _cname_stands_alone(write: Write) -> None:
    if write.name == "@":
        refuse(
            write.parameters["recordType"].upper() == "CNAME", 400, "BadRequest", "A CNAME record set cannot be at '@'."
        )
        return
    cname = write.parameters["recordType"].upper() == "CNAME"
    for other in write.world.children(write.parent, "privatedns:PrivateRecordSet"):
        if other.name.lower() == write.name.lower() and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id):
            refuse(
                cname or "/cname/" in arm_ids.key(other.arm_id),
                400,
                "BadRequest",
                f"A CNAME record set and another with the name '{write.name}' cannot be in one zone.",
            )


RECORD_SET = ResourceType(
    token="privatedns:PrivateRecordSet",
    path=_ZONE + "/{recordType}/{relativeRecordSetName}",
    name=NameRule(
        pattern=r"@|\*|(\*\.)?[\w-]{1,63}(\.[\w-]{1,63})*",
        least=1,
        most=253,
        code="BadRequest",
        allowed="'@', '*' or labels of 1 to 63 letters, digits, '_' and '-', parted by dots",
        source="https://learn.microsoft.com/azure/dns/dns-zones-records",
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-06-01/privatednszones/a",
    location="none",
    computed={
        "etag": drawn_guid("etag"),
        "fqdn": Computed(
            lambda write: ("" if write.name == "@" else f"{write.name}.") + f"{arm_ids.name(write.parent)}."
        ),
        "isAutoRegistered": Computed(lambda _: False),
        "systemData": SYSTEM_DATA,
    },
    provisioning_state="",
    rules=(_records_match_type, _cname_stands_alone),
)

TYPES = (ZONE, LINK, RECORD_SET)

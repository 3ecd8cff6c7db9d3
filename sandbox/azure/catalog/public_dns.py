# ruff: noqa: S106 - a token is the name of a type
"""Public DNS zones and their record sets, with the alias records that follow a resource of Azure.

https://learn.microsoft.com/azure/dns/dns-zones-records and https://learn.microsoft.com/azure/dns/dns-alias
"""

from collections.abc import Mapping
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Computed, Durations, NameRule, Reference, ResourceType, Write

from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, count_of, drawn_guid, refuse, rule
from .network import GROUP

RECORD: Final = "dns:RecordSet"
_ZONE_PATH: Final = GROUP + "/dnsZones/{zoneName}"
_RECORDS: Final = "https://learn.microsoft.com/azure/dns/dns-zones-records"
_ALIAS: Final = "https://learn.microsoft.com/azure/dns/dns-alias"
_MOST_SECONDS: Final = 2**31 - 1
# The property that holds the records of each type.
_HELD: Final[Mapping[str, str]] = {
    "A": "aRecords", "AAAA": "aaaaRecords", "CAA": "caaRecords", "CNAME": "cnameRecord", "MX": "mxRecords",
    "NS": "nsRecords", "PTR": "ptrRecords", "SOA": "soaRecord", "SRV": "srvRecords", "TXT": "txtRecords",
}  # fmt: skip
_MAY_FOLLOW: Final = ("A", "AAAA", "CNAME")


def _servers(write: Write) -> list[str]:
    number = 1 + write.world.digest(write.seed, "name servers")[0] % 9
    return [f"ns{at + 1}-{number:02d}.azure-dns.{top}." for at, top in enumerate(("com", "net", "org", "info"))]


ZONE: Final = ResourceType(
    token="dns:Zone",
    path=_ZONE_PATH,
    name=NameRule(
        pattern=r"[A-Za-z0-9_]([\w-]{0,61}\w)?(\.[A-Za-z0-9_]([\w-]{0,61}\w)?){1,33}",
        least=1,
        most=253,
        code="BadRequest",
        allowed="2 to 34 labels of 1 to 63 letters, digits, '_' and '-', parted by dots",
        source=ARM_NAMES,
    ),
    durations=Durations(create=20, update=10, delete=20, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/dnszones",
    location="global",
    replace_on=("location",),
    refused={
        "registrationVirtualNetworks": "zones of networks are private zones",
        "resolutionVirtualNetworks": "zones of networks are private zones",
    },
    defaults={"zoneType": "Public", "maxNumberOfRecordSets": 10000, "maxNumberOfRecordsPerRecordSet": 20},
    computed={"nameServers": Computed(_servers), "etag": drawn_guid("etag"), "systemData": SYSTEM_DATA},
    # A zone begins with its own name servers and its start of authority.
    live={"numberOfRecordSets": lambda record, world: 2 + count_of(RECORD)(record, world)},
    provisioning_state="",
)


@rule("BadRequest", _RECORDS + " (the code is unverified)")
def _records_match_type(write: Write) -> None:
    kind = write.parameters["recordType"].upper()
    wanted = _HELD.get(kind)
    refuse(not wanted, 400, "BadRequest", f"The record type '{kind}' is none of {', '.join(_HELD)}.")
    strangers = [name for name in _HELD.values() if name != wanted and write.body.get(name)]
    refuse(strangers, 400, "BadRequest", f"A record set of type {kind} cannot hold {', '.join(strangers)}.")
    ttl = write.body.get("ttl")
    refuse(
        not isinstance(ttl, int | float) or not 0 <= ttl <= _MOST_SECONDS,
        400,
        "BadRequest",
        f"The ttl of record set {write.name} is {ttl}, allowed are 0 to {_MOST_SECONDS} seconds.",
    )
    records, alias = write.body.get(str(wanted)), at(write.body, "targetResource.id")
    refuse(not records and not alias, 400, "BadRequest", f"The record set {write.name} of type {kind} is empty.")
    refuse(
        alias and (records or kind not in _MAY_FOLLOW),
        400,
        "BadRequest",
        f"The record set {write.name} of type {kind} cannot follow {alias}: an alias is of type "
        f"{', '.join(_MAY_FOLLOW)} and holds no records. See {_ALIAS}.",
    )


@rule("BadRequest", _RECORDS + "#cname-records (the code is unverified)")
def _cname_stands_alone(write: Write) -> None:
    cname = write.parameters["recordType"].upper() == "CNAME"
    refuse(cname and write.name == "@", 400, "BadRequest", "A CNAME record set cannot be at '@'.")
    for other in write.world.children(write.parent, RECORD):
        if other.name.lower() == write.name.lower() and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id):
            refuse(
                write.name != "@" and (cname or "/cname/" in arm_ids.key(other.arm_id)),
                400,
                "BadRequest",
                f"A CNAME record set and another with the name '{write.name}' cannot be in one zone.",
            )


RECORD_SET: Final = ResourceType(
    token=RECORD,
    path=_ZONE_PATH + "/{recordType}/{relativeRecordSetName}",
    name=NameRule(
        pattern=r"@|\*|(\*\.)?[\w-]{1,63}(\.[\w-]{1,63})*",
        least=1,
        most=253,
        code="BadRequest",
        allowed="'@', '*' or labels of 1 to 63 letters, digits, '_' and '-', parted by dots",
        source=_RECORDS,
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/dnszones/a",
    location="none",
    refused={"trafficManagementProfile": "traffic manager is not modelled"},
    computed={
        "etag": drawn_guid("etag"),
        "fqdn": Computed(
            lambda write: ("" if write.name == "@" else f"{write.name}.") + f"{arm_ids.name(write.parent)}."
        ),
        "provisioningState": Computed(lambda _: "Succeeded"),
    },
    references=(
        Reference(
            path="targetResource.id",
            tokens=("cdn:AFDEndpoint", "network:PublicIPAddress", RECORD),
            code="BadRequest",
            message="The resource {id} that the alias {referrer} follows was not found.",
            source=f"{UNVERIFIED_CODE}: {_ALIAS}",
        ),
    ),
    rules=(_records_match_type, _cname_stands_alone),
    provisioning_state="",
)

TYPES: Final = (ZONE, RECORD_SET)

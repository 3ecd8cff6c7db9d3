# ruff: noqa: S106 - a token is the name of a type
"""Azure Database for PostgreSQL flexible server: the server itself. What lies in it is in `postgres_children`.

https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-servers
"""

from typing import Any

from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, Immutable, NameRule, Reference, ResourceType, Serial, Unique, Write

from .common import ARM_NAMES, IDENTITY_OUTPUTS, MEASURED, SYSTEM_DATA, iso
from .postgres_replicas import IN_USE, REFERENCE, capacity_of, is_replica, role_of, version_of
from .postgres_rules import BACKUP, MINOR_VERSIONS, NETWORK, RULES, STORAGE_TIERS, SUFFIX

SERVER_PATH = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.DBforPostgreSQL"
    "/flexibleServers/{serverName}"
)


def _storage(write: Write) -> Body:
    found: Body = dict(at(write.body, "storage") or {})
    tier, iops = STORAGE_TIERS.get(found.get("storageSizeGB", 0), ("", 0))
    return {"autoGrow": "Disabled", "iops": iops, "tier": tier, "type": "Premium_LRS", **found}


def _create_seconds(body: Body) -> float:
    slow = at(body, "highAvailability.mode") in ("ZoneRedundant", "SameZone") or is_replica(body)
    return 600.0 if slow or at(body, "backup.geoRedundantBackup") == "Enabled" else 330.0


def _public_access(write: Write) -> Any:
    given = at(write.body, "network.publicNetworkAccess")
    return given or ("Disabled" if at(write.body, "network.delegatedSubnetResourceId") else "Enabled")


SERVER = ResourceType(
    token="dbforpostgresql:Server",
    path=SERVER_PATH,
    name=NameRule(
        pattern=r"[a-z0-9]+(-[a-z0-9]+)*",
        least=3,
        most=63,
        code="InvalidServerName",
        allowed="3 to 63 lower-case letters, digits and '-', no '-' first, last or doubled",
        source=ARM_NAMES + " (the code is unverified)",
        spec="^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*",
    ),
    durations=Durations(create=_create_seconds, update=120, delete=90, source=MEASURED),
    source="https://learn.microsoft.com/azure/templates/microsoft.dbforpostgresql/2025-08-01/flexibleservers",
    replace_on=("location", "administratorLogin", "availabilityZone", "sourceServerResourceId", "pointInTimeUTC"),
    hidden=("administratorLoginPassword", "createMode", "pointInTimeUTC"),
    refused={"replica": "promotion is not modelled"},
    defaults={
        "authConfig": {"activeDirectoryAuth": "Disabled", "passwordAuth": "Enabled"},
        "backup": {"backupRetentionDays": 7, "geoRedundantBackup": "Disabled"},
        "dataEncryption": {"type": "SystemManaged"},
        "highAvailability": {"mode": "Disabled"},
        "maintenanceWindow": {"customWindow": "Disabled", "dayOfWeek": 0, "startHour": 0, "startMinute": 0},
        "state": "Ready",
    },
    computed={
        **IDENTITY_OUTPUTS,
        "availabilityZone": Computed(lambda write: at(write.body, "availabilityZone") or "1"),
        "backup.earliestRestoreDate": Computed(lambda write: iso(write.now)),
        "fullyQualifiedDomainName": Computed(lambda write: f"{write.name}{SUFFIX}"),
        "highAvailability.state": Computed(
            lambda write: (
                "NotEnabled" if (at(write.body, "highAvailability.mode") or "Disabled") == "Disabled" else "Healthy"
            ),
            keep=False,
        ),
        "minorVersion": Computed(lambda write: MINOR_VERSIONS[str(version_of(write))], keep=False),
        "network.publicNetworkAccess": Computed(_public_access, keep=False),
        "replicationRole": Computed(role_of),
        "storage": Computed(_storage, keep=False),
        "systemData": SYSTEM_DATA,
        "version": Computed(version_of, keep=False),
    },
    live={"replicaCapacity": capacity_of},
    immutable=(
        Immutable(
            paths=("network.delegatedSubnetResourceId",),
            code="InvalidParameterValue",
            message="Invalid value given for parameter DelegatedSubnetResourceId. A server stays in the network it "
            "was made in.",
            source=NETWORK + " (the rule is documented; the code is unverified)",
        ),
        Immutable(
            paths=("backup.geoRedundantBackup",),
            code="InvalidParameterValue",
            message="Invalid value given for parameter GeoRedundantBackup. It can be set only when the server is made.",
            source=BACKUP + " (the rule is documented; the code is unverified)",
        ),
    ),
    references=(
        REFERENCE,
        Reference(
            path="network.delegatedSubnetResourceId",
            tokens=("network:Subnet",),
            code="InvalidParameterValue",
            message="Invalid value given for parameter DelegatedSubnetResourceId. The subnet {id} was not found in the "
            "server's region.",
            source=NETWORK,
            same_region=True,
        ),
        Reference(
            path="network.privateDnsZoneArmResourceId",
            tokens=("privatedns:PrivateZone",),
            code="InvalidParameterValue",
            message="Invalid value given for parameter PrivateDnsZoneArmResourceId. The zone {id} was not found.",
            source=NETWORK,
        ),
    ),
    unique=Unique(
        key=lambda name: f"{name.lower()}{SUFFIX}",
        code="ServerNameAlreadyExists",
        message="Specified server name is already used by another server.",
        source="https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-servers",
    ),
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_id,
            code="ServerIsBusy",
            message="Cannot complete operation because server '{name}' is busy processing another operation. Please "
            "retry the operation later.",
            source="https://github.com/Azure/azure-postgresql/issues/134",
        ),
    ),
    in_use=(IN_USE,),
    provisioning_state="",
    rules=RULES,
)

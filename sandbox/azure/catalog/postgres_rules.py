"""What Azure refuses of a flexible server, and the tables that say what it offers."""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.model import Write

from .common import IDENTITIES_EXIST, UNVERIFIED_CODE, delegated_to, refuse, rule
from .postgres_replicas import (
    is_replica,
    replica_fits_primary,
    replica_is_let_through,
    replica_reaches_primary,
    version_of,
)

SUFFIX = ".postgres.database.azure.com"
_DELEGATION = "Microsoft.DBforPostgreSQL/flexibleServers"
NETWORK = "https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private"
_COMPUTE = "https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-compute"
_STORAGE = "https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-storage"
_AVAILABILITY = "https://learn.microsoft.com/azure/reliability/reliability-postgresql-flexible-server"
BACKUP = "https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore"
_VERSIONS = "https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-supported-versions"

# Minor versions are those that Azure ran when the facts were taken (2026-11): _VERSIONS.
MINOR_VERSIONS = {"14": "20", "15": "15", "16": "11", "17": "7", "18": "1"}
_BURSTABLE = ("B1ms", "B2s", "B2ms", "B4ms", "B8ms", "B12ms", "B16ms", "B20ms")
_CORES = {"D": (2, 4, 8, 16, 32, 48, 64, 96), "E": (2, 4, 8, 16, 20, 32, 48, 64, 96)}
_SERIES = ("s_v3", "ds_v4", "ds_v5", "ads_v5", "ds_v6", "ads_v6")
SKUS = {
    **{f"Standard_{size}": "Burstable" for size in _BURSTABLE},
    **{f"Standard_D{cores}{series}": "GeneralPurpose" for cores in _CORES["D"] for series in _SERIES},
    **{f"Standard_E{cores}{series}": "MemoryOptimized" for cores in _CORES["E"] for series in _SERIES},
}
# Gigabytes and the performance tier and operations a second that come with them: _STORAGE.
STORAGE_TIERS = {
    32: ("P4", 120), 64: ("P6", 240), 128: ("P10", 500), 256: ("P15", 1100), 512: ("P20", 2300), 1024: ("P30", 5000),
    2048: ("P40", 7500), 4095: ("P50", 7500), 4096: ("P50", 7500), 8192: ("P60", 16000), 16384: ("P70", 18000),
    32767: ("P80", 20000),
}  # fmt: skip


def _invalid(parameter: str, more: str) -> ArmError:
    return ArmError(
        400,
        "InvalidParameterValue",
        f"Invalid value given for parameter {parameter}. Specify a valid parameter value. {more}",
    )


@rule("MissingRequiredParameter", "https://learn.microsoft.com/rest/api/postgresql/servers/create-or-update")
def _parameters_are_there(write: Write) -> None:
    needed = ["sku.name", "sku.tier", "storage.storageSizeGB"]
    needed += [] if is_replica(write.body) else ["version"]
    new = write.old is None and not is_replica(write.body)
    if new and (at(write.body, "authConfig.passwordAuth") or "Enabled") == "Enabled":
        needed += ["administratorLogin", "administratorLoginPassword"]
    missing = [name for name in needed if not at(write.body, name)]
    refuse(missing, 400, "MissingRequiredParameter", f"The required parameters {', '.join(missing)} are missing.")


@rule("MissingRequiredParameter", "https://learn.microsoft.com/rest/api/postgresql/servers/create-or-update")
def _mode_is_modelled(write: Write) -> None:
    mode = str(at(write.body, "createMode") or "Default")
    if mode not in ("Default", "Create", "Update", "Replica"):
        raise NotModelledError(f"dbforpostgresql:Server createMode {mode}: restores are not modelled")
    refuse(
        write.old is None and (mode == "Replica") != is_replica(write.body),
        400,
        "MissingRequiredParameter",
        "The createMode Replica and the parameter sourceServerResourceId need each other.",
    )


@rule("InvalidParameterValue", _COMPUTE)
def _sku_is_offered(write: Write) -> None:
    name, tier = str(at(write.body, "sku.name")), str(at(write.body, "sku.tier"))
    if name not in SKUS:
        raise _invalid("SkuName", f"'{name}' is no SKU of flexible servers.")
    if SKUS[name] != tier:
        raise _invalid("SkuTier", f"'{name}' belongs to tier {SKUS[name]}, not {tier}.")


@rule("InvalidParameterValue", _STORAGE)
def _storage_is_offered(write: Write) -> None:
    size = at(write.body, "storage.storageSizeGB")
    kind = str(at(write.body, "storage.type") or "Premium_LRS")
    if kind == "Premium_LRS" and size not in STORAGE_TIERS:
        raise _invalid("StorageSizeGB", f"{size} is none of {', '.join(map(str, STORAGE_TIERS))}.")
    before = at(write.old.outputs, "storage.storageSizeGB") if write.old else None
    if before is not None and size < before:
        raise _invalid("StorageSizeGB", f"Storage cannot be made smaller: it is {before}, asked for is {size}.")


@rule("InvalidParameterValue", _VERSIONS)
def _version_is_offered(write: Write) -> None:
    version = str(version_of(write))
    if version not in MINOR_VERSIONS:
        raise _invalid("Version", f"'{version}' is none of {', '.join(MINOR_VERSIONS)}.")
    before = str(at(write.old.outputs, "version")) if write.old else version
    if int(version) < int(before):
        raise _invalid("Version", f"The major version cannot go back from {before} to {version}.")


@rule("InvalidParameterValue", _AVAILABILITY)
def _availability_fits_tier(write: Write) -> None:
    mode = str(at(write.body, "highAvailability.mode") or "Disabled")
    if mode != "Disabled" and at(write.body, "sku.tier") == "Burstable":
        raise _invalid("HighAvailability.Mode", "High availability is not supported with the Burstable tier.")


@rule("InvalidParameterValue", BACKUP)
def _retention_in_range(write: Write) -> None:
    days = at(write.body, "backup.backupRetentionDays")
    if days is not None and not 7 <= days <= 35:
        raise _invalid("BackupRetentionDays", f"{days} is outside 7 to 35.")


@rule(
    ("EmptyPrivateDnsZoneArmResourceId", "ConflictingPublicNetworkAccess", "OperationFailed"),
    NETWORK,
)
def _network_is_complete(write: Write) -> None:
    subnet_id, zone_id = at(write.body, "network.delegatedSubnetResourceId"), _zone_id(write.body)
    if not subnet_id:
        return
    refuse(
        not zone_id,
        400,
        "EmptyPrivateDnsZoneArmResourceId",
        "The provided Private DNS zone ARM resource ID should not be empty for servers with Virtual Network access.",
    )
    refuse(
        at(write.body, "network.publicNetworkAccess") == "Enabled",
        400,
        "ConflictingPublicNetworkAccess",
        f"Public network access cannot be enabled for server {write.name}, which is in a virtual network.",
    )
    subnet = write.world.find(subnet_id)
    refuse(
        subnet is not None and not delegated_to(subnet, _DELEGATION),
        400,
        "OperationFailed",
        f"The subnet name as {arm_ids.name(subnet_id)} is missing required delegations {_DELEGATION}.",
    )


def _zone_id(body: Body) -> str:
    return str(at(body, "network.privateDnsZoneArmResourceId") or "")


@rule("PrivateDnsZoneNameNotValid", "https://github.com/hashicorp/terraform-provider-azurerm/issues/24549")
def _zone_name_fits(write: Write) -> None:
    zone = arm_ids.name(_zone_id(write.body)).lower()
    wrong = f"The Private DNS Zone name provided [{zone}] is not valid."
    refuse(
        zone and not f".{zone}".endswith(SUFFIX),
        400,
        "PrivateDnsZoneNameNotValid",
        f"{wrong} It must end with {SUFFIX.removeprefix('.')}.",
    )
    refuse(
        zone == f"{write.name.lower()}{SUFFIX}",
        400,
        "PrivateDnsZoneNameNotValid",
        f"{wrong} It can not be server name plus zone suffix.",
    )


@rule("OperationFailed", UNVERIFIED_CODE + ": " + NETWORK)
def _zone_is_linked(write: Write) -> None:
    """The zone must be linked to the server's network first: on Azure the server then never gets ready."""
    zone_id, subnet_id = _zone_id(write.body), str(at(write.body, "network.delegatedSubnetResourceId") or "")
    if not (zone_id and subnet_id):
        return
    network = arm_ids.key(arm_ids.parent(subnet_id))
    links = write.world.children(zone_id, "privatedns:VirtualNetworkLink")
    refuse(
        not any(arm_ids.key(str(at(link.inputs, "virtualNetwork.id"))) == network for link in links),
        400,
        "OperationFailed",
        f"The Private DNS Zone {zone_id} is not linked to the virtual network {arm_ids.parent(subnet_id)} of server "
        f"{write.name}.",
    )


@rule("InvalidParameterValue", "https://learn.microsoft.com/azure/postgresql/security/security-entra-concepts")
def _someone_can_sign_in(write: Write) -> None:
    if "Enabled" not in (
        at(write.body, "authConfig.passwordAuth") or "Enabled",
        at(write.body, "authConfig.activeDirectoryAuth") or "Disabled",
    ):
        raise _invalid("AuthConfig", "At least one of passwordAuth and activeDirectoryAuth must be Enabled.")


RULES = (
    _parameters_are_there,
    _mode_is_modelled,
    replica_fits_primary,
    replica_reaches_primary,
    replica_is_let_through,
    _sku_is_offered,
    _storage_is_offered,
    _version_is_offered,
    _availability_fits_tier,
    _retention_in_range,
    _network_is_complete,
    _zone_name_fits,
    _zone_is_linked,
    _someone_can_sign_in,
    IDENTITIES_EXIST,
)

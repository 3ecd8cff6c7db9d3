# ruff: noqa: S106 - a token is the name of a type
"""Storage accounts. What lies in their blob service is in `blob_storage`.

A deleted account's name is free at once; bringing such an account back is the portal's alone.
https://learn.microsoft.com/azure/storage/common/storage-account-overview
"""

import re
from typing import Any, Final

from sandbox.azure.bodies import Body, at, objects_at
from sandbox.azure.model import (
    Companion,
    Computed,
    Durations,
    Immutable,
    NameRule,
    Quota,
    Reference,
    ResourceType,
    Serial,
    Unique,
    Write,
)

from .common import ARM_NAMES, ESTIMATE, IDENTITIES_EXIST, IDENTITY_OUTPUTS, UNVERIFIED_CODE, iso, refuse, region, rule
from .private_link import connections_of
from .storage_redundancy import second_is_readable, secondary_of, sku_can_change, sku_exists, sku_is_offered_here

ACCOUNT_PATH: Final = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage"
    "/storageAccounts/{accountName}"
)
_ERRORS = "https://learn.microsoft.com/rest/api/storagerp/srp_error_codes_create_storage_account"
_NETWORK = "https://learn.microsoft.com/azure/storage/common/storage-network-security"
_TLS = "https://learn.microsoft.com/azure/storage/common/transport-layer-security-configure-minimum-version"
_SAS = "https://learn.microsoft.com/azure/storage/common/sas-expiration-policy"
_SERVICES = ("blob", "dfs", "file", "queue", "table")
_PERIOD = re.compile(r"\d{1,5}\.([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_PRIVATE_B = re.compile(r"172\.(1[6-9]|2\d|3[01])\.")
_BYPASS = frozenset({"None", "Logging", "Metrics", "AzureServices"})


def _addresses(name: str, services: tuple[str, ...]) -> Body:
    return {service: f"https://{name}.{service}.core.windows.net/" for service in services}


def _primary(write: Write) -> Body:
    return {**_addresses(write.name, _SERVICES), "web": f"https://{write.name}.z6.web.core.windows.net/"}


def _secondary(write: Write) -> Body | None:
    """A second copy has no files."""
    if not second_is_readable(write):
        return None
    name = f"{write.name}-secondary"
    return {
        **_addresses(name, tuple(service for service in _SERVICES if service != "file")),
        "web": f"https://{name}.z6.web.core.windows.net/",
    }


@rule("InvalidValuesForRequestParameters", f"{_ERRORS} (which values: {_TLS}, {_NETWORK}, {_SAS})")
def _values_are_sound(write: Write) -> None:
    def wrong(name: str) -> None:
        refuse(True, 400, "InvalidValuesForRequestParameters", f"Values for request parameters are invalid: {name}.")

    if (at(write.body, "minimumTlsVersion") or "TLS1_2") not in ("TLS1_2", "TLS1_3"):
        wrong("minimumTlsVersion")  # 1.0 and 1.1 ended on 2026-02-03
    if (at(write.body, "publicNetworkAccess") or "Enabled") not in ("Enabled", "Disabled", "SecuredByPerimeter"):
        wrong("publicNetworkAccess")
    network: Any = at(write.body, "networkRuleSet")
    if network is not None and at(network, "defaultAction") not in ("Allow", "Deny"):
        wrong("networkAcls.defaultAction")
    if not {part.strip() for part in str(at(network, "bypass") or "None").split(",")} <= _BYPASS:
        wrong("networkAcls.bypass")
    period = at(write.body, "sasPolicy.sasExpirationPeriod")
    if period is not None and not _PERIOD.fullmatch(str(period)):
        wrong("sasPolicy.sasExpirationPeriod")
    if at(write.body, "sasPolicy") is not None and (at(write.body, "sasPolicy.expirationAction") or "Log") not in (
        "Log",
        "Block",
    ):
        wrong("sasPolicy.expirationAction")


@rule("InvalidAccessTier", _ERRORS)
def _tier_fits_kind(write: Write) -> None:
    tier, kind = at(write.body, "accessTier"), at(write.body, "kind")
    refuse(
        (tier is not None and (tier not in ("Hot", "Cool", "Cold") or kind in ("BlockBlobStorage", "FileStorage")))
        or (tier is None and kind == "BlobStorage"),
        400,
        "InvalidAccessTier",
        f"The access tier {tier} is not allowed for account {write.name} of kind {kind}.",
    )


_READ_ONLY = (
    "The property '{path}' was specified in the input, but it cannot be updated as it is read-only. For more "
    "information, see - https://aka.ms/storageaccountupdate"
)
_AS_MADE = ("encryption.requireInfrastructureEncryption", "isHnsEnabled", "enableNfsV3")


@rule("AccountPropertyCannotBeUpdated", "https://github.com/Azure/azure-rest-api-specs/issues/18441")
def _is_not_named_later(write: Write) -> None:
    """What an account was made without cannot even be set to the value that it then has."""
    for path in _AS_MADE if write.old is not None else ():
        named = at(write.body, path) is not None and at(write.old.outputs if write.old else {}, path) is None
        refuse(named, 400, "AccountPropertyCannotBeUpdated", _READ_ONLY.format(path=path))


@rule("NetworkAclsValidationFailure", UNVERIFIED_CODE + ": " + _NETWORK)
def _network_rules_fit(write: Write) -> None:
    for item in objects_at(write.body, "networkRuleSet.ipRules"):
        value = str(item.get("iPAddressOrRange"))
        refuse(
            value.endswith(("/31", "/32")) or value.startswith(("10.", "192.168.")) or _PRIVATE_B.match(value),
            400,
            "NetworkAclsValidationFailure",
            f"Validation of network acls failure: {value} is a private address, or a range smaller than /30.",
        )


_KEY = {"enabled": True, "keyType": "Account"}

STORAGE_ACCOUNT = ResourceType(
    token="storage:StorageAccount",
    path=ACCOUNT_PATH,
    name=NameRule(
        pattern="[a-z0-9]+",
        least=3,
        most=24,
        code="AccountNameInvalid",
        allowed="3 to 24 lower-case letters and digits",
        source=ARM_NAMES,
        spec="^[a-z0-9]+$",
    ),
    durations=Durations(create=30, update=10, delete=12, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.storage/2024-01-01/storageaccounts",
    # The provider names these two itself, whatever Azure's specification says of mutability:
    # https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/gen/replacement.go
    replace_on=("isHnsEnabled", "location"),
    refused={
        "customDomain": "the stand-in has no public DNS to look a domain up in",
        "immutableStorageWithVersioning": "policies by version are not modelled: use one on the container",
        "isSftpEnabled": "local users are not modelled",
    },
    defaults={
        "accessTier": "Hot",
        "allowBlobPublicAccess": False,
        "allowCrossTenantReplication": False,
        "enableHttpsTrafficOnly": True,
        "encryption": {"keySource": "Microsoft.Storage", "services": {"blob": _KEY, "file": _KEY}},
        "minimumTlsVersion": "TLS1_2",
        "networkRuleSet": {
            "bypass": "AzureServices",
            "defaultAction": "Allow",
            "ipRules": [],
            "virtualNetworkRules": [],
        },
        "statusOfPrimary": "available",
    },
    live={"privateEndpointConnections": connections_of},
    computed={
        **IDENTITY_OUTPUTS,
        "creationTime": Computed(lambda write: iso(write.now)),
        "keyCreationTime": Computed(lambda write: {"key1": iso(write.now), "key2": iso(write.now)}),
        "primaryEndpoints": Computed(_primary),
        "primaryLocation": Computed(lambda write: region(str(at(write.body, "location")))),
        "secondaryEndpoints": Computed(_secondary, keep=False),
        "secondaryLocation": Computed(secondary_of, keep=False),
        "statusOfSecondary": Computed(lambda write: "available" if secondary_of(write) else None, keep=False),
        "sku.tier": Computed(lambda write: str(at(write.body, "sku.name")).partition("_")[0], keep=False),
    },
    immutable=(
        Immutable(
            paths=("kind", *_AS_MADE),
            code="AccountPropertyCannotBeUpdated",
            message=_READ_ONLY,
            source=_ERRORS,
        ),
    ),
    references=(
        Reference(
            path="networkRuleSet.virtualNetworkRules[].virtualNetworkResourceId",
            tokens=("network:Subnet",),
            code="NetworkAclsValidationFailure",
            message="Validation of network acls failure: SubnetNotFound: The subnet {id} was not found.",
            source=_NETWORK + " (the code is unverified)",
        ),
    ),
    unique=Unique(
        key=lambda name: f"core.windows.net/{name}",
        code="StorageAccountAlreadyTaken",
        message="The storage account named {name} is already taken.",
        source="https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-storage-account-name",
    ),
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_id,
            code="StorageAccountOperationInProgress",
            message="An operation is currently performing on this storage account that requires exclusive access.",
            source="https://github.com/hashicorp/terraform-provider-azurerm/issues/28112",
        ),
    ),
    quota=Quota(
        limit=250,
        code="MaxStorageAccountsCountPerSubscriptionExceeded",
        message="Subscription {subscription} already contains {limit} storage accounts in location {region} and the "
        "maximum allowed is {limit}.",
        source="https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account",
    ),
    rules=(
        sku_exists,
        sku_is_offered_here,
        sku_can_change,
        _values_are_sound,
        _tier_fits_kind,
        _is_not_named_later,
        _network_rules_fit,
        IDENTITIES_EXIST,
    ),
    companions=lambda write: [
        Companion(
            "storage:BlobServiceProperties",
            {
                "resourceGroupName": write.resource_group,
                "accountName": write.name,
                "blobServicesName": "default",
            },
            {},
        )
    ],
)

TYPES: tuple[ResourceType, ...] = (STORAGE_ACCOUNT,)

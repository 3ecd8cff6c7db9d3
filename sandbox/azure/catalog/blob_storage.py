# ruff: noqa: S106 - a token is the name of a type
"""What lies in a storage account's blob service: its settings, containers, their immutability, the lifecycle policy.

What lies in a container is in `sandbox.azure.blobs`, which nothing here looks at: what Azure forbids because a
container holds blobs (deleting it, or its account, while a policy keeps them) is never met. A deleted container's name
is free at once, also while Azure keeps it, and its blobs are gone.
https://learn.microsoft.com/azure/storage/blobs/soft-delete-container-overview
"""

from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, InUse, NameRule, Record, ResourceType, World, Write

from .blob_lifecycle import actions_are_possible, is_the_default, policy_is_whole
from .common import ARM_NAMES, ESTIMATE, UNVERIFIED_CODE, etag, iso, refuse, rule
from .storage_accounts import ACCOUNT_PATH

_SERVICE = ACCOUNT_PATH + "/blobServices/{blobServicesName}"
_CONTAINER = ACCOUNT_PATH + "/blobServices/default/containers/{containerName}"
_TEMPLATES = "https://learn.microsoft.com/azure/templates/microsoft.storage/2024-01-01/storageaccounts"
_RESTORE = "https://learn.microsoft.com/azure/storage/blobs/point-in-time-restore-overview"
_SOFT_DELETE = "https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview"
_IMMUTABLE = "https://learn.microsoft.com/azure/storage/blobs/immutable-policy-configure-container-scope"
_QUICK = Durations(create=3, update=3, delete=3, source=ESTIMATE)
_DEFAULT = NameRule(pattern=".+", least=1, most=64, code="HttpResourceNotFound", allowed="default", source=_TEMPLATES)


def _invalid(condition: object, name: str, what: str) -> None:
    refuse(
        condition,
        400,
        "InvalidValuesForRequestParameters",
        f"Values for request parameters are invalid: {name}: {what}.",
    )


@rule("InvalidValuesForRequestParameters", UNVERIFIED_CODE + f": {_SOFT_DELETE} and {_RESTORE}")
def _protection_fits(write: Write) -> None:
    for name in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        policy: Body = at(write.body, name) or {}
        days = policy.get("days")
        _invalid(policy.get("enabled") and (days is None or not 1 <= days <= 365), name, f"{days} days, not 1 to 365")
    kept = at(write.body, "changeFeed.retentionInDays")
    _invalid(kept is not None and not 1 <= kept <= 146_000, "changeFeed", f"{kept} days, not 1 to 146000")
    _invalid(len(at(write.body, "cors.corsRules") or []) > 5, "cors.corsRules", "more than five rules")
    if not at(write.body, "restorePolicy.enabled"):
        return
    needed = {
        "versioning": at(write.body, "isVersioningEnabled"),
        "the change feed": at(write.body, "changeFeed.enabled"),
        "soft delete": at(write.body, "deleteRetentionPolicy.enabled"),
    }
    missing = [name for name, there in needed.items() if not there]
    _invalid(missing, "restorePolicy", f"it needs {', '.join(missing)}")
    days, longer = at(write.body, "restorePolicy.days") or 0, at(write.body, "deleteRetentionPolicy.days") or 0
    _invalid(not 1 <= days < longer, "restorePolicy", f"{days} days, not 1 to less than soft delete's {longer}")


def _sku(write: Write) -> Body | None:
    account = write.world.find(write.parent)
    return at(account.outputs, "sku") if account else None


BLOB_SERVICE = ResourceType(
    token="storage:BlobServiceProperties",
    path=_SERVICE,
    name=_DEFAULT,
    durations=_QUICK,
    source=f"{_TEMPLATES}/blobservices",
    location="none",
    refused={"automaticSnapshotPolicyEnabled": "Azure has retired it: use versioning"},
    defaults={
        "containerDeleteRetentionPolicy": {"enabled": False},
        "cors": {"corsRules": []},
        "deleteRetentionPolicy": {"allowPermanentDelete": False, "enabled": False},
    },
    computed={"sku": Computed(_sku, keep=False)},
    in_use=(
        InUse(
            tokens=("storage:BlobContainer",),
            code="ResetNotModelled",
            message="The stand-in for Azure cannot set {id} back while it holds {count} containers.",
            source="the stand-in takes away what lies in a resource, which Azure does not where a service is set back",
            nested=True,
            status=501,
        ),
    ),
    rules=(is_the_default, _protection_fits),
    preset=lambda name, _: {} if name == "default" else None,
    singleton=True,
    provisioning_state="",
)


@rule("PublicAccessNotPermitted", "https://github.com/Azure/azure-rest-api-specs/issues/11331")
def _public_where_the_account_lets(write: Write) -> None:
    account = write.world.find(write.arm_id.rpartition("/blobServices/")[0])
    refuse(
        (at(write.body, "publicAccess") or "None") != "None"
        and not (account and at(account.outputs, "allowBlobPublicAccess")),
        409,
        "PublicAccessNotPermitted",
        "Public access is not permitted on this storage account.",
    )


def _has_policy(container: Record, world: World) -> bool:
    return bool(world.children(container.arm_id, "storage:BlobContainerImmutabilityPolicy"))


CONTAINER = ResourceType(
    token="storage:BlobContainer",
    path=_CONTAINER,
    name=NameRule(
        pattern=r"[a-z0-9]+(-[a-z0-9]+)*|\$root|\$web|\$logs",
        least=3,
        most=63,
        code="InvalidResourceName",
        allowed="3 to 63 lower-case letters, digits and '-', no '-' first, last or doubled",
        source=ARM_NAMES,
    ),
    durations=_QUICK,
    source=f"{_TEMPLATES}/blobservices/containers",
    location="none",
    refused={"immutableStorageWithVersioning": "policies by version are not modelled: use one on the container"},
    defaults={
        "defaultEncryptionScope": "$account-encryption-key",
        "deleted": False,
        "denyEncryptionScopeOverride": False,
        "hasLegalHold": False,
        "leaseState": "Available",
        "leaseStatus": "Unlocked",
        "publicAccess": "None",
        "remainingRetentionDays": 0,
    },
    computed={"etag": etag(), "lastModifiedTime": Computed(lambda write: iso(write.now), keep=False)},
    live={"hasImmutabilityPolicy": _has_policy},
    rules=(_public_where_the_account_lets,),
    provisioning_state="",
)


@rule("ContainerImmutabilityPolicyFailure", UNVERIFIED_CODE + ": " + _IMMUTABLE)
def _period_is_sound(write: Write) -> None:
    days = at(write.body, "immutabilityPeriodSinceCreationInDays")
    refuse(
        days is None or not 1 <= days <= 146_000,
        400,
        "ContainerImmutabilityPolicyFailure",
        f"The immutability period of {days} days is not 1 to 146000.",
    )
    refuse(
        at(write.body, "allowProtectedAppendWrites") and at(write.body, "allowProtectedAppendWritesAll"),
        400,
        "ContainerImmutabilityPolicyFailure",
        "The 'allowProtectedAppendWrites' and 'allowProtectedAppendWritesAll' properties are mutually exclusive.",
    )


# Azure answers for every container that it has a policy: one of no days. The provider takes that as none.
# https://github.com/pulumi/pulumi-azure-native/pull/2154
IMMUTABILITY = ResourceType(
    token="storage:BlobContainerImmutabilityPolicy",
    path=_CONTAINER + "/immutabilityPolicies/{immutabilityPolicyName}",
    name=_DEFAULT,
    durations=_QUICK,
    source=f"{_TEMPLATES}/blobservices/containers/immutabilitypolicies",
    location="none",
    defaults={"state": "Unlocked"},
    computed={"etag": etag()},
    rules=(is_the_default, _period_is_sound),
    preset=lambda name, _: {"immutabilityPeriodSinceCreationInDays": 0} if name == "default" else None,
    singleton=True,
    provisioning_state="",
)

LIFECYCLE = ResourceType(
    token="storage:ManagementPolicy",
    path=ACCOUNT_PATH + "/managementPolicies/{managementPolicyName}",
    name=_DEFAULT,
    durations=_QUICK,
    source=f"{_TEMPLATES}/managementpolicies",
    location="none",
    computed={"lastModifiedTime": Computed(lambda write: iso(write.now), keep=False)},
    rules=(is_the_default, policy_is_whole, actions_are_possible),
    provisioning_state="",
)

TYPES: tuple[ResourceType, ...] = (BLOB_SERVICE, CONTAINER, IMMUTABILITY, LIFECYCLE)

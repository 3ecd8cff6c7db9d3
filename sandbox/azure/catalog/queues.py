# ruff: noqa: S106 - a token is the name of a type
"""The queue service of a storage account, and its queues. The stand-in has no messages.

Every account has the service; here it is seen once a program has set it, so that the accounts that nobody uses it of
are not asked for its logs. A deleted queue's name is free at once, where Azure holds it for half a minute.
https://learn.microsoft.com/rest/api/storageservices/delete-queue3#remarks
"""

from typing import Final

from sandbox.azure.bodies import at
from sandbox.azure.model import Durations, InUse, NameRule, ResourceType, Write

from .blob_lifecycle import is_the_default
from .common import ARM_NAMES, ESTIMATE, UNVERIFIED_CODE, refuse, rule
from .storage_accounts import ACCOUNT_PATH

_TEMPLATES: Final = "https://learn.microsoft.com/azure/templates/microsoft.storage/2024-01-01/storageaccounts"
_KINDS: Final = "https://learn.microsoft.com/azure/storage/common/storage-account-overview#types-of-storage-accounts"
_QUICK: Final = Durations(create=3, update=3, delete=3, source=ESTIMATE)


@rule("FeatureNotSupportedForAccount", UNVERIFIED_CODE + ": " + _KINDS)
def _account_has_queues(write: Write) -> None:
    """A general account of the standard tier has them, the special ones have blobs or files alone."""
    account = write.world.find(write.arm_id.rpartition("/queueServices/")[0])
    kind, sku = (str(at(account.outputs, path)) if account else "" for path in ("kind", "sku.name"))
    refuse(
        account is not None and (kind != "StorageV2" or not sku.startswith("Standard_")),
        409,
        "FeatureNotSupportedForAccount",
        f"Queue is not supported for the account: it is of kind {kind} and SKU {sku}.",
    )


QUEUE_SERVICE: Final = ResourceType(
    token="storage:QueueServiceProperties",
    path=ACCOUNT_PATH + "/queueServices/{queueServiceName}",
    name=NameRule(pattern=".+", least=1, most=64, code="HttpResourceNotFound", allowed="default", source=_TEMPLATES),
    durations=_QUICK,
    source=f"{_TEMPLATES}/queueservices",
    location="none",
    defaults={"cors": {"corsRules": []}},
    in_use=(
        InUse(
            tokens=("storage:Queue",),
            code="ResetNotModelled",
            message="The stand-in for Azure cannot set {id} back while it holds {count} queues.",
            source="the stand-in takes away what lies in a resource, which Azure does not where a service is set back",
            nested=True,
            status=501,
        ),
    ),
    rules=(is_the_default, _account_has_queues),
    preset=lambda name, _: {} if name == "default" else None,
    singleton=True,
    provisioning_state="",
)

QUEUE: Final = ResourceType(
    token="storage:Queue",
    path=ACCOUNT_PATH + "/queueServices/default/queues/{queueName}",
    name=NameRule(
        pattern="[a-z0-9]+(-[a-z0-9]+)*",
        least=3,
        most=63,
        code="InvalidResourceName",
        allowed="3 to 63 lower-case letters, digits and '-', no '-' first, last or doubled",
        source=ARM_NAMES,
        spec="^[a-z0-9]([a-z0-9]|(-(?!-))){1,61}[a-z0-9]$",
    ),
    durations=_QUICK,
    source=f"{_TEMPLATES}/queueservices/queues",
    location="none",
    defaults={"approximateMessageCount": 0},
    rules=(_account_has_queues,),
    provisioning_state="",
)

TYPES: tuple[ResourceType, ...] = (QUEUE_SERVICE, QUEUE)

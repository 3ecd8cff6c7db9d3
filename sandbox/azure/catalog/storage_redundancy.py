"""How storage accounts keep copies: the SKUs, the regions that have each, where the second copy lies, who may change.

https://learn.microsoft.com/azure/storage/common/storage-redundancy
"""

from collections.abc import Mapping
from typing import Final

from sandbox.azure.bodies import at
from sandbox.azure.model import Write

from .common import refuse, region, rule

_ERRORS: Final = "https://learn.microsoft.com/rest/api/storagerp/srp_error_codes_create_storage_account"
_CONVERSION: Final = "https://learn.microsoft.com/azure/storage/common/redundancy-migration"

# Where a region's geo-redundant copies go; a region that is not here has none.
# https://learn.microsoft.com/azure/reliability/regions-paired
PAIRED: Final[Mapping[str, str]] = {
    "australiacentral": "australiacentral2", "australiacentral2": "australiacentral",
    "australiaeast": "australiasoutheast", "australiasoutheast": "australiaeast", "brazilsouth": "southcentralus",
    "brazilsoutheast": "brazilsouth", "canadacentral": "canadaeast", "canadaeast": "canadacentral",
    "centralindia": "southindia", "centralus": "eastus2", "eastasia": "southeastasia", "eastus": "westus",
    "eastus2": "centralus", "francecentral": "francesouth", "francesouth": "francecentral",
    "germanynorth": "germanywestcentral", "germanywestcentral": "germanynorth", "japaneast": "japanwest",
    "japanwest": "japaneast", "koreacentral": "koreasouth", "koreasouth": "koreacentral",
    "northcentralus": "southcentralus", "northeurope": "westeurope", "norwayeast": "norwaywest",
    "norwaywest": "norwayeast", "southafricanorth": "southafricawest", "southafricawest": "southafricanorth",
    "southcentralus": "northcentralus", "southeastasia": "eastasia", "southindia": "centralindia",
    "swedencentral": "swedensouth", "switzerlandnorth": "switzerlandwest", "switzerlandwest": "switzerlandnorth",
    "uaecentral": "uaenorth", "uaenorth": "uaecentral", "uksouth": "ukwest", "ukwest": "uksouth",
    "westcentralus": "westus2", "westeurope": "northeurope", "westindia": "southindia", "westus": "eastus",
    "westus2": "westcentralus", "westus3": "eastus",
}  # fmt: skip
# https://learn.microsoft.com/azure/reliability/regions-list
WITHOUT_ZONES: Final = frozenset(
    {
        "australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth",
        "germanynorth", "koreasouth", "northcentralus", "norwaywest", "southafricawest", "southindia",
        "switzerlandwest", "uaecentral", "ukwest", "westcentralus", "westindia", "westus",
    }
)  # fmt: skip

_LOCAL: Final = ("Standard_LRS", "Standard_GRS", "Standard_RAGRS")
_ZONAL: Final = ("Standard_ZRS", "Standard_GZRS", "Standard_RAGZRS")
_PREMIUM: Final = ("Premium_LRS", "Premium_ZRS")
# What each kind of account takes: https://learn.microsoft.com/azure/storage/common/storage-account-overview
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "StorageV2": (*_LOCAL, *_ZONAL, *_PREMIUM),
    "BlobStorage": _LOCAL,
    "BlockBlobStorage": _PREMIUM,
    "FileStorage": _PREMIUM,
}
# The archive tier: https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview#archive-access-tier
ARCHIVING: Final = frozenset(_LOCAL)


def secondary_of(write: Write) -> str | None:
    """The region of the second copy, None where the SKU makes none."""
    return PAIRED.get(region(str(at(write.body, "location")))) if "G" in _replication(write) else None


def second_is_readable(write: Write) -> bool:
    """Whether the second copy has an address of its own."""
    return _replication(write).startswith("RA")


def _replication(write: Write) -> str:
    return str(at(write.body, "sku.name")).partition("_")[2]


@rule("InvalidAccountType", _ERRORS)
def sku_exists(write: Write) -> None:
    """The SKU is one, and the kind of account has it."""
    sku, kind = str(at(write.body, "sku.name")), str(at(write.body, "kind"))
    refuse(
        sku not in KINDS.get(kind, ()),
        400,
        "InvalidAccountType",
        f"The AccountType {sku} is invalid for kind {kind}. For more information, see - "
        "https://aka.ms/storageaccountskus",
    )


@rule("RedundancyConfigurationNotAvailableInRegion", "https://github.com/Esri/arcgis-gitops/issues/160")
def sku_is_offered_here(write: Write) -> None:
    """Zones where there are zones, geo-redundancy where there is a pair."""
    sku, place = str(at(write.body, "sku.name")), region(str(at(write.body, "location")))
    without = ("ZRS" in sku and place in WITHOUT_ZONES) or ("G" in _replication(write) and place not in PAIRED)
    refuse(
        without,
        400,
        "RedundancyConfigurationNotAvailableInRegion",
        f"The storage account failed to create due to redundancy configuration - Sku: {sku}, Kind: "
        f"{at(write.body, 'kind')} - not available in selected Region - {place}. Please make sure the redundancy "
        "configuration selected is available in your region. For more information about redundancy configurations, see "
        "https://docs.microsoft.com/en-us/azure/storage/common/storage-redundancy",
    )


@rule("StorageAccountTypeConversionNotAllowed", f"{_CONVERSION} and {_ERRORS}")
def sku_can_change(write: Write) -> None:
    """Geo-redundancy comes and goes by a PUT; into zones and out of them is a conversion, and Premium stays."""
    if write.old is None:
        return
    old, new = str(at(write.old.outputs, "sku.name")), str(at(write.body, "sku.name"))
    kept = any(old in group and new in group for group in (_LOCAL, _ZONAL))
    refuse(
        old != new and not kept,
        400,
        "StorageAccountTypeConversionNotAllowed",
        f"Storage account {write.name} does not support the sku conversion from {old} to {new}.",
    )

"""The settings of one deployment: values only, frozen, every key known.

They come from `complianceflow:settings` of the stack file. Nothing secret is among them: what is secret is made by the
program or lives in the deployment's Key Vault.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from cidr import DeploymentName, Fault
from cidr.names import APPLICATION_CODE
from cidr.validation import refuse

_GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_EXAMPLE_GUID = "00000000-0000-0000-0000-000000000001"

# Sizes of Premium SSD that a flexible server takes, in GiB; from 4096 on a disk has no host cache, hence 4095.
# https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-storage-premium-ssd
# https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r/postgresql_flexible_server.html.markdown
STORAGE_SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767)

# SKU families of each compute tier: https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-compute
TIER_FAMILIES = {"Burstable": "B", "GeneralPurpose": "D", "MemoryOptimized": "E"}

Guid = Annotated[str, Field(pattern=_GUID)]
Email = Annotated[
    str,
    Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="an address for mail", examples=["platform@example.com"]),
]
Name = Annotated[str, Field(min_length=1, max_length=256, pattern=r"\S")]


class _Part(BaseModel):
    """Unknown keys are refused, and a value is taken only in its own type: `"200"` is no amount, 18 no version."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Budget(_Part):
    """The monthly budget of the deployment; alerts go to the contacts."""

    amount: float = Field(gt=0, allow_inf_nan=False, description="a month's budget, more than 0", examples=[200])
    currency: Literal["USD"] = Field(description="currency of the amount", examples=["USD"])
    contact_emails: Annotated[
        tuple[Email, ...],
        Field(min_length=1, strict=False, description="who is told, at least one", examples=["[platform@example.com]"]),
    ]


class EntraGroup(_Part):
    """A group of Microsoft Entra."""

    name: Name = Field(description="display name of the group", examples=["complianceflow-dev-database-admins"])
    object_id: Guid = Field(description="object id of the group, lower case", examples=[_EXAMPLE_GUID])


class Postgres(_Part):
    """Size and safety of the deployment's PostgreSQL flexible server."""

    sku_name: str = Field(
        pattern=r"^Standard_[BDE][0-9]+[a-z]*(_v[0-9]+)?$", description="compute SKU", examples=["Standard_B1ms"]
    )
    tier: Literal["Burstable", "GeneralPurpose", "MemoryOptimized"] = Field(
        description="compute tier, that of the SKU", examples=["Burstable"]
    )
    storage_gb: int = Field(description=f"GiB, one of {', '.join(map(str, STORAGE_SIZES))}", examples=[32])
    version: Literal["16", "17", "18"] = Field(description="major version, in quotes", examples=["18"])
    backup_retention_days: int = Field(ge=7, le=35, description="days of backups, 7 to 35", examples=[7])
    geo_redundant_backup: bool = Field(
        description="copies in the paired region; fixed once created", examples=["false"]
    )
    high_availability: bool = Field(description="a standby; not in the Burstable tier", examples=["false"])

    # Each rule hangs on a field and reads those above it: so it speaks even when another field has a fault.
    @field_validator("sku_name")
    @classmethod
    def _fits_a_network(cls, sku_name: str) -> str:
        if sku_name.endswith("_v6"):
            raise _refused(
                f"{sku_name} cannot stand in a virtual network",
                "families up to v5: https://learn.microsoft.com/azure/postgresql/overview#v6-sku-family-limitations",
                f"write `sku_name: {sku_name[:-1]}5`",
            )
        return sku_name

    @field_validator("tier")
    @classmethod
    def _is_the_skus(cls, tier: str, info: ValidationInfo) -> str:
        sku_name: str | None = info.data.get("sku_name")
        if sku_name and sku_name[len("Standard_")] != TIER_FAMILIES[tier]:
            right = next(name for name, letter in TIER_FAMILIES.items() if letter == sku_name[len("Standard_")])
            begin = f"Standard_{TIER_FAMILIES[tier]}"
            raise _refused(
                f"tier {tier} is not that of sku_name {sku_name}",
                f"SKUs that begin with {begin} in {tier}",
                f"write `tier: {right}`, or a SKU that begins with {begin}",
            )
        return tier

    @field_validator("storage_gb")
    @classmethod
    def _is_a_size(cls, storage_gb: int) -> int:
        if storage_gb not in STORAGE_SIZES:
            bigger = next((size for size in STORAGE_SIZES if size > storage_gb), STORAGE_SIZES[-1])
            raise _refused(
                f"storage_gb {storage_gb} is none of Azure's sizes",
                ", ".join(map(str, STORAGE_SIZES)),
                f"write `storage_gb: {bigger}`",
            )
        return storage_gb

    @field_validator("high_availability")
    @classmethod
    def _has_a_standby(cls, high_availability: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's call
        if high_availability and info.data.get("tier") == "Burstable":
            raise _refused(
                "high_availability is on in the Burstable tier, which has none",
                "high_availability in GeneralPurpose and MemoryOptimized",
                "write `high_availability: false`, or take a GeneralPurpose SKU",
            )
        return high_availability


class StackValues(_Part):
    """What stands in a stack file; `Settings` adds the deployment that the file is named for."""

    application_code: str = Field(
        pattern=f"^{APPLICATION_CODE}$", description="2 to 4 lower-case letters, part of every name", examples=["cf"]
    )
    subscription_id: Guid = Field(description="GUID of the subscription, lower case", examples=[_EXAMPLE_GUID])
    tenant_id: Guid = Field(description="GUID of the Entra tenant, lower case", examples=[_EXAMPLE_GUID])
    owner: Name = Field(description="who answers for the deployment", examples=["DevOps"])
    cost_center: Name = Field(description="who pays for it", examples=["Platform"])
    budget: Budget = Field(
        description="the month's budget, with amount, currency and contact_emails",
        examples=["{amount: 200, currency: USD, contact_emails: [platform@example.com]}"],
    )
    entra_admin_group: EntraGroup = Field(
        description="people who administer the databases: name and object_id",
        examples=[f"{{name: database-admins, object_id: {_EXAMPLE_GUID}}}"],
    )
    postgres: Postgres = Field(
        description="size and safety of the PostgreSQL server, with all its keys", examples=["{sku_name: ...}"]
    )
    # 30 to 730 days: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
    log_retention_days: int = Field(ge=30, le=730, description="days that logs are kept, 30 to 730", examples=[30])
    purge_protection: bool = Field(
        description="keeps a deleted vault from being purged; once on it cannot be turned off", examples=["false"]
    )


class Settings(StackValues):
    """All settings of one deployment: what its stack file says, and its name."""

    deployment: DeploymentName

    @property
    def ephemeral(self) -> bool:
        """Whether the deployment may be torn down without a break-glass."""
        return self.deployment.environment.ephemeral


def _refused(what: str, allowed: str, next_step: str) -> PydanticCustomError:
    return refuse(Fault(where="", what=what, allowed=allowed, next_step=next_step))

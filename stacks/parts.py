"""The parts of a deployment's settings: one model a capability, every key known, every value in its own type."""

from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from cidr import DeploymentName, Fault
from cidr.validation import refuse

GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
EXAMPLE_GUID = "00000000-0000-0000-0000-000000000001"

# Sizes of Premium SSD that a flexible server takes, in GiB; from 4096 on a disk has no host cache, hence 4095.
# https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-storage-premium-ssd
# https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r/postgresql_flexible_server.html.markdown
STORAGE_SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767)

# SKU families of each compute tier: https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-compute
TIER_FAMILIES = {"Burstable": "B", "GeneralPurpose": "D", "MemoryOptimized": "E"}

Guid = Annotated[str, Field(pattern=GUID)]
Email = Annotated[
    str,
    Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="an address for mail", examples=["platform@example.com"]),
]
Name = Annotated[str, Field(min_length=1, max_length=256, pattern=r"\S")]


class Part(BaseModel):
    """Unknown keys are refused, and a value is taken only in its own type: `"200"` is no amount, 18 no version."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Budget(Part):
    """The monthly budget of the deployment; alerts go to the contacts."""

    amount: float = Field(gt=0, allow_inf_nan=False, description="a month's budget, more than 0", examples=[200])
    currency: Literal["USD"] = Field(description="currency of the amount", examples=["USD"])
    contact_emails: Annotated[
        tuple[Email, ...],
        Field(min_length=1, strict=False, description="who is told, at least one", examples=["[platform@example.com]"]),
    ]


class EntraGroup(Part):
    """A group of Microsoft Entra."""

    name: Name = Field(description="display name of the group", examples=["complianceflow-dev-database-admins"])
    object_id: Guid = Field(description="object id of the group, lower case", examples=[EXAMPLE_GUID])


class Postgres(Part):
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
            raise refused(
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
            raise refused(
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
            raise refused(
                f"storage_gb {storage_gb} is none of Azure's sizes",
                ", ".join(map(str, STORAGE_SIZES)),
                f"write `storage_gb: {bigger}`",
            )
        return storage_gb

    @field_validator("high_availability")
    @classmethod
    def _has_a_standby(cls, high_availability: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's call
        if high_availability and info.data.get("tier") == "Burstable":
            raise refused(
                "high_availability is on in the Burstable tier, which has none",
                "high_availability in GeneralPurpose and MemoryOptimized",
                "write `high_availability: false`, or take a GeneralPurpose SKU",
            )
        return high_availability


class Redis(Part):
    """Size and safety of the deployment's Azure Managed Redis."""

    # https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier
    sku_name: str = Field(
        pattern=r"^(Balanced_B|MemoryOptimized_M|ComputeOptimized_X)[0-9]+$",
        description="SKU of Azure Managed Redis",
        examples=["Balanced_B0"],
    )
    high_availability: bool = Field(description="a replica, in another zone where there are some", examples=["false"])


# https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas#standard-tier-features: up to 40 units
class EventHubs(Part):
    """Throughput of the deployment's Event Hubs namespace, in units of 1 MB/s in and 2 MB/s out."""

    capacity: int = Field(ge=1, le=40, description="throughput units, 1 to 40", examples=[1])
    maximum_capacity: int = Field(
        ge=1, le=40, description="units that it may grow to by itself, 1 to 40, capacity or more", examples=[1]
    )

    @field_validator("maximum_capacity")
    @classmethod
    def _is_no_less(cls, maximum_capacity: int, info: ValidationInfo) -> int:
        capacity: int = info.data.get("capacity", 1)
        if maximum_capacity < capacity:
            raise refused(
                f"maximum_capacity {maximum_capacity} is less than capacity {capacity}",
                f"{capacity} to 40",
                f"write `maximum_capacity: {capacity}`, which lets it stay as it is",
            )
        return maximum_capacity


class Storage(Part):
    """Copies of the deployment's blobs: https://learn.microsoft.com/azure/storage/common/storage-redundancy."""

    replication: Literal["LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS"] = Field(
        description="how blobs are copied", examples=["LRS"]
    )
    soft_delete_days: int = Field(ge=1, le=365, description="days that deleted blobs are kept, 1 to 365", examples=[7])


class AiSearch(Part):
    """Azure AI Search of the deployment: https://learn.microsoft.com/azure/search/search-sku-tier."""

    sku: Literal["basic", "standard"] = Field(description="tier", examples=["basic"])
    replicas: int = Field(ge=1, le=12, description="copies of every index; basic has 3 at most", examples=[1])

    @field_validator("replicas")
    @classmethod
    def _fit_the_tier(cls, replicas: int, info: ValidationInfo) -> int:
        if info.data.get("sku") == "basic" and replicas > 3:
            raise refused(
                f"{replicas} replicas in sku basic, which has 3 at most",
                "1 to 3 in basic, 1 to 12 in standard",
                "write `replicas: 3`, or `sku: standard`",
            )
        return replicas


class Options(Part):
    """What a deployment has only where it asks for it; all of it off, and flow logs a choice in dev alone."""

    ai_search: AiSearch | None = Field(
        default=None, description="full text search, with sku and replicas", examples=["{sku: basic, replicas: 1}"]
    )
    media_processor: bool = Field(default=False, description="works off media by a queue", examples=["true"])
    nat_egress: bool = Field(default=False, description="a fixed way out to the Internet", examples=["true"])
    bastion: bool = Field(default=False, description="a way in for people to machines", examples=["true"])
    flow_logs: bool = Field(
        default=False,
        description="records who spoke to whom; always in stg and prod",
        examples=["true"],
    )
    own_registry: bool = Field(
        default=False, description="a registry of a regional deployment's own", examples=["true"]
    )
    dedicated_tenant: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        description="the one tenant that a regional deployment accepts",
        examples=["acme"],
    )
    signed_context: bool = Field(
        default=False, description="databases work for a tenant by a signed token alone", examples=["true"]
    )
    peers: Annotated[
        tuple[DeploymentName, ...],
        Field(
            strict=False,
            description="other regional deployments of the environment, joined to this one; each names the other",
            examples=["[westeu-prod-2]"],
        ),
    ] = ()

    def named(self) -> tuple[str, ...]:
        """The options that are on, by key."""
        return tuple(key for key, value in dict(self).items() if value)


def _prefix(value: object) -> str:
    allowed, step = "IPv4 ranges in CIDR form, none of them everybody", "write `203.0.113.0/24`"
    try:
        network = IPv4Network(value if isinstance(value, str) else repr(value))
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise refused(f"{value!r} is no range: {error}", allowed, step) from None
    if network.prefixlen == 0:
        raise refused(f"{network} lets everybody in", allowed, step)
    return str(network)


class Gateway(Part):
    """The platform's one entry, in a global deployment."""

    allow_list: Annotated[
        tuple[Annotated[str, BeforeValidator(_prefix)], ...],
        Field(
            strict=False,
            description="ranges that may reach the public entry of dev and stg",
            examples=["[203.0.113.0/24]"],
        ),
    ] = ()
    # What tokens of version 2 name as their audience:
    # https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    audience: Guid = Field(
        description="client id of the API's application in Entra, a GUID in lower case", examples=[EXAMPLE_GUID]
    )


class Domain(Part):
    """A domain of one's own, in a DNS zone of the account or elsewhere."""

    host_name: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
        description="what people type, in lower case",
        examples=["app.example.com"],
    )
    zone: str | None = Field(
        default=None,
        description="the account's public DNS zone that it lies in; without, someone else makes its records",
        examples=["example.com"],
    )


class FrontDoor(Part):
    """The public entry of a persistent environment; without it the gateway is public for its allow_list."""

    # https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-rate-limit
    requests_per_minute: int = Field(
        ge=1, description="requests of one client address a minute, refused beyond", examples=[1200]
    )
    domain: Domain | None = Field(default=None, description="a domain of one's own", examples=["{host_name: ...}"])


def refused(what: str, allowed: str, next_step: str) -> PydanticCustomError:
    """The error with which a validator refuses a value; the place is filled in where it is told."""
    return refuse(Fault(where="", what=what, allowed=allowed, next_step=next_step))

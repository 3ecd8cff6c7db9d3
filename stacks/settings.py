"""The settings of one deployment: values only, frozen, every key known.

They come from `complianceflow:settings` of the stack file. Nothing secret is among them: what is secret is made by the
program or lives in the deployment's Key Vault.
"""

from pydantic import Field

from cidr import DeploymentName
from cidr.names import APPLICATION_CODE
from stacks.parts import (
    EXAMPLE_GUID,
    Budget,
    EntraGroup,
    EventHubs,
    FrontDoor,
    Gateway,
    Guid,
    Name,
    Options,
    Part,
    Postgres,
    Redis,
    Storage,
)
from stacks.ttl import Ttl, TtlSpend


class StackValues(Part):
    """What stands in a stack file; `Settings` adds the deployment that the file is named for."""

    application_code: str = Field(
        pattern=f"^{APPLICATION_CODE}$", description="2 to 4 lower-case letters, part of every name", examples=["cf"]
    )
    subscription_id: Guid = Field(description="GUID of the subscription, lower case", examples=[EXAMPLE_GUID])
    tenant_id: Guid = Field(description="GUID of the Entra tenant, lower case", examples=[EXAMPLE_GUID])
    owner: Name = Field(description="who answers for the deployment", examples=["DevOps"])
    cost_center: Name = Field(description="who pays for it", examples=["Platform"])
    budget: Budget = Field(
        description="the month's budget, with amount, currency and contact_emails",
        examples=["{amount: 200, currency: USD, contact_emails: [platform@example.com]}"],
    )
    entra_admin_group: EntraGroup = Field(
        description="people who administer the databases: name and object_id",
        examples=[f"{{name: database-admins, object_id: {EXAMPLE_GUID}}}"],
    )
    postgres: Postgres = Field(
        description="size and safety of the PostgreSQL server, with all its keys", examples=["{sku_name: ...}"]
    )
    redis: Redis = Field(
        description="size and safety of the cache, with all its keys",
        examples=["{sku_name: Balanced_B0, high_availability: false}"],
    )
    event_hubs: EventHubs = Field(
        description="throughput of the event hubs, with all its keys", examples=["{capacity: 1, maximum_capacity: 1}"]
    )
    regional_event_hubs: bool = Field(
        default=True,
        description="false: a regional's hubs lie in its global deployment's namespace, which names it",
        examples=["false"],
    )
    hosts_hubs_of: DeploymentName | None = Field(
        default=None,
        description="the one regional deployment whose hubs a global has in its own namespace",
        examples=["westeu-dev-1"],
    )
    storage: Storage = Field(
        description="copies of the blobs, with all its keys", examples=["{replication: LRS, soft_delete_days: 7}"]
    )
    gateway: Gateway | None = Field(
        default=None,
        description="the entry of a global deployment, with allow_list and audience; a regional one has none",
        examples=["{allow_list: [203.0.113.0/24], audience: 00000000-0000-0000-0000-0000000000f1}"],
    )
    options: Options = Field(
        default=Options(), description="what only this deployment has", examples=["{nat_egress: true}"]
    )
    front_door: FrontDoor | None = Field(
        default=None,
        description="Front Door before the gateway of a global deployment; its allow_list may be empty then",
        examples=["{requests_per_minute: 1200}"],
    )
    schema_revision: str | None = Field(
        default=None,
        pattern=r"^[0-9]{4}$",
        description="what the databases are migrated to, in quotes; dev and stg go to the newest without it",
        examples=['"0002"'],
    )
    chat_webhook: str | None = Field(
        default=None,
        pattern=r"^[A-Z][A-Z0-9_]*$",
        description="environment variable that holds the URL which alerts and budgets are posted to: a secret",
        examples=["CHAT_WEBHOOK_URL"],
    )
    ttl: Ttl | None = None
    ttl_spend: TtlSpend | None = Field(
        default=None,
        description="how much it may spend before it may be taken down, with amount and currency; dev and stg alone",
        examples=["{amount: 50, currency: USD}"],
    )
    # 30 to 730 days: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
    log_retention_days: int = Field(ge=30, le=730, description="days that logs are kept, 30 to 730", examples=[30])
    locked: bool = Field(
        default=False, description="locks what holds data against deletion; off before a delete", examples=["true"]
    )
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

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Every subscription that the deployment's stack deploys into."""
        return (self.subscription_id,)

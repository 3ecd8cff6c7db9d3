"""A storage account for blobs: its containers, how long they keep what, and who may come in.

- Reached from inside only, by https, signed in to by identity: no account keys, no anonymous reading. Links that a
  service hands out are signed with its own identity (user delegation), say when they begin, and live an hour at most.
  https://learn.microsoft.com/azure/storage/blobs/security-recommendations
  https://learn.microsoft.com/azure/storage/common/sas-expiration-policy
- What is overwritten or deleted is kept: as a version, and for some days as deleted. The change feed lists the changes.
  https://learn.microsoft.com/azure/storage/blobs/versioning-overview
- A container can keep its blobs from being changed for a time. While such a policy is in effect, locked or not, Azure
  deletes no account that holds a blob under it: only a deployment that stays has any. Locking one is for good and is
  no resource: a person does it. https://learn.microsoft.com/azure/storage/blobs/immutable-container-level-worm-policies
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_azure_native import storage

from components.answers import answered
from components.data.blob_containers import Container, lifecycle_rules
from components.data.service_logs import send_service_logs
from components.diagnostics import Telemetry, send_logs
from components.place import Place

__all__ = ["Container", "Replication", "Storage", "StorageArgs"]

Replication = Literal["LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS"]

# Links may live this long (days.hours:minutes:seconds): longer ones are refused, not only noted.
LONGEST_LINK: Final = "0.01:00:00"
# The archive tier is offered for these alone: https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview
ARCHIVING: Final[frozenset[Replication]] = frozenset({"LRS", "GRS", "RAGRS"})


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """`replication`: as in Azure's SKU names. `soft_delete_days`: of deleted blobs and containers, 1 to 365.

    `immutability`: containers that ask for it get a policy that keeps their blobs; the account can then not be deleted
    while it holds one of them. Without it they are kept as all others, by versions and soft delete.
    `copied_by_backup_vault`: a vault copies its blobs by object replication, which stands in Microsoft's own tenant.
    Raises ValueError outside, for two containers of one name, and for archiving where the replication has no archive.
    """

    place: Place
    workspace_id: pulumi.Input[str]
    replication: Replication
    containers: Sequence[Container]
    soft_delete_days: int
    immutability: bool = False
    copied_by_backup_vault: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.soft_delete_days <= 365:
            raise ValueError(f"what is deleted is kept 1 to 365 days, not {self.soft_delete_days}")
        names = [container.name for container in self.containers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"containers of one name: {', '.join(twice)}")
        archived = [one.name for one in self.containers if one.archive_after is not None]
        if archived and self.replication not in ARCHIVING:
            raise ValueError(
                f"{self.replication} has no archive tier, which {', '.join(archived)} would need: take one of "
                f"{', '.join(sorted(ARCHIVING))}, or leave archive_after out"
            )


class Storage(pulumi.ComponentResource):
    """A storage account. `container_ids`: full ARM ids by the container's name, known once nothing can be taken away.

    `blob_endpoint`: address for clients. `created_at`: changes when the account is made anew under the same id.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    blob_endpoint: pulumi.Output[str]
    created_at: pulumi.Output[str]
    container_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Storage", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        account = _account(f"{name}-account", args, child)
        with_account = pulumi.ResourceOptions(parent=self, deleted_with=account)
        service = _blob_service(f"{name}-blobs", args, account, with_account)
        self.container_ids = {
            container.name: self._container(name, container, args, account, service) for container in args.containers
        }
        if args.containers:
            storage.ManagementPolicy(
                f"{name}-lifecycle",
                resource_group_name=place.group,
                account_name=account.name,
                management_policy_name="default",
                policy=storage.ManagementPolicySchemaArgs(
                    rules=[rule for container in args.containers for rule in lifecycle_rules(container)]
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )
        send_logs(f"{name}-metrics", place, account.id, args.workspace_id, child, telemetry=Telemetry.METRICS)
        send_service_logs(f"{name}-logs", place, service.id, args.workspace_id, child)
        self.id = account.id
        self.name = account.name
        self.blob_endpoint = account.primary_endpoints.apply(_blob_address)
        self.created_at = account.creation_time.apply(
            lambda time: answered(time, "creation time of the storage account (creationTime)")
        )
        self.register_outputs({"id": self.id, "name": self.name, "blobEndpoint": self.blob_endpoint})

    def _container(
        self,
        name: str,
        container: Container,
        args: StorageArgs,
        account: storage.StorageAccount,
        service: storage.BlobServiceProperties,
    ) -> pulumi.Output[str]:
        """The container's id. An immutable one is deleted with the account, never for itself.

        Azure refuses its delete while the policy is there, and the delete of the policy wants an etag that the
        provider does not send: https://github.com/pulumi/pulumi-azure-native/issues/2156
        """
        place, days = args.place, container.immutable_for if args.immutability else None
        goes_with = None if days is None else account
        made = storage.BlobContainer(
            f"{name}-container-{container.name}",
            resource_group_name=place.group,
            account_name=account.name,
            container_name=place.names.of("storage_container", container.name),
            public_access=storage.PublicAccess.NONE,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[service], deleted_with=goes_with),
        )
        if days is None:
            return made.id
        policy = storage.BlobContainerImmutabilityPolicy(
            f"{name}-immutable-{container.name}",
            resource_group_name=place.group,
            account_name=account.name,
            container_name=made.name,
            immutability_policy_name="default",
            immutability_period_since_creation_in_days=days,
            allow_protected_append_writes_all=True,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=goes_with),
        )
        return pulumi.Output.all(made.id, policy.urn).apply(lambda values: str(values[0]))


def _account(name: str, args: StorageArgs, opts: pulumi.ResourceOptions) -> storage.StorageAccount:
    """The account. That it takes https alone is Azure's default, which nothing here turns off.

    https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer
    """
    place = args.place
    return storage.StorageAccount(
        name,
        resource_group_name=place.group,
        account_name=place.names.of("storage_account"),
        location=place.location,
        kind=storage.Kind.STORAGE_V2,
        sku=storage.SkuArgs(name=f"Standard_{args.replication}"),
        access_tier=storage.AccessTier.HOT,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        allow_blob_public_access=False,
        allow_shared_key_access=False,
        allow_cross_tenant_replication=args.copied_by_backup_vault,
        default_to_o_auth_authentication=True,
        sas_policy=storage.SasPolicyArgs(
            expiration_action=storage.ExpirationAction.BLOCK, sas_expiration_period=LONGEST_LINK
        ),
        public_network_access=storage.PublicNetworkAccess.DISABLED,
        network_rule_set=storage.NetworkRuleSetArgs(
            default_action=storage.DefaultAction.DENY, bypass=storage.Bypass.AZURE_SERVICES
        ),
        encryption=storage.EncryptionArgs(
            key_source=storage.KeySource.MICROSOFT_STORAGE, require_infrastructure_encryption=True
        ),
        tags=place.tags,
        opts=opts,
    )


def _blob_service(
    name: str, args: StorageArgs, account: storage.StorageAccount, opts: pulumi.ResourceOptions
) -> storage.BlobServiceProperties:
    """What protects the blobs. Deleting it would set it back, which nobody needs while the account goes."""
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=args.soft_delete_days)
    return storage.BlobServiceProperties(
        name,
        resource_group_name=args.place.group,
        account_name=account.name,
        blob_services_name="default",
        is_versioning_enabled=True,
        change_feed=storage.ChangeFeedArgs(enabled=True),
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=opts,
    )


def _blob_address(endpoints: storage.outputs.EndpointsResponse | None) -> str:
    return answered(endpoints.blob if endpoints else None, "address of the blob service (primaryEndpoints.blob)")

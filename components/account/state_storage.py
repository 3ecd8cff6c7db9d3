"""The storage account of the state, with its containers: taken over from `cfctl init`.

Not the component that deployments have (components/data/storage.py), because the reasons are others: this account is
there before any network, and people and runners come to it from outside. So it has a public side; what guards it is
that it takes no key, only identities, and that each of them writes its own stack alone. What is overwritten or deleted
is kept for 90 days, blobs and containers alike. There is no rule that deletes a state. That it takes https alone is
Azure's default, which nothing here turns off.
https://learn.microsoft.com/azure/storage/blobs/security-recommendations
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import storage

from components.account.state_group import taken_over
from components.account.state_plan import KEPT_DAYS, StatePlan
from components.diagnostics import Telemetry, send_logs
from components.place import AccountPlace

# https://learn.microsoft.com/rest/api/storagerp/storage-accounts/create and .../blob-containers/create
_FIXED: Final = ("dnsEndpointType", "enableNfsV3", "encryption", "immutableStorageWithVersioning", "isHnsEnabled")
_FIXED_IN_CONTAINERS: Final = (
    "defaultEncryptionScope",
    "denyEncryptionScopeOverride",
    "immutableStorageWithVersioning",
)


@dataclass(frozen=True, kw_only=True)
class StateStorageArgs:
    """`plan` gives every name; `workspace_id` is where it is told who read and wrote which blob."""

    place: AccountPlace
    plan: StatePlan
    workspace_id: pulumi.Input[str]


class StateStorage(pulumi.ComponentResource):
    """The account. `container_ids`: ARM ids by container, for roles."""

    id: pulumi.Output[str]
    container_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StateStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:StateStorage", name, None, opts)
        place, plan, child = args.place, args.plan, pulumi.ResourceOptions(parent=self)
        account = storage.StorageAccount(
            f"{name}-account",
            resource_group_name=place.group,
            account_name=plan.account,
            location=place.location,
            kind=storage.Kind.STORAGE_V2,
            sku=storage.SkuArgs(name=f"Standard_{plan.replication}"),
            allow_blob_public_access=False,
            allow_cross_tenant_replication=False,
            allow_shared_key_access=False,
            default_to_o_auth_authentication=True,
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            public_network_access=storage.PublicNetworkAccess.ENABLED,
            tags=place.tags,
            opts=taken_over(self, plan.account_id, fixed=_FIXED),
        )
        service = storage.BlobServiceProperties(
            f"{name}-blobs",
            resource_group_name=place.group,
            account_name=account.name,
            blob_services_name="default",
            is_versioning_enabled=True,
            delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=KEPT_DAYS),
            container_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=KEPT_DAYS),
            opts=child,
        )
        containers = {
            container: storage.BlobContainer(
                f"{name}-container-{container}",
                resource_group_name=place.group,
                account_name=account.name,
                container_name=container,
                public_access=storage.PublicAccess.NONE,
                opts=taken_over(self, plan.container_id(container), fixed=_FIXED_IN_CONTAINERS),
            )
            for container in plan.containers
        }
        send_logs(f"{name}-metrics", place, account.id, args.workspace_id, child, telemetry=Telemetry.METRICS)
        send_logs(f"{name}-logs", place, service.id, args.workspace_id, child, telemetry=Telemetry.LOGS)
        self.id = account.id
        self.container_ids = {container: made.id for container, made in containers.items()}
        self.register_outputs({"id": self.id})

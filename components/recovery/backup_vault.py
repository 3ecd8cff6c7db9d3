"""A backup vault: copies of blobs, and of the database server for years, out of reach of who holds the deployment.

- The copies lie in two regions, in storage of Azure's own. What is deleted from the vault is kept for some days, and
  nobody shortens how long a copy is kept (immutability; a person may lock it, which is for good).
  https://learn.microsoft.com/azure/backup/backup-azure-immutable-vault-concept
- So a vault that holds copies is not deleted by a destroy: its instances are stopped first, and what they leave is kept
  for `soft_delete_days`. https://learn.microsoft.com/azure/backup/backup-vault-overview#delete-a-backup-vault
- The vault's own identity has the roles before anything is protected, and instances are made one after another
  (https://github.com/hashicorp/terraform-provider-azurerm/issues/26911).
- Blobs are copied by object replication into Azure's tenant: the account must allow that.
- The copies of a server are dumps, one a week. For servers in a virtual network Azure's pages do not confirm them.
  https://learn.microsoft.com/azure/backup/backup-azure-database-postgresql-flex-support-matrix
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import dataprotection

from components.answers import answered
from components.diagnostics import send_logs
from components.place import Place
from components.recovery.backup_policies import BLOBS, POSTGRES, Policy
from components.roles import Role, assign_to_identity


@dataclass(frozen=True, kw_only=True)
class BackedUpBlobs:
    """A storage account, and the names of the containers that are copied: 1 to 100."""

    account_id: pulumi.Input[str]
    account_name: pulumi.Input[str]
    containers: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class BackedUpServer:
    """A flexible server, and the id of its resource group."""

    server_id: pulumi.Input[str]
    server_name: pulumi.Input[str]
    group_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """`soft_delete_days`: 14 to 180. `server`: None where the server's own backups must do.

    Raises ValueError outside, and for a number of containers that Azure does not take.
    """

    place: Place
    subscription_id: str
    workspace_id: pulumi.Input[str]
    blobs: BackedUpBlobs
    server: BackedUpServer | None = None
    soft_delete_days: int = 14

    def __post_init__(self) -> None:
        if not 14 <= self.soft_delete_days <= 180:
            raise ValueError(f"what is deleted from a backup vault is kept 14 to 180 days, not {self.soft_delete_days}")
        if not 1 <= len(self.blobs.containers) <= 100:
            raise ValueError(f"a backup copies 1 to 100 containers of an account, not {len(self.blobs.containers)}")


@dataclass(frozen=True, kw_only=True)
class _Protected:
    """One instance to be: what it copies, by which policy, and the roles, with scopes, that the vault needs for it."""

    what: str
    policy: Policy
    source_id: pulumi.Input[str]
    source_name: pulumi.Input[str]
    roles: Sequence[tuple[Role, pulumi.Input[str]]]
    parameters: dataprotection.PolicyParametersArgs | None = None


class BackupVault(pulumi.ComponentResource):
    """A vault with what it protects; `id` for locks, `principal_id` of its own identity."""

    id: pulumi.Output[str]
    principal_id: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:BackupVault", name, None, opts)
        vault = _vault(f"{name}-vault", args, pulumi.ResourceOptions(parent=self))
        self.id = vault.id
        self.principal_id = vault.identity.apply(
            lambda identity: answered(identity.principal_id if identity else None, "identity of the backup vault")
        )
        send_logs(f"{name}-logs", args.place, vault.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        before: list[pulumi.Resource] = []
        for protected in _protected(args):
            roles = [
                assign_to_identity(
                    f"{name}-{role.name.lower().replace('_', '-')}",
                    role,
                    scope=scope,
                    principal_id=self.principal_id,
                    subscription_id=args.subscription_id,
                    opts=pulumi.ResourceOptions(parent=self),
                )
                for role, scope in protected.roles
            ]
            after = pulumi.ResourceOptions(parent=self, depends_on=[*roles, *before])
            before = [_instance(name, protected, args.place, vault, after)]
        self.register_outputs({"id": self.id})


def _protected(args: BackupVaultArgs) -> list[_Protected]:
    blobs, server = args.blobs, args.server
    containers = dataprotection.BlobBackupDatasourceParametersArgs(
        containers_list=list(blobs.containers), object_type="BlobBackupDatasourceParameters"
    )
    found = [
        _Protected(
            what="blobs",
            policy=BLOBS,
            source_id=blobs.account_id,
            source_name=blobs.account_name,
            roles=[(Role.STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR, blobs.account_id)],
            parameters=dataprotection.PolicyParametersArgs(backup_datasource_parameters_list=[containers]),
        )
    ]
    if server is not None:
        found.append(
            _Protected(
                what="postgres",
                policy=POSTGRES,
                source_id=server.server_id,
                source_name=server.server_name,
                roles=[(Role.POSTGRES_LONG_TERM_BACKUP, server.server_id), (Role.READER, server.group_id)],
            )
        )
    return found


def _instance(
    name: str,
    protected: _Protected,
    place: Place,
    vault: dataprotection.BackupVault,
    opts: pulumi.ResourceOptions,
) -> dataprotection.BackupInstance:
    """The policy, and what is copied by it; `opts` of the instance say what comes before it."""
    what, policy = protected.what, protected.policy
    made = dataprotection.BackupPolicy(
        f"{name}-policy-{what}",
        resource_group_name=place.group,
        vault_name=vault.name,
        backup_policy_name=place.names.of("backup_policy", what),
        properties=policy.properties(),
        opts=pulumi.ResourceOptions(parent=opts.parent),
    )
    return dataprotection.BackupInstance(
        f"{name}-instance-{what}",
        resource_group_name=place.group,
        vault_name=vault.name,
        backup_instance_name=place.names.of("backup_instance", what),
        properties=dataprotection.BackupInstanceArgs(
            object_type="BackupInstance",
            friendly_name=protected.source_name,
            data_source_info=dataprotection.DatasourceArgs(
                object_type="Datasource",
                datasource_type=policy.source,
                resource_id=protected.source_id,
                resource_uri=protected.source_id,
                resource_name=protected.source_name,
                resource_type=policy.resource,
                resource_location=place.location,
            ),
            data_source_set_info=dataprotection.DatasourceSetArgs(
                object_type="DatasourceSet",
                datasource_type=policy.source,
                resource_id=protected.source_id,
                resource_uri=protected.source_id,
                resource_name=protected.source_name,
                resource_type=policy.resource,
                resource_location=place.location,
            ),
            policy_info=dataprotection.PolicyInfoArgs(policy_id=made.id, policy_parameters=protected.parameters),
        ),
        tags=place.tags,
        opts=opts,
    )


def _vault(name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions) -> dataprotection.BackupVault:
    place = args.place
    return dataprotection.BackupVault(
        name,
        resource_group_name=place.group,
        vault_name=place.names.of("backup_vault"),
        location=place.location,
        identity=dataprotection.DppIdentityDetailsArgs(type="SystemAssigned"),
        properties=dataprotection.BackupVaultArgs(
            storage_settings=[
                dataprotection.StorageSettingArgs(
                    datastore_type=dataprotection.StorageSettingStoreTypes.VAULT_STORE,
                    type=dataprotection.StorageSettingTypes.GEO_REDUNDANT,
                )
            ],
            security_settings=dataprotection.SecuritySettingsArgs(
                soft_delete_settings=dataprotection.SoftDeleteSettingsArgs(
                    state=dataprotection.SoftDeleteState.ON, retention_duration_in_days=args.soft_delete_days
                ),
                immutability_settings=dataprotection.ImmutabilitySettingsArgs(
                    state=dataprotection.ImmutabilityState.UNLOCKED
                ),
            ),
        ),
        tags=place.tags,
        opts=opts,
    )

"""What a backup vault protects: one data source an instance, with the roles of the vault's identity on it.

https://learn.microsoft.com/azure/backup/blob-backup-configure-manage and
https://learn.microsoft.com/azure/backup/backup-azure-database-postgresql-flex
"""

from collections.abc import Mapping
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import Body, at, objects_at, text_at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Computed, Durations, NameRule, Record, Reference, ResourceType, Serial, Write

from .backup_vaults import BLOBS, INSTANCE, POSTGRES, VAULT_PATH, rules_of
from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, UNVERIFIED_CODE, refuse, rule
from .role_definitions import ROLES, holds_role

_BLOBS = "https://learn.microsoft.com/azure/backup/blob-backup-support-matrix"
_SERVERS = "https://learn.microsoft.com/azure/backup/backup-azure-database-postgresql-flex-support-matrix"
_PERMISSIONS = "https://www.powershellgallery.com/packages/Az.DataProtection (custom/manifests)"
_SOURCE, _POLICY = "properties.dataSourceInfo", "properties.policyInfo"
# The roles that the vault's identity needs, and whether on the source or on its resource group: _PERMISSIONS.
_NEEDED: Final[Mapping[str, tuple[tuple[str, bool], ...]]] = {
    BLOBS: (("Storage Account Backup Contributor", True),),
    POSTGRES: (("PostgreSQL Flexible Server Long Term Retention Backup Role", True), ("Reader", False)),
}
_TOKENS: Final[Mapping[str, str]] = {BLOBS: "storage:StorageAccount", POSTGRES: "dbforpostgresql:Server"}


def _kind(body: Body) -> str:
    return text_at(body, f"{_SOURCE}.datasourceType") or ""


def _source(write: Write) -> Record | None:
    return write.world.find(text_at(write.body, f"{_SOURCE}.resourceID") or "")


def _policy(write: Write) -> Record | None:
    return write.world.find(text_at(write.body, f"{_POLICY}.policyId") or "")


@rule("UserErrorInvalidRequestParameter", UNVERIFIED_CODE + ": " + _BLOBS)
def _parts_fit(write: Write) -> None:
    """Source, policy and vault are of one type, one vault and one region."""
    source, policy, kind = _source(write), _policy(write), _kind(write.body)
    vault = write.world.find(write.parent)

    def wrong(condition: object, why: str) -> None:
        refuse(condition, 400, "UserErrorInvalidRequestParameter", f"Backup instance {write.name}: {why}.")

    wrong(kind not in _TOKENS, f"{kind} is no data source that is known")
    wrong(source is not None and source.token != _TOKENS[kind], f"the source is no {kind}")
    wrong(policy is not None and policy.parent != arm_ids.key(write.parent), "its policy lies in another vault")
    kinds = at(policy.inputs, "properties.datasourceTypes") or [] if policy else [kind]
    wrong(kind not in kinds, "policy and source differ in type")
    wrong(source and vault and source.location != vault.location, "source and vault must be in one region")


@rule("UserErrorDppDatasourceAlreadyProtected", UNVERIFIED_CODE + ": " + _SERVERS)
def _one_a_source(write: Write) -> None:
    wanted = arm_ids.key(text_at(write.body, f"{_SOURCE}.resourceID") or "")
    for other in write.world.of_type(INSTANCE):
        refuse(
            arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id)
            and arm_ids.key(text_at(other.inputs, f"{_SOURCE}.resourceID") or "") == wanted,
            400,
            "UserErrorDppDatasourceAlreadyProtected",
            f"The data source {wanted} is protected by {other.arm_id} already.",
        )


@rule("UserErrorMissingPermissions", UNVERIFIED_CODE + ": " + _PERMISSIONS)
def _vault_has_its_roles(write: Write) -> None:
    source, vault = _source(write), write.world.find(write.parent)
    if source is None or vault is None:
        return
    identity = text_at(vault.outputs, "identity.principalId") or ""
    for role, on_source in _NEEDED[_kind(write.body)]:
        scope = source.arm_id if on_source else "/".join(source.arm_id.split("/")[:5])
        refuse(
            not identity or not holds_role(write.world, identity, ROLES[role], scope),
            400,
            "UserErrorMissingPermissions",
            f"The identity of backup vault {vault.name} lacks the role '{role}' on {scope}. Grant it, wait some "
            "minutes, and try again.",
        )


@rule(
    ("UserErrorNoContainersSelectedForOperation", "UserErrorCrossTenantReplicationDisabled"),
    "https://github.com/Azure/azure-cli-extensions/issues/7499 (the second: " + UNVERIFIED_CODE + ")",
)
def _blobs_can_be_copied(write: Write) -> None:
    """A vaulted backup copies chosen containers by object replication, into an account of Azure Backup's own tenant."""
    account, policy = _source(write), _policy(write)
    if _kind(write.body) != BLOBS or account is None or policy is None:
        return
    vaulted = rules_of(policy.inputs, "AzureBackupRule")
    listed = objects_at(write.body, f"{_POLICY}.policyParameters.backupDatasourceParametersList")
    names = [str(name) for item in listed for name in item.get("containersList") or []]
    inside = arm_ids.key(account.arm_id) + "/"
    containers = write.world.of_type("storage:BlobContainer")
    there = {found.name for found in containers if arm_ids.key(found.arm_id).startswith(inside)}
    refuse(
        vaulted and (not names or not {*names} <= there),
        400,
        "UserErrorNoContainersSelectedForOperation",
        f"No containers selected for operation, or none of that name: {', '.join(sorted({*names} - there))}.",
    )
    refuse(
        vaulted and at(account.outputs, "allowCrossTenantReplication") is not True,
        400,
        "UserErrorCrossTenantReplicationDisabled",
        f"Storage account {account.name} does not allow cross-tenant replication, which vaulted backup needs.",
    )


@rule("UserErrorDatasourceNotSupported", UNVERIFIED_CODE + ": " + _SERVERS)
def _server_can_be_dumped(write: Write) -> None:
    server = _source(write)
    if _kind(write.body) != POSTGRES or server is None:
        return
    for wrong, why in (
        (at(server.outputs, "sku.tier") == "Burstable", "is in the Burstable tier"),
        (at(server.outputs, "replicationRole") != "Primary", "is a read replica"),
    ):
        refuse(wrong, 400, "UserErrorDatasourceNotSupported", f"Server {server.name} {why}, which is not supported.")
    if at(server.outputs, "network.delegatedSubnetResourceId"):
        raise NotModelledError(
            f"long-term backup of server {server.name}, which stands in a virtual network: Azure's pages do not "
            "confirm it for logical backups (physical ones, in preview, have it), so the stand-in does not say yes"
        )


BACKUP_INSTANCE = ResourceType(
    token=INSTANCE,
    path=VAULT_PATH + "/backupInstances/{backupInstanceName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9][A-Za-z0-9-]*",
        least=1,
        most=256,
        code="InvalidResourceName",
        allowed="1 to 256 letters, digits and '-', a letter or digit first",
        source=ARM_NAMES + " (the code is unverified)",
    ),
    durations=Durations(create=120, update=60, delete=90, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.dataprotection/2025-01-01/backupvaults/backupinstances",
    location="none",
    replace_on=("properties.dataSourceInfo.resourceID",),
    defaults={"properties": {"currentProtectionState": "ProtectionConfigured"}},
    computed={
        "properties.protectionStatus": Computed(lambda _: {"status": "ProtectionConfigured"}),
        "properties.policyInfo.policyVersion": Computed(lambda _: ""),
        "systemData": SYSTEM_DATA,
    },
    references=(
        Reference(
            path=f"{_SOURCE}.resourceID",
            tokens=tuple(_TOKENS.values()),
            code="UserErrorDatasourceNotFound",
            message="The data source {id} of backup instance {referrer} was not found.",
            source=UNVERIFIED_CODE + ": " + _BLOBS,
        ),
        Reference(
            path=f"{_POLICY}.policyId",
            tokens=("dataprotection:BackupPolicy",),
            code="UserErrorPolicyNotFound",
            message="The policy {id} of backup instance {referrer} was not found.",
            source=UNVERIFIED_CODE + ": " + _BLOBS,
        ),
    ),
    serial=(
        Serial(
            scope=lambda arm_id, _: arm_ids.parent(arm_id),
            status=406,
            code="BackupInstanceOperationInProgress",
            message="Another operation on the backup instances of vault {name} is in progress.",
            source="https://github.com/hashicorp/terraform-provider-azurerm/issues/26911 (the code is unverified: "
            "Azure answers 406 without a body)",
        ),
    ),
    provisioning_state="properties.provisioningState",
    rules=(_parts_fit, _one_a_source, _vault_has_its_roles, _blobs_can_be_copied, _server_can_be_dumped),
)

TYPES = (BACKUP_INSTANCE,)

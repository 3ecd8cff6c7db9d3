"""Where the state lies, in plain values: names, ids and addresses, all of them known before anything is made.

Two make it, from this one plan: `cfctl init` its first day, before there is a state to be kept, and the stack `account`
ever after. So nothing here comes from Azure: the vault's four characters are drawn from the subscription, because the
vault is made once and for good.

One container and one key an environment, and one of each for the account's own stack: who may write one environment's
state can read no other's secrets.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cidr import ACCOUNT
from components.conventions import AccountNames
from components.conventions.roles import AccountRole, assignment_name, definition_id
from components.network.watchers import Watcher

KEPT_DAYS: Final = 90  # of what is deleted or overwritten: the most that a vault offers, and the same for blobs
KEY_TYPE: Final = "RSA"
KEY_BITS: Final = 3072
# What Pulumi's secrets provider asks of the key: https://gocloud.dev/howto/secrets/#azure
KEY_OPERATIONS: Final = ("encrypt", "decrypt")


@dataclass(frozen=True, kw_only=True)
class AdminGrant:
    """A role of the people who administer the state, on one of its resources."""

    label: str
    scope: str
    role: AccountRole
    name: str
    definition: str

    @property
    def id(self) -> str:
        """ARM id of the assignment."""
        return f"{self.scope}/providers/Microsoft.Authorization/roleAssignments/{self.name}"


@dataclass(frozen=True, kw_only=True)
class StatePlan:
    """`location`: Azure's name of the region. `environments`: those that have deployments, in their order.

    `replication`: as in Azure's SKU names. `administrators`: object id of an Entra group. `watchers`: those of the
    networks of every environment, which the account holds beside the state.
    """

    names: AccountNames
    subscription_id: str
    tenant_id: str
    location: str
    replication: str
    environments: Sequence[str]
    administrators: str
    tags: Mapping[str, str]
    watchers: Sequence[Watcher] = ()

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Every subscription that something of the plan is in, once; the state's first."""
        return tuple(dict.fromkeys([self.subscription_id, *(watcher.subscription_id for watcher in self.watchers)]))

    @property
    def group(self) -> str:
        """Name of the resource group."""
        return self.names.of("resource_group")

    @property
    def group_id(self) -> str:
        """ARM id of the resource group."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.group}"

    @property
    def account(self) -> str:
        """Name of the storage account: there is one of that name in the world."""
        return self.names.of("storage_account")

    @property
    def account_id(self) -> str:
        """ARM id of the storage account."""
        return f"{self.group_id}/providers/Microsoft.Storage/storageAccounts/{self.account}"

    @cached_property
    def vault(self) -> str:
        """Name of the vault, with four characters that depend on the subscription alone."""
        drawn = hashlib.sha256(self.subscription_id.encode()).digest()
        return self.names.of("key_vault", suffix=base64.b32encode(drawn).decode().lower()[:4])

    @property
    def vault_id(self) -> str:
        """ARM id of the vault."""
        return f"{self.group_id}/providers/Microsoft.KeyVault/vaults/{self.vault}"

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose state has a container and a key of its own: the account, and each environment."""
        return (ACCOUNT, *self.environments)

    def state_of(self, owner: str) -> str:
        """Name of the container and of the key of an owner's state."""
        return self.names.of("storage_container", f"state-{owner}")

    @property
    def containers(self) -> tuple[str, ...]:
        """Every container: the states, and the exports of each environment."""
        return (*map(self.state_of, self.owners), *map(self.exports_of, self.environments))

    def exports_of(self, environment: str) -> str:
        """Name of the container of what the deployments of an environment export."""
        return self.names.of("storage_container", f"exports-{environment}")

    def container_id(self, container: str) -> str:
        """ARM id of a container."""
        return f"{self.account_id}/blobServices/default/containers/{container}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key."""
        return tuple(map(self.state_of, self.owners))

    def key_id(self, key: str) -> str:
        """ARM id of a key."""
        return f"{self.vault_id}/keys/{key}"

    @property
    def grants(self) -> tuple[AdminGrant, ...]:
        """What the administrators may: write every container, use every key. Owner of a subscription is neither."""
        given = (
            ("blobs", self.account_id, AccountRole.STORAGE_BLOB_DATA_CONTRIBUTOR),
            ("keys", self.vault_id, AccountRole.KEY_VAULT_CRYPTO_USER),
        )
        return tuple(
            AdminGrant(
                label=label,
                scope=scope,
                role=role,
                name=assignment_name(scope, role, self.administrators),
                definition=definition_id(role, self.subscription_id),
            )
            for label, scope, role in given
        )

    def backend_url(self, owner: str) -> str:
        """What `pulumi login` takes: https://www.pulumi.com/docs/iac/concepts/state-and-backends/#azure-blob-storage."""
        return f"azblob://{self.state_of(owner)}?storage_account={self.account}"

    def secrets_provider(self, owner: str) -> str:
        """What `pulumi stack init --secrets-provider` takes: https://www.pulumi.com/docs/iac/concepts/secrets/."""
        return f"azurekeyvault://{self.vault}.vault.azure.net/keys/{self.state_of(owner)}"

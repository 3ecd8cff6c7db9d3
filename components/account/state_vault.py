"""The vault whose keys seal the secrets in the state: taken over from `cfctl init`.

A key an environment, so that who deploys dev opens nothing of prod. Without its key a state's secrets are lost: the
vault cannot be purged, and what is deleted of it is kept as long as Azure offers. It has a public side, for the same
reason as the storage of the state; access is by role alone.
https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import keyvault

from components.account.state_group import taken_over
from components.account.state_plan import KEPT_DAYS, KEY_BITS, KEY_OPERATIONS, KEY_TYPE, StatePlan
from components.diagnostics import send_logs
from components.place import AccountPlace


@dataclass(frozen=True, kw_only=True)
class StateVaultArgs:
    """`plan` gives every name; `workspace_id` is where it is told who used which key."""

    place: AccountPlace
    plan: StatePlan
    workspace_id: pulumi.Input[str]


class StateVault(pulumi.ComponentResource):
    """The vault. `key_ids`: ARM ids by key, for roles."""

    id: pulumi.Output[str]
    key_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: StateVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:StateVault", name, None, opts)
        place, plan, child = args.place, args.plan, pulumi.ResourceOptions(parent=self)
        vault = keyvault.Vault(
            f"{name}-vault",
            resource_group_name=place.group,
            vault_name=plan.vault,
            location=place.location,
            properties=keyvault.VaultPropertiesArgs(
                sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
                tenant_id=plan.tenant_id,
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                soft_delete_retention_in_days=KEPT_DAYS,
                enable_purge_protection=True,
                public_network_access="Enabled",
            ),
            tags=place.tags,
            opts=taken_over(self, plan.vault_id),
        )
        keys = {
            key: keyvault.Key(
                f"{name}-key-{key}",
                resource_group_name=place.group,
                vault_name=vault.name,
                key_name=key,
                properties=keyvault.KeyPropertiesArgs(
                    kty=KEY_TYPE,
                    key_size=KEY_BITS,
                    key_ops=list(KEY_OPERATIONS),
                ),
                tags=place.tags,
                opts=taken_over(self, plan.key_id(key)),
            )
            for key in plan.keys
        }
        send_logs(f"{name}-logs", place, vault.id, args.workspace_id, child)
        self.id = vault.id
        self.key_ids = {key: made.id for key, made in keys.items()}
        self.register_outputs({"id": self.id})

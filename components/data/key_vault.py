"""The Key Vault of a deployment: secrets by role, reached from inside only.

Its name ends in four random characters that the state keeps: a vault's name is taken worldwide, also while the vault
lies deleted, so that a redeployed deployment needs another one than its predecessor.
Access is by role (enable_rbac_authorization), never by access policy; no public access. How long a deleted vault is
kept is fixed when it is made. Purge protection, once on, can never be turned off: it is left out, not set to false,
where it is not wanted. https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from dataclasses import dataclass

import pulumi
import pulumi_random
from pulumi_azure_native import keyvault

from components.answers import answered
from components.diagnostics import send_logs
from components.place import Place

SUFFIX_LENGTH = 4


@dataclass(frozen=True, kw_only=True)
class KeyVaultArgs:
    """`soft_delete_days`: 7 to 90, fixed once created. Raises ValueError outside."""

    place: Place
    tenant_id: str
    workspace_id: pulumi.Input[str]
    soft_delete_days: int
    purge_protection: bool = False

    def __post_init__(self) -> None:
        if not 7 <= self.soft_delete_days <= 90:
            raise ValueError(f"a vault is kept 7 to 90 days once deleted, not {self.soft_delete_days}")
        self.place.names.of("key_vault", suffix="x" * SUFFIX_LENGTH)  # too long shows before anything is made


class KeyVault(pulumi.ComponentResource):
    """A vault; `id` for roles, `name` for what is put into it, `uri` for clients."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    uri: pulumi.Output[str]

    def __init__(self, name: str, args: KeyVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:KeyVault", name, None, opts)
        place = args.place
        suffix = pulumi_random.RandomString(
            f"{name}-suffix",
            length=SUFFIX_LENGTH,
            lower=True,
            numeric=True,
            upper=False,
            special=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        vault = keyvault.Vault(
            f"{name}-vault",
            resource_group_name=place.group,
            vault_name=suffix.result.apply(lambda text: place.names.of("key_vault", suffix=text)),
            location=place.location,
            properties=keyvault.VaultPropertiesArgs(
                sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
                tenant_id=args.tenant_id,
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                soft_delete_retention_in_days=args.soft_delete_days,
                enable_purge_protection=True if args.purge_protection else None,
                public_network_access="Disabled",
                network_acls=keyvault.NetworkRuleSetArgs(
                    default_action=keyvault.NetworkRuleAction.DENY,
                    bypass=keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
                ),
            ),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        send_logs(f"{name}-logs", place, vault.id, args.workspace_id, pulumi.ResourceOptions(parent=self))
        self.id = vault.id
        self.name = vault.name
        self.uri = vault.properties.apply(lambda properties: answered(properties.vault_uri, "address of the vault"))
        self.register_outputs({"id": self.id, "uri": self.uri})

"""What holds data in a deployment that stays is protected in its state: no plain `pulumi destroy` deletes it, no `up`.

The keystone is among them, so that a destroy stops at its first resource, also with --skip-preview; Azure's own locks
(locks.py) a destroy would take away. `pulumi state unprotect` lifts it, and the break-glass of `cfctl down` does.
https://www.pulumi.com/docs/iac/concepts/resources/options/protect/
"""

from typing import Final

import pulumi
from pulumi.runtime import register_stack_transformation

_NATIVE: Final = "azure-native:"
PROTECTED: Final = frozenset(
    _NATIVE + kind
    for kind in (
        "resources:ResourceGroup",
        "dbforpostgresql:Server",
        "storage:StorageAccount",
        "keyvault:Vault",
        "eventhub:Namespace",
        "dataprotection:BackupVault",
        "applicationinsights:Workbook",  # the keystone (keystone.py): a destroy meets it first of all
    )
)


def protect_what_holds_data() -> None:
    """Protect every resource of these types that the program declares from now on."""
    register_stack_transformation(_protected)


def _protected(declared: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if declared.type_ not in PROTECTED:
        return None
    opts = pulumi.ResourceOptions.merge(declared.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(declared.props, opts)

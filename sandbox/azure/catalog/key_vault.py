# ruff: noqa: S106 - a token is the name of a type
"""Key vaults and their secrets, with soft delete.

https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from sandbox.azure.bodies import Body, at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import (
    Computed,
    Durations,
    Immutable,
    NameRule,
    Record,
    ResourceType,
    SoftDelete,
    Unique,
    World,
    Write,
)

from .common import ARM_NAMES, ESTIMATE, SYSTEM_DATA, digest, refuse, rule
from .private_link import connections_of

_SOFT_DELETE = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"
_RECOVERY = "https://learn.microsoft.com/azure/key-vault/general/key-vault-recovery"
_VAULT = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.KeyVault/vaults/{vaultName}"
)


@rule("BadRequest", _SOFT_DELETE)
def _retention_in_range(write: Write) -> None:
    days = at(write.body, "properties.softDeleteRetentionInDays")
    refuse(
        days is not None and not 7 <= int(days) <= 90,
        400,
        "BadRequest",
        f'The property "softDeleteRetentionInDays" is {days}; it must be between 7 and 90.',
    )


@rule("BadRequest", _SOFT_DELETE + "#purge-protection")
def _protection_is_irreversible(write: Write) -> None:
    """False is refused on creation too: the property is left out, or true for good."""
    refuse(
        at(write.body, "properties.enablePurgeProtection") is False,
        400,
        "BadRequest",
        'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an '
        "irreversible action.",
    )
    refuse(
        at(write.body, "properties.enableSoftDelete") is False,
        400,
        "BadRequest",
        'The property "enableSoftDelete" cannot be set to false. Soft delete is an irreversible action.',
    )
    refuse(
        write.old is not None
        and at(write.old.outputs, "properties.enablePurgeProtection")
        and not at(write.body, "properties.enablePurgeProtection"),
        400,
        "BadRequest",
        'The property "enablePurgeProtection" cannot be removed. Enabling the purge protection for a vault is an '
        "irreversible action.",
    )


@rule("BadRequest", "https://learn.microsoft.com/azure/key-vault/general/authentication")
def _tenant_is_the_subscriptions(write: Write) -> None:
    tenant = str(at(write.body, "properties.tenantId") or "")
    own = write.world.tenant(write.subscription)
    refuse(
        tenant.lower() != own.lower(),
        400,
        "BadRequest",
        f"The tenant {tenant} of vault {write.name} is not the tenant {own} of its subscription.",
    )


def _connections(record: Record, world: World) -> list[Body] | None:
    """A vault shows no names of its connections, and without any it has no such property."""
    found = [
        {key: item for key, item in one.items() if key not in ("name", "type")} for one in connections_of(record, world)
    ]
    return found or None


VAULT = ResourceType(
    token="keyvault:Vault",
    path=_VAULT,
    name=NameRule(
        pattern=r"[A-Za-z](?!.*--)[A-Za-z0-9-]*[A-Za-z0-9]",
        least=3,
        most=24,
        code="VaultNameNotValid",
        allowed="3 to 24 letters, digits and '-': a letter first, a letter or digit last, no '--'",
        source=ARM_NAMES,
        spec="^[a-zA-Z0-9-]{3,24}$",
    ),
    durations=Durations(create=90, update=15, delete=30, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.keyvault/2024-11-01/vaults",
    hidden=("properties.createMode",),
    maintained=("properties.accessPolicies",),
    defaults={
        "properties": {
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enableRbacAuthorization": False,
            "enableSoftDelete": True,
            "publicNetworkAccess": "Enabled",
            "softDeleteRetentionInDays": 90,
        }
    },
    computed={
        "properties.vaultUri": Computed(lambda write: f"https://{write.name.lower()}.vault.azure.net/"),
        "systemData": SYSTEM_DATA,
    },
    live={"properties.privateEndpointConnections": _connections},
    immutable=(
        Immutable(
            paths=("properties.softDeleteRetentionInDays",),
            code="BadRequest",
            message='The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
            source=_SOFT_DELETE,
        ),
    ),
    unique=Unique(
        key=lambda name: f"vault.azure.net/{name.lower()}",
        code="VaultAlreadyExists",
        message="The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the "
        "name is already taken. If you are sure that the vault name was not taken then it is possible that a vault "
        "with "
        "the same name was recently deleted but not purged after being placed in a recoverable state. If the vault "
        "is in "
        "a recoverable state then the vault will need to be purged before reusing the name.",
        source="https://learn.microsoft.com/azure/key-vault/general/rest-error-codes",
    ),
    soft_delete=SoftDelete(
        days=lambda record, _: int(at(record.outputs, "properties.softDeleteRetentionInDays") or 90),
        recreate="refuse",
        code="ConflictError",
        message="A vault with the same name already exists in deleted state. You need to either recover or purge "
        "existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on "
        "soft delete.",
        source=_RECOVERY,
        recover_mode=("properties.createMode", "recover"),
        recover_code="SoftDeletedVaultDoesNotExist",
        recover_message="A soft deleted vault with the given name does not exist. Ensure that the name for the vault "
        "that is being attempted to recover is in a recoverable state.",
        protected=lambda record: bool(at(record.outputs, "properties.enablePurgeProtection")),
    ),
    provisioning_state="properties.provisioningState",
    rules=(_retention_in_range, _protection_is_irreversible, _tenant_is_the_subscriptions),
)


def _vault_retention(record: Record, world: World) -> int:
    vault = world.find(record.parent)
    return int(at(vault.outputs, "properties.softDeleteRetentionInDays") or 90) if vault else 90


def _secret_uri(write: Write) -> str:
    vault = write.world.find(write.parent)
    if vault is None:
        raise ArmError(404, "ParentResourceNotFound", f"The vault of secret {write.arm_id} was not found.")
    return f"{at(vault.outputs, 'properties.vaultUri')}secrets/{write.name}"


@rule("BadParameter", "https://learn.microsoft.com/azure/key-vault/secrets/about-secrets")
def _secret_fits(write: Write) -> None:
    value = str(at(write.body, "properties.value") or "")
    refuse(len(value.encode()) > 25 * 1024, 400, "BadParameter", f"Secret {write.name} is longer than 25 kilobytes.")


SECRET = ResourceType(
    token="keyvault:Secret",
    path=_VAULT + "/secrets/{secretName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9-]+",
        least=1,
        most=127,
        code="BadParameter",
        allowed="1 to 127 letters, digits and '-'",
        source=ARM_NAMES,
        spec="^[a-zA-Z0-9-]{1,127}$",
    ),
    durations=Durations(create=4, update=4, delete=4, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.keyvault/2024-11-01/vaults/secrets",
    location="none",
    hidden=("properties.value",),
    defaults={"properties": {"attributes": {"enabled": True}}},
    computed={
        "location": Computed(lambda write: vault.location if (vault := write.world.find(write.parent)) else None),
        "properties.attributes.created": Computed(lambda write: int(write.now)),
        "properties.attributes.updated": Computed(lambda write: int(write.now), keep=False),
        "properties.secretUri": Computed(_secret_uri),
        "properties.secretUriWithVersion": Computed(
            lambda write: f"{_secret_uri(write)}/{digest(write, f'version/{write.now}')[:32]}", keep=False
        ),
    },
    soft_delete=SoftDelete(
        days=_vault_retention,
        recreate="refuse",
        code="Conflict",
        message="Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this "
        "state, the secret can only be recovered or purged.",
        source=_SOFT_DELETE,
    ),
    provisioning_state="",
    rules=(_secret_fits,),
)

TYPES = (VAULT, SECRET)


def vault_of_uri(uri: str) -> str:
    """The vault's name in a secret's URI (`https://kv-x.vault.azure.net/secrets/y`), "" when it is no such URI."""
    host = uri.removeprefix("https://").split("/")[0].lower()
    return (
        host.removesuffix(".vault.azure.net")
        if uri.startswith("https://") and host.endswith(".vault.azure.net")
        else ""
    )


def secret_of_uri(uri: str) -> str:
    """The secret's name in its URI, "" when there is none."""
    segments = uri.split("/")
    return segments[4] if len(segments) > 4 and segments[3] == "secrets" else ""


def find_secret(uri: str, world: World) -> Record | None:
    """The secret that a URI names, wherever its vault is."""
    name, vault = secret_of_uri(uri), vault_of_uri(uri)
    for record in world.of_type("keyvault:Vault"):
        if vault and record.name.lower() == vault:
            return world.find(f"{record.arm_id}/secrets/{name}")
    return None

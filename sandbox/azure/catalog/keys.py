# ruff: noqa: S106 - a token is the name of a type
"""Keys of a vault. Resource Manager makes the first version of one; one that is there stays as it is.

https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/create-if-not-exist
"""

from sandbox.azure.bodies import Body, at
from sandbox.azure.model import Computed, Durations, NameRule, Record, ResourceType, SoftDelete, World, Write

from .common import ARM_NAMES, ESTIMATE, digest, refuse, rule

_ABOUT = "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details"
_SOFT_DELETE = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"
_SIZES = {"RSA": (2048, 3072, 4096), "RSA-HSM": (2048, 3072, 4096)}
_CURVES = ("P-256", "P-256K", "P-384", "P-521")
_EVERYDAY = ("encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey")
_OPERATIONS = frozenset({*_EVERYDAY, "import", "release"})


@rule("BadParameter", _ABOUT)
def _key_is_sound(write: Write) -> None:
    kind, size = str(at(write.body, "properties.kty")), at(write.body, "properties.keySize")
    curve = at(write.body, "properties.curveName")
    known = (*_SIZES, "EC", "EC-HSM")
    refuse(
        kind not in known,
        400,
        "BadParameter",
        f"The kty '{kind}' of key {write.name} is none of {', '.join(known)}.",
    )
    refuse(
        size is not None and size not in _SIZES.get(kind, ()),
        400,
        "BadParameter",
        f"The keySize {size} of key {write.name} is not offered for {kind}.",
    )
    refuse(
        curve is not None and (kind in _SIZES or curve not in _CURVES),
        400,
        "BadParameter",
        f"The curveName '{curve}' of key {write.name} is not offered for {kind}.",
    )
    strangers = set(at(write.body, "properties.keyOps") or []) - _OPERATIONS
    refuse(
        strangers,
        400,
        "BadParameter",
        f"The keyOps {sorted(strangers)} of key {write.name} are none of {', '.join(sorted(_OPERATIONS))}.",
    )


@rule("BadParameter", "https://learn.microsoft.com/azure/key-vault/keys/about-keys")
def _hsm_needs_premium(write: Write) -> None:
    vault = write.world.find(write.parent)
    refuse(
        str(at(write.body, "properties.kty")).endswith("-HSM")
        and vault is not None
        and at(vault.outputs, "properties.sku.name") != "premium",
        400,
        "BadParameter",
        f"The kty of key {write.name} needs a vault of the SKU premium.",
    )


def _size(write: Write) -> int | None:
    given = at(write.body, "properties.keySize")
    return given or (2048 if at(write.body, "properties.kty") in _SIZES else None)


def _attributes(write: Write) -> Body:
    times = {"created": int(write.now), "updated": int(write.now)}
    given = at(write.body, "properties.attributes") or {}
    return {"enabled": True, "exportable": False, "recoveryLevel": "Recoverable", **given, **times}


def _uri(write: Write) -> str:
    vault = write.world.find(write.parent)
    return f"{at(vault.outputs, 'properties.vaultUri') if vault else ''}keys/{write.name}"


def _retention(record: Record, world: World) -> int:
    vault = world.find(record.parent)
    return int(at(vault.outputs, "properties.softDeleteRetentionInDays") or 90) if vault else 90


KEY = ResourceType(
    token="keyvault:Key",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.KeyVault/vaults"
    "/{vaultName}/keys/{keyName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9-]+",
        least=1,
        most=127,
        code="BadParameter",
        allowed="1 to 127 letters, digits and '-'",
        source=ARM_NAMES,
        spec="^[a-zA-Z0-9-]{1,127}$",
    ),
    durations=Durations(create=6, update=4, delete=4, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.keyvault/2024-11-01/vaults/keys",
    location="none",
    replace_on=("properties.kty", "properties.keySize", "properties.curveName", "properties.keyOps"),
    computed={
        "location": Computed(lambda write: vault.location if (vault := write.world.find(write.parent)) else None),
        # A key that is there stays as it was made: ARM's PUT gives it back and writes nothing.
        "kty": Computed(lambda write: at(write.body, "properties.kty")),
        "keySize": Computed(_size),
        "curveName": Computed(lambda write: at(write.body, "properties.curveName")),
        "keyOps": Computed(lambda write: at(write.body, "properties.keyOps") or list(_EVERYDAY)),
        "attributes": Computed(_attributes),
        "keyUri": Computed(_uri),
        "keyUriWithVersion": Computed(lambda write: f"{_uri(write)}/{digest(write, 'version')[:32]}"),
    },
    soft_delete=SoftDelete(
        days=_retention,
        recreate="refuse",
        code="Conflict",
        message="Key {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this "
        "state, the key can only be recovered or purged.",
        source=_SOFT_DELETE,
    ),
    provisioning_state="",
    rules=(_key_is_sound, _hsm_needs_premium),
)

TYPES = (KEY,)

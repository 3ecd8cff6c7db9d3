"""What Azure refuses of the secrets of an app or a job, and of what refers to them: variables, registries, volumes.

https://learn.microsoft.com/azure/container-apps/manage-secrets
"""

import re
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, objects_at
from sandbox.azure.errors import NotModelledError
from sandbox.azure.model import Record, Write

from .common import UNVERIFIED_CODE, assigned_identities, refuse, rule
from .container_bodies import TEMPLATE, every_container, principal_behind, template_error
from .key_vault import find_secret, secret_of_uri
from .role_definitions import ROLES, holds_role

_SECRETS: Final = "https://learn.microsoft.com/azure/container-apps/manage-secrets"
_PULL: Final = "https://learn.microsoft.com/azure/container-apps/managed-identity-image-pull"
_MOUNTS: Final = "https://learn.microsoft.com/azure/container-apps/storage-mounts"
_SECRET_READERS: Final = ("Key Vault Secrets User", "Key Vault Secrets Officer", "Key Vault Administrator")
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


@rule("ContainerAppSecretInvalid", "https://github.com/pulumi/pulumi-azure-native/issues/2673")
def secrets_are_complete(write: Write) -> None:
    """A secret has a name of its own, and a value or a reference to a vault: a PUT without the value is refused too."""
    secrets = objects_at(write.body, "configuration.secrets")
    names = [str(item.get("name") or "") for item in secrets]
    wrong = [
        name
        for item, name in zip(secrets, names, strict=True)
        if (item.get("value") is None) == (not item.get("keyVaultUrl"))
        or not _NAME.fullmatch(name)
        or names.count(name) > 1
    ]
    refuse(
        wrong,
        400,
        "ContainerAppSecretInvalid",
        f"Invalid Request: Container app secret(s) with name(s) '{', '.join(wrong)}' are invalid: value or keyVaultUrl "
        "and identity should be provided.",
    )


@rule("ContainerAppSecretRefNotFound", _SECRETS)
def secrets_are_defined(write: Write) -> None:
    """A secretRef of a container names a secret of the configuration."""
    defined = {item.get("name") for item in objects_at(write.body, "configuration.secrets")}
    for item in every_container(write.body):
        for variable in objects_at(item, "env"):
            wanted = variable.get("secretRef")
            refuse(
                wanted and wanted not in defined,
                400,
                "ContainerAppSecretRefNotFound",
                f"SecretRef '{wanted}' defined for container '{item.get('name')}' not found.",
            )


@rule(TEMPLATE, _SECRETS + "#reference-secret-from-key-vault")
def vault_secrets_are_readable(write: Write) -> None:
    """A secret by Key Vault reference: it exists, and the identity is assigned and may read it."""
    for item in objects_at(write.body, "configuration.secrets"):
        uri, identity = str(item.get("keyVaultUrl") or ""), str(item.get("identity") or "")
        if not uri:
            continue
        secret, principal = find_secret(uri, write.world), principal_behind(write, identity)
        vault = write.world.find(secret.parent) if secret else None
        readable = (
            secret is not None
            and vault is not None
            and principal
            and (not at(vault.outputs, "properties.enableRbacAuthorization") or _may_read(write, principal, secret))
        )
        if not readable:
            raise template_error(
                "configuration.secrets",
                item.get("name"),
                f"Unable to get value using Managed identity {identity or 'none'} for secret {secret_of_uri(uri)} "
                f"({uri})",
            )


def _may_read(write: Write, principal: str, secret: Record) -> bool:
    return any(holds_role(write.world, principal, ROLES[role], secret.arm_id) for role in _SECRET_READERS)


@rule("ContainerAppRegistryIdentityNotAssigned", UNVERIFIED_CODE + ": " + _PULL)
def registry_identities_are_assigned(write: Write) -> None:
    """An identity that pulls images is one of the app's own."""
    assigned = set(map(arm_ids.key, assigned_identities(write.body)))
    for item in objects_at(write.body, "configuration.registries"):
        identity = str(item.get("identity") or "")
        refuse(
            identity and identity.lower() != "system" and arm_ids.key(identity) not in assigned,
            400,
            "ContainerAppRegistryIdentityNotAssigned",
            f"The identity '{identity}' of registry {item.get('server')} is not assigned to {write.name}.",
        )


@rule("ContainerAppRegistryInvalid", UNVERIFIED_CODE + ": https://learn.microsoft.com/azure/container-apps/containers")
def registries_are_complete(write: Write) -> None:
    """A registry is given once, and is asked as an identity or with a name and a password that is a secret."""
    defined = {item.get("name") for item in objects_at(write.body, "configuration.secrets")}
    registries = objects_at(write.body, "configuration.registries")
    servers = [str(item.get("server") or "").lower() for item in registries]
    for item, server in zip(registries, servers, strict=True):
        by_password = bool(item.get("username")) and item.get("passwordSecretRef") in defined
        refuse(
            not server or servers.count(server) > 1 or bool(item.get("identity")) == by_password,
            400,
            "ContainerAppRegistryInvalid",
            f"The registry '{server}' of {write.name} must be given once, with an identity, or with username and a "
            "passwordSecretRef that names a secret.",
        )


@rule("ContainerAppVolumeNotFound", UNVERIFIED_CODE + ": " + _MOUNTS)
def volumes_are_defined(write: Write) -> None:
    """What a container mounts is a volume of the template; shares of a storage account are not modelled."""
    volumes = objects_at(write.body, "template.volumes")
    for volume in volumes:
        kind = volume.get("storageType") or "EmptyDir"
        if kind not in ("EmptyDir", "Secret"):
            raise NotModelledError(
                f"volume '{volume.get('name')}' of {write.name}: the sandbox has no storageType {kind}, only EmptyDir "
                "and Secret"
            )
    defined = {volume.get("name") for volume in volumes}
    for item in every_container(write.body):
        for mount in objects_at(item, "volumeMounts"):
            refuse(
                mount.get("volumeName") not in defined,
                400,
                "ContainerAppVolumeNotFound",
                f"The volume '{mount.get('volumeName')}' that container '{item.get('name')}' mounts is not defined.",
            )


RULES: Final = (
    secrets_are_complete,
    secrets_are_defined,
    vault_secrets_are_readable,
    registry_identities_are_assigned,
    registries_are_complete,
    volumes_are_defined,
)

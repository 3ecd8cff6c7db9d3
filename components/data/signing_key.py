"""The key of signed tenant contexts, drawn here and put into a vault in the form in which the tenancy job reads it.

What lies there is `{"<key id>": "<base64 of the key>"}`, the value of the job's TENANCY_SIGNING_KEYS. The id is made of
the key, so a key that was drawn anew has a new one, as the databases ask. The secret's name ends with it: a Key Vault
reference without a version may give an old value for half an hour
(https://learn.microsoft.com/azure/container-apps/manage-secrets#reference-secret-from-key-vault), and a deleted secret
keeps its name for as long as its vault keeps it.

The key is the text of a RandomPassword, not of RandomBytes: the id of that one in Pulumi's state is the value itself,
which no state encrypts (https://github.com/pulumi/pulumi-random/blob/master/provider/resources.go,
computeRandomBytesID). 64 letters and digits have 381 bits, in a block of the hash (64 bytes).
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_random
from pulumi_azure_native import keyvault

from components.answers import answered
from components.place import Place

_LENGTH: Final = 64  # bytes, the most that a key may have
_ID_LENGTH: Final = 12  # of SHA-256 in hexadecimal: tells keys apart, and nothing of them


@dataclass(frozen=True, kw_only=True)
class SigningKeyArgs:
    """`vault_name`: of the deployment. `secret_name`: how the secret's name begins, and what apps call it."""

    place: Place
    vault_name: pulumi.Input[str]
    secret_name: str


class SigningKey(pulumi.ComponentResource):
    """A signing key in a vault.

    `key_id` is its id, which every token names; `secret_name` what apps call the secret; `secret_uri` names it without
    a version, for a Key Vault reference; `secret_id` is ARM's, for roles on it.
    """

    key_id: pulumi.Output[str]
    secret_name: str
    secret_id: pulumi.Output[str]
    secret_uri: pulumi.Output[str]

    def __init__(self, name: str, args: SigningKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:SigningKey", name, None, opts)
        place, own = args.place, pulumi.ResourceOptions(parent=self)
        drawn = pulumi_random.RandomPassword(f"{name}-drawn", length=_LENGTH, special=False, opts=own)
        key = pulumi.Output.secret(drawn.result)
        self.key_id = pulumi.Output.unsecret(key.apply(_id))
        secret = keyvault.Secret(
            f"{name}-secret",
            resource_group_name=place.group,
            vault_name=args.vault_name,
            secret_name=self.key_id.apply(
                lambda key_id: place.names.of("key_vault_secret", f"{args.secret_name}-{key_id}")
            ),
            properties=keyvault.SecretPropertiesArgs(value=key.apply(_as_read)),
            tags=place.tags,
            opts=own,
        )
        self.secret_name = args.secret_name
        self.secret_id = secret.id
        # Where a secret lies is none, though it comes back beside the value.
        self.secret_uri = pulumi.Output.unsecret(secret.properties.apply(_uri))
        self.register_outputs({"keyId": self.key_id, "secretUri": self.secret_uri})


def _id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:_ID_LENGTH]


def _as_read(key: str) -> str:
    return json.dumps({_id(key): base64.b64encode(key.encode()).decode()})


def _uri(properties: keyvault.outputs.SecretPropertiesResponse) -> str:
    return answered(properties.secret_uri, "address of the signing key's secret")

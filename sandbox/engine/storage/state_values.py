"""Property values as a state file holds them: JSON, secrets encrypted.

Written as pkg/resource/stack/deployment.go of github.com/pulumi/pulumi does: an output leaves its value (secret or
unknown stays so), a secret is `{signature, ciphertext}` over the JSON of its value, or `plaintext` where secrets are to
be shown; what is secret inside a secret is marked, not encrypted twice.
"""

import json
import math
import struct
from collections.abc import Hashable
from typing import Any, Final, cast

from sandbox.engine.model.values import (
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_STRING,
    Output,
    PropertyMap,
    ResourceReference,
    Secret,
)
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import SecretsError

BYTE_STRING_SIGNATURE: Final = "803fd3297a5875dc03ca845dda5d2a98"
FLOAT_SIGNATURE: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"


def secret_text(value: object) -> str:
    """The JSON text of a secret's value, byte for byte as Go's encoder writes it (sorted keys, `<>&` escaped)."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for character, escape in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(character, escape)
    return text


class ValueCodec:
    """Turns property values into state JSON and back, for one stack's secrets.

    secrets: None where no secret may come (meeting one is a SecretsError).
    show_secrets: write secrets as `plaintext`; only for an export that the user asked for.
    byte_strings: after encoding, True if a value was in a form that only readers with the "byteString" feature know.
    """

    def __init__(self, secrets: PassphraseSecrets | None, *, show_secrets: bool = False) -> None:
        self._secrets = secrets
        self._show = show_secrets
        self.byte_strings = False

    def encode(self, value: Any, place: Hashable) -> Any:
        """The JSON of `value`; `place` (resource and field) is where its secrets' ciphertexts are remembered."""
        return self._encode(value, place, sealed=False)

    def decode(self, value: Any, place: Hashable) -> Any:
        """The property value of state JSON; SecretsError if a secret cannot be read."""
        return self._decode(value, place, sealed=False)

    def _encode(self, value: Any, place: Hashable, *, sealed: bool) -> Any:
        if value is None or isinstance(value, (str, bool, int)):
            return value
        if isinstance(value, dict):
            fields = cast("PropertyMap", value)
            if fields.get(SIGNATURE) == BYTE_STRING_SIGNATURE:
                self.byte_strings = True
            return {key: self._encode(fields[key], (place, key), sealed=sealed) for key in sorted(fields)}
        if isinstance(value, (list, tuple)):
            items = cast("list[Any]", value)
            return [self._encode(item, (place, index), sealed=sealed) for index, item in enumerate(items)]
        if isinstance(value, Secret):
            return self._encode_secret(value, place, sealed=sealed)
        if isinstance(value, Output):
            return self._encode(Secret(value.value) if value.secret else value.value, place, sealed=sealed)
        return _encode_form(value)

    def _encode_secret(self, secret: Secret, place: Hashable, *, sealed: bool) -> dict[str, str]:
        text = secret_text(self._encode(secret.value, place, sealed=True))
        if self._show:
            return {SIGNATURE: SECRET_SIGNATURE, "plaintext": text}
        if sealed:
            return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": text}
        if self._secrets is None:
            raise SecretsError("a secret cannot be written without a passphrase")
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": self._secrets.encrypt(text, place)}

    def _decode(self, value: Any, place: Hashable, *, sealed: bool) -> Any:
        if isinstance(value, str):
            return UNKNOWN if value == UNKNOWN_STRING else value
        if isinstance(value, list):
            items = cast("list[Any]", value)
            return [self._decode(item, (place, index), sealed=sealed) for index, item in enumerate(items)]
        return (
            self._decode_object(cast("PropertyMap", value), place, sealed=sealed) if isinstance(value, dict) else value
        )

    def _decode_object(self, fields: PropertyMap, place: Hashable, *, sealed: bool) -> Any:
        signature = fields.get(SIGNATURE)
        if signature == SECRET_SIGNATURE:
            return self._decode_secret(fields, place, sealed=sealed)
        if signature == RESOURCE_SIGNATURE:
            return _decode_reference(fields)
        if signature == FLOAT_SIGNATURE:
            return _decode_float(fields)
        return {key: self._decode(item, (place, key), sealed=sealed) for key, item in fields.items()}

    def _decode_secret(self, fields: PropertyMap, place: Hashable, *, sealed: bool) -> Secret:
        ciphertext, plaintext = fields.get("ciphertext"), fields.get("plaintext")
        if isinstance(plaintext, str) and plaintext and not ciphertext:
            text = plaintext
        elif isinstance(ciphertext, str) and ciphertext and not plaintext:
            text = ciphertext if sealed else self._open(ciphertext)
        else:
            raise SecretsError("a secret must have either `ciphertext` or `plaintext`, as text")
        try:
            inner: Any = json.loads(text)
        except ValueError:
            raise SecretsError("a secret's content is no JSON") from None
        secret = Secret(self._decode(inner, place, sealed=True))
        if text is not ciphertext and text is not plaintext and self._secrets is not None:
            # Remembered as this codec would write it, so that the next save finds it whatever wrote it first.
            written = secret_text(ValueCodec(None).sealed(secret.value, place))
            self._secrets.remember(written, cast("str", ciphertext), place)
        return secret

    def sealed(self, value: Any, place: Hashable) -> Any:
        """The JSON of a value that will be encrypted as a whole: secrets in it are marked only."""
        return self._encode(value, place, sealed=True)

    def _open(self, ciphertext: str) -> str:
        if self._secrets is None:
            raise SecretsError(
                "the state has encrypted secrets but names no secrets manager",
                next_step="export it again with `pulumi stack export --show-secrets`",
            )
        return self._secrets.decrypt(ciphertext)


def _encode_form(value: object) -> Any:
    """The JSON of a value that has a form of its own there."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {SIGNATURE: FLOAT_SIGNATURE, "value": struct.pack(">d", value).hex()}
    if value is UNKNOWN:
        return UNKNOWN_STRING
    if isinstance(value, ResourceReference):
        reference = {SIGNATURE: RESOURCE_SIGNATURE, "packageVersion": value.package_version, "urn": value.urn}
        if value.id is not None:
            reference["id"] = "" if value.id is UNKNOWN else value.id
        return reference
    raise TypeError(f"a {type(value).__name__} is no property value")


def _decode_reference(fields: PropertyMap) -> ResourceReference:
    """A resource reference; an id may stand wrapped as `{"V": id}`, as one version of Pulumi wrote it."""
    raw = fields.get("id")
    if isinstance(raw, dict):
        wrapped: Any = cast("PropertyMap", raw).get("V")
        raw = "" if isinstance(wrapped, dict) else wrapped
    urn = fields.get("urn")
    if not isinstance(urn, str) or not (raw is None or isinstance(raw, str)):
        raise ValueError("a resource reference needs a urn, and its id must be text")
    return ResourceReference(urn, raw, fields.get("packageVersion") or "")


def _decode_float(fields: PropertyMap) -> float:
    """An infinite or undefined number, kept as the hexadecimal of its bits."""
    raw = fields.get("value")
    if not isinstance(raw, str) or len(raw) != 16:
        raise ValueError("a number in hexadecimal must have 16 digits")
    return float(struct.unpack(">d", bytes.fromhex(raw))[0])

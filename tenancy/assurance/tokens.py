"""Signed tenant contexts, as the side that issues tokens makes them: who holds the key signs, and nobody else can.

`{key id}.{base64 of JSON}.{HMAC-SHA-256 in hexadecimal}`; the signature is over all that stands before its dot. Neither
the key nor a token is in a repr.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tenancy.faults import Fault, WrongInputError

VARIABLE: Final = "TENANCY_SIGNING_KEYS"
_BLOCK: Final = 64  # bytes: https://www.rfc-editor.org/rfc/rfc2104
_LEAST: Final = 32  # bytes: the length of the hash, below which a key weakens it (RFC 2104, section 3)
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NEXT: Final = "correct the secret in the deployment's Key Vault, then start the job again"


@dataclass(frozen=True)
class SigningKey:
    """A key by its id: 32 to 64 bytes. A rotated key has a new id."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id):
            raise ValueError("the id of a signing key is 1 to 40 letters, digits, - and _")
        if not _LEAST <= len(self.secret) <= _BLOCK:
            raise ValueError(f"signing key {self.id} has {len(self.secret)} bytes; {_LEAST} to {_BLOCK} are allowed")

    @property
    def blocks(self) -> tuple[bytes, bytes]:
        """The key padded as HMAC takes it: what the hash inside begins with, and the hash outside."""
        padded = self.secret.ljust(_BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)

    def token(self, tenant_id: UUID, actor_id: str, actor_name: str, *, seconds: float) -> str:
        """A context for this tenant and actor that ends so many seconds from now."""
        said = {
            "tenant_id": str(tenant_id),
            "actor_id": actor_id,
            "actor_name": actor_name,
            "until": int(time.time() + seconds),
        }
        signed = f"{self.id}.{base64.b64encode(json.dumps(said).encode()).decode()}"
        return f"{signed}.{hmac.new(self.secret, signed.encode(), hashlib.sha256).hexdigest()}"


def read_keys(environment: Mapping[str, str]) -> tuple[SigningKey, ...]:
    """The keys that a job is given, as JSON of key id → base64; none where the variable is not set.

    Raises WrongInputError, which names the key and never shows it.
    """
    text = environment.get(VARIABLE, "").strip()
    if not text:
        return ()
    try:
        found: Any = json.loads(text)
    except json.JSONDecodeError:
        raise WrongInputError([_fault(VARIABLE, "is not JSON")]) from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise WrongInputError([_fault(VARIABLE, "is not an object of texts")])
    keys: list[SigningKey] = []
    faults: list[Fault] = []
    for name, value in found.items():
        try:
            keys.append(SigningKey(name, base64.b64decode(value, validate=True)))
        except binascii.Error:
            faults.append(_fault(f"{VARIABLE} {name}", "is not base64"))
        except ValueError as error:
            faults.append(_fault(f"{VARIABLE} {name}", str(error)))
    if faults:
        raise WrongInputError(faults)
    return tuple(keys)


def _fault(where: str, what: str) -> Fault:
    allowed = '{"<key id>": "<base64 of 32 to 64 bytes>"}, with the new key beside the old one while they change'
    return Fault(where=where, what=what, allowed=allowed, next_step=_NEXT)

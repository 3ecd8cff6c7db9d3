"""Entra as a verifier meets it: keys at a URL, and tokens signed with them."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tenancy.sessions.signing_keys import SigningKeys
from tenancy.sessions.tokens import TokenSettings, Verifier
from tests.tenancy.stage import ACME

DIRECTORY: Final = "00000000-0000-4000-8000-0000000000d1"
AUDIENCE: Final = "00000000-0000-4000-8000-0000000000a0"
SETTINGS: Final = TokenSettings(entra_tenant_id=DIRECTORY, audience=AUDIENCE)
KEYS: Final = {name: rsa.generate_private_key(65537, 2048) for name in ("key-1", "key-2", "stranger")}


def jwk(name: str) -> dict[str, Any]:
    """The public half of a key as Entra publishes it."""
    row: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEYS[name].public_key()))
    return {**row, "kid": name, "use": "sig", "x5c": []}


@dataclass
class Entra:
    """What the issuer answers, and how often it was asked. `now` is the clock of who asks."""

    published: list[str] = field(default_factory=lambda: ["key-1"])
    status: int = 200
    body: bytes | None = None
    asked: int = 0
    now: float = 0.0

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == SETTINGS.keys_url
        self.asked += 1
        found = json.dumps({"keys": [*map(jwk, self.published), {"kty": "EC", "kid": "other"}]}).encode()
        return httpx.Response(self.status, content=self.body if self.body is not None else found)

    def keys(self) -> SigningKeys:
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        return SigningKeys(SETTINGS.keys_url, client, lambda: self.now)

    def verifier(self) -> Verifier:
        return Verifier(SETTINGS, self.keys())


def claims(tenant: UUID | str = ACME, *roles: str, **changed: Any) -> dict[str, Any]:
    """What stands in a token of version 2; None takes a claim away."""
    now = int(time.time())
    found = {
        "aud": AUDIENCE,
        "iss": f"https://login.microsoftonline.com/{DIRECTORY}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "azp": "00000000-0000-4000-8000-0000000000c1",
        "name": "Acme administrator",
        "oid": "00000000-0000-4000-8000-0000000000e1",
        "roles": list(roles or ("read",)),
        "scp": "access",
        "sub": "subject",
        "tid": DIRECTORY,
        "ver": "2.0",
        "tenant_id": str(tenant),
        **changed,
    }
    return {name: value for name, value in found.items() if value is not None}


def signed(body: dict[str, Any], key: str = "key-1", **header: Any) -> str:
    """A token as Entra signs it; another `kid` is a lie of the header."""
    return jwt.encode(body, KEYS[key], algorithm="RS256", headers={"kid": key, **header})


def token(tenant: UUID | str = ACME, *roles: str, **changed: Any) -> str:
    """A token that a verifier takes, unless it is changed."""
    return signed(claims(tenant, *roles, **changed))

"""Who asks: signed in as the machine is, by azure-identity. Tokens are asked for once a scope and shown nowhere."""

import base64
import binascii
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from pydantic import SecretStr

from preflight.requests import Signature


class TokenSource(Protocol):
    """A credential of azure-identity."""

    def get_token(self, *scopes: str, tenant_id: str | None = None) -> Any:
        """An access token, with `token` and `expires_on`."""
        ...


class NotSignedInError(Exception):
    """No way to sign in led to a token; the text says what each lacked and has no secret in it."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is signed in: ids of Entra, from the claims of the token itself."""

    object_id: str
    tenant_id: str
    name: str


@dataclass
class SignIn:
    """Tokens for one tenant."""

    source: TokenSource = field(repr=False)
    tenant_id: str
    _tokens: dict[str, SecretStr] = field(default_factory=dict[str, SecretStr], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def token(self, signature: Signature) -> SecretStr:
        """A token of a scope. Raises NotSignedInError."""
        from azure.core.exceptions import ClientAuthenticationError  # noqa: PLC0415 - 0.3 s that only a sign-in pays

        with self._lock:  # one at a time: a way to sign in may be a program, or ask a person
            if signature not in self._tokens:
                try:
                    given = self.source.get_token(signature.value, tenant_id=self.tenant_id)
                except ClientAuthenticationError as error:
                    raise NotSignedInError(str(error.message).partition("\n")[0]) from None
                self._tokens[signature] = SecretStr(given.token)
            return self._tokens[signature]

    def caller(self) -> Caller:
        """Who is signed in. Raises NotSignedInError."""
        claims = _claims(self.token(Signature.ARM).get_secret_value())
        name = claims.get("upn") or claims.get("unique_name") or claims.get("appid") or claims.get("oid") or ""
        return Caller(
            object_id=str(claims.get("oid", "")), tenant_id=str(claims.get("tid", "")).lower(), name=str(name)
        )


def sign_in(tenant_id: str) -> SignIn:
    """Environment, workload or managed identity, Azure CLI and the like, the first that has a token.

    https://learn.microsoft.com/azure/developer/python/sdk/authentication/credential-chains
    """
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415

    logging.getLogger("azure").setLevel(logging.CRITICAL)  # it logs what every way to sign in lacked
    return SignIn(DefaultAzureCredential(additionally_allowed_tenants=[tenant_id]), tenant_id)


def _claims(token: str) -> Mapping[str, Any]:
    """What a token says of its owner: it is only read, Azure is who verifies it."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return cast("Mapping[str, Any]", claims) if isinstance(claims, dict) else {}

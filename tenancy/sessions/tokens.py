"""From Entra's access token to a caller: everything that makes a token ours is checked before a claim of it is used.

The tenant of the product is the claim that the gateway routes by too (`tenant_claim`), put into tokens by a claims
mapping of the application from an attribute of the directory that no user can write. `tid` is the Entra tenant of the
issuer, the same for everybody, and never taken for it.
https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import jwt

from tenancy.sessions.caller import LONGEST, PERMISSIONS, Caller, Permission
from tenancy.sessions.signing_keys import ENTRA, SigningKeys, UnknownKeyError

_ALGORITHM: Final = "RS256"  # Entra signs with no other; the header of a token does not get to choose
_LONGEST: Final = 16_384  # characters; a header of more is refused by the gateway
_SKEW: Final = 60.0  # seconds between two clocks
# azp is in access tokens of version 2 alone: an ID token, which the browser has too, bears the same audience.
_REQUIRED: Final = ("exp", "nbf", "iat", "iss", "aud", "tid", "oid", "azp", "ver")


class TokenError(Exception):
    """The token is none of ours, or says too little. The words name the reason and never the token."""


@dataclass(frozen=True, kw_only=True)
class TokenSettings:
    """What makes a token ours.

    entra_tenant_id: GUID of the directory that issues. audience: client id of the application, which tokens of version
    2 bear. tenant_claim: the claim with the UUID of the caller's tenant of the product. role_claim: the claim whose
    values, among others, may be `read`, `edit` and `admin`: the application's roles.
    """

    entra_tenant_id: str
    audience: str
    tenant_claim: str = "tenant_id"
    role_claim: str = "roles"

    @property
    def issuer(self) -> str:
        """Who must have issued the token."""
        return f"{ENTRA}/{self.entra_tenant_id}/v2.0"

    @property
    def keys_url(self) -> str:
        """Where the issuer's public keys are."""
        return f"{ENTRA}/{self.entra_tenant_id}/discovery/v2.0/keys"


class Verifier:
    """Verifies access tokens; safe for many threads at once."""

    def __init__(self, settings: TokenSettings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys

    def caller(self, token: str) -> Caller:
        """Who the token is of. Raises TokenError, or KeysUnavailableError when the issuer's keys cannot be had."""
        claims = self._claims(token)
        try:
            return Caller(
                tenant_id=UUID(_text(claims, self._settings.tenant_claim)),
                actor_id=_text(claims, "oid"),
                actor_name=_name(claims),
                permissions=frozenset(_permissions(claims.get(self._settings.role_claim))),
            )
        except ValueError:
            raise TokenError(f"claim {self._settings.tenant_claim} or oid is none of a tenant's caller") from None

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > _LONGEST:
            raise TokenError("the token is too long")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != _ALGORITHM or "crit" in header or not isinstance(header.get("kid"), str):
                raise TokenError(f"the token is not signed with {_ALGORITHM} by a named key")
            claims = jwt.decode(
                token,
                self._keys.key(header["kid"]),
                algorithms=[_ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=_SKEW,
                options={"require": list(_REQUIRED), "strict_aud": True},
            )
        except jwt.PyJWTError as error:
            raise TokenError(_reason(error)) from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise TokenError("the token cannot be read") from None
        if claims["ver"] != "2.0" or claims["tid"] != self._settings.entra_tenant_id:
            raise TokenError("the token is not of version 2 or of another directory")
        return claims


_REASONS: Final[Mapping[type[Exception], str]] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidAudienceError: "the token is for another audience",
    jwt.InvalidIssuerError: "the token is of another issuer",
    jwt.InvalidSignatureError: "the signature is wrong",
    jwt.MissingRequiredClaimError: "a claim is missing",
    UnknownKeyError: "the signature is of an unknown key",
}


def _reason(error: Exception) -> str:
    """The kind of fault alone: PyJWT's words may repeat what stands in the token."""
    return _REASONS.get(type(error), "the token cannot be read")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise TokenError(f"the token has no {name}")
    return value


def _name(claims: Mapping[str, Any]) -> str:
    """For reading: the person's name on one line; an application has none and is called by its client id."""
    name = claims.get("name")
    shown = name if isinstance(name, str) and name.strip() else _text(claims, "azp")
    return "".join(letter if letter.isprintable() else " " for letter in shown)[:LONGEST]


def _permissions(roles: object) -> Iterator[Permission]:
    for permission, implied in PERMISSIONS.items():
        if isinstance(roles, list) and permission in roles:
            yield from implied

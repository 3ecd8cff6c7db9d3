"""Where a container asks for tokens as its managed identity: the platform's endpoint, on the loopback.

The protocol is App Service's 2019-08-01, which Container Apps has too: GET with `resource` and the identity's client
id, and the header that only this container knows.
https://learn.microsoft.com/azure/container-apps/managed-identity#rest-endpoint-reference
Only identities that are assigned to the container are answered, and only for the resources whose tokens the sandbox
can make: PostgreSQL's, Blob Storage's and Key Vault's.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from sandbox.azure.arm_ids import key
from sandbox.azure.blobs.tokens import storage_token
from sandbox.azure.loopback import Answer, LoopbackServer, Request
from sandbox.azure.postgres.entra import access_token
from sandbox.azure.vaults.service import AUDIENCE as VAULT
from sandbox.azure.vaults.service import vault_token

# https://learn.microsoft.com/azure/postgresql/security/security-connect-with-managed-identity
POSTGRES: Final = "https://ossrdbms-aad.database.windows.net"
# https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory
STORAGE: Final = "https://storage.azure.com"
_TOKENS: Final[Mapping[str, Callable[[Path, str], SecretStr]]] = {
    POSTGRES: access_token,
    STORAGE: storage_token,
    VAULT: vault_token,
}
API_VERSION: Final = "2019-08-01"
_PATH: Final = "/msi/token"
_LIFETIME: Final = 86_400  # seconds; Entra's tokens for managed identities live a day


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A user-assigned identity: its ARM id, the client id that asks, the object id that is known to PostgreSQL."""

    arm_id: str
    client_id: str
    principal_id: str


class IdentityEndpoint:
    """The endpoint of the sandbox at `home`, while the `with` block lasts."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._granted: dict[str, tuple[Identity, ...]] = {}
        self._server = LoopbackServer(self._answer)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @contextmanager
    def granted(self, identities: Iterable[Identity]) -> Generator[Mapping[str, str], None, None]:
        """The variables by which a container asks as these identities, while the block lasts."""
        header = secrets.token_urlsafe(32)
        self._granted[header] = tuple(identities)
        try:
            yield {"IDENTITY_ENDPOINT": self._server.url + _PATH, "IDENTITY_HEADER": header}
        finally:
            del self._granted[header]

    def _answer(self, request: Request) -> Answer:
        url = urlsplit(request.target)
        given = {name: values[0] for name, values in parse_qs(url.query).items()}
        shown = request.headers.get("x-identity-header", "").encode()
        mine = next((its for own, its in self._granted.items() if hmac.compare_digest(own.encode(), shown)), None)
        if request.method != "GET" or url.path != _PATH:
            return _refused(404, f"{request.method} {url.path}: tokens are at GET {_PATH}")
        if mine is None:
            return _refused(401, "the header X-IDENTITY-HEADER is not the one of a running container")
        if given.get("api-version") != API_VERSION:
            return _refused(400, f"api-version {given.get('api-version')!r}: allowed is {API_VERSION}")
        token_for = _TOKENS.get(given.get("resource", "").rstrip("/"))
        if token_for is None:
            some = ", ".join(_TOKENS)
            return _refused(501, f"the sandbox has no tokens for {given.get('resource')!r}: it has some for {some}")
        found = next((identity for identity in mine if _is_asked(identity, given)), None)
        if found is None:
            return _refused(400, "no identity of that client id is assigned to this container: name one that is")
        token = token_for(self._home, found.principal_id)
        return Answer(
            status=200,
            body={
                "access_token": token.get_secret_value(),
                "client_id": found.client_id,
                "expires_on": str(int(time.time()) + _LIFETIME),
                "resource": given["resource"],
                "token_type": "Bearer",
            },
        )


def _is_asked(identity: Identity, given: Mapping[str, str]) -> bool:
    """Whether a request names this identity, in one of the three ways; who names none means the system-assigned."""
    return (
        given.get("client_id", "").lower() == identity.client_id.lower()
        or given.get("object_id", given.get("principal_id", "")).lower() == identity.principal_id.lower()
        or ("mi_res_id" in given and key(given["mi_res_id"]) == key(identity.arm_id))
    )


def _refused(status: int, message: str) -> Answer:
    return Answer(status=status, body={"statusCode": status, "message": message})

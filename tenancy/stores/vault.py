"""A Key Vault's secrets, moved without being read: backed up in a form that only Azure opens, and restored from it.

A backup is opened in a vault of the same subscription and geography alone. No value of a secret is ever here.
https://learn.microsoft.com/azure/key-vault/general/backup and
https://learn.microsoft.com/rest/api/keyvault/secrets/backup-secret/backup-secret
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import httpx

from tenancy.limits import Limits
from tenancy.stores import StoreError

SCOPE: Final = "https://vault.azure.net/.default"
# As BLOB_HOSTADDR (blob.py): set by what runs containers without private DNS, and by nothing else.
HOST_ADDRESS: Final = "VAULT_HOSTADDR"
_VERSION: Final = "7.4"
_LOOPBACK: Final = re.compile(r"127\.0\.0\.1:\d+")
_URL: Final = "https://{vault}.vault.azure.net"
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_CONFLICT: Final = 409
OWNER_TAG, OWNER = "ManagedBy", "Pulumi"
"""The tag of what the program makes, and makes again."""


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret's name. made_by_program: it comes again with the next deployment."""

    name: str
    made_by_program: bool


class Vault:
    """The vault at `https://{vault}.vault.azure.net`; use it as a context manager.

    token: gives the access token for SCOPE. environment: HOST_ADDRESS is read from it. Every method raises StoreError.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        environment: Mapping[str, str],
        limits: Limits,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme != "https" or not self._host.endswith(".vault.azure.net"):
            raise StoreError.at(f"vault {url}", "no key vault", _URL, "correct the URL of the vault")
        self._base = _base(self._host, environment)
        self._token, self._limits = token, limits
        # trust_env: a proxy of the environment would see the token.
        self._http = httpx.Client(timeout=limits.store_attempt, transport=transport, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def secrets(self) -> list[Secret]:
        """Every secret, in the order of their names; not those that Azure keeps for a certificate."""
        found: list[Secret] = []
        path = "/secrets"
        query: dict[str, str] = {"api-version": _VERSION, "maxresults": "25"}
        while path:
            page = self._ask("GET", path, query)
            for item in cast("list[dict[str, Any]]", page.get("value") or []):
                tags: Mapping[str, str] = item.get("tags") or {}
                if not item.get("managed"):
                    name = str(item["id"]).rstrip("/").rpartition("/")[2]
                    found.append(Secret(name=name, made_by_program=tags.get(OWNER_TAG) == OWNER))
            following = urlsplit(str(page.get("nextLink") or ""))
            path = following.path
            query = dict(httpx.QueryParams(following.query))
        return sorted(found, key=lambda secret: secret.name)

    def backup(self, name: str) -> str:
        """All versions of a secret, sealed by Azure."""
        return str(self._ask("POST", f"/secrets/{name}/backup", {"api-version": _VERSION})["value"])

    def restore(self, sealed: str) -> bool:
        """Put a backed up secret into this vault; False where one of its name is there already."""
        try:
            self._send("POST", "/secrets/restore", {"api-version": _VERSION}, {"value": sealed})
        except _RefusedError as error:
            if error.status == _CONFLICT:
                return False
            raise self._told("/secrets/restore", error) from None
        return True

    def _ask(self, method: str, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        try:
            return self._send(method, path, query, None)
        except _RefusedError as error:
            raise self._told(path, error) from None

    def _send(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, str] | None) -> dict[str, Any]:
        pause, problem = self._limits.store_pause, ""
        for attempt in range(self._limits.store_attempts):
            if attempt:
                time.sleep(pause)
                pause = min(2 * pause, self._limits.longest_pause)
            headers = {"Authorization": f"Bearer {self._token()}", "Host": self._host}
            try:
                answer = self._http.request(method, self._base + path, params=query, headers=headers, json=body)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if answer.is_success:
                return cast("dict[str, Any]", answer.json())
            refused = _RefusedError(answer.status_code, _code(answer))
            if answer.status_code not in _AGAIN:
                raise refused
            problem = str(refused)
        raise StoreError.at(
            f"https://{self._host}{path}",
            f"no answer after {self._limits.store_attempts} tries: {problem}",
            "a vault that is reached through its private endpoint",
            "bring the deployment up, which makes the endpoint, then start it again",
        )

    def _told(self, path: str, error: "_RefusedError") -> StoreError:
        return StoreError.at(
            f"https://{self._host}{path}",
            f"Key Vault refused: {error}",
            "an identity with Key Vault Secrets Officer on the vault, from inside the network",
            "bring the deployment up, which gives the role; a new one takes up to ten minutes",
        )


class _RefusedError(Exception):
    """What Key Vault answered: https://learn.microsoft.com/azure/key-vault/general/rest-error-codes."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{code} [{status}]")
        self.status = status


def _base(host: str, environment: Mapping[str, str]) -> str:
    address = environment.get(HOST_ADDRESS)
    if address is None:
        return f"https://{host}"
    if not _LOOPBACK.fullmatch(address):
        # The token goes to the vault and to this machine, nowhere else.
        what = f"{HOST_ADDRESS} is {address!r}: {host} leads nowhere from here"
        step = "bring the deployment up, which makes the private endpoint; on Azure unset the variable"
        raise StoreError.at(f"vault {host}", what, "an address and a port of this machine, or no variable", step)
    return f"http://{address}"


def _code(answer: httpx.Response) -> str:
    try:
        error: Any = answer.json().get("error") or {}
    except ValueError:
        return answer.reason_phrase
    return str(error.get("code") or answer.reason_phrase)

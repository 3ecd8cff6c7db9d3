"""The issuer's public keys: fetched once a day, and again when a token names one that is not among them.

Entra changes its keys whenever it likes and publishes a new one before it signs with it. A key id is the caller's to
choose, so that unknown ones ask Entra at most once in five minutes, however many come.
https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import jwt

ENTRA: Final = "https://login.microsoftonline.com"
_FRESH: Final = 24 * 3600.0  # seconds
_PAUSE: Final = 300.0  # seconds between two fetches, whatever they ended with
_ATTEMPT: Final = 5.0  # seconds for a fetch, and between two as long as there are no keys at all
_LARGEST: Final = 1_000_000  # bytes of an answer


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be had, and none are known: no token can be judged now."""


class UnknownKeyError(jwt.PyJWTError):
    """The issuer has no such key."""


class SigningKeys:
    """The public keys at a URL. `clock` gives seconds that never go back."""

    def __init__(self, url: str, client: httpx.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._client, self._clock = url, client, clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")

    def key(self, name: str) -> jwt.PyJWK:
        """The key of that id. Raises UnknownKeyError; KeysUnavailableError while none were ever had.

        When a day has gone by and Entra does not answer, the keys of yesterday go on being used.
        """
        now = self._clock()
        if name not in self._keys or now - self._fetched > _FRESH:
            with self._lock:
                if (name not in self._keys or now - self._fetched > _FRESH) and now - self._tried >= self._pause:
                    self._tried = now
                    self._fetch(now)
        if not self._keys:
            raise KeysUnavailableError(f"no signing keys from {self._url}")
        if name not in self._keys:
            raise UnknownKeyError("unknown key")
        return self._keys[name]

    @property
    def _pause(self) -> float:
        return _PAUSE if self._keys else _ATTEMPT

    def _fetch(self, now: float) -> None:
        try:
            answer = self._client.get(self._url, timeout=_ATTEMPT, follow_redirects=False)
            answer.raise_for_status()
            found = _read(answer)
        except (httpx.HTTPError, jwt.PyJWTError, ValueError):
            return
        if found:
            self._keys, self._fetched = found, now


def _read(answer: httpx.Response) -> dict[str, jwt.PyJWK]:
    """The RSA keys for signatures; of what is none, nothing is said: Entra may publish other kinds beside them."""
    if len(answer.content) > _LARGEST:
        raise ValueError("the answer is too large")
    rows: Any = answer.json()
    if not isinstance(rows, dict) or not isinstance(rows.get("keys"), list):
        raise ValueError("the answer is no set of keys")  # noqa: TRY004
    return {
        row["kid"]: jwt.PyJWK.from_dict(row, algorithm="RS256")
        for row in rows["keys"]
        if isinstance(row, dict)
        and row.get("kty") == "RSA"
        and row.get("use", "sig") == "sig"
        and isinstance(row.get("kid"), str)
    }

"""How a container registry is asked: it says where its tokens are to be had, and is asked again with one.

https://distribution.github.io/distribution/spec/auth/token/
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

_UNAUTHORIZED: Final = 401
_PART: Final = re.compile(r'(\w+)="([^"]*)"')


class RegistryAuth(httpx.Auth):
    """Fetches a token where the registry asks for one. `login`: `user:password`; None asks for what is public."""

    requires_response_body = True

    def __init__(self, login: SecretStr | None = None) -> None:
        self._login = login

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """The request, and once more with what its answer asked for."""
        answer = yield request
        if answer.status_code != _UNAUTHORIZED:
            return
        scheme, _, challenge = answer.headers.get("WWW-Authenticate", "").partition(" ")
        parts = dict(_PART.findall(challenge))
        if scheme.lower() == "basic" and self._login:
            request.headers["Authorization"] = self._basic(self._login)
            yield request
        if scheme.lower() != "bearer" or urlsplit(parts.get("realm", "")).scheme != "https":
            return
        asked = {name: parts[name] for name in ("service", "scope") if name in parts}
        headers = {"Authorization": self._basic(self._login)} if self._login else {}
        given = yield httpx.Request("GET", parts["realm"], params=asked, headers=headers)
        if token := _token(given):
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    @staticmethod
    def _basic(login: SecretStr) -> str:
        return f"Basic {base64.b64encode(login.get_secret_value().encode()).decode()}"


def _token(answer: httpx.Response) -> str | None:
    try:
        found = answer.json()
    except ValueError:
        return None
    said = cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
    token = said.get("token") or said.get("access_token")
    return str(token) if token else None


def docker_logins() -> dict[str, SecretStr]:
    """`user:password` by registry, as `docker login` has written them to its file.

    What lies with a helper program of the operating system is not asked for. A file that cannot be read has none.
    https://docs.docker.com/reference/cli/docker/login/
    """
    file = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        rows = cast("Mapping[str, Any]", said).get("auths", {}).items()
    except (OSError, ValueError, AttributeError):
        return {}
    found: dict[str, SecretStr] = {}
    for host, row in rows:
        encoded = cast("Mapping[str, Any]", row).get("auth") if isinstance(row, dict) else None
        try:
            login = base64.b64decode(str(encoded or ""), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if login:
            found[urlsplit(host).hostname or host if "//" in host else host] = SecretStr(login)
    return found

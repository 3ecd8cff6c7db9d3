"""Asks: each request once, patient where it is throttled, lists joined from their pages.

https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from preflight.patience import patiently
from preflight.registry_auth import RegistryAuth
from preflight.requests import Request, Signature
from preflight.signing_in import NotSignedInError, SignIn

_SIDE_BY_SIDE: Final = 8
# Every request only asks, so that those that a server lost can be asked again too.
_REFUSED_FOR_NOW: Final = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS: Final = 4
_TIMEOUT: Final = 30.0
_PAGES: Final = 50
NOT_SIGNED_IN: Final = "NotSignedIn"
NO_ANSWER: Final = "NoAnswer"

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: HTTP status, 0 where nobody answered or nobody is signed in. `body`: its JSON object."""

    status: int
    body: Object = field(default_factory=dict[str, Any])
    text: str = ""
    code: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether it says what was asked for."""
        return 200 <= self.status < 300

    @property
    def rows(self) -> list[Object]:
        """The objects of a list."""
        found = self.body.get("value")
        items = cast("list[Any]", found) if isinstance(found, list) else []
        return [cast("Object", item) for item in items if isinstance(item, dict)]

    @property
    def reason(self) -> str:
        """Why it says nothing, for a person."""
        said = " ".join(part for part in (str(self.status or ""), self.code) if part)
        return f"{said}: {self.message}" if self.message else said


@dataclass
class Asker:
    """Asks as whoever is signed in; a context manager. `logins`: of registries.

    `sleep`: waits so many seconds before a request that was refused for now is sent again.
    """

    sign_in: SignIn
    logins: Mapping[str, SecretStr] = field(default_factory=dict[str, SecretStr], repr=False)
    transport: httpx.BaseTransport | None = field(default=None, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    _known: dict[Request, Answer] = field(default_factory=dict[Request, Answer], repr=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(timeout=_TIMEOUT, transport=self.transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def ask(self, requests: Iterable[Request]) -> Mapping[Request, Answer]:
        """The answer to each; never raises for what a server does or does not do."""
        wanted = dict.fromkeys(requests)
        new = [request for request in wanted if request not in self._known]
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            self._known.update(zip(new, pool.map(self._ask, new), strict=True))
        return {request: self._known[request] for request in wanted}

    def _ask(self, request: Request) -> Answer:
        try:
            auth = self._auth(request)
            answer = self._answer(request, request.url, auth)
            return self._all_pages(request, answer, auth) if answer.ok else answer
        except NotSignedInError as error:
            return Answer(status=0, code=NOT_SIGNED_IN, message=str(error))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            host = urlsplit(request.url).hostname
            return Answer(status=0, code=NO_ANSWER, message=f"{host} does not answer ({error})")

    def _auth(self, request: Request) -> httpx.Auth:
        if request.signature.of_entra:
            return _Bearer(self.sign_in.token(request.signature))
        login = self.logins.get(urlsplit(request.url).netloc)
        return RegistryAuth(login if request.signature is Signature.REGISTRY_LOGIN else None)

    def _answer(self, request: Request, url: str, auth: httpx.Auth) -> Answer:
        headers = dict(request.headers)
        if request.body:
            headers["Content-Type"] = "application/json"

        def send() -> httpx.Response:
            return self._http.request(request.method, url, content=request.body or None, headers=headers, auth=auth)

        return _read(patiently(send, self.sleep, attempts=_ATTEMPTS, refused_for_now=_REFUSED_FOR_NOW))

    def _all_pages(self, request: Request, first: Answer, auth: httpx.Auth) -> Answer:
        rows, page, seen = list(first.rows), first, {request.url}
        while link := page.body.get("nextLink"):
            # A token goes nowhere but to the host that was asked.
            if urlsplit(str(link))[:2] != urlsplit(request.url)[:2] or link in seen or len(seen) >= _PAGES:
                return Answer(status=0, code="BadNextLink", message="the list's next page cannot be followed")
            seen.add(str(link))
            page = self._answer(request, str(link), auth)
            if not page.ok:
                return page  # half a list would be judged as a whole one
            rows += page.rows
        return Answer(status=first.status, body={**first.body, "value": rows}, text=first.text) if rows else first


class _Bearer(httpx.Auth):
    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request


def _read(answer: httpx.Response) -> Answer:
    try:
        found = answer.json()
    except ValueError:
        found = None
    body = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if answer.is_success:
        return Answer(status=answer.status_code, body=body, text=answer.text)
    said = body.get("error")
    error = cast("Object", said) if isinstance(said, dict) else {}
    # Storage tells its codes in a header: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
    code = error.get("code") or answer.headers.get("x-ms-error-code") or answer.reason_phrase
    inner = error.get("innererror")
    if isinstance(inner, dict):
        code = cast("Object", inner).get("code") or code
    return Answer(status=answer.status_code, body=body, code=str(code), message=str(error.get("message") or ""))

"""Azure, a vault, a storage account and two registries as one server on 127.0.0.1, which answers as it was recorded."""

import base64
import copy
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

RECORDED = Path(__file__).with_name("recorded")
TENANT = "00000000-0000-0000-0000-0000000000a1"
VALUES = {
    "subscription": "00000000-0000-0000-0000-0000000000d1",
    "tenant": TENANT,
    "region": "westeurope",
    "environment": "dev",
    "stack": "westeu-dev-1",
    "group": "rg-cf-westeu-dev-1",
    "account": "stcfstate",
    "vault": "kv-cf-state-xoyn",
}
Exchange = Mapping[str, Any]


def recorded(file: Path, **values: str) -> dict[str, Any]:
    """A file of recordings, for westeu-dev-1 but for `values`."""
    return json.loads(Template(file.read_text(encoding="utf-8")).safe_substitute({**VALUES, **values}))


def green(**values: str) -> list[Exchange]:
    """The recordings of a world in which nothing is wrong."""
    files = sorted((RECORDED / "green").glob("*.json"))
    return [each for file in files for each in recorded(file, **values)["exchanges"]]


def green_everywhere(places: Sequence[Mapping[str, str]]) -> list[Exchange]:
    """The same for several deployments. What one request asks of all regions has the rows of each region."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in (one for values in places for one in green(**values)):
        known = found.setdefault(json.dumps([exchange["request"], exchange.get("with")]), copy.deepcopy(exchange))
        body, more = known["response"].get("body"), exchange["response"].get("body")
        if isinstance(body, dict) and isinstance(body.get("value"), list):
            body["value"] += [row for row in more["value"] if row not in body["value"]]
    return list(found.values())


@dataclass
class FakeAzure:
    """Answers with the last recording that fits: so what is added overrules what was there."""

    exchanges: list[Exchange] = field(default_factory=green)
    asked: list[str] = field(default_factory=list[str])
    signed: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    strangers: list[str] = field(default_factory=list[str])
    port: int = 0

    def add(self, exchanges: Sequence[Exchange]) -> None:
        self.exchanges += exchanges

    def answer(self, method: str, host: str, path: str, query: str, authorization: str) -> Mapping[str, Any]:
        """The recorded response; 599 for what nobody recorded."""
        self.asked.append(f"{method} https://{host}{path}?{query}")
        self.signed.setdefault(host, set()).add(authorization)
        for exchange in reversed(self.exchanges):
            request = exchange["request"]
            if (
                (request["method"], request["host"]) == (method, host)
                and fnmatchcase(path.lower(), request["path"].lower())
                and request.get("query", "") in query
                and fnmatchcase(authorization, exchange.get("with", "*"))
            ):
                return exchange["response"]
        self.strangers.append(self.asked[-1])
        return {"status": 599}

    @property
    def transport(self) -> httpx.BaseTransport:
        """Takes every request of a client here, whatever its host."""
        return _Here(self.port)


class _Here(httpx.BaseTransport):
    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.netloc.decode()
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        headers = {**request.headers, "host": f"127.0.0.1:{self._port}", "x-asked-host": host}
        return self._inner.handle_request(httpx.Request(request.method, url, headers=headers, content=request.read()))


@contextmanager
def serving(azure: FakeAzure) -> Iterator[FakeAzure]:
    """The server, while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            response = azure.answer(
                self.command,
                self.headers["X-Asked-Host"],
                unquote(parts.path),
                unquote(parts.query),
                self.headers.get("Authorization", ""),
            )
            body = response.get("body", "")
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(response["status"])
            for name, value in response.get("headers", {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_HEAD = respond  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Nothing: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    azure.port = server.server_address[1]
    try:
        yield azure
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SECRET = "s3cret-signature"  # noqa: S105 - what must never be shown


@dataclass(frozen=True)
class Token:
    """As azure-core's AccessToken."""

    token: str
    expires_on: int = 2**31


@dataclass
class Credential:
    """Signed in as a person of `tenant`; notes the scopes that it was asked for."""

    tenant: str = TENANT
    scopes: list[str] = field(default_factory=list[str])

    def get_token(self, *scopes: str, tenant_id: str | None = None) -> Token:
        self.scopes += scopes
        claims = {"oid": "00000000-0000-0000-0000-00000000000a", "tid": self.tenant, "upn": "someone@example.com"}
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return Token(f"e30.{body}.{SECRET}")

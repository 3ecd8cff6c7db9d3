"""A Cost Management API on 127.0.0.1: answers in the documented form, page by page, and with the manners it is given.

The form: https://learn.microsoft.com/rest/api/cost-management/query/usage, example SubscriptionQueryGrouping.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

COLUMNS = [
    {"name": "Cost", "type": "Number"},
    {"name": "UsageDate", "type": "Number"},
    {"name": "ResourceGroupName", "type": "String"},
    {"name": "ServiceName", "type": "String"},
    {"name": "Currency", "type": "String"},
]
Early = tuple[int, dict[str, str], bytes]


@dataclass
class Asked:
    """One question: the subscription, its body and headers, the page's token."""

    subscription: str
    body: dict[str, Any]
    headers: dict[str, str]
    token: str


@dataclass
class Server:
    """rows: by type of question; page: rows a page; first: answers that come before any other."""

    rows: dict[str, list[list[Any]]] = field(default_factory=dict[str, list[list[Any]]])
    page: int = 1000
    columns: list[dict[str, str]] = field(default_factory=lambda: list(COLUMNS))
    first: list[Early] = field(default_factory=list[Early])
    asked: list[Asked] = field(default_factory=list[Asked])
    endless: bool = False
    url: str = ""

    def answer(self, it: Asked, path: str) -> dict[str, Any]:
        """One page, with a link to the next where there is one."""
        rows, skip = self.rows.get(it.body["type"], []), int(it.token or 0)
        following = skip + self.page
        more = self.endless or following < len(rows)
        link = f"{self.url}{path}?api-version=2022-10-01&$skiptoken={skip if self.endless else following}"
        properties = {
            "nextLink": link if more else None,
            "columns": self.columns,
            "rows": rows[skip:following],
        }
        return {"id": "x", "name": "x", "type": "Microsoft.CostManagement/query", "properties": properties}


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Let it answer on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            content = self.rfile.read(int(self.headers["Content-Length"]))
            it = Asked(
                subscription=url.path.split("/")[2],
                body=json.loads(content),
                headers={name.lower(): value for name, value in self.headers.items()},
                token=parse_qs(url.query).get("$skiptoken", [""])[0],
            )
            server.asked.append(it)
            default: Early = (200, {}, json.dumps(server.answer(it, url.path)).encode())
            status, headers, body = server.first.pop(0) if server.first else default
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Length": str(len(body)),
                "Content-Type": "application/json",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()

"""A small HTTP server on the loopback, in threads of this process: requests in, answers in JSON or as they are out."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from .bodies import Body


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came in; the names of `headers` are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer; a body of None is none. `content`, `media_type`: where it is no JSON."""

    status: int
    body: Body | None = None
    headers: Mapping[str, str] | None = None
    content: bytes = b""
    media_type: str = "application/json; charset=utf-8"


class LoopbackServer:
    """Answers requests on a random port of 127.0.0.1 while the `with` block lasts."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        class Handler(_Handler):
            def respond(self, request: Request) -> Answer:
                return answer(request)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no further request."""
        self._http.shutdown()
        self._listener.join()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    """HTTP around `respond`; says nothing on standard error."""

    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    timeout = 30  # seconds that an idle connection is kept
    # Head and body at once: the system would hold the second packet back for 40 ms, until the first is confirmed.
    wbufsize = -1
    disable_nagle_algorithm = True

    def respond(self, request: Request) -> Answer:
        raise NotImplementedError

    def handle_any(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.respond(Request(method=self.command, target=self.path, headers=headers, content=content))
        self.send_response(answer.status)
        request_id = str(uuid.uuid4())
        for name in ("x-ms-request-id", "x-ms-correlation-request-id"):
            self.send_header(name, request_id)
        for name, value in (answer.headers or {}).items():
            self.send_header(name, value)
        body = answer.content if answer.body is None else json.dumps(answer.body).encode()
        if body:
            self.send_header("Content-Type", answer.media_type)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """No request line on standard error."""

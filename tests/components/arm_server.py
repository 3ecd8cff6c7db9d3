"""A small Resource Manager on this machine: it answers POSTs and polls from a script, and remembers what was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """One answer: status code, headers ({base} stands for the server's address), body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: object = None


@dataclass
class ArmServer:
    """The script, by "METHOD /path" without query; the last answer of a list is given again and again."""

    base: str
    script: dict[str, list[Answer]]
    asked: list[str] = field(default_factory=list[str])
    tokens: list[str] = field(default_factory=list[str])
    bodies: list[str] = field(default_factory=list[str])

    def next(self, request: str) -> Answer:
        """The next scripted answer to a request."""
        answers = self.script.get(request.partition("?")[0], [Answer(404, body={"error": {"code": "NotFound"}})])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def arm_server(script: dict[str, list[Answer]]) -> Iterator[ArmServer]:
    """Serve a script on 127.0.0.1 while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
            request = f"{self.command} {self.path}"
            server.asked.append(request)
            server.tokens.append(self.headers.get("Authorization", ""))
            answer = server.next(request)
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value.format(base=server.base))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Say nothing on standard error."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = ArmServer(f"http://127.0.0.1:{http.server_port}", script)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()

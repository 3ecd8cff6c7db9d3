"""A real Envoy with the gateway's own configuration, and everything that it asks, on 127.0.0.1.

One TLS server stands for Entra and for every app, whose hosts a small DNS server leads to it; a certificate of a
throw-away authority covers them. Of the configuration only that is changed: ports, resolver, trusted authority.
"""

import base64
import contextlib
import copy
import datetime as dt
import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from components.gateway.config import GatewayFacts, bootstrap
from components.gateway.filters import UPSTREAM_HOST_HEADER
from components.gateway.routes import LIVENESS_PATH, Route

START_SECONDS = 20
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def new_key() -> rsa.RSAPrivateKey:
    """A key for a certificate or for tokens."""
    return rsa.generate_private_key(65537, 2048)


@dataclass
class Asked:
    """One request that arrived behind the gateway; header names in lower case."""

    method: str
    path: str
    host: str
    server_name: str
    headers: dict[str, str]


@dataclass
class World:
    """What stands around Envoy. `look_ups`: tenant → the registry's status and headers. `failing`: path → times."""

    facts: GatewayFacts
    url: str = ""
    log: Path = Path()
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    look_ups: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def token(self, *, signer: rsa.RSAPrivateKey | None = None, **claims: object) -> dict[str, str]:
        """The header with a token of Entra's for tenant acme; a claim of None is left out."""
        issuer = f"https://login.microsoftonline.com/{self.facts.entra_tenant_id}/v2.0"
        every = {
            "iss": issuer,
            "aud": self.facts.audience,
            "exp": int(time.time()) + 600,
            "tenant_id": "acme",
            **claims,
        }
        parts = [{"alg": "RS256", "kid": "1", "typ": "JWT"}, {k: v for k, v in every.items() if v is not None}]
        text = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        signature = (signer or self.key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {"Authorization": f"Bearer {text}.{_base64(signature)}"}

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> httpx.Response:
        """A request to the gateway; `asked` then holds what came out behind it, and nothing of before."""
        self.asked.clear()
        return httpx.request(method, f"{self.url}{path}", headers=headers, content=body, timeout=30)

    def keys(self) -> bytes:
        """Entra's public keys."""
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "e": "AQAB"}
        return json.dumps({"keys": [{**key, "n": _base64(numbers.n.to_bytes(256, "big"))}]}).encode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextlib.contextmanager
def running(envoy: str, folder: Path, routes: Sequence[Route], world: World, hosts: Sequence[str]) -> Iterator[World]:
    """Envoy with these routes in this world. `hosts`: what the certificate covers. Raises when it does not start."""
    certificate, authority = _certificates(folder, hosts)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(world))
    server.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.sni_callback = lambda connection, name, _: setattr(connection, "asked_for", name)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 0))
    for work in (server.serve_forever, lambda: _answer_names(names)):
        threading.Thread(target=work, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = _here(bootstrap(routes, world.facts), port, server.server_address[1], names.getsockname()[1], authority)
    world.url, world.log = f"http://127.0.0.1:{port}", folder / "envoy.log"
    with world.log.open("w") as log:
        command = [envoy, "--disable-hot-restart", "--concurrency", "2", "--log-level", "warn"]
        process = subprocess.Popen(
            [*command, "--config-yaml", json.dumps(config)], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _await_start(process, world)
            yield world
        finally:
            process.terminate()
            process.wait(10)
            server.shutdown()
            server.server_close()
            names.close()


def _await_start(process: subprocess.Popen[bytes], world: World) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{world.url}{LIVENESS_PATH}")
            return
        time.sleep(0.05)
    raise AssertionError(f"Envoy did not start:\n{world.log.read_text()[-3000:]}")


def _here(config: dict[str, Any], port: int, tls_port: int, dns_port: int, authority: Path) -> dict[str, Any]:
    """The configuration with this machine's ports, resolver and authority in the place of Azure's."""
    resolver = {
        "name": "envoy.network.dns_resolver.cares",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
            "resolvers": [{"socket_address": {"address": "127.0.0.1", "port_value": dns_port, "protocol": "UDP"}}],
            "dns_resolver_options": {"no_default_search_domain": True},
        },
    }

    def change(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                change(one)
        if isinstance(value, dict):
            if value.get("filename") == _CERTIFICATES:
                value["filename"] = str(authority)
            if value.get("port_value") == 443:
                value["port_value"] = tls_port
            if value.get("type") == "LOGICAL_DNS" or "max_hosts" in value:
                value["typed_dns_resolver_config"] = resolver
            if value.get("key") == UPSTREAM_HOST_HEADER:  # a host without a port is asked at 443
                value["value"] += f":{tls_port}"
            change(list(value.values()))

    here = copy.deepcopy(config)
    change(here)
    here["static_resources"]["listeners"][0]["address"] = {
        "socket_address": {"address": "127.0.0.1", "port_value": port}
    }
    return here


def _certificates(folder: Path, hosts: Sequence[str]) -> tuple[Path, Path]:
    """The server's certificate with its key, and its authority's."""
    authority_key, server_key, now = new_key(), new_key(), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "throw-away")])

    def signed(subject: x509.Name, key: rsa.RSAPrivateKey, extension: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(hours=1))
        builder = builder.not_valid_after(now + dt.timedelta(hours=1)).add_extension(extension, critical=True)
        return builder.sign(authority_key, hashes.SHA256())

    authority = signed(name, authority_key, x509.BasicConstraints(ca=True, path_length=None))
    alternatives = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(signed(x509.Name([]), server_key, alternatives).public_bytes(pem) + private)
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    return folder / "server.pem", folder / "authority.pem"


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Entra, the registry and every service."""

        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, sent, body = 200, {"server": "secret/1.0"}, b"{}"
            if self.path.endswith("/discovery/v2.0/keys"):
                body = world.keys()
            else:
                name = getattr(self.connection, "asked_for", "")
                world.asked.append(Asked(self.command, self.path, headers["host"], name, headers))
            if self.path.startswith("/internal/route"):
                status, sent = world.look_ups.get(headers.get("x-cf-tenant", ""), (403, {}))
            elif world.failing.get(self.path, 0):
                world.failing[self.path] -= 1
                status = 503
            self.send_response_only(status)
            for key, value in {**sent, "content-length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Says nothing: what came is in `asked`."""

    return Handler


def _answer_names(names: socket.socket) -> None:
    """Every name is 127.0.0.1 (A), or has no address (anything else). RFC 1035, section 4."""
    with contextlib.suppress(OSError):  # closed at the end
        while True:
            query, sender = names.recvfrom(512)
            end = query.index(b"\0", 12) + 5
            address = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if query[end - 4 : end - 2] == b"\0\1" else b""
            counts = struct.pack(">HHHH", 1, bool(address), 0, 0)
            names.sendto(query[:2] + b"\x81\x80" + counts + query[12:end] + address, sender)

"""Providers on ports of the loopback, for the Pulumi CLI: PULUMI_DEBUG_PROVIDERS=azure-native:PORT,random:PORT."""

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

_WORKERS = 64
_MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # as in Pulumi's own SDKs
_OPTIONS = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
)
_GRACE_SECONDS = 5


@contextmanager
def serve(providers: Mapping[str, ResourceProviderServicer]) -> Generator[dict[str, int]]:
    """Serve each provider while the `with` block lasts; gives the port of each by its package.

    The block holds the servers: a grpc.server that nobody refers to is collected and stops listening without a word.
    """
    servers: list[grpc.Server] = []
    ports: dict[str, int] = {}
    try:
        for package, provider in providers.items():
            server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=_OPTIONS)
            add_ResourceProviderServicer_to_server(provider, server)
            ports[package] = server.add_insecure_port("127.0.0.1:0")
            server.start()
            servers.append(server)
        yield ports
    finally:
        for stopped in [server.stop(_GRACE_SECONDS) for server in servers]:
            stopped.wait()


def debug_providers(ports: Mapping[str, int]) -> str:
    """The value of PULUMI_DEBUG_PROVIDERS that attaches the CLI to these ports."""
    return ",".join(f"{package}:{port}" for package, port in ports.items())

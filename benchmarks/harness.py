"""What the benchmarks share: a sandbox of their own for the fleet program, and a table of ratios.

A figure here is a ratio of two things measured in one run, or is held against a bound of the design; nothing is a test.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer
from pydantic import SecretStr

ROOT = Path(__file__).resolve().parents[1]
FLEET = Path(__file__).with_name("fleet")
sys.path.insert(0, str(ROOT))

from sandbox.azure.arm_http import ArmHttp  # noqa: E402 - the repository's root is on the path only now
from sandbox.azure.invokes import client_token  # noqa: E402
from sandbox.azure.jobs.runner import JobRunner  # noqa: E402
from sandbox.azure.postgres.fleet import PostgresFleet  # noqa: E402
from sandbox.azure.provider import AzureProvider  # noqa: E402
from sandbox.azure.store import Store  # noqa: E402
from sandbox.engine.execution.deployment import RunOptions  # noqa: E402
from sandbox.engine.operations import Engine, RunResult  # noqa: E402
from sandbox.engine.program.process import Project  # noqa: E402
from sandbox.engine.storage.backend import FileBackend  # noqa: E402
from sandbox.engine.storage.secrets import passphrase_source  # noqa: E402
from sandbox.home import SandboxHome  # noqa: E402
from sandbox.random import RandomProvider  # noqa: E402
from sandbox.runs import ENDPOINT, SANDBOX_TIME_SCALE, TIME_SCALE, config_of  # noqa: E402
from stacks import load_settings  # noqa: E402

SUBSCRIPTION, TENANT = "00000000-0000-0000-0000-0000000000d1", "00000000-0000-0000-0000-0000000000a1"
STACK = "bench"
CONFIG = {"azure-native:subscriptionId": SUBSCRIPTION, "azure-native:location": "westeurope"}


class Meter:
    """CPU seconds that threads of this process spend inside the providers: what the engine's own CPU is without."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def watch(self, provider: ResourceProviderServicer) -> None:
        """Count every call to this provider from now on."""
        for name in ("CheckConfig", "Configure", "Check", "Diff", "Create", "Read", "Update", "Delete", "Invoke"):
            setattr(provider, name, self._counted(getattr(provider, name)))

    def _counted(self, method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def counted(request: Any, context: Any) -> Any:
            began = time.thread_time()
            try:
                return method(request, context)
            finally:
                with self._lock:
                    self.seconds += time.thread_time() - began

        return counted


@dataclass(frozen=True)
class Measured:
    """One run: wall and CPU seconds; `engine` is this process without the providers in it."""

    changes: Mapping[str, int]
    wall: float
    engine: float
    providers: float
    program: float


@dataclass(frozen=True)
class Fleet:
    """A sandbox for the fleet program: its home, the stand-in's providers, and this repository's engine on them."""

    home: SandboxHome
    providers: Mapping[str, ResourceProviderServicer]
    engine: Engine
    meter: Meter

    def run(self, operation: str, size: int, *, patches: bool = True, tag: str = "1") -> Measured:
        """One run of the engine on a fleet of that size. Raises RuntimeError when the run fails."""
        options = RunOptions(config=CONFIG, environment=fleet_environment(size, patches=patches, tag=tag))
        return measured(getattr(self.engine, operation)(STACK, options), self.meter)


def measured(result: RunResult, meter: Meter) -> Measured:
    """A run's figures; takes what the meter has counted. Raises RuntimeError when the run failed."""
    if result.result != "succeeded":
        raise RuntimeError(f"the run {result.result}: {result.errors[:3]}")
    inside, meter.seconds = meter.seconds, 0.0
    own = result.engine_cpu_seconds - inside
    return Measured(result.changes, result.seconds, own, inside, result.program_cpu_seconds)


def fleet_environment(size: int, *, patches: bool = True, tag: str = "1") -> dict[str, str]:
    """What the fleet program reads."""
    return {
        "FLEET_SIZE": str(size),
        "FLEET_TAG": tag,
        "COMPLIANCEFLOW_SDK_PATCHES": "on" if patches else "off",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def fleet() -> Generator[Fleet]:
    """A new sandbox in a temporary directory, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as directory:
        home = SandboxHome(Path(directory) / "home").prepare()
        store = Store(home.azure_store)
        store.add_subscription(SUBSCRIPTION, TENANT)
        try:
            providers = {"azure-native": AzureProvider(store), "random": RandomProvider()}
            meter = Meter()
            for provider in providers.values():
                meter.watch(provider)
            backend = FileBackend(home.state, "fleet", passphrase_source(home.passphrase))
            project = Project("fleet", FLEET, FLEET, sys.executable)
            yield Fleet(home, providers, Engine(backend, project, providers), meter)
        finally:
            store.close()


@contextmanager
def platform() -> Generator[Callable[[str], Measured]]:
    """A new sandbox for the platform's own program: gives what brings a deployment up, with real PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="platform-") as directory:
        home = SandboxHome(Path(directory) / "home").prepare()
        store, servers, meter = Store(home.azure_store), PostgresFleet(home.root), Meter()
        providers = {"azure-native": AzureProvider(store, servers=servers), "random": RandomProvider()}
        for provider in providers.values():
            meter.watch(provider)
        backend = FileBackend(home.state, "complianceflow", passphrase_source(home.passphrase))
        engine = Engine(backend, Project("complianceflow", ROOT, ROOT, sys.executable), providers)
        with JobRunner(home.root, store) as jobs, ArmHttp(store, servers, SecretStr(client_token(store)), jobs) as arm:

            def up(deployment: str) -> Measured:
                settings = load_settings(deployment)
                store.add_subscription(settings.subscription_id, settings.tenant_id)
                environment = {ENDPOINT: arm.url, TIME_SCALE: SANDBOX_TIME_SCALE}
                options = RunOptions(config=config_of(settings), environment=environment)
                return measured(engine.up(deployment, options), meter)

            try:
                yield up
            finally:
                for server in servers.server_ids():
                    servers.delete(server)
                store.close()


@contextmanager
def stopwatch() -> Generator[list[float]]:
    """Seconds of the block, in the list once it is left."""
    seconds: list[float] = []
    began = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - began)


def row(claim: str, figure: float, bound: float | None = None, unit: str = "") -> None:
    """One line of the report: what was measured, and the design's bound where there is one."""
    verdict = "" if bound is None else f"   at most {bound:g}{unit}: {'holds' if figure <= bound else 'DOES NOT HOLD'}"
    print(f"{claim:<68}{figure:>9.2f}{unit}{verdict}", flush=True)


def machine() -> None:
    """The first line of a report: how big the machine is and how busy."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")

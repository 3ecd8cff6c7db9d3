"""All that a deployment that stays has for safety, brought up and taken down through the engine on the stand-in."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azure import arm_ids
from sandbox.azure.catalog.diagnostic_categories import untold
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from sandbox.engine.execution.deployment import RunOptions
from sandbox.engine.operations import Engine
from sandbox.engine.program.process import Project
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.secrets import passphrase_source
from sandbox.home import SandboxHome
from sandbox.random import RandomProvider
from tests.components.recovery.persistent import SUBSCRIPTION, TENANT

ROOT = Path(__file__).parents[3]
STACK, LOCK = "westeu-prod-1", "authorization:ManagementLockByScope"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> SandboxHome:
    """A sandbox of this file's own."""
    return SandboxHome(tmp_path_factory.mktemp("persistent") / "home").prepare()


@pytest.fixture(scope="module")
def store(home: SandboxHome) -> Iterator[Store]:
    """Its Azure."""
    opened = Store(home.azure_store)
    opened.add_subscription(SUBSCRIPTION, TENANT)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def engine(home: SandboxHome, store: Store) -> Iterator[Engine]:
    """The engine with the program of `persistent`."""
    fleet = PostgresFleet(home.root)
    backend = FileBackend(home.state, "complianceflow", passphrase_source(home.passphrase))
    program = Path(__file__).with_name("persistent.py")
    providers = {"azure-native": AzureProvider(store, servers=fleet), "random": RandomProvider()}
    yield Engine(backend, Project("complianceflow", ROOT, program, sys.executable), providers)
    for server_id in sorted(fleet.server_ids(), reverse=True):
        fleet.delete(server_id)


OPTIONS = RunOptions(environment={"PYTHONPATH": str(ROOT)})


@pytest.mark.slow
def test_it_comes_up_stays_as_it_is_and_goes_down(engine: Engine, store: Store, home: SandboxHome) -> None:
    """The locks go first, or the destroy would meet them (ScopeLocked); the replica is real and goes first.

    After a refresh a second up finds nothing to do: no input is one that Azure gives back in another form.
    """
    up = engine.up(STACK, OPTIONS)
    assert up.result == "succeeded", up.errors
    everything = store.read(lambda tx: tx.everything())
    tells_nothing = {arm_ids.name(arm_id) for arm_id in untold(everything)}
    assert tells_nothing == {"psql-cf-westeu-prod-1", "stcfwesteuprod1", "default"}  # what the program declares itself
    locks = [record for record in everything if record.token == LOCK]
    assert len(locks) == 4
    assert min(lock.created_at for lock in locks) >= max(it.created_at for it in everything if it not in locks)
    fleet, replica = PostgresFleet(home.root), str(up.outputs["replica"])
    assert fleet.status(replica) == "Ready"
    with fleet._connected(replica) as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
    assert engine.refresh(STACK, OPTIONS).result == "succeeded"
    again = engine.up(STACK, OPTIONS)
    assert set(again.changes) == {"same"}, again.errors
    down = engine.destroy(STACK, OPTIONS)
    assert down.result == "succeeded", down.errors
    assert not fleet.server_ids()

"""Writes that Azure does not take at the same time collide here too, in one process and across processes."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Clock, Cloud, container

if TYPE_CHECKING:
    from collections.abc import Callable


class Meanwhile:
    """A clock whose sleep runs a second write, while the first is in flight."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.during: Callable[[], object] | None = None
        self.told = ""

    def sleep(self, seconds: float) -> None:
        """Run the second write, note what it was told, and let time pass."""
        second, self.during = self.during, None
        if second is not None:
            try:
                second()
            except grpc.RpcError as error:
                self.told = error.details()
        self.clock.sleep(seconds)


@pytest.fixture
def busy(store: Store) -> tuple[Cloud, Meanwhile]:
    meanwhile = Meanwhile()
    pace = Pace(serial_window=5.0, clock=meanwhile.clock, sleep=meanwhile.sleep)
    cloud = Cloud(AzureProvider(store, pace=pace), store, meanwhile.clock)
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    return cloud, meanwhile


def test_two_subnets_of_a_network_are_not_written_together(busy: tuple[Cloud, Meanwhile]) -> None:
    cloud, meanwhile = busy
    cloud.network()
    meanwhile.during = lambda: cloud.subnet("b", "10.10.2.0/24")
    cloud.subnet("a", "10.10.1.0/24")
    assert 'Status=409 Code="AnotherOperationInProgress"' in meanwhile.told
    cloud.subnet("b", "10.10.2.0/24")


def test_subnets_of_two_networks_are(busy: tuple[Cloud, Meanwhile]) -> None:
    cloud, meanwhile = busy
    cloud.network("one", "10.1.0.0/16")
    cloud.network("two", "10.2.0.0/16")
    meanwhile.during = lambda: cloud.subnet("b", "10.2.2.0/24", network="two")
    cloud.subnet("a", "10.1.1.0/24", network="one")
    assert meanwhile.told == ""


def test_a_network_is_not_changed_or_deleted_while_a_subnet_is_written(busy: tuple[Cloud, Meanwhile]) -> None:
    cloud, meanwhile = busy
    network = cloud.network()
    meanwhile.during = lambda: cloud.update(network, tags={"a": "b"})
    subnet = cloud.subnet("a", "10.10.1.0/24")
    assert 'Code="AnotherOperationInProgress"' in meanwhile.told
    meanwhile.during = lambda: cloud.delete(network)
    cloud.update(subnet, addressPrefix="10.10.2.0/24")
    assert 'Code="AnotherOperationInProgress"' in meanwhile.told


def test_children_of_a_server_are_written_one_at_a_time(busy: tuple[Cloud, Meanwhile]) -> None:
    cloud, meanwhile = busy
    cloud.server()

    def database(name: str) -> object:
        inputs = {"resourceGroupName": GROUP, "serverName": "psql-test", "databaseName": name}
        return cloud.create("dbforpostgresql:Database", name, **inputs)

    meanwhile.during = lambda: database("two")
    database("one")
    assert 'Status=409 Code="ServerIsBusy"' in meanwhile.told


def test_apps_pass_each_other_but_not_their_environment(busy: tuple[Cloud, Meanwhile]) -> None:
    cloud, meanwhile = busy
    environment = cloud.environment()
    meanwhile.during = lambda: cloud.app(environment, "two")
    app = cloud.app(environment, "one")
    assert meanwhile.told == ""
    meanwhile.during = lambda: cloud.app(environment, "three")
    cloud.update(environment, tags={"a": "b"})
    assert 'Status=409 Code="ManagedEnvironmentOperationInProgress"' in meanwhile.told
    meanwhile.during = lambda: cloud.update(environment, tags={"a": "c"})
    cloud.update(app, template={"containers": [container(env=[{"name": "A", "value": "1"}])]})
    assert 'Code="ManagedEnvironmentOperationInProgress"' in meanwhile.told
    meanwhile.during = lambda: cloud.update(app, tags={"a": "b"})
    cloud.update(app, template={"containers": [container()]})
    assert 'Status=409 Code="ContainerAppOperationInProgress"' in meanwhile.told


def test_a_resource_is_not_ready_while_azure_works_on_it(store: Store) -> None:
    """On a scale of time, a GET in between says so."""
    meanwhile = Meanwhile()
    pace = Pace(scale=1.0, clock=meanwhile.clock, sleep=meanwhile.sleep)
    cloud = Cloud(AzureProvider(store, pace=pace), store, meanwhile.clock)
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    seen: list[str] = []
    arm_id = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.App/managedEnvironments/cae-test"
    )
    meanwhile.during = lambda: seen.append((cloud.provider.arm.read(arm_id) or {})["provisioningState"])
    before = meanwhile.clock.now
    assert cloud.environment().outputs["provisioningState"] == "Succeeded"
    assert seen == ["Updating"]
    assert meanwhile.clock.now - before == pytest.approx(180)  # what an environment without a network takes


def test_time_on_azure_is_noted_whatever_the_scale(cloud: Cloud) -> None:
    cloud.group()
    server = cloud.server()
    since = cloud.clock.now
    cloud.clock.now += 1
    cloud.delete(server)
    assert [(found.token, found.kind, found.azure_seconds) for found in cloud.store.operations()] == [
        ("resources:ResourceGroup", "create", 15.0),
        ("dbforpostgresql:Server", "create", 330.0),
        ("dbforpostgresql:Server", "delete", 90.0),
    ]
    assert [found.kind for found in cloud.store.operations(since + 0.5)] == ["delete"]


def test_a_cancelled_run_stops_waiting(store: Store) -> None:
    cloud = Cloud(AzureProvider(store, pace=Pace(scale=100.0)), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    threading.Timer(0.3, lambda: cloud.ask("Cancel", Empty())).start()
    assert cloud.refused("resources:ResourceGroup", "rg", resourceGroupName="rg") == "context canceled"


def test_cancelling_when_nothing_waits_spoils_nothing(cloud: Cloud) -> None:
    """The CLI cancels at the end of a preview and goes on to the update with the same provider."""
    cloud.ask("Cancel", Empty())
    cloud.group()


PROCESS = f"""
import sys
from pathlib import Path
from sandbox.azure.errors import ArmError
from sandbox.azure.pace import Pace
from sandbox.azure.resource_manager import ResourceManager
from sandbox.azure.store import Store
name, prefix = sys.argv[2:]
arm = ResourceManager(Store(Path(sys.argv[1])), pace=Pace(serial_window=1.5))
print("ready", flush=True)
sys.stdin.readline()
network = "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
try:
    arm.create(f"{{network}}/subnets/{{name}}", {{"addressPrefix": prefix}})
    print("made")
except ArmError as error:
    print(error.code)
"""


def test_two_processes_collide_too(tmp_path: Path) -> None:
    """Whichever comes first is served; the other is told that a write is in flight."""
    store = Store(tmp_path / "azure.db")
    store.add_subscription(SUBSCRIPTION, TENANT)
    cloud = Cloud(AzureProvider(store, pace=Pace(serial_window=0.0)), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    cloud.network()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(store.path), name, prefix],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, prefix in (("a", "10.10.1.0/24"), ("b", "10.10.2.0/24"))
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    assert answers == ["AnotherOperationInProgress", "made"]

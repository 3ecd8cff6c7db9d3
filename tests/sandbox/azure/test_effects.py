"""What a write sets in motion: real servers are asked for after it is on disk, and a failure takes it back."""

from dataclasses import dataclass, field

import pytest

from sandbox.azure.effects import Endpoint
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Clock, Cloud, Live

SERVER = "/providers/microsoft.dbforpostgresql/flexibleservers/psql-test"
SERVER_ID = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{GROUP}{SERVER}"


@dataclass
class Recorder:
    """A fleet that notes what it is asked for, and fails on request."""

    calls: list[tuple[object, ...]] = field(default_factory=list)
    broken: str = ""

    def note(self, *call: object) -> None:
        if self.broken == call[0]:
            raise RuntimeError(f"{call[0]} does not work")
        self.calls.append(call)

    def ensure(self, server_id: str, name: str, version: str, **more: object) -> Endpoint:
        self.note("ensure", server_id, name, version, more)
        return Endpoint(host="127.0.0.1", port=1)

    def delete(self, server_id: str) -> None:
        self.note("delete", server_id)

    def restart(self, server_id: str) -> None:
        self.note("restart", server_id)

    def create_database(self, server_id: str, name: str) -> None:
        self.note("create_database", server_id, name)

    def drop_database(self, server_id: str, name: str) -> None:
        self.note("drop_database", server_id, name)

    def set_configuration(self, server_id: str, name: str, value: str | None) -> None:
        self.note("set_configuration", server_id, name, value)

    def add_admin(self, server_id: str, object_id: str, principal_name: str, principal_type: str) -> None:
        self.note("add_admin", server_id, object_id, principal_name, principal_type)

    def remove_admin(self, server_id: str, object_id: str) -> None:
        self.note("remove_admin", server_id, object_id)


@pytest.fixture
def fleet() -> Recorder:
    return Recorder()


@pytest.fixture
def served(store: Store, fleet: Recorder) -> Cloud:
    cloud = Cloud(AzureProvider(store, servers=fleet, pace=Pace(serial_window=0.0)), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    return cloud


def child(cloud: Cloud, token: str, **inputs: object) -> Live:
    return cloud.create(f"dbforpostgresql:{token}", token, resourceGroupName=GROUP, serverName="psql-test", **inputs)


def test_every_part_of_a_server_reaches_the_real_one(served: Cloud, fleet: Recorder) -> None:
    sku = {"sku_name": "Standard_B1ms"}
    served.server(
        authConfig={"passwordAuth": "Enabled", "activeDirectoryAuth": "Enabled"},
        administratorLogin="pgadmin",
        administratorLoginPassword="hunter2",
    )
    child(served, "Configuration", configurationName="log_lock_waits", value="on")
    child(served, "AdministratorsMicrosoftEntra", objectId=SUBSCRIPTION, principalName="g", principalType="Group")
    child(served, "Database", databaseName="user_service")
    login = {"administrator_login": "pgadmin", "administrator_password": "hunter2"}
    assert fleet.calls == [
        ("ensure", SERVER_ID, "psql-test", "18", {**sku, **login}),
        ("set_configuration", SERVER_ID, "log_lock_waits", "on"),
        ("add_admin", SERVER_ID, SUBSCRIPTION, "g", "Group"),
        ("create_database", SERVER_ID, "user_service"),
    ]


def test_every_delete_reaches_the_real_one(served: Cloud, fleet: Recorder) -> None:
    server = served.server()
    parts = [
        child(served, "Configuration", configurationName="log_lock_waits", value="on"),
        child(served, "AdministratorsMicrosoftEntra", objectId=SUBSCRIPTION, principalName="g", principalType="Group"),
        child(served, "Database", databaseName="user_service"),
    ]
    fleet.calls.clear()
    for live in (*parts, server):
        served.delete(live)
    assert fleet.calls == [
        ("set_configuration", SERVER_ID, "log_lock_waits", None),
        ("remove_admin", SERVER_ID, SUBSCRIPTION),
        ("drop_database", SERVER_ID, "user_service"),
        ("delete", SERVER_ID),
    ]


def test_what_lies_in_a_deleted_server_is_not_dropped_one_by_one(served: Cloud, fleet: Recorder) -> None:
    served.server()
    child(served, "Database", databaseName="user_service")
    fleet.calls.clear()
    served.delete(served.made[0])  # the resource group
    assert fleet.calls == [("delete", SERVER_ID)]


def test_a_server_that_does_not_start_is_not_there(served: Cloud, fleet: Recorder) -> None:
    fleet.broken = "ensure"
    told = served.refused("dbforpostgresql:Server", "s", **served.server_inputs())
    assert 'Status=500 Code="InternalServerError"' in told
    assert "ensure does not work" in told
    fleet.broken = ""
    served.server()


def test_an_update_that_fails_leaves_what_was_there(served: Cloud, fleet: Recorder) -> None:
    served.server()
    made = child(served, "Configuration", configurationName="log_lock_waits", value="on")
    fleet.broken = "set_configuration"
    served.update_refused(made, value="off")
    found = served.provider.arm.read(made.id)
    assert found is not None
    assert found["value"] == "on"


def test_a_delete_that_fails_can_be_asked_for_again(served: Cloud, fleet: Recorder) -> None:
    server = served.server()
    fleet.broken = "delete"
    with pytest.raises(Exception, match="delete does not work"):
        served.delete(server)
    assert served.refresh(server).id == server.id
    fleet.broken = ""
    served.delete(server)


def test_reconciling_brings_back_what_the_store_says(served: Cloud, fleet: Recorder) -> None:
    """After a reboot, or a kill between a write and its effect: servers first, then what lies in them."""
    served.server()
    child(served, "Database", databaseName="user_service")
    fleet.calls.clear()
    served.provider.reconcile()
    assert [call[0] for call in fleet.calls] == ["ensure", "create_database"]

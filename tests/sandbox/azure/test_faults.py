"""Faults come when they are scheduled, once, and a lost reply loses only the reply."""

import json
from pathlib import Path

import pytest

from cidr import FaultsError
from sandbox.azure.fault_schedule import ScheduledFault, schedule
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Clock, Cloud


def faulty(store: Store, *faults: dict[str, object]) -> Cloud:
    for index, fault in enumerate(faults):
        store.set("fault", str(index), json.dumps(fault))
    cloud = Cloud(AzureProvider(store, pace=Pace(serial_window=0.0)), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    return cloud


def group_inputs(name: str) -> dict[str, str]:
    return {"resourceGroupName": name}


def test_a_fault_comes_at_the_call_it_is_set_for_and_not_again(store: Store) -> None:
    busy = {
        "type": "resources:ResourceGroup",
        "operation": "create",
        "nth": 2,
        "code": "TooManyRequests",
        "status": 429,
    }
    cloud = faulty(store, busy)
    cloud.group("rg-1")
    told = cloud.refused("resources:ResourceGroup", "g", **group_inputs("rg-2"))
    assert told.startswith('Status=429 Code="TooManyRequests"')
    cloud.group("rg-2")


def test_calls_are_counted_across_runs(store: Store) -> None:
    """A run after the fault does not meet it again: what was mended stays mended."""
    fault = {"type": "*", "operation": "create", "nth": 1}
    first = faulty(store, fault)
    assert 'Code="InternalServerError"' in first.refused("resources:ResourceGroup", "g", **group_inputs("rg"))
    faulty(store, fault).group("rg")


def test_a_fault_before_the_work_leaves_nothing(store: Store) -> None:
    cloud = faulty(store, {"type": "*", "operation": "create"})
    cloud.refused("resources:ResourceGroup", "g", **group_inputs("rg"))
    assert store.read(lambda tx: tx.everything()) == []


def test_a_lost_reply_leaves_the_resource(store: Store) -> None:
    """The create that follows is told that it is there: adoption is somebody else's work."""
    cloud = faulty(store, {"type": "resources:ResourceGroup", "operation": "create", "when": "after"})
    told = cloud.refused("resources:ResourceGroup", "g", **group_inputs("rg"))
    assert told.startswith('Put "https://management.azure.com/subscriptions/')
    assert "connection reset by peer" in told
    again = cloud.refused("resources:ResourceGroup", "g", **group_inputs("rg"))
    assert again == f"cannot create already existing resource '/subscriptions/{SUBSCRIPTION}/resourceGroups/rg'"


def test_a_lost_reply_of_a_delete_has_deleted(store: Store) -> None:
    cloud = faulty(store, {"type": "*", "operation": "delete", "when": "after"})
    group = cloud.group()
    assert "connection reset" in cloud.delete_refused(group)
    assert cloud.refresh(group).id == ""
    cloud.delete(group)


def test_a_fault_can_hit_updates_and_reads(store: Store) -> None:
    gateway = {"type": "*", "code": "BadGateway", "status": 502}
    cloud = faulty(store, {**gateway, "operation": "update"}, {**gateway, "operation": "read"})
    group = cloud.group()
    assert 'Status=502 Code="BadGateway"' in cloud.update_refused(group, tags={"a": "b"})
    with pytest.raises(Exception, match="BadGateway"):
        cloud.refresh(group)
    cloud.update(group, tags={"a": "b"})


def test_chance_is_the_same_for_the_same_seed() -> None:
    def fired(seed: int) -> list[bool]:
        fault = ScheduledFault(type="*", operation="create", probability=0.3, seed=seed)
        return [fault.fires(call) for call in range(1, 400)]

    assert fired(7) == fired(7) != fired(8)
    assert 60 < sum(fired(7)) < 180


def test_a_file_is_read_too(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text('- {type: "network:Subnet", operation: create, nth: 3, times: 2, when: after}\n')
    found = schedule(store, {"CFCTL_FAULTS": str(path)}).faults
    assert found == (ScheduledFault(type="network:Subnet", operation="create", nth=3, times=2, when="after"),)
    assert [found[0].fires(call) for call in range(1, 7)] == [False, False, True, True, False, False]


def test_every_wrong_entry_of_a_file_is_told_with_its_place(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text('- {type: "*", operation: destroy}\n- {operation: create, nth: 0, colour: red}\n- nonsense\n')
    with pytest.raises(FaultsError) as told:
        schedule(store, {"CFCTL_FAULTS": str(path)})
    text = str(told.value)
    for part in ("[0]", "operation is 'destroy'", "[1]", "type is missing", "nth is 0", "colour is no key", "[2]"):
        assert part in text


@pytest.mark.parametrize("content", ["{", "type: x"])
def test_a_file_that_is_no_list_is_told(store: Store, tmp_path: Path, content: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(content)
    with pytest.raises(FaultsError, match=r"faults\.yaml"):
        schedule(store, {"CFCTL_FAULTS": str(path)})


def test_a_missing_file_is_told(store: Store) -> None:
    with pytest.raises(FaultsError, match="cannot be read"):
        schedule(store, {"CFCTL_FAULTS": f"/nonexistent/{GROUP}"})

"""The time on Azure is the longest chain of waiting operations; what a teardown leaves is named, with the reason."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.model import Record
from sandbox.azure.postgres.records import Records
from sandbox.azure.store import Store
from sandbox.engine.model.state import ResourceState, StackState
from sandbox.facts import gather, longest_chain


def resource(name: str, *needs: str, parent: str = "") -> ResourceState:
    return ResourceState(
        urn=name, type="t", custom=True, id=f"/subscriptions/s/{name}", dependencies=list(needs), parent=parent
    )


def seconds(**by_name: float) -> dict[str, float]:
    return {f"/subscriptions/s/{name}": value for name, value in by_name.items()}


def test_what_waits_adds_up_and_what_does_not_runs_side_by_side() -> None:
    """A then c is longer than b then c; d waits for nobody."""
    resources = [resource("a"), resource("b"), resource("c", "a", "b"), resource("d")]
    assert longest_chain(resources, seconds(a=10, b=3, c=5, d=12)) == 15


def test_a_child_waits_for_its_parent() -> None:
    """A parent that is a resource itself is made first."""
    assert longest_chain([resource("a"), resource("b", parent="a")], seconds(a=2, b=3)) == 5


def test_what_was_not_touched_takes_no_time() -> None:
    """An unchanged resource only passes the waiting on."""
    assert longest_chain([resource("a"), resource("b", "a"), resource("c", "b")], seconds(a=2, c=3)) == 5
    assert longest_chain([resource("a")], {}) == 0
    assert longest_chain([], {}) == 0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sets(st.integers(0, 30))), max_size=31))
def test_the_longest_chain_lies_between_the_longest_operation_and_the_sum(rows: list[tuple[float, set[int]]]) -> None:
    """Property: over any dependencies on earlier resources."""
    resources = [
        resource(f"r{index}", *(f"r{need}" for need in needs if need < index)) for index, (_, needs) in enumerate(rows)
    ]
    taken = {f"/subscriptions/s/r{index}": value for index, (value, _) in enumerate(rows)}
    longest = longest_chain(resources, taken)
    assert max(taken.values(), default=0) - 1e-6 <= longest <= sum(taken.values()) + 1e-6


def _record(arm_id: str, token: str) -> Record:
    return Record(
        token=token,
        arm_id=arm_id,
        parent=arm_id.rsplit("/", 2)[0],
        name=arm_id.rsplit("/", 1)[1],
        subscription="s",
        location="westeurope",
        unique_key="",
        inputs={},
        outputs={},
        hidden={},
        created_at=0.0,
        ready_at=0.0,
    )


GROUP = "/subscriptions/s/resourceGroups/rg-cf-global-dev"
VAULTS = f"{GROUP}/providers/Microsoft.KeyVault/vaults"


def _state(*ids: str, retained: str = "") -> StackState:
    return StackState(
        [
            ResourceState(urn=arm_id, type="t", custom=True, id=arm_id, retain_on_delete=arm_id == retained)
            for arm_id in ids
        ]
    )


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    store = Store(tmp_path / "azure.db")
    yield store
    store.close()


def _kept_names(store: Store, tmp_path: Path, before: StackState, after: StackState, since: float) -> dict[str, str]:
    found = gather(store, Records(tmp_path / "pg"), before, after, since).kept
    return {kept.name: kept.why for kept in found}


def test_a_teardown_names_every_soft_deleted_resource_of_its_deployment(store: Store, tmp_path: Path) -> None:
    """Of this run and of an interrupted one before it; another deployment's vault is not its business."""
    now = time.time()
    with store.transaction() as tx:
        for arm_id, deleted_at in (
            (f"{VAULTS}/kv-now", now),
            (f"{VAULTS}/kv-before", now - 1000),
            (f"{VAULTS.replace('global', 'other')}/kv-other", now),
        ):
            tx.bury([_record(arm_id, "keyvault:Vault")], arm_id, deleted_at, now + 86400)
    before = _state(GROUP, f"{VAULTS}/kv-now")
    assert set(_kept_names(store, tmp_path, before, _state(), now - 1)) == {"kv-now", "kv-before"}
    assert set(_kept_names(store, tmp_path, before, _state(GROUP), now - 1)) == {"kv-now"}


def test_what_is_retained_and_what_is_left_over_are_told_apart(store: Store, tmp_path: Path) -> None:
    """One is there on purpose, the other should not be."""
    retained, lost = (
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/a",
        f"{GROUP}/providers/Microsoft.Network/x/b",
    )
    with store.transaction() as tx:
        for arm_id in (retained, lost):
            tx.put(_record(arm_id, "network:VirtualNetwork"))
    kept = _kept_names(store, tmp_path, _state(GROUP, retained, lost, retained=retained), _state(), time.time())
    assert "keep it on delete" in kept["a"]
    assert "left over" in kept["b"]


def test_nothing_is_kept_where_the_state_still_has_it(store: Store, tmp_path: Path) -> None:
    """What is up is not left over."""
    with store.transaction() as tx:
        tx.put(_record(GROUP, "resources:ResourceGroup"))
    assert _kept_names(store, tmp_path, _state(GROUP), _state(GROUP), time.time()) == {}


def test_the_time_of_a_job_belongs_to_the_gate_that_waits_for_it(store: Store, tmp_path: Path) -> None:
    """The job is made long before it runs; what comes after the gate waits for the execution, and nothing else does."""
    job, began = f"{GROUP}/providers/Microsoft.App/jobs/tenancy", time.time() - 1
    with store.transaction() as tx:
        for kind, seconds in (("create", 30.0), ("start", 60.0)):
            tx.log(token="app:Job", arm_id=job, kind=kind, started_at=began + 1, ready_at=began + 2, seconds=seconds)  # noqa: S106 - the name of a type
    made = ResourceState(urn="job", type="t", custom=True, id=job)
    opened = ResourceState(
        urn="opened", type="t", custom=True, id="Ab-c", inputs={"keepers": {"job_id": job}}, dependencies=["job"]
    )
    found = gather(store, Records(tmp_path / "pg"), StackState(), StackState([made, opened]), began)
    assert (found.critical_path, found.sum) == (90.0, 90.0)
    found = gather(store, Records(tmp_path / "pg"), StackState(), StackState([made]), began)
    assert (found.critical_path, found.sum) == (90.0, 90.0), "without a gate the job's own"
    apart = ResourceState(urn="opened", type="t", custom=True, id="Ab-c", inputs={"keepers": {"job_id": job}})
    assert gather(store, Records(tmp_path / "pg"), StackState(), StackState([made, apart]), began).critical_path == 60.0

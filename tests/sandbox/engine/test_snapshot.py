"""The books of a run: order, identity, and integrity after every single record."""

import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.journal import Journal
from sandbox.engine.storage.journal_format import replay
from sandbox.engine.storage.ledger import Begin, Commit, Fail, Ledger
from sandbox.engine.storage.snapshot import Snapshot
from tests.sandbox.engine.states import change, make_resource, open_secrets, patient, urn_of


def names(snapshot: Snapshot) -> list[str]:
    return [resource.urn.rpartition("::")[2] for resource in snapshot.state().resources]


def test_completed_states_come_first_in_the_order_of_their_completion() -> None:
    olds = [make_resource("a"), make_resource("b"), make_resource("c")]
    snapshot = Snapshot(StackState(list(olds)))
    snapshot.commit(None, put=make_resource("c"), drop=olds[2])
    snapshot.commit(snapshot.begin("creating", make_resource("n")), put=make_resource("n"))
    assert names(snapshot) == ["c", "n", "a", "b"]


def test_a_held_state_is_rewritten_where_it_stands() -> None:
    """A refresh changes states without moving them before what they need."""
    olds = [make_resource("a"), make_resource("b")]
    snapshot = Snapshot(StackState(list(olds)))
    snapshot.commit(None, put=olds[1])
    olds[0].outputs = {"x": 1}
    snapshot.update(olds[0])
    assert names(snapshot) == ["a", "b"]
    new = make_resource("n")
    snapshot.commit(None, put=new)
    snapshot.commit(None, put=make_resource("m"))
    snapshot.commit(None, put=new)
    assert names(snapshot) == ["n", "m", "a", "b"]


def test_states_of_one_urn_are_told_apart() -> None:
    """In a replace the old and the new have one URN; only the old one goes."""
    old, new = make_resource("a", id="old"), make_resource("a", id="new")
    snapshot = Snapshot(StackState([old]))
    old.delete = True
    snapshot.update(old)
    snapshot.commit(snapshot.begin("creating", new), put=new)
    assert [resource.id for resource in snapshot.state().resources] == ["new", "old"]
    snapshot.commit(snapshot.begin("deleting", old), drop=old)
    assert [resource.id for resource in snapshot.state().resources] == ["new"]


def test_an_operation_is_pending_until_it_ends_either_way() -> None:
    snapshot = Snapshot(StackState([], [PendingOperation(make_resource("left"), "creating")]))
    first, second = snapshot.begin("creating", make_resource("a")), snapshot.begin("deleting", make_resource("b"))
    assert [operation.type for operation in snapshot.state().pending_operations] == ["creating", "creating", "deleting"]
    assert list(snapshot.pending()) == [0, first, second]
    snapshot.fail(first)
    snapshot.commit(second)
    snapshot.commit(0, put=make_resource("left"))
    assert snapshot.state().pending_operations == []
    assert names(snapshot) == ["left"]


def test_what_is_not_there_cannot_be_changed() -> None:
    """An engine that loses count must hear of it at once, and the books stay as they were."""
    held = make_resource("a")
    snapshot = Snapshot(StackState([held]))
    snapshot.commit(None, drop=held)
    for wrong in (lambda: snapshot.update(held), lambda: snapshot.commit(None, drop=held), lambda: snapshot.fail(7)):
        with pytest.raises(ValueError, match="is not"):
            wrong()
    assert names(snapshot) == []


def test_renamed_resources_are_renamed_everywhere_and_the_program_keeps_its_objects() -> None:
    """Aliases are not written: every reference to a former URN becomes the present one, in children's URNs too."""
    parent = make_resource("old")
    child = make_resource("child", parent=parent.urn, urn=f"{parent.urn.rpartition('::')[0]}$test:index:Thing::child")
    user = make_resource(
        "user", dependencies=[parent.urn, child.urn], property_dependencies={"p": [parent.urn]}, deleted_with=child.urn
    )
    snapshot = Snapshot(StackState([parent, child, user]))
    renamed = make_resource("new", aliases=[parent.urn])
    snapshot.commit(None, put=renamed, drop=parent)
    state = snapshot.state()
    verify(state)
    assert [resource.aliases for resource in state.resources] == [[], [], []]
    assert state.resources[1].parent == renamed.urn
    assert state.resources[2].dependencies == [renamed.urn, state.resources[1].urn]
    assert state.resources[2].property_dependencies == {"p": [renamed.urn]}
    assert user.dependencies == [parent.urn, child.urn]


def test_a_child_of_a_retyped_parent_gets_the_new_type_into_its_urn() -> None:
    base = urn_of("x").rpartition("test:index:Thing")[0]
    parent = make_resource("p", urn=f"{base}old:index:Type::p", type="old:index:Type")
    child = make_resource("c", urn=f"{base}old:index:Type$test:index:Thing::c", parent=parent.urn)
    snapshot = Snapshot(StackState([parent, child]))
    snapshot.commit(
        None,
        put=make_resource("p", urn=f"{base}new:index:Type::p", type="new:index:Type", aliases=[parent.urn]),
        drop=parent,
    )
    assert snapshot.state().resources[1].urn == f"{base}new:index:Type$test:index:Thing::c"


@given(st.randoms(use_true_random=False))
@patient
def test_integrity_holds_after_every_record_of_every_history(chance: random.Random) -> None:
    """Three runs of random programs over one stack, with failures and replaces, checked after each record."""
    base = StackState()
    for _ in range(3):
        snapshot = Snapshot(base)
        change(snapshot, base, chance, lambda snapshot: verify(snapshot.state()))
        base = snapshot.state()


def test_many_threads_keep_one_set_of_books(tmp_path: Path) -> None:
    """What the live snapshot says and what its journal says are the same, whatever the order of the threads."""
    path = tmp_path / "journal"
    snapshot = Snapshot(StackState(), Journal.start(path, open_secrets(), "base"))

    def work(worker: int) -> None:
        for number in range(30):
            resource = make_resource(f"{worker}-{number}")
            operation = snapshot.begin("creating", resource)
            if number % 3:
                snapshot.commit(operation, put=resource)
            else:
                snapshot.fail(operation)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live = [resource.urn for resource in snapshot.state().resources]
    assert len(live) == 160
    assert [resource.urn for resource in replay(StackState(), path, open_secrets()).resources] == live


def test_a_ledger_refuses_records_that_do_not_fit() -> None:
    """A journal that passes its checksums but makes no sense must not be believed."""
    resource: ResourceState = make_resource("a")
    ledger = Ledger(StackState())
    ledger.apply(Begin(0, "creating", resource))
    for wrong in (Begin(0, "creating", resource), Fail(1), Commit(1), Commit(0, drop=5)):
        with pytest.raises(ValueError, match=r"operation|state"):
            ledger.apply(wrong)
    assert list(ledger.operations) == [0]

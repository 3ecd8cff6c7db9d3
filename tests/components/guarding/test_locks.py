"""Locks: last made, first removed, on what is named."""

import pulumi
import pytest
from pulumi_azure_native import resources

from components.guarding.everything import Everything
from components.guarding.locks import Locks, LocksArgs
from components.place import Place
from tests.components.recording import Recording, record


class _Box(pulumi.ComponentResource):
    """A component with one resource."""

    def __init__(self, name: str) -> None:
        super().__init__("test:Box", name)
        resources.ResourceGroup(f"{name}-inside", opts=pulumi.ResourceOptions(parent=self))


@pytest.fixture
def locked(place: Place) -> Recording:
    """A lock after two resources, and one resource that is declared later."""

    def program() -> None:
        everything = Everything.watch()
        resources.ResourceGroup("plain")
        _Box("box")
        args = LocksArgs(place=place, scopes={"postgres": "/servers/psql", "storage": "/accounts/st"})
        Locks("lock", args, pulumi.ResourceOptions(depends_on=everything.resources))
        resources.ResourceGroup("later")

    return record(program)


def test_a_lock_waits_for_everything_declared_before_it(locked: Recording) -> None:
    """So a destroy removes it first: a locked scope fails it (ScopeLocked)."""
    for name in ("lock-postgres", "lock-storage"):
        assert locked[name].dependencies >= {"plain", "box-inside"}
        assert "later" not in locked[name].dependencies


def test_a_lock_forbids_to_delete_and_nothing_else(locked: Recording) -> None:
    """ReadOnly would also stop a restart, a key list and every other action."""
    inputs = locked["lock-postgres"].inputs
    assert (inputs["level"], inputs["lockName"], inputs["scope"]) == (
        "CanNotDelete",
        "lock-cf-westeu-dev-1",
        "/servers/psql",
    )
    assert "turn its locks off in the stack file" in inputs["notes"]


def test_without_a_scope_there_is_no_lock(place: Place) -> None:
    with pytest.raises(ValueError, match="nothing to lock"):
        LocksArgs(place=place, scopes={})

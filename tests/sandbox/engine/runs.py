"""Short runs on a stack, ended in every way, for the tests of kept state."""

from collections.abc import Callable

import pytest

from sandbox.engine.model.state import StackState
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.snapshot import Snapshot
from tests.sandbox.engine.states import CANARY, STACK, make_resource


def create(snapshot: Snapshot, *names: str) -> None:
    for name in names:
        resource = make_resource(name)
        snapshot.commit(snapshot.begin("creating", resource), put=resource)


def deploy(backend: FileBackend, *names: str) -> None:
    """A run that succeeds and leaves a history entry."""
    with backend.open(STACK, "up") as snapshot:
        create(snapshot, *names)
        snapshot.outcome.kind, snapshot.outcome.result = "update", "succeeded"
        snapshot.outcome.changes = {"create": len(names)}
        snapshot.outcome.config = {"platform:size": "3", "platform:token": CANARY}
        snapshot.outcome.secret_keys = frozenset({"platform:token"})


class KilledError(BaseException):
    """No `except Exception` may catch it."""


def kill(backend: FileBackend, act: Callable[[Snapshot], None]) -> None:
    """A run that is killed after `act`: nothing of its end happens but the lock's, which the system gives back."""

    def die(*_: object) -> None:
        raise KilledError

    original = backend._end
    backend._end = die  # pyright: ignore[reportAttributeAccessIssue]
    try:
        with pytest.raises(KilledError), backend.open(STACK, "up") as snapshot:
            act(snapshot)
    finally:
        backend._end = original


def names(state: StackState) -> list[str]:
    return [resource.urn.rpartition("::")[2] for resource in state.resources]


def fail_in(backend: FileBackend, *made: str, pending: str) -> None:
    """A run that ends with an error while an operation is pending."""

    def run() -> None:
        with backend.open(STACK, "up") as snapshot:
            create(snapshot, *made)
            snapshot.begin("creating", make_resource(pending))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run()

"""States, histories and backends for the tests of kept state."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.model.values import UNKNOWN, ResourceReference, Secret
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.snapshot import Snapshot

PROJECT = "platform"
STACK = "westeu-dev-1"
PASSPHRASE = "password"  # noqa: S105 - that of the known salt
# Of TestPassphraseManager in github.com/pulumi/pulumi pkg/secrets/passphrase/manager_test.go.
SALT = {"salt": "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="}
ROOT = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}"
CANARY = "canary-hunter2"
"""Part of every secret made here: it must be in no file."""


patient = settings(deadline=None)
"""For properties: the machine may be busy, and the first example derives a key."""


def open_secrets(state: Mapping[str, object] | None = None) -> PassphraseSecrets:
    """The secrets of a stack, new ones under the known salt: one key derivation serves all tests."""
    return PassphraseSecrets.from_state(state or SALT, PASSPHRASE)


def make_backend(root: Path, notices: list[str] | None = None) -> FileBackend:
    return FileBackend(root, PROJECT, open_secrets, (notices if notices is not None else []).append)


def make_resource(name: str, **fields: Any) -> ResourceState:
    """A custom resource `name` with an id and one secret."""
    defaults: dict[str, Any] = {
        "id": f"id-{name}",
        "inputs": {"name": name, "password": Secret(f"{CANARY}-{name}")},
        "parent": "",
    }
    defaults |= {
        "urn": f"urn:pulumi:{STACK}::{PROJECT}::test:index:Thing::{name}",
        "type": "test:index:Thing",
        "custom": True,
    }
    return ResourceState(**(defaults | fields))


def urn_of(name: str) -> str:
    return make_resource(name).urn


texts = st.text(max_size=6)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False).map(
        lambda number: int(number) if number.is_integer() and abs(number) < 2**53 else number
    )
    | texts
    | st.just(UNKNOWN)
    | st.builds(ResourceReference, st.just(ROOT), st.none() | texts, texts)
)
keys = st.text('abcxyz.[]"é<&', min_size=1, max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2) | st.builds(Secret, inner),
    max_leaves=5,
)
maps = st.dictionaries(keys, values | st.builds(lambda text: Secret(CANARY + text), texts), max_size=3)
times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - it is given one
fields_of_any_resource = st.fixed_dictionaries(
    {},
    optional={
        "custom": st.booleans(),
        "inputs": maps,
        "outputs": maps,
        "protect": st.booleans(),
        "retain_on_delete": st.booleans(),
        "external": st.booleans(),
        "taint": st.booleans(),
        "init_errors": st.lists(texts, max_size=1),
        "custom_timeouts": st.dictionaries(st.sampled_from(["create", "update"]), st.floats(0.5, 9e4), max_size=2),
        "created": times,
        "ignore_changes": st.lists(texts, max_size=2),
        "hide_diff": st.lists(texts, max_size=2),
        "replacement_trigger": values,
        "resource_hooks": st.dictionaries(st.just("BeforeCreate"), st.lists(texts, min_size=1, max_size=2)),
        "extra": st.dictionaries(st.sampled_from(["stackTrace", "aFieldOfTomorrow"]), st.just([{"a": 1}])),
    },
)
relations = st.sampled_from(["parent", "dependencies", "property_dependencies", "deleted_with", "replace_with"])


@st.composite
def states(draw: st.DrawFn) -> StackState:
    """A state that keeps every rule: each resource names only resources before it."""
    resources: list[ResourceState] = []
    for number, fields in enumerate(draw(st.lists(fields_of_any_resource, max_size=4))):
        resource = make_resource(f"r{number}", **fields)
        resource.id = resource.id if resource.custom else ""
        for relation in draw(st.lists(relations, max_size=3)) if resources else []:
            urn = draw(st.sampled_from(resources)).urn
            setattr(
                resource,
                relation,
                {"parent": urn, "deleted_with": urn, "property_dependencies": {"a": [urn]}}.get(relation, [urn]),
            )
        resources.append(resource)
    operations = [
        PendingOperation(make_resource(f"p{number}"), "creating") for number in range(draw(st.integers(0, 2)))
    ]
    return StackState(resources, operations)


Watch = Callable[[Snapshot], None]


def change(snapshot: Snapshot, base: StackState, chance: random.Random, watch: Watch) -> None:
    """One run of a random program over `base`, as the engine records it: creates, updates, replaces, failures, deletes.

    `watch` sees the snapshot after every record; an error that it raises is a kill.
    """
    for number in list(snapshot.pending()):
        snapshot.fail(number)
        watch(snapshot)
    olds = {resource.urn: resource for resource in base.resources if not resource.delete}
    done: list[ResourceState] = []
    for name in chance.sample("abcdefghijkl", chance.randint(0, 10)):
        needs = [resource.urn for resource in chance.sample(done, min(len(done), chance.randint(0, 2)))]
        new = make_resource(name, dependencies=needs, outputs={"run": chance.randint(0, 99)})
        if _register(snapshot, olds.get(new.urn), new, chance, watch):
            done.append(new)
    kept = {resource.urn for resource in done}
    for old in reversed(snapshot.state().resources):
        unwanted = old.delete or old.urn not in kept
        if not unwanted or chance.random() < 0.1 or _is_needed(snapshot.state(), old):
            continue
        operation = snapshot.begin("deleting", old)
        watch(snapshot)
        if chance.random() < 0.8:
            snapshot.commit(operation, drop=old)
        else:
            snapshot.fail(operation)
        watch(snapshot)


def _register(
    snapshot: Snapshot, old: ResourceState | None, new: ResourceState, chance: random.Random, watch: Watch
) -> bool:
    """True if `new` is in the stack afterwards."""
    step = "create" if old is None else chance.choice(["same", "update", "replace"])
    if step == "same":
        snapshot.commit(None, put=new, drop=old)
        watch(snapshot)
        return True
    operation = snapshot.begin("updating" if step == "update" else "creating", new)
    watch(snapshot)
    if chance.random() < 0.2:
        snapshot.fail(operation)
        watch(snapshot)
        return False
    if step == "replace" and old is not None:
        old.delete = True
        snapshot.update(old)
        watch(snapshot)
        snapshot.commit(operation, put=new)
    else:
        snapshot.commit(operation, put=new, drop=old)
    watch(snapshot)
    if chance.random() < 0.3:
        new.outputs = {"later": Secret(CANARY)}
        snapshot.update(new)
        watch(snapshot)
    return True


def _is_needed(state: StackState, resource: ResourceState) -> bool:
    """True if something depends on this state: on a live one of its URN, or on it where none stands before it."""
    others = [other for other in state.resources if other is not resource]
    before = state.resources[: state.resources.index(resource)]
    replaced = resource.delete and any(other.urn == resource.urn for other in before)
    return not replaced and any(resource.urn in other.dependencies for other in others)

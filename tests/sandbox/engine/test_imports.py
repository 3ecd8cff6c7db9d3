"""Exports, and what an import of one may and may not do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.model.values import Secret
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import (
    ImportRefusedError,
    SecretsError,
)
from tests.sandbox.engine.runs import create, deploy, fail_in, kill, names
from tests.sandbox.engine.states import CANARY, PROJECT, STACK, make_backend, make_resource, open_secrets

Edit = Callable[[dict[str, Any]], object]


def test_an_export_imports_into_another_home_as_it_was(backend: FileBackend, tmp_path: Path) -> None:
    deploy(backend, "a", "b")
    document = backend.export(STACK)
    other = make_backend(tmp_path / "other")
    other.import_(STACK, document)
    assert other.export(STACK) == document


def test_an_import_drops_pending_operations_and_says_so(backend: FileBackend, notices: list[str]) -> None:
    fail_in(backend, pending="a")
    document = backend.export(STACK)
    assert len(document["deployment"]["pending_operations"]) == 1
    backend.import_(STACK, document)
    assert backend.load(STACK).pending_operations == []
    assert f"dropped the pending operation creating on {make_resource('a').urn}" in notices


def test_an_import_encrypts_under_the_stacks_own_passphrase(tmp_path: Path) -> None:
    """From another passphrase, or from an export with secrets shown."""
    other = PassphraseSecrets.create("other")
    source = FileBackend(
        tmp_path / "a", PROJECT, lambda state: PassphraseSecrets.from_state(state or other.state, "other")
    )
    deploy(source, "a")
    target = make_backend(tmp_path / "b")
    with pytest.raises(SecretsError):
        target.import_(STACK, source.export(STACK))
    assert not target.exists(STACK)
    for document, passphrase in ((source.export(STACK), "other"), (source.export(STACK, show_secrets=True), "other")):
        target.import_(STACK, document, passphrase=passphrase)
        assert target.load(STACK).resources[0].inputs["password"] == Secret(f"{CANARY}-a")
        assert target.export(STACK)["deployment"]["secrets_providers"]["state"] == open_secrets().state


def test_an_import_that_names_no_manager_brings_its_secrets_in_clear_and_they_are_encrypted(tmp_path: Path) -> None:
    source, target = make_backend(tmp_path / "a"), make_backend(tmp_path / "b")
    deploy(source, "a")
    document = source.export(STACK, show_secrets=True)
    del document["deployment"]["secrets_providers"]
    target.import_(STACK, document)
    assert target.load(STACK).resources[0].inputs["password"] == Secret(f"{CANARY}-a")
    assert CANARY not in json.dumps(target.export(STACK))


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda d: d["resources"][0].update(urn="urn:pulumi:other::platform::t:i:T::a"), "is of the stack other"),
        (lambda d: d["resources"][0].update(urn=f"urn:pulumi:{STACK}::other::t:i:T::a"), "is of the project other"),
        (lambda d: d["resources"][0].update(urn="nonsense"), "is no URN"),
        (lambda d: d["resources"][0].update(parent="urn:gone"), "is missing"),
        (lambda d: d["manifest"].update(version="v9.9.9"), "`magic`"),
    ],
)
def test_an_import_that_would_break_the_stack_is_refused_with_every_reason(
    backend: FileBackend, notices: list[str], file: Path, edit: Edit, says: str
) -> None:
    deploy(backend, "a")
    before, document = file.read_bytes(), backend.export(STACK)
    edit(document["deployment"])
    with pytest.raises(ImportRefusedError) as refused:
        backend.import_(STACK, document)
    assert says in str(refused.value)
    assert "--force" in refused.value.next_step
    assert file.read_bytes() == before
    backend.import_(STACK, document, force=True)
    assert any(says in notice for notice in notices)


def test_an_import_names_all_reasons_at_once(backend: FileBackend) -> None:
    deploy(backend, "a", "b")
    document = backend.export(STACK)
    for resource in document["deployment"]["resources"]:
        resource["urn"] = resource["urn"].replace(STACK, "other")
    with pytest.raises(ImportRefusedError) as refused:
        backend.import_(STACK, document)
    assert str(refused.value).count("is of the stack other") == 2


def test_an_import_repairs_a_damaged_stack_and_keeps_what_was_there(
    backend: FileBackend, file: Path, notices: list[str]
) -> None:
    deploy(backend, "a")
    document = backend.export(STACK)
    kill(backend, lambda snapshot: create(snapshot, "b"))
    file.write_bytes(b"{")
    backend.import_(STACK, document)
    assert names(backend.load(STACK)) == ["a"]
    aside = sorted(path.name.rpartition(".")[0].rpartition(".")[0] for path in file.parent.glob("*.aside"))
    assert aside == [f"{STACK}.journal", f"{STACK}.json"]
    assert sum("is now" in notice for notice in notices) == 2


def test_an_import_over_a_killed_run_first_keeps_what_that_had_done(backend: FileBackend, file: Path) -> None:
    deploy(backend, "a")
    document = backend.export(STACK)
    kill(backend, lambda snapshot: create(snapshot, "b"))
    backend.import_(STACK, document)
    assert names(backend.load(STACK)) == ["a"]
    assert "::b" in file.with_name(f"{file.name}.bak").read_text()

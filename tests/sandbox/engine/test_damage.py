"""State that is damaged, foreign or from the future: refused with its file, the reason and what to type next."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import (
    DamagedStateError,
    IntegrityError,
    SecretsError,
    StackLockedError,
    StackNameError,
    StackNotFoundError,
    StateAccessError,
    StateError,
    StateVersionError,
)
from tests.sandbox.engine.runs import create, deploy, kill, names
from tests.sandbox.engine.states import PROJECT, STACK, make_backend, make_resource


def test_a_journal_of_another_state_file_is_refused(backend: FileBackend, journal: Path, file: Path) -> None:
    """A CLI (after `pulumi cancel`) wrote the state after a run of ours was killed: neither may win silently."""
    deploy(backend, "a")
    kill(backend, lambda snapshot: create(snapshot, "b"))
    document = json.loads(file.read_text())
    document["checkpoint"]["latest"]["manifest"]["time"] = "2027-01-01T00:00:00Z"
    file.write_text(json.dumps(document))
    for act in (lambda: backend.load(STACK), lambda: deploy(backend, "c")):
        with pytest.raises(DamagedStateError, match="belongs to another state file") as refused:
            act()
        assert f"mv '{journal}'" in str(refused.value)


def test_a_journal_without_its_state_file_is_refused(backend: FileBackend, file: Path) -> None:
    """The stack is not new: resources may exist that only the journal knows."""
    kill(backend, lambda snapshot: create(snapshot, "b"))
    file.unlink()
    with pytest.raises(DamagedStateError, match="the state file is gone"):
        deploy(backend, "c")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda data: data.replace(b'"checkpoint"', b'"chekpoint"'),
        lambda data: data.replace(b'"custom":true', b'"custom":"yes"'),
        lambda data: data.replace(b'"resources":[', b'"resources":[7,'),
        lambda _: b"[" * 100_000,
        lambda _: b"\xff\xfe",
        lambda _: b"{}",
    ],
)
def test_a_damaged_state_file_is_named_with_the_newest_whole_backup(
    backend: FileBackend, file: Path, damage: Callable[[bytes], bytes]
) -> None:
    """And the command that the message gives works."""
    deploy(backend, "a")
    deploy(backend, "b")
    file.write_bytes(damage(file.read_bytes()))
    for act in (lambda: backend.load(STACK), lambda: deploy(backend, "c"), lambda: backend.export(STACK)):
        with pytest.raises(DamagedStateError) as refused:
            act()
        assert str(file) in str(refused.value)
        assert refused.value.next_step == f"./cfctl state restore {STACK} --generation 1"
    backend.restore(STACK, backend.backups(STACK)[0])
    assert names(backend.load(STACK)) == ["b", "a"]


def test_damage_without_any_whole_backup_says_so(backend: FileBackend, file: Path) -> None:
    with backend.open(STACK, "up"):
        pass
    for path in (file, file.with_name(f"{file.name}.bak")):
        path.write_bytes(b"{")
    with pytest.raises(DamagedStateError, match="no whole backup"):
        backend.load(STACK)


def test_every_cut_of_a_state_file_is_an_error_of_ours(backend: FileBackend, file: Path) -> None:
    deploy(backend, "a")
    data = file.read_bytes()
    for cut in range(len(data)):
        file.write_bytes(data[:cut])
        with pytest.raises(DamagedStateError):
            backend.load(STACK)


def test_state_that_contradicts_itself_is_refused_before_a_run(backend: FileBackend, file: Path) -> None:
    deploy(backend, "a")
    text = file.read_text().replace(
        '"type":"test:index:Thing"', '"type":"test:index:Thing","dependencies":["urn:gone"]'
    )
    file.write_text(text)
    with pytest.raises(IntegrityError, match="urn:gone is missing"):
        backend.load(STACK)
    with pytest.raises(IntegrityError):
        deploy(backend, "b")


def test_a_run_that_breaks_the_rules_is_written_and_told(backend: FileBackend, file: Path) -> None:
    """What it made is real: the file says so, the error names the state before. As the CLI does."""
    deploy(backend, "a")

    def run() -> None:
        with backend.open(STACK, "up") as snapshot:
            snapshot.commit(None, put=make_resource("b", dependencies=["urn:gone"]))
            snapshot.outcome.kind = "update"

    with pytest.raises(IntegrityError, match="urn:gone is missing") as refused:
        run()
    assert "urn:gone" in file.read_text()
    assert refused.value.next_step == f"./cfctl state restore {STACK} --generation 2"
    backend.restore(STACK, backend.backups(STACK)[1])
    assert names(backend.load(STACK)) == ["a"]


def test_other_passphrases_and_managers_are_refused(backend: FileBackend, tmp_path: Path, file: Path) -> None:
    deploy(backend, "a")
    other = FileBackend(tmp_path, PROJECT, lambda state: PassphraseSecrets.from_state(state or {}, "other"))
    with pytest.raises(SecretsError, match="not the one that encrypted") as refused:
        other.load(STACK)
    assert str(file) in str(refused.value)
    file.write_text(file.read_text().replace('"type":"passphrase"', '"type":"awskms"'))
    with pytest.raises(StateVersionError, match="awskms"):
        backend.load(STACK)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("meta.yaml", "version: 7\n", "version: 7"),
        ("meta.yaml", "", "the layout is ''"),
        (f"stacks/{PROJECT}/{STACK}.json.gz", "x", "compressed"),
    ],
)
def test_layouts_that_are_not_read_here_are_refused(
    backend: FileBackend, tmp_path: Path, name: str, content: str, says: str
) -> None:
    deploy(backend, "a")
    (tmp_path / ".pulumi" / name).write_text(content)
    for act in (lambda: backend.load(STACK), lambda: deploy(backend, "b")):
        with pytest.raises(StateVersionError, match=says):
            act()


def test_newer_state_is_refused(backend: FileBackend, file: Path) -> None:
    deploy(backend, "a")
    file.write_text(file.read_text().replace('{"version":3', '{"version":5'))
    with pytest.raises(StateVersionError, match="version 5 is newer"):
        backend.load(STACK)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a b", "x" * 101, "ü"])
def test_a_name_that_cannot_be_a_stacks_is_refused(backend: FileBackend, name: str) -> None:
    for act in (lambda: backend.load(name), lambda: backend.exists(name)):
        with pytest.raises(StackNameError):
            act()
    with pytest.raises(StackNameError), backend.open(name, "up"):
        pass


def test_a_stack_that_is_not_there_is_named_with_those_that_are(backend: FileBackend) -> None:
    deploy(backend, "a")
    with pytest.raises(StackNotFoundError, match=f"no stack eastus-dev-1 .stacks here: {STACK}"):
        backend.load("eastus-dev-1")


def test_a_directory_that_is_a_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    backend = make_backend(tmp_path / "home")
    with pytest.raises(StateAccessError, match="home"), backend.open(STACK, "up"):
        pass


def test_errors_that_people_cause_are_all_state_errors() -> None:
    """One except clause of a command shows any of them without a traceback."""
    for error in (
        DamagedStateError,
        StackLockedError,
        StackNotFoundError,
        SecretsError,
        IntegrityError,
        StateAccessError,
    ):
        assert issubclass(error, StateError)

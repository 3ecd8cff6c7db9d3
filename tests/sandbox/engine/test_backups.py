"""Generations of state: kept before every run, thinned by a rule, examined before they come back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.model.times import now
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.backups import chosen, thinned
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import (
    DamagedStateError,
    IntegrityError,
    SecretsError,
    StackLockedError,
    StackNotFoundError,
    StateError,
)
from sandbox.engine.storage.state_file import StateFiles
from tests.sandbox.engine.runs import KilledError, create, deploy, kill, names
from tests.sandbox.engine.states import PROJECT, STACK, make_backend

DAY = 86_400 * 10**9


def test_each_generation_can_be_restored_byte_for_byte(backend: FileBackend, file: Path) -> None:
    """The restore drill: every backup is the state that it was, and none is lost by it."""
    for name in "abc":
        deploy(backend, name)
    for backup, expected in zip(backend.backups(STACK), (["c", "b", "a"], ["b", "a"], ["a"]), strict=True):
        data = backup.path.read_bytes()
        backend.restore(STACK, backup)
        assert file.read_bytes() == data
        assert names(backend.load(STACK)) == expected
    deploy(backend, "d")
    assert names(backend.load(STACK)) == ["d", "a"]


def test_what_no_run_recorded_is_backed_up_before_the_next_run(backend: FileBackend, file: Path) -> None:
    """An import, a CLI, a repair by hand: whatever is there before a run begins can be had back."""
    deploy(backend, "a")
    file.write_text(file.read_text().replace('"custom":true', '"custom":true,"protect":true'))
    before = file.read_bytes()
    deploy(backend, "b")
    assert before in [it.path.read_bytes() for it in backend.backups(STACK)]


def test_a_state_that_did_not_change_is_kept_once(backend: FileBackend) -> None:
    """Else ten refreshes would push out every other state."""
    deploy(backend, "a")
    for _ in range(3):
        with backend.open(STACK, "adopt"):
            pass
    assert len(backend.backups(STACK)) <= 2


def test_what_a_restore_replaces_is_a_backup_itself(backend: FileBackend) -> None:
    """A restore of the wrong generation can be taken back."""
    deploy(backend, "a")
    with backend.open(STACK, "adopt") as snapshot:
        create(snapshot, "by hand")
    backend.restore(STACK, backend.backups(STACK)[0])
    assert names(backend.load(STACK)) == ["a"]
    assert names(backend.examine(STACK, backend.backups(STACK)[0])) == ["by hand", "a"]


def test_a_journal_that_was_left_is_in_the_backup_of_what_is_replaced(backend: FileBackend, journal: Path) -> None:
    """What a killed run made is known to nobody else."""
    deploy(backend, "a")
    kill(backend, lambda snapshot: create(snapshot, "b"))
    backend.restore(STACK, backend.backups(STACK)[0])
    assert not journal.exists()
    assert names(backend.load(STACK)) == ["a"]
    assert names(backend.examine(STACK, backend.backups(STACK)[0])) == ["b", "a"]


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"{"), Path.unlink])
def test_state_that_cannot_be_read_is_replaced_and_kept_aside(
    backend: FileBackend, file: Path, notices: list[str], spoil: Callable[[Path], object]
) -> None:
    """Garbled or gone: the newest backup brings everything back."""
    deploy(backend, "a", "b")
    spoil(file)
    backend.restore(STACK, backend.backups(STACK)[0])
    assert names(backend.load(STACK)) == ["a", "b"]
    aside = list(file.parent.glob("*.aside"))
    assert [path.read_bytes() for path in aside] == ([b"{"] if aside else [])
    assert bool(aside) == any("is now" in notice for notice in notices)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_restore_that_is_cut_off_is_done_by_the_same_command(
    backend: FileBackend, file: Path, monkeypatch: pytest.MonkeyPatch, *, damaged: bool
) -> None:
    """Killed after the old state was set aside and before the new one is written."""
    deploy(backend, "a")
    if damaged:
        file.write_bytes(b"{")

    def die(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(StateFiles, "write", die)
        with pytest.raises(KilledError):
            backend.restore(STACK, backend.backups(STACK)[0])
    backend.restore(STACK, backend.backups(STACK)[0])
    assert names(backend.load(STACK)) == ["a"]


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda text: text[: len(text) // 2], DamagedStateError),
        (lambda text: text.replace('"type":"test:', '"dependencies":["urn:gone"],"type":"test:'), IntegrityError),
        (lambda text: text.replace(f"urn:pulumi:{STACK}", "urn:pulumi:eastus-dev-1"), IntegrityError),
        (lambda text: text.replace('ciphertext":"v1:', 'ciphertext":"v1:AAAA'), SecretsError),
    ],
    ids=["cut", "contradiction", "another stack", "secret"],
)
def test_a_backup_that_is_not_whole_is_refused_and_nothing_changes(
    backend: FileBackend, file: Path, damage: Callable[[str], str], error: type[StateError]
) -> None:
    """Looked at before anything is touched."""
    deploy(backend, "a")
    (backup,) = backend.backups(STACK)
    text = backup.path.read_text()
    assert damage(text) != text
    backup.path.write_text(damage(text))
    before = file.read_bytes()
    for act in (backend.examine, backend.restore):
        with pytest.raises(error) as refused:
            act(STACK, backup)
        assert str(backup.path) in str(refused.value)
    assert file.read_bytes() == before


def test_a_backup_under_another_passphrase_is_refused(backend: FileBackend, tmp_path: Path) -> None:
    """Whole, and yet of no use: its secrets could not be read."""
    deploy(backend, "a")
    other = FileBackend(tmp_path, PROJECT, lambda state: PassphraseSecrets.from_state(state or {}, "other"))
    with pytest.raises(SecretsError, match="not the one"):
        other.examine(STACK, backend.backups(STACK)[0])


def test_nobody_restores_under_a_running_run(backend: FileBackend, tmp_path: Path) -> None:
    deploy(backend, "a")
    with backend.open(STACK, "up"), pytest.raises(StackLockedError):
        make_backend(tmp_path).restore(STACK, backend.backups(STACK)[0])


def test_how_many_are_kept_is_a_setting(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path, PROJECT, make_backend(tmp_path)._secrets, generations=2)
    for name in "abcd":
        deploy(backend, name)
    assert [names(backend.examine(STACK, it)) for it in backend.backups(STACK)] == [
        ["d", "c", "b", "a"],
        ["c", "b", "a"],
    ]


@given(st.lists(st.integers(0, 60 * DAY), unique=True), st.integers(1, 12))
def test_the_newest_stay_and_of_each_day_before_one(stamps: list[int], generations: int) -> None:
    """Never more than twice the number, and thinning again drops nothing more."""
    dropped = set(thinned(stamps, generations))
    kept = sorted(set(stamps) - dropped)
    assert set(sorted(stamps)[-generations:]) <= set(kept)
    assert len(kept) <= 2 * generations
    older = kept[:-generations]
    assert len({it // DAY for it in older}) == len(older)
    assert all(it == max(other for other in stamps if other // DAY == it // DAY) for it in older)
    assert thinned(kept, generations) == ()


def test_a_time_chooses_the_last_before_it(backend: FileBackend) -> None:
    """As people ask: the state as it was at noon."""
    for name in "abc":
        deploy(backend, name)
    found = backend.backups(STACK)
    assert chosen(found, STACK, generation=None, at=found[1].taken) is found[1]
    assert chosen(found, STACK, generation=None, at=found[0].taken - timedelta(microseconds=1)) is found[1]
    assert chosen(found, STACK, generation=3, at=None) is found[2]
    assert chosen(found, STACK, generation=None, at=None) is found[0]
    assert abs(found[0].taken - now()) < timedelta(minutes=5)


@pytest.mark.parametrize(("generation", "at"), [(4, None), (0, None), (None, datetime(2020, 1, 1, tzinfo=UTC))])
def test_one_that_is_not_there_is_told_with_those_that_are(
    backend: FileBackend, generation: int | None, at: datetime | None
) -> None:
    deploy(backend, "a")
    with pytest.raises(StackNotFoundError, match="there are 1 to 1") as refused:
        chosen(backend.backups(STACK), STACK, generation=generation, at=at)
    assert refused.value.next_step == f"./cfctl state backups {STACK}"
    with pytest.raises(StackNotFoundError, match=f"no backup of {STACK}\n"):
        chosen((), STACK, generation=None, at=None)


def test_a_clock_that_was_set_back_does_not_make_an_old_state_the_latest(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(backend, "a")
    monkeypatch.setattr("sandbox.engine.storage.backend.now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
    deploy(backend, "b")
    assert names(backend.examine(STACK, backend.backups(STACK)[0])) == ["b", "a"]


def test_a_backup_is_what_the_cli_reads(backend: FileBackend) -> None:
    """A checkpoint as the state file is: version, and the stack's name."""
    deploy(backend, "a")
    document = json.loads(backend.backups(STACK)[0].path.read_text())
    assert document["version"] == 3
    assert document["checkpoint"]["stack"] == f"organization/{PROJECT}/{STACK}"

"""Stacks in the CLI's layout: what a run leaves, and what the next one finds after every kind of end."""

import json
import threading
from pathlib import Path

import pytest

from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.backups import GENERATIONS
from sandbox.engine.storage.snapshot import Snapshot
from sandbox.engine.storage.state_errors import (
    StackLockedError,
    StackNotEmptyError,
)
from tests.sandbox.engine.runs import KilledError, create, deploy, fail_in, kill, names
from tests.sandbox.engine.states import CANARY, PROJECT, STACK, make_backend, make_resource, open_secrets


def test_a_run_leaves_one_state_file_its_predecessor_and_a_history(backend: FileBackend, tmp_path: Path) -> None:
    deploy(backend, "a", "b")
    deploy(backend, "c")
    base = tmp_path / ".pulumi"
    found = sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())
    shapes = [part if not any(c.isdigit() for c in part.replace(STACK, "")) else "numbered" for part in found]
    assert shapes == ["numbered"] * 6 + [
        f"locks/organization/{PROJECT}/{STACK}.flock",
        "meta.yaml",
        f"stacks/{PROJECT}/{STACK}.json",
        f"stacks/{PROJECT}/{STACK}.json.bak",
    ]
    assert names(backend.load(STACK)) == ["c", "a", "b"]
    assert backend.list() == (STACK,)


def test_history_has_kind_result_counts_and_no_secret(backend: FileBackend, tmp_path: Path) -> None:
    deploy(backend, "a", "b")
    deploy(backend, "c")
    latest, first = backend.history(STACK)
    assert (latest.kind, latest.result, latest.changes) == ("update", "succeeded", {"create": 1})
    assert first.changes == {"create": 2}
    assert first.start <= first.end <= latest.end
    [entry, _] = sorted((tmp_path / ".pulumi" / "history" / PROJECT / STACK).glob("*.history.json"))
    config = json.loads(entry.read_text())["config"]
    assert config["platform:size"] == "3"
    assert open_secrets().decrypt(config["platform:token"]["secure"]) == CANARY


def test_no_file_holds_a_secret_in_clear(backend: FileBackend, tmp_path: Path) -> None:
    deploy(backend, "a")
    kill(backend, lambda snapshot: create(snapshot, "b"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY not in path.read_text(errors="replace"), path


def test_only_the_newest_generations_of_whole_states_are_kept(backend: FileBackend, tmp_path: Path) -> None:
    for number in range(GENERATIONS + 3):
        deploy(backend, f"r{number}")
    base = tmp_path / ".pulumi"
    assert len(list((base / "backups" / PROJECT / STACK).iterdir())) == GENERATIONS
    assert len(list((base / "history" / PROJECT / STACK).glob("*.checkpoint.json"))) == GENERATIONS
    assert len(backend.history(STACK)) == GENERATIONS + 3


def test_a_new_stack_exists_from_its_first_moment(backend: FileBackend, file: Path) -> None:
    """A reference to it gives None, not an error, and its salt stays the same."""
    assert not backend.exists(STACK)
    with backend.open(STACK, "up"):
        assert backend.exists(STACK)
        assert backend.load(STACK).resources == []
    assert json.loads(file.read_text())["checkpoint"]["stack"] == f"organization/{PROJECT}/{STACK}"


def test_an_unchanged_run_changes_no_ciphertext(backend: FileBackend, file: Path) -> None:
    deploy(backend, "a")
    before = json.loads(file.read_text())["checkpoint"]["latest"]["resources"]
    with backend.open(STACK, "up") as snapshot:
        old = snapshot.state().resources[0]
        snapshot.commit(None, put=make_resource("a"), drop=old)
    assert json.loads(file.read_text())["checkpoint"]["latest"]["resources"] == before


def test_a_run_that_fails_keeps_what_it_did(backend: FileBackend) -> None:
    fail_in(backend, "a", pending="b")
    state = backend.load(STACK)
    assert names(state) == ["a"]
    assert [operation.resource.urn for operation in state.pending_operations] == [make_resource("b").urn]


def test_after_a_kill_the_next_run_has_all_that_was_done_and_what_was_pending(
    backend: FileBackend, notices: list[str], journal: Path
) -> None:
    deploy(backend, "a")

    def act(snapshot: Snapshot) -> None:
        create(snapshot, "b")
        snapshot.begin("creating", make_resource("c"))

    kill(backend, act)
    assert journal.exists()
    assert names(backend.load(STACK)) == ["b", "a"]
    assert journal.exists(), "a reader folds nothing"
    with backend.open(STACK, "up") as snapshot:
        [pending] = snapshot.pending().values()
        assert (pending.type, pending.resource.urn) == ("creating", make_resource("c").urn)
        assert any("did not end" in notice and "1 operations were pending" in notice for notice in notices)
        snapshot.commit(next(iter(snapshot.pending())), put=make_resource("c"))
    assert not journal.exists()
    assert names(backend.load(STACK)) == ["c", "b", "a"]
    assert backend.load(STACK).pending_operations == []


def test_a_journal_already_in_the_state_file_is_not_applied_twice(
    backend: FileBackend, journal: Path, file: Path
) -> None:
    """Killed between the rename of the state file and the removal of the journal."""
    kept: list[bytes] = []
    remove = Path.unlink

    def keep_copy(path: Path, *, missing_ok: bool = False) -> None:
        if path == journal and path.exists():
            kept.append(path.read_bytes())
        remove(path, missing_ok=missing_ok)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", keep_copy)
        deploy(backend, "a")
    journal.write_bytes(kept[-1])
    assert names(backend.load(STACK)) == ["a"]
    deploy(backend, "b")
    assert names(backend.load(STACK)) == ["b", "a"]
    assert file.exists()


def test_a_second_run_is_refused_and_changes_nothing(backend: FileBackend, file: Path) -> None:
    deploy(backend, "a")
    before = file.read_bytes()
    with backend.open(STACK, "up"):
        for act in (
            lambda: deploy(backend, "b"),
            lambda: backend.import_(STACK, backend.export(STACK)),
            lambda: backend.remove(STACK),
        ):
            with pytest.raises(StackLockedError):
                act()
        assert file.read_bytes() == before


def test_stacks_do_not_lock_each_other(backend: FileBackend) -> None:
    with backend.open(STACK, "up"), backend.open("global-dev", "up") as other:
        create(other, "a")
    assert backend.list() == ("global-dev", STACK)


def test_drafts_of_a_killed_writer_are_removed_by_the_next_run_and_only_its_own(
    backend: FileBackend, file: Path
) -> None:
    """Another stack's writer may be at work beside this one."""
    deploy(backend, "a")
    own = file.with_name(f".{file.name}.{'0' * 32}.tmp")
    others = [file.with_name(f".{name}.{'0' * 32}.tmp") for name in ("global-dev.json", f"{file.name}.json")]
    for draft in (own, *others):
        draft.write_text("half")
    deploy(backend, "b")
    assert [draft.exists() for draft in (own, *others)] == [False, True, True]
    assert backend.list() == (STACK,)


def test_a_stack_with_resources_is_not_removed_and_an_empty_one_leaves_its_last_state(
    backend: FileBackend, file: Path
) -> None:
    deploy(backend, "a")
    with pytest.raises(StackNotEmptyError, match="1 resources"):
        backend.remove(STACK)
    assert backend.exists(STACK)
    backend.remove(STACK, force=True)
    assert not backend.exists(STACK)
    assert backend.history(STACK) == ()
    assert "::a" in file.with_name(f"{file.name}.bak").read_text()


def test_a_reader_beside_a_run_always_sees_a_whole_state_and_never_an_older_one(
    backend: FileBackend, tmp_path: Path
) -> None:
    """Another stack's run reads this one's outputs, without a lock, while files are renamed and removed under it."""
    deploy(backend, "first")
    over = threading.Event()

    def write() -> None:
        for number in range(25):
            with backend.open(STACK, "up") as snapshot:
                create(snapshot, f"r{number}")
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    reader, seen = make_backend(tmp_path), [0]
    while not over.is_set():
        seen.append(len(reader.load(STACK).resources))
    writer.join()
    assert seen == sorted(seen)
    assert len(set(seen)) > 5


def test_a_reader_that_meets_the_end_of_a_run_sees_what_the_run_did(backend: FileBackend, tmp_path: Path) -> None:
    """State file read, then the run ends and takes its journal away, then the journal is looked for: look again."""
    deploy(backend, "a")
    run = backend.open(STACK, "up")
    create(run.__enter__(), "b")
    reader = make_backend(tmp_path)
    look = reader._files._read_journal

    def end_first(stack: str) -> object:
        reader._files._read_journal = look
        run.__exit__(None, None, None)
        return look(stack)

    reader._files._read_journal = end_first  # pyright: ignore[reportAttributeAccessIssue]
    assert names(reader.load(STACK)) == ["b", "a"]


def test_killed_twice_the_second_time_while_the_books_of_the_first_are_finished(
    backend: FileBackend, journal: Path
) -> None:
    """The first kill cut a record; what is written behind it would make it damage in the middle."""
    deploy(backend, "a")
    kill(backend, lambda snapshot: create(snapshot, "b"))
    journal.write_bytes(journal.read_bytes()[:-7])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend._files, "write", lambda *_: (_ for _ in ()).throw(KilledError))
        with pytest.raises(KilledError):
            deploy(backend, "c")
    [pending] = backend.load(STACK).pending_operations
    assert pending.resource.urn == make_resource("b").urn
    deploy(backend, "c")
    assert names(backend.load(STACK)) == ["c", "a"]

"""The journal: cut anywhere it tells a prefix of what happened, damaged in the middle it is refused."""

import errno
import os
import random
from bisect import bisect_right
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.model.state import StackState
from sandbox.engine.storage.checkpoint import to_deployment
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.journal import Journal
from sandbox.engine.storage.journal_format import Content, frame, parse, replay, replay_content
from sandbox.engine.storage.resource_json import Json
from sandbox.engine.storage.snapshot import Snapshot
from sandbox.engine.storage.state_errors import DamagedStateError, DiskFullError, StateAccessError, StateVersionError
from tests.sandbox.engine.states import CANARY, change, make_resource, open_secrets, patient

SECRETS = open_secrets()
SEED = 5
"""Of a history with every kind of record."""


def said(state: StackState) -> Json:
    """A state as JSON, for comparison; ciphertexts stay the same because the secrets object remembers them."""
    return {key: value for key, value in to_deployment(state, SECRETS).items() if key != "manifest"}


def base_state() -> StackState:
    return StackState([make_resource("a"), make_resource("b", dependencies=[make_resource("a").urn])])


def write_history(path: Path, chance: random.Random) -> list[tuple[int, Json]]:
    """A journalled random run: the length of the file and the state after each record, from before the first one on."""
    path.unlink(missing_ok=True)
    base = base_state()
    snapshot = Snapshot(base, Journal.start(path, SECRETS, "base"))
    seen = [(path.stat().st_size, said(snapshot.state()))]
    change(snapshot, base, chance, lambda snapshot: seen.append((path.stat().st_size, said(snapshot.state()))))
    return seen


def replayed(data: bytes) -> StackState:
    content = parse(data, Path("journal"))
    return replay_content(base_state(), content, SECRETS) if content else base_state()


def check_cut(seen: list[tuple[int, Json]], data: bytes, cut: int) -> None:
    before = [state for length, state in seen if length <= cut]
    assert said(replayed(data[:cut])) == (before[-1] if before else seen[0][1])


def test_cut_at_every_byte_it_tells_a_prefix_of_the_history(tmp_path: Path) -> None:
    """Never an error, never half a record: the state is that after the last record that is wholly there."""
    seen = write_history(tmp_path / "journal", random.Random(SEED))  # noqa: S311
    data = (tmp_path / "journal").read_bytes()
    assert len(seen) > 20
    whole = parse(data, Path("journal"))
    assert whole is not None
    ends = [seen[0][0], *(position for position, _ in whole.records[1:]), len(data)]
    for cut in range(len(data) + 1):
        content = parse(data[:cut], Path("journal"))
        assert (content.records if content else ()) == whole.records[: max(0, bisect_right(ends, cut) - 1)]
    for end in ends:
        for cut in (end - 1, end, end + 1):
            check_cut(seen, data, min(cut, len(data)))


@given(st.randoms(use_true_random=False), st.lists(st.floats(0, 1), min_size=15, max_size=15))
@settings(max_examples=25, deadline=None)
def test_cut_anywhere_any_history_tells_a_prefix(chance: random.Random, cuts: list[float]) -> None:
    with TemporaryDirectory() as directory:
        seen = write_history(Path(directory) / "journal", chance)
        data = (Path(directory) / "journal").read_bytes()
        for part in cuts:
            cut = round(part * len(data))
            verify(replayed(data[:cut]))
            check_cut(seen, data, cut)


def test_damage_before_the_last_record_is_refused_with_its_place(tmp_path: Path) -> None:
    """Any changed byte of any record but the last: a state that skips the middle would forget what was made."""
    path = tmp_path / "journal"
    seen = write_history(path, random.Random(SEED))  # noqa: S311
    data = path.read_bytes()
    last = seen[-2][0]
    for position in range(last):
        garbled = bytearray(data)
        garbled[position] ^= 0x5A
        with pytest.raises(DamagedStateError, match="damaged at byte") as refused:
            parse(bytes(garbled), path)
        assert str(path) in str(refused.value)
        assert "mv " in str(refused.value)


def test_a_broken_last_record_never_happened(tmp_path: Path) -> None:
    """A power cut may leave the length of the last record without its content: it was never acknowledged."""
    path = tmp_path / "journal"
    seen = write_history(path, random.Random(SEED))  # noqa: S311
    data = bytearray(path.read_bytes())
    data[-1] ^= 0x5A
    assert said(replayed(bytes(data))) == seen[-2][1]
    data[seen[-2][0] :] = bytes(len(data) - seen[-2][0])
    assert said(replayed(bytes(data))) == seen[-2][1]


@given(st.binary(min_size=1, max_size=60))
@patient
def test_a_file_that_is_no_journal_is_refused(data: bytes) -> None:
    """Unless it is the beginning of one."""
    if data.startswith(b"\xff") or b"\xffJ01".startswith(data):
        return
    with pytest.raises(DamagedStateError):
        parse(data, Path("journal"))


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateVersionError, match="format 2"):
        parse(frame({"format": 2}), tmp_path / "journal")


@pytest.mark.parametrize(
    "record",
    [
        {"commit": 9},
        {"fail": 0},
        {"begin": 0},
        {"who": "knows"},
        {"commit": None, "put": 0},
        {"commit": None, "drop": 99},
    ],
)
def test_a_whole_record_that_makes_no_sense_is_refused(tmp_path: Path, record: Json) -> None:
    path = tmp_path / "journal"
    path.write_bytes(frame({"format": 1, "base": "x"}) + frame(record))
    with pytest.raises(DamagedStateError, match="makes no sense"):
        replay(base_state(), path, SECRETS)


def test_a_whole_record_that_is_no_object_is_refused(tmp_path: Path) -> None:
    content: Any = ["no", "object"]
    with pytest.raises(DamagedStateError, match="no JSON object"):
        parse(frame({"format": 1, "base": "x"}) + frame(content), tmp_path / "journal")


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_no_secret_is_in_the_journal_in_clear(chance: random.Random) -> None:
    with TemporaryDirectory() as directory:
        write_history(Path(directory) / "journal", chance)
        assert CANARY.encode() not in (Path(directory) / "journal").read_bytes()


def test_the_header_names_the_state_file_and_a_fold_is_the_last_word(tmp_path: Path) -> None:
    journal = Journal.start(tmp_path / "journal", SECRETS, "digest-before", command="up")
    size = journal.path.stat().st_size
    assert parse(journal.path.read_bytes(), journal.path) == Content(journal.path, "digest-before", None, (), size)
    journal.fold("digest-after")
    content = parse(journal.path.read_bytes(), journal.path)
    assert content is not None
    assert content.fold == "digest-after"
    journal.remove()
    assert not journal.path.exists()


def test_each_operation_is_forced_to_disk_before_its_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begin before anything is made, the end before anyone hears of it; an unchanged resource need not be forced."""
    forced: list[int] = []
    monkeypatch.setattr("sandbox.engine.storage.journal._force", lambda file: forced.append(os.fstat(file).st_size))
    path = tmp_path / "journal"
    snapshot = Snapshot(StackState(), Journal.start(path, SECRETS, "base"))
    resource = make_resource("a")
    operation = snapshot.begin("creating", resource)
    assert forced[-1] == path.stat().st_size
    snapshot.commit(operation, put=resource)
    assert forced[-1] == path.stat().st_size
    snapshot.update(resource)
    assert forced[-1] == path.stat().st_size
    snapshot.fail(snapshot.begin("updating", resource))
    assert forced[-1] == path.stat().st_size
    before = len(forced)
    snapshot.commit(None, put=make_resource("unchanged"))
    assert len(forced) == before


def test_a_full_disk_takes_the_half_record_back_and_the_journal_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record written after half a record would be damage: what a full disk cut is cut off."""
    path = tmp_path / "journal"
    snapshot = Snapshot(StackState(), Journal.start(path, SECRETS, "base"))
    first, second = make_resource("a"), make_resource("b")
    operation = snapshot.begin("creating", first)
    length, write = path.stat().st_size, os.write
    room = [100]

    def write_until_full(file: int, data: bytes) -> int:
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(file, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", write_until_full)
    with pytest.raises(DiskFullError, match="no room left"):
        snapshot.begin("creating", second)
    assert path.stat().st_size == length
    assert list(snapshot.pending()) == [operation]
    with pytest.raises(DiskFullError):
        snapshot.commit(operation, put=first)
    assert [resource.urn for resource in snapshot.state().resources] == [first.urn]
    monkeypatch.undo()
    snapshot.begin("creating", second)
    assert [operation.resource.urn for operation in replay(StackState(), path, SECRETS).pending_operations] == [
        first.urn,
        second.urn,
    ]


def test_after_the_disk_refused_once_nothing_is_believed_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed fsync the kernel may drop the pages: https://lwn.net/Articles/752063/."""
    snapshot = Snapshot(StackState(), Journal.start(tmp_path / "journal", SECRETS, "base"))

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("sandbox.engine.storage.journal._force", refuse)
    with pytest.raises(StateAccessError, match="forcing"):
        snapshot.begin("creating", make_resource("a"))
    monkeypatch.undo()
    with pytest.raises(StateAccessError, match="nothing more can be kept"):
        snapshot.begin("creating", make_resource("b"))


def test_a_journal_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"what a killed run left")
    with pytest.raises(StateAccessError):
        Journal.start(tmp_path / "journal", SECRETS, "base")
    assert (tmp_path / "journal").read_bytes() == b"what a killed run left"

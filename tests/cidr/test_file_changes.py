"""Several files, together or not at all."""

import threading
from pathlib import Path

import pytest

from cidr import FaultsError
from cidr.file_changes import FileChange, apply_together


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A file that is there and one that is not."""
    there = tmp_path / "map.yaml"
    there.write_bytes(b"before")
    there.chmod(0o640)
    (tmp_path / "stacks").mkdir()
    return there, tmp_path / "stacks" / "new.yaml"


def changes(there: Path, new: Path) -> list[FileChange]:
    return [
        FileChange(path=there, before=b"before", after=b"after"),
        FileChange(path=new, before=None, after=b"new"),
    ]


def names(there: Path, new: Path) -> set[str]:
    return {path.name for path in (*there.parent.iterdir(), *new.parent.iterdir())}


def test_both_are_changed_and_nothing_else_is_left(two) -> None:
    """No passing file stays; the mode of the old file stays."""
    apply_together(changes(*two))
    assert [path.read_bytes() for path in two] == [b"after", b"new"]
    assert two[0].stat().st_mode & 0o777 == 0o640
    assert names(*two) == {"map.yaml", "stacks", "new.yaml"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_at_either_file_leaves_both_as_they_were(two, monkeypatch, error, failing) -> None:
    """Also Ctrl-C between the two."""
    seen = [0]
    rename = Path.replace

    def fails(self: Path, target: Path) -> Path:
        seen[0] += 1
        if seen[0] == failing + 1:
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises((FaultsError, KeyboardInterrupt)) as told:
        apply_together(changes(*two))
    if isinstance(told.value, FaultsError):
        assert "No space left on device; nothing was changed" in str(told.value)
    assert two[0].read_bytes() == b"before"
    assert not two[1].exists()
    assert names(*two) == {"map.yaml", "stacks"}


def test_a_file_that_goes_comes_back_where_the_other_fails(two) -> None:
    """As in `deployment remove`: the stack file first, then the map."""
    there, new = two
    new.write_bytes(b"settings")
    gone = FileChange(path=new, before=b"settings", after=None)
    apply_together([gone])
    assert not new.exists()
    new.write_bytes(b"settings")
    there.unlink()
    there.mkdir()  # which no file can take the place of
    with pytest.raises(FaultsError):
        apply_together([gone, FileChange(path=there / "in", before=None, after=b""), _impossible(there)])
    assert new.read_bytes() == b"settings"


def _impossible(directory: Path) -> FileChange:
    return FileChange(path=directory / "missing" / "file", before=None, after=b"")


@pytest.mark.parametrize("meanwhile", [b"another's", None])
def test_a_file_that_changed_meanwhile_is_not_written_over(two, meanwhile) -> None:
    """Two at work at once: the second is told and loses nothing of the first's."""
    if meanwhile is None:
        two[0].unlink()
    else:
        two[0].write_bytes(meanwhile)
    with pytest.raises(FaultsError, match="changed while this command was at work"):
        apply_together(changes(*two))
    assert not two[1].exists()


def test_of_two_at_once_one_wins_whole(two) -> None:
    """Twenty threads with the same change: one is taken, the others are told."""
    told: list[Exception] = []

    def run() -> None:
        try:
            apply_together(changes(*two))
        except FaultsError as error:
            told.append(error)

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 19
    assert [path.read_bytes() for path in two] == [b"after", b"new"]

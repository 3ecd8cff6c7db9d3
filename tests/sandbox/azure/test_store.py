"""The store keeps what it acknowledged, and says what is wrong with a file that it cannot use."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cidr import FaultsError
from sandbox.azure.store import Store

WRITER = """
import sys
from pathlib import Path
from sandbox.azure.store import Store
store = Store(Path(sys.argv[1]))
for number in range(100000):
    store.set("image", f"{sys.argv[2]}-{number}", "x")
    print(number, flush=True)
"""


def images(store: Store) -> set[str]:
    return set(store.read(lambda tx: tx.all_settings("image")))


def test_what_was_acknowledged_survives_kill_nine(tmp_path: Path) -> None:
    """A process that is killed at any moment has lost nothing that it said it had written."""
    path = tmp_path / "azure.db"
    for round_ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"r{round_}"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            said = [process.stdout.readline().strip() for _ in range(10 + 7 * round_)]
            os.kill(process.pid, signal.SIGKILL)
            said += [line.strip() for line in process.stdout]
        store = Store(path)
        assert {f"r{round_}-{number}" for number in said if number} <= images(store)
        store.close()


def test_processes_write_side_by_side(tmp_path: Path) -> None:
    """Each of two writers finds all of its own lines again: nobody's write is lost to the other."""
    path = tmp_path / "azure.db"
    code = WRITER.replace("100000", "60")
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name], stdout=subprocess.DEVNULL)
        for name in ("a", "b")
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert len(images(Store(path))) == 120


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    def half(store: Store) -> None:
        with store.transaction() as tx:
            tx.set("image", "half", "x")
            raise KeyError

    with pytest.raises(KeyError):
        half(store)
    assert "half" not in images(store)


def test_a_reader_sees_one_state(store: Store) -> None:
    with store.transaction() as tx:
        tx.set("image", "one", "x")
    assert store.read(lambda tx: tx.setting("image", "one")) == "x"


def test_the_file_is_closed_to_other_users(tmp_path: Path) -> None:
    """It holds what a cloud holds: vault secrets and passwords."""
    Store(tmp_path / "azure.db").close()
    assert stat.S_IMODE((tmp_path / "azure.db").stat().st_mode) == 0o600


def test_random_values_depend_on_the_seed_alone(tmp_path: Path) -> None:
    one, same, other = (Store(tmp_path / name, seed=seed) for name, seed in (("1", "a"), ("2", "a"), ("3", "b")))
    drawn = [store.read(lambda tx: tx.digest("x")) for store in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert Store(tmp_path / "1", seed="ignored").read(lambda tx: tx.digest("x")) == drawn[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no database at all, but long enough to be read as a header" * 40, "is damaged"),
        (b"SQLite format 3\0", "damaged"),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "azure.db"
    path.write_bytes(content)
    with pytest.raises(FaultsError) as told:
        Store(path)
    assert says in str(told.value)
    assert str(path) in str(told.value)


def test_a_file_damaged_inside_is_told_when_it_is_read(tmp_path: Path) -> None:
    """A page in the middle that says nonsense: the header alone does not show it."""
    path = tmp_path / "azure.db"
    store = Store(path)
    with store.transaction() as tx:
        for number in range(2000):
            tx.set("image", f"image-{number:05}", "x" * 50)
    store.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(FaultsError, match="is damaged"):
        images(Store(path))


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "azure.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(FaultsError, match="no store of this sandbox"):
        Store(path)


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "azure.db"
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(FaultsError, match="schema version 99"):
        Store(path)


def test_a_full_disk_is_told_and_loses_nothing(store: Store) -> None:
    with store.transaction() as tx:
        tx.set("image", "before", "x")
    pages = store._sql.execute("PRAGMA page_count").fetchone()[0]
    store._sql.execute(f"PRAGMA max_page_count = {pages}")

    def fill(store: Store) -> None:
        with store.transaction() as tx:
            for number in range(5000):
                tx.set("image", f"image-{number}", "x" * 200)

    with pytest.raises(FaultsError, match="disk is full"):
        fill(store)
    assert images(store) == {"before"}

"""A directory keeps what is whole, once, and nothing outside of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tenancy.stores import StoreError
from tenancy.stores.directory import Directory


@pytest.fixture
def store(tmp_path) -> Directory:
    return Directory(tmp_path / "store")


def test_what_was_written_is_read_and_listed(store) -> None:
    store.write("exports/b/manifest.json", [b"one", b"two"])
    store.write("exports/a.gz", iter([]))
    assert b"".join(store.read("exports/b/manifest.json")) == b"onetwo"
    assert store.names("exports/") == ["exports/a.gz", "exports/b/manifest.json"]
    assert store.names("exports/b") == ["exports/b/manifest.json"]
    assert (store.exists("exports/a.gz"), store.exists("exports"), store.exists("other")) == (True, False, False)


def test_a_large_file_comes_in_chunks(store) -> None:
    """Whoever reads needs the memory of a chunk, not of the file."""
    store.write("large", (bytes(1 << 20) for _ in range(5)))
    chunks = list(store.read("large"))
    assert sum(map(len, chunks)) == 5 << 20
    assert max(map(len, chunks)) <= 1 << 20


def test_nothing_is_written_over(store) -> None:
    store.write("name", [b"first"])
    with pytest.raises(StoreError, match="is there already"):
        store.write("name", [b"second"])
    assert b"".join(store.read("name")) == b"first"


def test_of_writers_at_the_same_time_one_wins(store) -> None:
    """The name is given by a link, which the kernel makes once."""

    def write(number: int) -> bool:
        try:
            store.write("name", [str(number).encode()] * 100)
        except StoreError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, has in enumerate(pool.map(write, range(8))) if has]
    assert len(won) == 1
    assert b"".join(store.read("name")) == str(won[0]).encode() * 100
    assert store.names("") == ["name"]


def test_what_breaks_off_leaves_no_name(store) -> None:
    """Not even the unfinished file stays, unless the process is killed."""

    def broken() -> Iterator[bytes]:
        yield b"begun"
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        store.write("folder/name", broken())
    assert not store.exists("folder/name")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_an_unfinished_file_of_a_killed_process_is_no_name(store) -> None:
    store.write("folder/name", [b"whole"])
    (store.root / "folder" / ".unfinished-abc").write_bytes(b"half")
    assert store.names("") == ["folder/name"]


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../x", "a//b", "a/", "./a", ".unfinished-x", "a b", "a\n", "ä", "a" * 901]
)
def test_a_name_leads_nowhere_else(store, name: str) -> None:
    for use in (store.exists, lambda it: list(store.read(it)), lambda it: store.write(it, [b""])):
        with pytest.raises(StoreError, match="no name"):
            use(name)


def test_what_is_missing_is_told(store) -> None:
    with pytest.raises(StoreError, match="is not there"):
        list(store.read("nothing"))


def test_what_the_file_system_refuses_is_a_fault(tmp_path) -> None:
    """A file stands where the directory should be: no traceback, but what to mend."""
    (tmp_path / "store").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be read or written"):
        Directory(tmp_path / "store").write("a/b", [b""])


def test_a_url_names_a_directory(tmp_path) -> None:
    assert Directory.at(f"file://{tmp_path}/with%20space").root == tmp_path / "with space"
    for url in ("file:relative", "file://host/path", "https://host/path", str(tmp_path)):
        with pytest.raises(StoreError, match="file:///absolute/path"):
            Directory.at(url)


def test_files_are_readable_by_their_owner_alone(store) -> None:
    """An export holds everything that a tenant has."""
    store.write("name", [b"secret"])
    assert (store.root / "name").stat().st_mode & 0o077 == 0

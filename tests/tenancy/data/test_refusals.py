"""An import that cannot be right is refused, and nothing is written anywhere."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tenancy.data.certificate import FOLDER
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.data.manifest import Manifest, path_of
from tenancy.faults import RefusedError
from tenancy.stores import StoreError
from tenancy.stores.directory import Directory
from tests.tenancy.data.sides import ACME, CONTOSO, Side

_WRITTEN = "SELECT count(*) FROM tenancy.tenants UNION ALL SELECT count(*) FROM app.users"


@pytest.fixture(scope="module")
def exported(applied_servers, tmp_path_factory) -> Directory:
    """The exports of a deployment with two tenants: `whole`, `acme`, `contoso`."""
    store = Directory(tmp_path_factory.mktemp("exports"))
    side = Side(applied_servers("18"))
    side.populate(ACME, users=40)
    side.populate(CONTOSO, users=2)
    for name, tenants in (("whole", None), ("acme", {ACME}), ("contoso", {CONTOSO})):
        export(side.connect, side.databases, store, name=name, tenants=tenants)
    side.close()
    return store


@pytest.fixture
def copied(exported, tmp_path) -> Directory:
    """A copy of the exports, to be damaged."""
    for name in exported.names(""):
        file = tmp_path / "copy" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((exported.root / name).read_bytes())
    return Directory(tmp_path / "copy")


def _manifest(store: Directory, name: str = "acme") -> Manifest:
    return Manifest.model_validate_json((store.root / path_of(name)).read_bytes())


def _file(store: Directory, table: str = "app.users", name: str = "acme") -> Path:
    return store.root / next(part.name for part in _manifest(store, name).parts if part.table == table)


def _truncate(store: Directory) -> None:
    file = _file(store)
    file.write_bytes(file.read_bytes()[:-20])


def _flip(store: Directory) -> None:
    data = bytearray(_file(store).read_bytes())
    data[len(data) // 2] ^= 1
    _file(store).write_bytes(data)


def _reorder(store: Directory) -> None:
    lines = gzip.decompress(_file(store).read_bytes()).splitlines(keepends=True)
    _file(store).write_bytes(gzip.compress(b"".join(reversed(lines)), mtime=0))


def _lengthen(store: Directory) -> None:
    _file(store).write_bytes(_file(store).read_bytes() + b"more")


def _remove(store: Directory) -> None:
    _file(store).unlink()


def _swap(store: Directory) -> None:
    _file(store).write_bytes(_file(store, name="contoso").read_bytes())


def _unfinished(store: Directory) -> None:
    (store.root / path_of("acme")).unlink()


def _empty_manifest(store: Directory) -> None:
    (store.root / path_of("acme")).write_bytes(b"")


def _changed_manifest(store: Directory) -> None:
    file = store.root / path_of("acme")
    file.write_text(file.read_text().replace('"rows": 40', '"rows": 39'))


def _other_format(store: Directory) -> None:
    file = store.root / path_of("acme")
    file.write_text(file.read_text().replace('"format": 1', '"format": 2'))


def _forged_tenant(store: Directory) -> None:
    """Whoever can write the store makes an export of Acme from Contoso's rows, hashes and all."""
    manifest = _manifest(store, "acme")
    data = _file(store, name="contoso").read_bytes()
    _file(store).write_bytes(data)
    theirs = next(part for part in _manifest(store, "contoso").parts if part.table == "app.users")
    _sign(store, manifest, "app.users", theirs.model_dump(include={"rows", "bytes", "sha256", "content"}))


def _forged_column(store: Directory) -> None:
    """A line with a column that the table has not."""
    lines = gzip.decompress(_file(store).read_bytes()).splitlines()
    made = b"".join(json.dumps({**json.loads(line), "is_root": True}).encode() + b"\n" for line in lines)
    packed = gzip.compress(made, mtime=0)
    _file(store).write_bytes(packed)
    hashes = {"sha256": hashlib.sha256(packed).hexdigest(), "content": hashlib.sha256(made).hexdigest()}
    _sign(store, _manifest(store), "app.users", {"bytes": len(packed), **hashes})


def _other_revision(store: Directory) -> None:
    manifest = _manifest(store)
    info = {name: info.model_copy(update={"revision": "0001"}) for name, info in manifest.databases.items()}
    _write(store, manifest.model_copy(update={"databases": info}))


def _other_database(store: Directory) -> None:
    manifest = _manifest(store)
    databases = {f"{name}_old": info for name, info in manifest.databases.items()}
    parts = tuple(part.model_copy(update={"database": f"{part.database}_old"}) for part in manifest.parts)
    _write(store, manifest.model_copy(update={"databases": databases, "parts": parts}))


def _outside(store: Directory) -> None:
    manifest = _manifest(store)
    parts = tuple(part.model_copy(update={"name": f"{FOLDER}/x.json"}) for part in manifest.parts[:1])
    _write(store, manifest.model_copy(update={"parts": (*parts, *manifest.parts[1:])}))


def _nobodys(store: Directory) -> None:
    """A part of a tenant said to be nobody's, whose lines are then held against no tenant."""
    _sign(store, _manifest(store).model_copy(update={"scope": "all"}), "app.users", {"tenant": None})


def _nobodys_of_a_tenant(store: Directory) -> None:
    _sign(store, _manifest(store), "app.users", {"tenant": None})


def _unknown_here(store: Directory) -> None:
    """Rows of a tenant without the row that lets it in: they would be left out without a word."""
    manifest = _manifest(store)
    parts = tuple(part for part in manifest.parts if part.table != "tenancy.tenants")
    _sign(store, manifest.model_copy(update={"parts": parts}), "tenancy.tenants", {})


def _sign(store: Directory, manifest: Manifest, table: str, changed: dict[str, object]) -> None:
    """The manifest with one part changed, its counts and its own hash to match."""
    parts = tuple(part.model_copy(update=changed) if part.table == table else part for part in manifest.parts)
    info = manifest.databases["user_service"]
    rows = sum(part.rows for part in parts if part.table == table)
    tables = {**info.tables, table: info.tables[table].model_copy(update={"rows": rows})}
    databases = {"user_service": info.model_copy(update={"tables": tables})}
    _write(store, manifest.model_copy(update={"parts": parts, "databases": databases}))


def _write(store: Directory, manifest: Manifest) -> None:
    (store.root / path_of("acme")).write_text(manifest.signed().model_dump_json())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_truncate, "truncated"),
        (_flip, "was changed|other content"),
        (_reorder, "other content|truncated"),
        (_lengthen, "goes on after its end"),
        (_remove, "is missing"),
        (_swap, f"is of tenant {CONTOSO}"),
        (_unfinished, "did not finish"),
        (_empty_manifest, "truncated or damaged"),
        (_changed_manifest, "hash that it says of itself"),
        (_other_format, "is of format 2"),
        (_forged_tenant, f"is of tenant {CONTOSO}"),
        (_forged_column, "is no row of app.users"),
        (_other_revision, "the export was made at 0001"),
        (_other_database, "not on this server"),
        (_outside, "no part of it"),
        (_nobodys, "app.users has rows of nobody"),
        (_nobodys_of_a_tenant, "that are no tenant's"),
        (_unknown_here, "which does not know it"),
    ],
)
def test_a_damaged_or_foreign_export_is_refused(
    copied, target, damage: Callable[[Directory], None], words: str
) -> None:
    """Checked to the last byte before the first row is written, in any database."""
    damage(copied)
    with pytest.raises(RefusedError, match=words):
        import_(target.connect, target.databases, copied, name="acme", actor="tests")
    assert target.rows(_WRITTEN) == [(0,), (0,)]


def test_the_undamaged_copy_is_taken(copied, target) -> None:
    """What the test above refuses is the damage."""
    assert import_(target.connect, target.databases, copied, name="acme", actor="tests").manifest.rows > 80
    assert target.rows(_WRITTEN) == [(1,), (40,)]


def test_a_manifest_of_another_hash_than_expected_is_refused(exported, target) -> None:
    """Whoever exchanged the whole export is found out by the hash that the command gave when it was made."""
    with pytest.raises(RefusedError, match="not the one that was asked for"):
        import_(target.connect, target.databases, exported, name="acme", actor="tests", expected="0" * 64)
    known = _manifest(exported).sha256
    assert import_(target.connect, target.databases, exported, name="acme", actor="tests", expected=known)


def test_rows_that_are_there_are_not_mixed_with_an_export(exported, target) -> None:
    """The counts of what is there are told, with what can be done; nothing of the export is written."""
    target.populate(ACME, users=2)
    with pytest.raises(RefusedError, match=r"app\.users 2 .*tenant erase"):
        import_(target.connect, target.databases, exported, name="acme", actor="tests")
    assert target.rows(_WRITTEN) == [(1,), (2,)]


def test_a_tenant_does_not_come_into_another_zone(exported, target) -> None:
    """The database itself refuses, whatever the command believes."""
    with target.superuser() as connection:
        connection.execute("UPDATE tenancy.deployment SET name = 'eastus-dev-1', zone = 'US'")
    with pytest.raises(RefusedError, match="residency zone EU is refused"):
        import_(target.connect, target.databases, exported, name="acme", actor="tests")
    assert target.rows(_WRITTEN) == [(0,), (0,)]


def test_a_second_tenant_does_not_come_into_a_dedicated_deployment(exported, target) -> None:
    with target.superuser() as connection:
        connection.execute("UPDATE tenancy.deployment SET dedicated_tenant = 'acme'")
    with pytest.raises(RefusedError, match="dedicated to acme"):
        import_(target.connect, target.databases, exported, name="whole", actor="tests")
    assert target.rows(_WRITTEN) == [(0,), (0,)]
    import_(target.connect, target.databases, exported, name="acme", actor="tests")
    assert target.rows(_WRITTEN) == [(1,), (40,)]


def test_a_table_made_by_hand_stops_export_and_import(exported, target, store) -> None:
    """Nobody says whose rows it has: an export without it would be incomplete without a word."""
    with target.superuser() as connection:
        connection.execute("CREATE TABLE app.notes (tenant_id uuid, id uuid)")
    with pytest.raises(RefusedError, match=r"app\.notes: is in no revision"):
        export(target.connect, target.databases, store, name="whole")
    with pytest.raises(RefusedError, match=r"app\.notes: is in no revision"):
        import_(target.connect, target.databases, exported, name="acme", actor="tests")
    assert store.names("") == []


class _Changing(Directory):
    """A store in which somebody changes a part after it was verified."""

    def read(self, name: str) -> Iterator[bytes]:
        yield from super().read(name)
        if name.endswith(".gz") and "app.users" in name:
            (self.root / name).write_bytes(gzip.compress(b"{}\n"))


def test_a_part_that_changes_after_it_was_verified_is_found_while_it_is_written(copied, target) -> None:
    """The hashes are taken again of what is really inserted; the transaction is rolled back."""
    with pytest.raises(RefusedError, match=r"app\.users.*(other content|truncated)|PostgreSQL refused"):
        import_(target.connect, target.databases, _Changing(copied.root), name="acme", actor="tests")
    assert target.rows(_WRITTEN) == [(0,), (0,)]


def test_an_export_is_never_written_over(exported, target) -> None:
    before = _manifest(exported)
    with pytest.raises(StoreError, match="is there already"):
        export(target.connect, target.databases, exported, name="whole")
    assert _manifest(exported) == before


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "a" * 81, "-a", "a b"])
def test_an_export_has_a_plain_name(target, store, name: str) -> None:
    with pytest.raises(RefusedError, match="no name for an export"):
        export(target.connect, target.databases, store, name=name)


def test_a_tenant_that_is_nowhere_is_not_exported(target, store) -> None:
    """An empty export of a tenant with a wrong id would look like a good one."""
    with pytest.raises(RefusedError, match=f"tenant {CONTOSO}: is in no database"):
        export(target.connect, target.databases, store, name="contoso", tenants={CONTOSO})
    assert store.names("") == []

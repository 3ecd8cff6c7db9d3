"""What an export holds goes into another database as it was."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from tenancy.data.bound import bind, reading, writing
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.faults import RefusedError
from tenancy.stores.directory import Directory
from tests.tenancy.data.sides import ACME, CONTOSO

_TABLES = ("app.organizations", "app.users", "audit.entries", "tenancy.tenants")


def _content(side) -> dict[str, list]:
    return {table: side.printed(table) for table in _TABLES}


@pytest.mark.parametrize(("from_version", "to_version"), [("18", "16"), ("16", "18")])
def test_rows_arrive_as_they_were_also_on_another_version(sides, store, from_version, to_version) -> None:
    """Text of every row as PostgreSQL prints it, audit and registry among them; the import itself leaves no audit."""
    source, target = sides(from_version), sides(to_version)
    source.populate(ACME)
    source.populate(CONTOSO, users=5)
    manifest = export(source.connect, source.databases, store, name="whole")
    result = import_(target.connect, target.databases, store, name="whole", actor="tests")
    assert result.outcomes == {"user_service": "imported"}
    assert _content(target) == _content(source)
    assert len(_content(target)["app.users"]) == 8
    assert manifest.databases["user_service"].tables["app.users"].rows == 8


class _Meanwhile(Directory):
    """A store during whose first write somebody else works."""

    def __init__(self, root: Path, work: Callable[[], None]) -> None:
        super().__init__(root)
        self._work: Callable[[], None] | None = work

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        super().write(name, chunks)
        if self._work:
            work, self._work = self._work, None
            work()


def test_an_export_is_one_moment_of_a_database(source, target, tmp_path) -> None:
    """A service adds users after the first part was written: none of them is in the export, nor is their audit."""
    source.populate(ACME)
    before = _content(source)

    def work() -> None:
        with source.service(ACME) as later:
            later.execute(
                "INSERT INTO app.users (organization_id, email, display_name) "
                "SELECT id, 'late@example.com', 'Late' FROM app.organizations"
            )

    store = _Meanwhile(tmp_path / "store", work)
    export(source.connect, source.databases, store, name="whole")
    import_(target.connect, target.databases, store, name="whole", actor="tests")
    assert _content(target) == before
    assert len(_content(source)["app.users"]) == len(before["app.users"]) + 1


@pytest.mark.parametrize("begin", [reading, partial(writing, actor="tests", audited=True)])
def test_data_commands_see_one_tenant_at_a_time(source, begin) -> None:
    """The job's identity would see everybody; as operations it sees whom it is bound to, and unbound it is refused."""
    source.populate(ACME)
    source.populate(CONTOSO, users=5)
    count = "SELECT current_user, count(*) FROM app.users"
    with begin(source.connect, "user_service") as work:
        for tenant, users in ((ACME, 3), (CONTOSO, 5)):
            bind(work, tenant)
            assert work.rows(count) == [("user_service_operations", users)]
    with pytest.raises(RefusedError, match=r"no tenant bound.*28000"), begin(source.connect, "user_service") as work:
        work.rows(count)


def test_events_that_wait_are_counted_and_not_exported(source, store) -> None:
    """Whoever tears down learns from the manifest that the publisher had not finished."""
    source.populate(ACME)
    assert export(source.connect, source.databases, store, name="one").databases["user_service"].waiting == 1
    with source.superuser() as connection:
        connection.execute("UPDATE outbox.events SET published_at = now()")
    manifest = export(source.connect, source.databases, store, name="two")
    assert manifest.databases["user_service"].waiting == 0
    assert "outbox.events" not in {part.table for part in manifest.parts}


def test_an_import_that_was_cut_off_after_its_commit_is_known_to_be_done(source, target, store) -> None:
    """Services write as soon as it is over: the same command finds its note, and leaves their rows alone."""
    source.populate(ACME)
    export(source.connect, source.databases, store, name="whole")
    import_(target.connect, target.databases, store, name="whole", actor="tests")
    with target.service(ACME) as service:
        service.execute("UPDATE app.users SET job_title = 'head of trading'")
    after = _content(target)
    again = import_(target.connect, target.databases, store, name="whole", actor="tests")
    assert again.outcomes == {"user_service": "taken before"}
    assert _content(target) == after


def test_a_note_alone_does_not_stand_for_rows(source, target, store) -> None:
    """Where everything that was imported is gone, the same export brings it back."""
    source.populate(ACME)
    export(source.connect, source.databases, store, name="whole")
    import_(target.connect, target.databases, store, name="whole", actor="tests")
    with target.superuser() as everything:
        everything.execute("TRUNCATE app.users, app.organizations, audit.entries CASCADE")
    again = import_(target.connect, target.databases, store, name="whole", actor="tests")
    assert again.outcomes == {"user_service": "imported"}
    assert _content(target) == _content(source)

"""After an erasure nothing of the tenant is left, everything of the others is, and a certificate says so."""

import json
from typing import Any

import pytest

from tenancy.data.certificate import path_of, read_certificate
from tenancy.data.erasing import Asked, erase
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.data.tenants import find
from tenancy.faults import RefusedError
from tests.tenancy.data.sides import ACME, CONTOSO, Side

_COUNTS = """
SELECT (SELECT count(*) FROM app.users WHERE tenant_id = %s), (SELECT count(*) FROM outbox.events WHERE tenant_id = %s),
    (SELECT count(*) FROM audit.entries WHERE tenant_id = %s AND (old IS NOT NULL OR new IS NOT NULL))
"""


def _left(side, tenant) -> tuple[int, ...]:
    return side.rows(_COUNTS, tenant, tenant, tenant)[0]


def _asked(**changed: str) -> Asked:
    return Asked(tenant=ACME, actor="administrator", **(changed or {"export": "acme"}))


@pytest.fixture
def populated(source, store) -> Side:
    source.populate(ACME)
    source.populate(CONTOSO)
    export(source.connect, source.databases, store, name="acme", tenants={ACME})
    return source


@pytest.mark.parametrize("version", ["18", "16"])
def test_nothing_is_left_of_the_tenant_and_everything_of_the_others(sides, store, version: str) -> None:
    """Counted by somebody who sees every row; the certificate has the counts, the export's hash and its own."""
    side = sides(version)
    side.populate(ACME)
    side.populate(CONTOSO)
    manifest = export(side.connect, side.databases, store, name="acme", tenants={ACME})
    before = _left(side, CONTOSO)
    assert min(_left(side, ACME)) > 0
    certificate = erase(side.connect, side.databases, store, _asked())
    assert _left(side, ACME) == (0, 0, 1)  # the audit row of the erasure itself
    assert _left(side, CONTOSO) == before
    erased = certificate.databases["user_service"]
    assert (erased.before["app.users"], erased.before["outbox.events"]) == (3, 1)
    assert set(erased.after.values()) == {0}
    assert erased.after.keys() >= {"app.users", "app.user_roles", "audit.entries", "outbox.events"}
    assert erased.redacted > 0
    assert certificate.export_sha256 == manifest.sha256
    assert certificate.deployment == "westeu-dev-1"
    assert read_certificate(store, ACME) == certificate


def test_an_erasure_outlives_the_deployment(populated, sides, store) -> None:
    """Torn down and imported again, the tenant is still erased: its id stays taken, its audit without payload."""
    erase(populated.connect, populated.databases, store, _asked())
    export(populated.connect, populated.databases, store, name="whole")
    later = sides("16")
    import_(later.connect, later.databases, store, name="whole", actor="tests")
    assert _left(later, ACME) == (0, 0, 1)
    assert later.printed("tenancy.tenants") == populated.printed("tenancy.tenants")
    assert find(later.connect, later.databases, "acme") == ACME


def test_who_did_what_and_when_stays_in_the_audit(populated, store) -> None:
    query = "SELECT id, at, actor_id, table_name, row_id, action FROM audit.entries WHERE tenant_id = %s ORDER BY id"
    before = populated.rows(query, ACME)
    erase(populated.connect, populated.databases, store, _asked())
    after = populated.rows(query, ACME)
    assert after[: len(before)] == before
    assert [row[3:] for row in after[len(before) :]] == [("tenants", ACME, "ERASE")]


def test_the_tenants_name_and_slug_are_gone_and_its_id_is_taken(populated, store) -> None:
    """Whoever knows the old slug still finds the id, so that the same command can be given again."""
    erase(populated.connect, populated.databases, store, _asked())
    [(slug, name, status)] = populated.rows("SELECT slug, name, status FROM tenancy.tenants WHERE id = %s", ACME)
    assert (name, status) == ("", "erased")
    assert "acme" not in slug
    assert find(populated.connect, populated.databases, "acme") == ACME
    with pytest.raises(RefusedError, match="erased"):
        import_(populated.connect, populated.databases, store, name="acme", actor="tests")
    assert _left(populated, ACME) == (0, 0, 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (_asked(export=""), "no reason is given"),
        (_asked(export="", without_export="  "), "no reason is given"),
        (_asked(export="acme", without_export="because"), "has both"),
        (_asked(export="nothing"), "no such export"),
        (_asked(export="contoso"), "is not in export contoso"),
    ],
)
def test_without_a_verified_export_nothing_is_erased(populated, store, asked: Asked, words: str) -> None:
    export(populated.connect, populated.databases, store, name="contoso", tenants={CONTOSO})
    before = _left(populated, ACME)
    with pytest.raises(RefusedError, match=words):
        erase(populated.connect, populated.databases, store, asked)
    assert _left(populated, ACME) == before
    assert not store.exists(path_of(ACME))


def test_a_damaged_export_is_none(populated, store) -> None:
    """What could not be imported again is no reason to erase."""
    part = next(name for name in store.names("exports/acme/") if "app.users" in name)
    (store.root / part).write_bytes((store.root / part).read_bytes()[:-9])
    with pytest.raises(RefusedError, match="truncated"):
        erase(populated.connect, populated.databases, store, _asked())
    assert _left(populated, ACME)[0] == 3


def test_the_export_of_another_deployment_is_none(populated, sides, store) -> None:
    """A tenant that was moved here has an export made there: it does not hold what was written here since."""
    with populated.superuser() as connection:
        connection.execute("UPDATE tenancy.deployment SET name = 'northeu-dev-1'")
    with pytest.raises(RefusedError, match="is of deployment westeu-dev-1"):
        erase(populated.connect, populated.databases, store, _asked())


def test_a_reason_takes_the_place_of_an_export(populated, store) -> None:
    certificate = erase(
        populated.connect, populated.databases, store, _asked(without_export="court order 12/26", export="")
    )
    assert (certificate.without_export, certificate.export) == ("court order 12/26", "")
    assert _left(populated, ACME) == (0, 0, 1)


def test_a_table_that_no_model_knows_is_counted_too(populated, store) -> None:
    """A table outside the schemas of the model, which nobody erases: found in the catalogs, and nothing is erased."""
    with populated.superuser() as connection:
        connection.execute("CREATE SCHEMA elsewhere")
        connection.execute("CREATE TABLE elsewhere.copies (tenant_id uuid, body text)")
        connection.execute("INSERT INTO elsewhere.copies VALUES (%s, 'secret')", [ACME])
        connection.execute("GRANT USAGE ON SCHEMA elsewhere TO user_service_operations")
    with pytest.raises(RefusedError, match="42501"):  # may not even be counted
        erase(populated.connect, populated.databases, store, _asked())
    with populated.superuser() as connection:
        connection.execute("GRANT SELECT ON elsewhere.copies TO user_service_operations")
    with pytest.raises(RefusedError, match=r"elsewhere\.copies 1"):
        erase(populated.connect, populated.databases, store, _asked())
    assert _left(populated, ACME)[0] == 3
    assert not store.exists(path_of(ACME))


def test_rows_in_a_database_that_does_not_know_the_tenant_stop_the_erasure(sides, store) -> None:
    """As the registry has them of a tenant that it is only taking in: the certificate would not speak of them."""
    side = sides(names=("user_service", "form_service"))
    side.populate(ACME)
    with side.superuser("form_service") as connection:
        connection.execute("CREATE TABLE public.copies (tenant_id uuid)")
        connection.execute("INSERT INTO public.copies VALUES (%s)", [ACME])
        connection.execute("GRANT USAGE ON SCHEMA public TO form_service_operations")
        connection.execute("GRANT SELECT ON public.copies TO form_service_operations")
    with pytest.raises(RefusedError, match=r"never told of: public\.copies.*tenant add"):
        erase(side.connect, side.databases, store, _asked(without_export="test", export=""))
    assert _left(side, ACME)[0] == 3


def test_rows_written_after_the_erasure_stop_the_certificate_and_the_same_command_erases_them(
    populated, store, monkeypatch
) -> None:
    """A service that nobody stopped writes between the commit and the count, which is a new look at the database."""
    from tenancy.data import erasing

    real = erasing._erase

    def late(*arguments: Any) -> None:
        real(*arguments)
        with populated.superuser() as connection:
            connection.execute("SELECT set_config('app.tenant_id', %s, false)", [str(ACME)])
            connection.execute("INSERT INTO app.roles (code, name) VALUES ('late', 'Late')")

    monkeypatch.setattr(erasing, "_erase", late)
    with pytest.raises(RefusedError, match=r"app\.roles 1.*erase again"):
        erase(populated.connect, populated.databases, store, _asked())
    assert not store.exists(path_of(ACME))
    monkeypatch.undo()
    assert erase(populated.connect, populated.databases, store, _asked()).databases["user_service"].before["app.users"]


def test_the_second_time_gives_the_same_certificate(populated, store) -> None:
    first = erase(populated.connect, populated.databases, store, _asked())
    assert erase(populated.connect, populated.databases, store, _asked()) == first


def test_a_changed_certificate_is_found_out(populated, store) -> None:
    erase(populated.connect, populated.databases, store, _asked())
    file = store.root / path_of(ACME)
    file.write_text(json.dumps({**json.loads(file.read_text()), "completed_by": "somebody else"}))
    with pytest.raises(RefusedError, match="was changed"):
        read_certificate(store, ACME)


def test_no_audit_row_keeps_what_was_erased(populated, store) -> None:
    """Erasing is not audited row by row: each of those rows would hold what had to go."""
    erase(populated.connect, populated.databases, store, _asked())
    [(text,)] = populated.rows("SELECT string_agg(e::text, ' ') FROM audit.entries e WHERE tenant_id = %s", ACME)
    assert "example.com" not in text


def test_an_application_that_says_unaudited_is_audited(populated) -> None:
    """The setting counts under the role of data commands, which no application can take."""
    count = "SELECT count(*) FROM audit.entries"
    [(before,)] = populated.rows(count)
    with populated.service(ACME) as work:
        work.execute("SELECT set_config('app.unaudited', 'on', true)")
        work.execute("UPDATE app.users SET job_title = 'hidden' WHERE email LIKE 'user1@%'")
    assert populated.rows(count) == [(before + 1,)]
    with populated.service(ACME) as work, pytest.raises(Exception, match="permission denied to set role"):
        work.execute("SET LOCAL ROLE user_service_operations")

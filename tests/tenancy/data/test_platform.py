"""A whole platform: seeded, exported, torn down, imported into new databases."""

from collections.abc import Callable, Iterator

import pytest

from tenancy.data.erasing import Asked, erase
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.data.seed import seed
from tenancy.data.tenants import presences
from tests.tenancy.data.sides import ACME, CONTOSO, GLOBAL, REGIONAL, Side

pytestmark = pytest.mark.slow  # eleven databases are made, cloned and filled


def _told(side: Side, name: str) -> None:
    """What `apply` would say of a global deployment: no zone."""
    for database in side.names:
        with side.superuser(database) as connection:
            connection.execute("UPDATE tenancy.deployment SET name = %s, zone = NULL", [name])


@pytest.fixture
def two_deployments(every_database) -> Iterator[Callable[[tuple[str, ...]], tuple[Side, Side]]]:
    made: list[Side] = []

    def of(names: tuple[str, ...]) -> tuple[Side, Side]:
        made.extend(Side(every_database("18"), names=names) for _ in range(2))
        return made[-2], made[-1]

    yield of
    for side in made:
        side.close()


@pytest.mark.parametrize(("names", "deployment"), [(REGIONAL, "westeu-dev-1"), (GLOBAL, "global-dev")])
def test_every_database_of_a_deployment_comes_back_as_it_was(two_deployments, store, names, deployment) -> None:
    """Seed in all of them, one export, one import; a second export of the copy has the same content, part by part."""
    source, target = two_deployments(names)
    if deployment.startswith("global"):
        _told(source, deployment)
        _told(target, deployment)
    counts = seed(source.connect, source.databases)
    assert all(counts.values())
    first = export(source.connect, source.databases, store, name="first")
    assert set(first.databases) == set(names)
    assert import_(target.connect, target.databases, store, name="first", actor="tests").manifest == first
    again = import_(target.connect, target.databases, store, name="first", actor="tests")
    assert set(again.outcomes.values()) == {"taken before"}
    second = export(target.connect, target.databases, store, name="second")
    contents = [{(it.database, it.table, it.tenant): it.content for it in of.parts} for of in (first, second)]
    assert contents[0] == contents[1]
    assert seed(target.connect, target.databases) == {name: {} for name in names}


def test_every_table_of_the_model_has_sample_rows(two_deployments) -> None:
    """A table without any would be missing in every test that goes through the samples."""
    for names in (REGIONAL, GLOBAL):
        side, _ = two_deployments(names)
        if names == GLOBAL:
            _told(side, "global-dev")
        seeded = {(name, table) for name, tables in seed(side.connect, side.databases).items() for table in tables}
        known = {(name, f"{it.schema}.{it.name}") for name, of in side.databases.items() for it in of.tables}
        assert known - seeded == ({("analytics_service", "app.counted_events")} if names == REGIONAL else set())


def test_the_registry_forgets_an_erased_tenant_and_keeps_the_other(two_deployments, store) -> None:
    """The registry is shared, and its row has the tenant's name; the tenant's export has that row and no other's."""
    side, _ = two_deployments(GLOBAL)
    _told(side, "global-dev")
    seed(side.connect, side.databases)
    manifest = export(side.connect, side.databases, store, name="acme", tenants={ACME})
    assert [part.tenant for part in manifest.parts if part.table == "shared.tenants"] == [ACME]
    assert not [part for part in manifest.parts if part.tenant is None]
    certificate = erase(side.connect, side.databases, store, Asked(tenant=ACME, actor="tests", export="acme"))
    registry = certificate.databases["tenant_registry"]
    assert (registry.before["shared.tenants"], registry.after["shared.tenants"]) == (1, 0)
    rows = side.rows("SELECT id, name, legal_name, status FROM shared.tenants ORDER BY name", database=GLOBAL[0])
    assert rows == [(ACME, "", None, "erased"), (CONTOSO, "Contoso", "Contoso Holding", "ready")]
    left = {(it.database, it.tenant.slug) for it in presences(side.connect, side.databases) if not it.tenant.is_erased}
    assert left == {("tenant_registry", "contoso"), ("global_config", "contoso")}


def test_a_tenant_erased_in_one_database_of_many_is_finished_by_the_same_command(
    two_deployments, store, monkeypatch
) -> None:
    """A fault in the third database: the first two say erased, the certificate waits, and the counts are not lost."""
    side, _ = two_deployments(REGIONAL)
    seed(side.connect, side.databases)
    export(side.connect, side.databases, store, name="acme", tenants={ACME})
    asked = Asked(tenant=ACME, actor="tests", export="acme")
    from tenancy.data import erasing

    real, done = erasing._erase, list[str]()

    def failing(connect, database, *rest: object) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        real(connect, database, *rest)
        done.append(database.name)

    monkeypatch.setattr(erasing, "_erase", failing)
    with pytest.raises(KeyboardInterrupt):
        erase(side.connect, side.databases, store, asked)
    assert store.names("certificates/") == []
    monkeypatch.undo()
    certificate = erase(side.connect, side.databases, store, asked)
    assert set(certificate.databases) == set(REGIONAL)
    assert all(sum(of.before.values()) > 0 == sum(of.after.values()) for of in certificate.databases.values())

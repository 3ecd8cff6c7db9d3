"""Sample data goes where it may, once, through the model."""

import pytest

from tenancy.data.seed import OF_TENANTS, misfits, seed
from tenancy.data.seed.tenants import ACME, CONTOSO
from tenancy.data.tenants import presences
from tenancy.faults import RefusedError
from tenancy.model import Database


def test_a_deployment_gets_the_tenants_of_its_zone_once(source) -> None:
    """westeu-dev-1 takes no tenant of the United States; the second run inserts nothing."""
    counts = seed(source.connect, source.databases)
    assert counts["user_service"]["app.users"] >= 6
    assert {it.tenant.slug for it in presences(source.connect, source.databases)} == {"acme"}
    assert seed(source.connect, source.databases) == {"user_service": {}}


def test_somebody_has_every_role(source) -> None:
    seed(source.connect, source.databases)
    query = "SELECT code FROM app.roles EXCEPT SELECT code FROM app.roles r JOIN app.user_roles ON role_id = r.id"
    assert source.rows(query) == []
    assert source.rows("SELECT count(*) FROM app.roles") == [(5,)]


def test_a_row_that_was_changed_is_left_as_it_is(source) -> None:
    seed(source.connect, source.databases)
    with source.service(ACME.id) as work:
        work.execute("UPDATE app.users SET job_title = 'Changed' WHERE email LIKE 'trader@%'")
        work.execute("DELETE FROM app.invitations")
    assert seed(source.connect, source.databases) == {"user_service": {"app.invitations": 1}}
    assert source.rows("SELECT count(*) FROM app.users WHERE job_title = 'Changed'") == [(1,)]


@pytest.mark.parametrize(
    ("zone", "dedicated", "slugs"),
    [
        ("US", None, {CONTOSO.slug}),
        (None, None, {ACME.slug, CONTOSO.slug}),
        ("US", "contoso", {CONTOSO.slug}),
        ("EU", "another", set()),
        ("APAC", None, set()),
    ],
)
def test_zone_and_dedicated_tenant_choose_whose_samples_come(source, zone, dedicated, slugs) -> None:
    with source.superuser() as connection:
        connection.execute("UPDATE tenancy.deployment SET zone = %s, dedicated_tenant = %s", [zone, dedicated])
    seed(source.connect, source.databases)
    assert {it.tenant.slug for it in presences(source.connect, source.databases)} == slugs


@pytest.mark.parametrize("deployment", ["westeu-prod-1", "global-prod", "westeu-prod-2", None])
def test_no_samples_in_prod_or_nowhere(source, deployment) -> None:
    """The database says where it is; a database that does not know is treated as prod."""
    with source.superuser() as connection:
        connection.execute("UPDATE tenancy.deployment SET name = %s", [deployment])
    with pytest.raises(RefusedError, match="no place for sample data"):
        seed(source.connect, source.databases)
    assert presences(source.connect, source.databases) == []


def test_rows_that_the_model_does_not_know_are_faults() -> None:
    """Every table of the samples is missing in an empty database, every one is known in the real one."""
    from tenancy import revisions

    assert {name: misfits(revisions.database_at(name)) for name in OF_TENANTS} == {name: [] for name in OF_TENANTS}
    faults = misfits(Database("user_service"))
    assert "the model has no" in str(faults[0])
    assert len(faults) > 20


def test_every_id_of_the_samples_is_the_same_everywhere(source, sides) -> None:
    """Rows of one database name those of another by ids that nobody has to look up."""
    other = sides("16")
    seed(source.connect, source.databases)
    seed(other.connect, other.databases)
    query = "SELECT id FROM app.users ORDER BY id"
    assert source.rows(query) == other.rows(query)

"""Tenants are admitted to all databases or to none, are found, and move without losing a row."""

import uuid

import pytest

from tenancy.data import moving
from tenancy.data.erasing import Asked, erase
from tenancy.data.exporting import export
from tenancy.data.importing import import_
from tenancy.data.tenants import Newcomer, add, find, presences, suspend
from tenancy.faults import RefusedError
from tests.tenancy.data.sides import ACME, CONTOSO, Side

_BOTH = ("user_service", "form_service")
_NEW = Newcomer(id=uuid.uuid5(uuid.NAMESPACE_DNS, "new.example"), slug="new", name="New", zone="EU")


@pytest.fixture
def server(sides) -> Side:
    return sides(names=_BOTH)


def test_a_tenant_is_added_to_every_database_once(server) -> None:
    assert add(server.connect, _BOTH, _NEW, "administrator") == list(_BOTH)
    assert add(server.connect, _BOTH, _NEW, "administrator") == []
    found = presences(server.connect, server.databases)
    assert [(it.database, it.tenant.slug, it.tenant.status, it.rows) for it in found] == [
        (name, "new", "active", {}) for name in _BOTH
    ]


def test_a_tenant_that_one_database_refuses_comes_into_none(server) -> None:
    """Another zone in the second database: the first one is asked and left as it was."""
    with server.superuser("form_service") as connection:
        connection.execute("UPDATE tenancy.deployment SET zone = 'US', name = 'eastus-dev-1'")
    with pytest.raises(RefusedError, match=r"database form_service: .*residency zone EU is refused"):
        add(server.connect, _BOTH, _NEW, "administrator")
    assert presences(server.connect, server.databases) == []


def test_a_slug_has_one_tenant(server) -> None:
    add(server.connect, _BOTH, _NEW, "administrator")
    with pytest.raises(RefusedError, match="23505"):
        add(server.connect, _BOTH, Newcomer(id=uuid.uuid4(), slug="new", name="Other", zone="EU"), "administrator")
    assert len(presences(server.connect, server.databases)) == 2


def test_a_tenant_is_found_by_slug_and_by_id(server) -> None:
    add(server.connect, _BOTH, _NEW, "administrator")
    assert find(server.connect, _BOTH, "new") == find(server.connect, _BOTH, str(_NEW.id).upper()) == _NEW.id
    with pytest.raises(RefusedError, match="allowed: id or slug of a tenant: new"):
        find(server.connect, _BOTH, "nobody")


def test_a_tenant_moves_with_every_row(sides, store) -> None:
    """Exported by A, imported by B, let go by A when both hold the same; erased in A afterwards, B untouched."""
    a, b = sides(), sides("16")
    a.populate(ACME)
    a.populate(CONTOSO)
    name = {"name": "move-acme"}
    export(a.connect, a.databases, store, tenants={ACME}, **name)
    import_(b.connect, b.databases, store, actor="administrator", **name)
    assert moving.compare(b.connect, b.databases, store, tenant=ACME, **name) == []
    assert moving.let_go(a.connect, a.databases, store, tenant=ACME, actor="administrator", **name) == ["user_service"]
    states = {it.tenant.slug: it.tenant.status for it in presences(a.connect, a.databases)}
    assert states == {"acme": "suspended", "contoso": "active"}
    erase(a.connect, a.databases, store, Asked(tenant=ACME, actor="administrator", export="move-acme"))
    assert moving.compare(b.connect, b.databases, store, tenant=ACME, **name) == []


def test_a_suspended_tenant_arrives_suspended_also_where_it_was_let_in_before(source, target, store) -> None:
    source.populate(ACME)
    suspend(source.connect, source.databases, ACME, "administrator")
    export(source.connect, source.databases, store, name="acme", tenants={ACME})
    add(target.connect, target.databases, Newcomer(id=ACME, slug="acme", name="Acme Corp", zone="EU"), "administrator")
    import_(target.connect, target.databases, store, actor="administrator", name="acme")
    assert [it.tenant.status for it in presences(target.connect, target.databases)] == ["suspended"]


def test_a_deployment_that_wrote_on_does_not_let_go(source, store) -> None:
    """A row written in A after the export would be lost: told by table, and the tenant stays active."""
    source.populate(ACME)
    export(source.connect, source.databases, store, name="move-acme", tenants={ACME})
    with source.service(ACME) as work:
        work.execute("UPDATE app.users SET job_title = 'Trader' WHERE email LIKE 'user1@%'")
    with pytest.raises(RefusedError, match=r"app\.users: 3 rows .* and others: written since the export"):
        moving.let_go(source.connect, source.databases, store, name="move-acme", tenant=ACME, actor="administrator")
    assert [it.tenant.status for it in presences(source.connect, source.databases)] == ["active"]

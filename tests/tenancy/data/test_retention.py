"""What is too old goes, what is not stays, and nobody else's rows are touched."""

import pytest

from tenancy.data.retention import Kept, retain
from tests.tenancy.data.sides import ACME, CONTOSO, Side

_INVITATION = """
INSERT INTO app.invitations (email, role_id, organization_id, token_hash, expires_at, created_at)
SELECT 'a' || n || '@example.com', r.id, o.id, md5(n::text), now(), now() - make_interval(days => %s)
FROM generate_series(1, %s) n, app.roles r, app.organizations o
"""


@pytest.fixture
def aged(source) -> Side:
    """Of each of two tenants: 7 invitations older than 90 days and 2 that are not, old and new events and audit."""
    for tenant in (ACME, CONTOSO):
        source.populate(tenant)
        with source.service(tenant) as work:
            work.execute("INSERT INTO app.roles (code, name) VALUES ('member', 'Member')")
        with source.superuser() as connection, connection.transaction():
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])
            connection.execute("SET LOCAL ROLE user_service_owner")
            connection.execute(_INVITATION, [91, 7])
            connection.execute(_INVITATION.replace("md5(n::text)", "md5((-n)::text)"), [89, 2])
            connection.execute(
                "UPDATE outbox.events SET published_at = now() - interval '8 days' WHERE type = 'member.joined'"
            )
            connection.execute(
                "INSERT INTO outbox.events (topic, key, type, payload, published_at) VALUES "
                "('t', 'k', 'new', '{}', now()), ('t', 'k', 'waits', '{}', NULL)"
            )
            connection.execute(
                "UPDATE audit.entries SET at = now() - interval '8 years' WHERE table_name = 'organizations'"
            )
    return source


@pytest.mark.parametrize("batch", [3, 5000])
def test_each_row_goes_when_its_time_is_over(aged, batch: int) -> None:
    """In batches smaller than what there is, and in one; the audit row of an audited deletion is none."""
    kept = "SELECT count(*) FROM audit.entries"
    [(audit,)] = aged.rows(kept)
    counts = retain(aged.connect, aged.databases, Kept(batch=batch))
    assert counts == {"user_service": {"app.invitations": 14, "outbox.events": 2, "audit.entries": 2}}
    assert aged.rows(kept) == [(audit - 2,)]
    assert aged.rows("SELECT count(*), min(created_at) > now() - interval '90 days' FROM app.invitations") == [
        (4, True)
    ]
    assert aged.rows("SELECT type, count(*) FROM outbox.events GROUP BY 1 ORDER BY 1") == [("new", 2), ("waits", 2)]


def test_the_second_time_deletes_nothing(aged) -> None:
    retain(aged.connect, aged.databases, Kept())
    assert retain(aged.connect, aged.databases, Kept()) == {"user_service": {}}


def test_the_settings_are_heeded(aged) -> None:
    """A longer time keeps; a shorter one deletes."""
    counts = retain(aged.connect, aged.databases, Kept(outbox_days=9, audit_days=9 * 365))
    assert counts == {"user_service": {"app.invitations": 14}}
    counts = retain(aged.connect, aged.databases, Kept(outbox_days=7, audit_days=7 * 365))
    assert counts == {"user_service": {"outbox.events": 2, "audit.entries": 2}}

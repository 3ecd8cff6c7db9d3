"""Claims about names outside the database: no two tenants, and no two names of one, ever meet."""

from fnmatch import fnmatchcase
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tenancy.sessions.keys import TenantKeys
from tests.tenancy.stage import ACME, CONTOSO, DATABASE

PARTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), min_size=1, max_size=4)


@given(one=st.tuples(st.uuids(), PARTS), other=st.tuples(st.uuids(), PARTS))
def test_different_names_never_meet(one, other) -> None:
    """Whatever stands in the parts, separators and tenants' ids among them; the same name is the same again."""
    assume(one != other)
    (tenant, parts), (another, others) = one, other
    assume(not any(set(part) == {"."} for part in (*parts, *others)))
    for name in ("cache", "blob", "channel", "lock"):
        made = getattr(TenantKeys(tenant), name)(*parts)
        assert made != getattr(TenantKeys(another), name)(*others)
        assert made == getattr(TenantKeys(tenant), name)(*parts)


@given(parts=PARTS, tenant=st.uuids(), other=st.uuids())
def test_a_name_is_found_by_its_tenant_alone(parts, tenant, other) -> None:
    """An erasure finds all of a tenant's, and nobody else's; a path never leaves its folder."""
    assume(tenant != other and not any(set(part) == {"."} for part in parts))
    key = TenantKeys(tenant).cache(*parts)
    assert fnmatchcase(key, TenantKeys(tenant).cache_pattern)
    assert not fnmatchcase(key, TenantKeys(other).cache_pattern)
    path = TenantKeys(tenant).blob(*parts)
    assert path.startswith(f"{tenant}/")
    assert path.count("/") == len(parts)
    assert len(TenantKeys(tenant).channel(*parts)) <= 63
    assert -(2**63) <= TenantKeys(tenant).lock(*parts) < 2**63


def test_an_attack_by_the_parts_gains_nothing() -> None:
    """What a user may have typed: a separator, a way up, a pattern."""
    keys = TenantKeys(ACME)
    assert keys.cache("a:b") != keys.cache("a", "b")
    assert keys.blob("a/../../x") == f"{ACME}/a%2F..%2F..%2Fx"
    assert keys.cache("*") == f"tenant:{ACME}:%2A"
    for parts in ((), ("",), ("a", "")):
        with pytest.raises(ValueError, match="part"):
            keys.cache(*parts)
    for part in (".", "..", "x" * 1024):
        with pytest.raises(ValueError, match="blob"):
            keys.blob(part)


def test_locks_and_channels_of_two_tenants_do_not_meet_in_the_database(stage) -> None:
    """Leak 30: in PostgreSQL both are everybody's; with the same name each tenant has its own."""
    mine, theirs = TenantKeys(ACME), TenantKeys(CONTOSO)
    with stage.bench.sign_in("user", DATABASE) as one, stage.bench.sign_in("user", DATABASE) as other:
        with one.transaction(), other.transaction():
            assert one.execute("SELECT pg_try_advisory_xact_lock(%s)", (mine.lock("import"),)).fetchone() == (True,)
            taken = "SELECT pg_try_advisory_xact_lock(%s), pg_try_advisory_xact_lock(%s)"
            found = other.execute(taken, (theirs.lock("import"), mine.lock("import"))).fetchone()
            assert found == (True, False)
        one.execute(f"LISTEN {mine.channel('changes')}".encode())
        for keys in (theirs, mine):
            other.execute("SELECT pg_notify(%s, %s)", (keys.channel("changes"), "id"))
        assert [note.channel for note in one.notifies(timeout=5, stop_after=1)] == [mine.channel("changes")]
        assert list(one.notifies(timeout=0)) == []


def test_a_name_needs_a_uuid_of_a_tenant() -> None:
    """Frozen, and made of a UUID as the caller has it."""
    keys = TenantKeys(UUID(int=5))
    with pytest.raises(AttributeError):
        keys.tenant_id = ACME

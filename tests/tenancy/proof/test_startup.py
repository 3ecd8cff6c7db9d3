"""Claims about the check that an application makes of its own session before it serves anybody."""

from datetime import date

import psycopg
import pytest
from psycopg import sql

from tenancy.gate.floor import FLOORS, Floor, shortfalls
from tenancy.gate.startup import StartupError, check_session
from tests.tenancy.bench import JOB, Connection
from tests.tenancy.proof.ground import Place

TODAY = date(2026, 11, 22)


def session(place: Place, name: str = "") -> Connection:
    return place.bench.sign_in(name or place.service.removeprefix("id-"), place.name)


def test_an_applications_session_is_fit_to_serve(place) -> None:
    """And is told which flaw its server has that no offered release mends."""
    with session(place) as connection:
        warnings = check_session(connection, on=TODAY)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    major = int(place.bench.version)
    assert len(warnings) == 1
    assert warnings[0].startswith(f"PostgreSQL {major}.")
    assert "CVE-2026-120154" in warnings[0]


@pytest.mark.parametrize("who", [JOB, "people", "publisher"])
def test_nobody_else_passes_for_the_application(place, who) -> None:
    """Administrators, the job, and an identity of another duty: each is told why."""
    with session(place, who) as connection, pytest.raises(StartupError) as refused:
        check_session(connection, on=TODAY)
    assert any("user_service_application" in fault.allowed for fault in refused.value.faults)
    assert all("python -m tenancy apply" in fault.next_step for fault in refused.value.faults)


def test_who_could_become_somebody_else_is_refused(place) -> None:
    """A session that acts as another than it signed in as: RESET ROLE would take it back."""
    with session(place, JOB) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"{place.name}_operations")))
        with pytest.raises(StartupError) as refused:
            check_session(connection, on=TODAY)
    told = "\n".join(map(str, refused.value.faults))
    assert f"acts as {place.name}_operations" in told
    assert "free of policies (BYPASSRLS)" in told


def test_a_table_without_policies_is_named(place) -> None:
    """A superuser took them away; the application sees it before it serves. Put back, it serves again."""
    table = sql.Identifier("app", place.model.of_tenants[0].name)
    with place.bench.superuser(place.name) as connection, session(place) as mine:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(table))
        try:
            with pytest.raises(StartupError, match=f"may use app.{place.model.of_tenants[0].name} without row-level"):
                check_session(mine, on=TODAY)
        finally:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table))
        assert check_session(mine, on=TODAY)


def test_a_database_without_the_helper_is_refused(place) -> None:
    """As one that no job has been at: told with PostgreSQL's own code, not with a traceback."""
    with place.bench.superuser() as empty, pytest.raises(StartupError) as refused:
        check_session(empty, on=TODAY)
    assert any("SQLSTATE 3F000" in fault.what for fault in refused.value.faults)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_warns_until_its_release_is_offered(floor) -> None:
    """One below it falls short, itself does not; it blocks from the day on that Azure offers it."""
    below = [it for it in shortfalls(floor.major * 10_000 + floor.minor - 1, TODAY) if it.floor == floor]
    assert len(below) == 1
    assert below[0].blocks == (floor.offered is not None)
    assert floor.cve in str(below[0].fault)
    assert floor not in {it.floor for it in shortfalls(floor.major * 10_000 + floor.minor, TODAY)}


def test_a_release_that_is_offered_blocks_from_that_day(monkeypatch) -> None:
    """Not the day before."""
    row = Floor(major=18, minor=7, cve="CVE-2026-120154", about="reads", offered=date(2026, 12, 1))
    monkeypatch.setattr("tenancy.gate.floor.FLOORS", (row,))
    days = (date(2026, 11, 30), date(2026, 12, 1))
    assert [[it.blocks for it in shortfalls(180_004, day)] for day in days] == [[False], [True]]
    assert "offered by Azure since 2026-12-01" in str(next(shortfalls(180_004, days[1])).fault)
    assert list(shortfalls(180_007, days[1])) == []

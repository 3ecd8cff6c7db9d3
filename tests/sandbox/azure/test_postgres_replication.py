"""A replica is a real PostgreSQL that follows a real one."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.sandbox.azure.test_postgres_servers import ADMIN, GROUP, Sandbox

SKU = "Standard_D2ds_v5"
PRIMARY, REPLICA = GROUP + "psql-primary", GROUP + "psql-replica"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    home = tmp_path_factory.mktemp("home")
    (home / "pg").mkdir()
    for name in ("engines", "templates"):
        shared = tmp_path_factory.getbasetemp() / "postgres" / name
        shared.mkdir(parents=True, exist_ok=True)
        (home / "pg" / name).symlink_to(shared)
    made = Sandbox(home)
    yield made
    for server_id in sorted(made.fleet.server_ids(), reverse=True):
        made.fleet.delete(server_id)


@pytest.fixture(scope="module")
def ports(sandbox: Sandbox) -> tuple[int, int]:
    """A primary with a database, and its replica."""
    primary = sandbox.fleet.ensure(PRIMARY, "psql-primary", "18", sku_name=SKU).port
    sandbox.fleet.add_admin(PRIMARY, ADMIN, "people", "Group")
    return primary, sandbox.fleet.replicate(REPLICA, "psql-replica", PRIMARY, sku_name=SKU).port


def eventually(sandbox: Sandbox, port: int, query: str) -> object:
    """The first answer that is there: what a replica shows is some milliseconds old."""
    deadline = time.monotonic() + 10
    while True:
        try:
            with sandbox.sign_in(port) as connection:
                if (row := connection.execute(query).fetchone()) is not None:
                    return row[0]
        except psycopg.Error:
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def test_what_is_written_to_the_primary_is_read_from_the_replica(sandbox: Sandbox, ports: tuple[int, int]) -> None:
    primary, replica = ports
    with sandbox.sign_in(primary) as connection:
        connection.execute("CREATE TABLE followed AS SELECT generate_series(1, 10) AS n")
    assert eventually(sandbox, replica, "SELECT count(*) FROM followed HAVING count(*) = 10") == 10
    assert eventually(sandbox, replica, "SELECT pg_is_in_recovery()") is True


def test_a_replica_takes_no_write(sandbox: Sandbox, ports: tuple[int, int]) -> None:
    with sandbox.sign_in(ports[1]) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE refused ()")


def test_who_is_let_in_later_is_let_in_by_the_replica_once_it_is_asked_for_again(
    sandbox: Sandbox, ports: tuple[int, int]
) -> None:
    later = "7c1f8c1e-1111-4f0e-9d3c-0d5f6a7b8c9d"
    sandbox.fleet.add_admin(PRIMARY, later, "later", "Group")
    assert sandbox.fleet.replicate(REPLICA, "psql-replica", PRIMARY, sku_name=SKU).port == ports[1]
    assert eventually(sandbox, ports[1], "SELECT rolname FROM pg_roles WHERE rolname = 'later'") == "later"
    listed = (sandbox.directory("psql-replica") / "data" / "entra.users").read_text(encoding="utf-8")
    assert "later" in listed


def test_a_killed_replica_comes_back_and_catches_up(sandbox: Sandbox, ports: tuple[int, int]) -> None:
    primary, replica = ports
    sandbox.postmaster("psql-replica").stop(discard=True)
    with sandbox.sign_in(primary) as connection:
        connection.execute("CREATE TABLE meanwhile AS SELECT 1 AS n")
    sandbox.fleet.replicate(REPLICA, "psql-replica", PRIMARY, sku_name=SKU)
    assert eventually(sandbox, replica, "SELECT n FROM meanwhile") == 1


def test_a_deleted_replica_leaves_no_slot_that_would_fill_the_primarys_disk(sandbox: Sandbox) -> None:
    other = GROUP + "psql-other"
    source = sandbox.fleet.ensure(other, "psql-other", "18", sku_name=SKU)
    sandbox.fleet.replicate(f"{other}-r", "psql-other-r", other, sku_name=SKU)
    with sandbox.fleet._connected(other) as connection:
        assert connection.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (1,)
    directory = sandbox.directory("psql-other-r")
    sandbox.fleet.delete(f"{other}-r")
    assert not directory.exists()
    with sandbox.fleet._connected(other) as connection:
        assert connection.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)
    assert source.port > 0

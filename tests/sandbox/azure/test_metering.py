"""The meter misses nothing: every resource has an interval for each time that it stood unchanged."""

import sqlite3
import time
from pathlib import Path

import pytest

from sandbox.azure.metering import Metered
from sandbox.azure.running_apps import RunningApps
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import GROUP, Cloud, Live


def of(cloud: Cloud, live: Live) -> list[Metered]:
    return [it for it in cloud.store.metered() if it.arm_id.lower() == live.id.lower()]


def test_what_stands_is_metered_from_its_creation_on(grounds: Cloud) -> None:
    """With the inputs that a price is made of."""
    before = time.time()
    (found,) = of(grounds, server := grounds.server())
    assert before - 0.01 <= found.begun_at <= time.time() + 0.01
    assert (found.ended_at, found.stopped, found.token) == (None, False, "dbforpostgresql:Server")
    assert found.inputs["sku"] == server.inputs["sku"]


def test_a_change_of_inputs_begins_a_new_interval_where_the_old_one_ends(grounds: Cloud) -> None:
    """A larger server costs more from the moment on that it is larger, and no moment is missing or counted twice."""
    grounds.update(server := grounds.server(), storage={"storageSizeGB": 64})
    first, second = of(grounds, server)
    assert first.ended_at == second.begun_at
    assert (first.inputs["storage"]["storageSizeGB"], second.inputs["storage"]["storageSizeGB"]) == (32, 64)


def test_the_same_inputs_again_go_on(grounds: Cloud) -> None:
    """An `up` that changes nothing leaves one interval."""
    grounds.update(server := grounds.server())
    assert len(of(grounds, server)) == 1


def test_what_is_deleted_ends_also_where_it_is_only_soft_deleted(grounds: Cloud) -> None:
    """Azure asks nothing for a vault that waits to be purged; made again it is metered again."""
    grounds.delete(vault := grounds.vault())
    (gone,) = of(grounds, vault)
    assert gone.ended_at is not None
    grounds.create("keyvault:Vault", "again", **grounds.vault_inputs("kv-test", createMode="recover"))
    assert [it.ended_at is None for it in of(grounds, vault)] == [False, True]


def test_a_group_that_goes_ends_all_that_lay_in_it(cloud: Cloud) -> None:
    """Nobody deletes those one by one."""
    group = cloud.group()
    cloud.server()
    cloud.vault()
    cloud.delete(group)
    assert [it for it in cloud.store.metered() if it.ended_at is None] == []


def test_what_vanishes_without_a_word_is_over_too(grounds: Cloud) -> None:
    """The meter is the store's, not the provider's."""
    network = grounds.network()
    grounds.provider.arm.vanish(network.id)
    assert of(grounds, network)[0].ended_at is not None


def test_a_stopped_server_is_marked_until_it_is_started(grounds: Cloud) -> None:
    """What is stopped costs its storage alone; said twice it is the same interval."""
    server = grounds.server()
    for stopped in (True, True, False):
        with grounds.store.transaction() as tx:
            tx.mark_stopped(server.id.upper(), stopped=stopped)
    found = of(grounds, server)
    assert [it.stopped for it in found] == [False, True, False]
    assert [it.ended_at for it in found] == [found[1].begun_at, found[2].begun_at, None]


def test_a_stopped_server_that_is_changed_stays_stopped(grounds: Cloud) -> None:
    """ARM takes changes of a stopped server's tags."""
    server = grounds.server()
    with grounds.store.transaction() as tx:
        tx.mark_stopped(server.id, stopped=True)
    grounds.update(server, tags={"Owner": "DevOps"})
    assert [it.stopped for it in of(grounds, server)] == [False, True, True]


def test_an_app_that_arm_stops_is_marked(grounds: Cloud) -> None:
    """Its replicas are what it costs."""
    app = grounds.app(grounds.environment())
    for status in ("Stopped", "Running"):
        RunningApps(grounds.store).set_status(app.id, status)
    assert [it.stopped for it in of(grounds, app)] == [False, True, False]


def test_what_is_not_there_cannot_be_stopped(grounds: Cloud) -> None:
    """No interval comes from nothing."""
    server = grounds.server()
    grounds.delete(server)
    with grounds.store.transaction() as tx:
        tx.mark_stopped(server.id, stopped=True)
    assert [it.stopped for it in of(grounds, server)] == [False]


def test_a_write_that_is_taken_back_was_never_metered(grounds: Cloud) -> None:
    """The meter is part of the same transaction."""
    known = len(grounds.store.metered())

    def interrupted() -> None:
        with grounds.store.transaction() as tx:
            tx.remove(grounds.made[0].id)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert len(grounds.store.metered()) == known
    assert of(grounds, grounds.made[0])[0].ended_at is None


def test_a_store_of_before_the_meter_is_taken_up(tmp_path: Path, grounds: Cloud) -> None:
    """What stands goes on with the time of its creation, and the store says from when on it knows what has gone."""
    server = grounds.server()
    with sqlite3.connect(grounds.store.path) as raw:
        created = dict(raw.execute("SELECT arm_id, created_at FROM resources").fetchall())
        for trigger in ("meter_begin", "meter_change", "meter_end"):
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute("DROP TABLE metered")
        raw.execute("PRAGMA user_version = 1")
    raw.close()
    again = Store(grounds.store.path)
    try:
        assert {it.arm_id: it.begun_at for it in again.metered()} == created
        assert again.read(lambda tx: tx.setting("meter", "since")) is not None
        with again.transaction() as tx:
            tx.remove(server.id)
        assert next(it for it in again.metered() if it.arm_id == server.id).ended_at is not None
    finally:
        again.close()
    Store(grounds.store.path).close()  # and is not taken up twice


def test_every_way_of_writing_a_resource_is_seen(grounds: Cloud) -> None:
    """What stands by the store and what is open by the meter are the same, after a number of writes."""
    grounds.network()
    grounds.subnet("db", "10.10.2.0/24", "Microsoft.DBforPostgreSQL/flexibleServers")
    environment = grounds.environment()
    app = grounds.app(environment)
    grounds.update(app, tags={"Owner": "DevOps"})
    grounds.delete(app)
    standing = {it.arm_id for it in grounds.store.read(lambda tx: tx.everything())}
    assert {it.arm_id for it in grounds.store.metered() if it.ended_at is None} == standing
    assert any(f"/resourceGroups/{GROUP}/" in arm_id for arm_id in standing)


def test_the_meter_takes_no_secret(grounds: Cloud) -> None:
    """It copies what a GET would show: what ARM never returns is kept in another column."""
    password = grounds.clock.now.hex() + "-Aa9"
    both = {"activeDirectoryAuth": "Enabled", "passwordAuth": "Enabled"}
    login = {"administratorLogin": "keeper", "administratorLoginPassword": password}
    (found,) = of(grounds, grounds.server(authConfig=both, **login))
    assert found.inputs["administratorLogin"] == "keeper"
    assert password not in str(found.inputs)

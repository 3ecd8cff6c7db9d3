"""Where data stays the gate opens after a backup that is not older than a day, and not without one."""

from datetime import UTC, datetime, timedelta

import pulumi
import pytest

from components import arm_action
from components.apps.database_gate import DatabaseGate, DatabaseGateArgs
from components.data import backup_rules
from tests.components.apps.test_database_gate import EXECUTION, JOB, START, STARTED, WithProvider, state
from tests.components.arm_server import Answer, ArmServer, arm_server
from tests.components.recording import record

SERVER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql"
LIST, PUT = f"GET {SERVER}/backups", f"PUT {SERVER}/backups/now"
DONE = {START: [STARTED], EXECUTION: [state("Succeeded")]}


def listed(*ages: timedelta) -> Answer:
    """What the server lists: a backup of each age, and one that is not completed."""
    now = datetime.now(UTC)
    done = [{"properties": {"completedTime": (now - age).isoformat()}} for age in ages]
    return Answer(200, body={"value": [*done, {"properties": {}}]})


def opened(
    with_provider: WithProvider, monkeypatch: pytest.MonkeyPatch, script: dict[str, list[Answer]], *, after_backup: bool
) -> ArmServer:
    """Make a gate against a scripted Azure; the server that was asked."""

    def program() -> None:
        providers = with_provider().providers
        assert isinstance(providers, list)
        DatabaseGate(
            "database",
            DatabaseGateArgs(
                job_id=JOB,
                server_id=SERVER,
                server_created_at="2026-11-01T00:00:00Z",
                schema_revision="0007",
                image="sha256:0",
                plan=pulumi.Output.from_input("{}"),
                provider=providers[0],
                after_backup=after_backup,
            ),
        )

    async def no_wait(_: float) -> None:
        return

    monkeypatch.setattr(arm_action, "wait", no_wait)

    def now(_: datetime) -> str:
        return "now"

    monkeypatch.setattr(backup_rules, "name_at", now)
    with arm_server(script) as server:
        monkeypatch.setenv(arm_action.ENDPOINT, server.base)
        record(program, run_hooks=True)
    return server


def asked(server: ArmServer) -> list[str]:
    """What was asked, without its version."""
    return [request.partition("?")[0] for request in server.asked]


def test_a_fresh_backup_is_enough(with_provider: WithProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest counts, whatever else is listed."""
    script = {**DONE, LIST: [listed(timedelta(days=9), timedelta(hours=23))]}
    assert asked(opened(with_provider, monkeypatch, script, after_backup=True)) == [LIST, START, EXECUTION]


@pytest.mark.parametrize("old", [(), (timedelta(hours=25),)])
def test_without_one_it_is_made_and_waited_for_before_the_job(
    with_provider: WithProvider, monkeypatch: pytest.MonkeyPatch, old: tuple[timedelta, ...]
) -> None:
    """Azure suspends its daily backups while nobody changes anything: an old one is no sign of neglect."""
    operation = {"Azure-AsyncOperation": "{base}/operations/1"}
    script = {
        **DONE,
        LIST: [listed(*old), listed(timedelta(0), *old)],
        PUT: [Answer(202, operation)],
        "GET /operations/1": [Answer(200, body={"status": "InProgress"}), Answer(200, body={"status": "Succeeded"})],
    }
    made = asked(opened(with_provider, monkeypatch, script, after_backup=True))
    assert made == [LIST, PUT, "GET /operations/1", "GET /operations/1", LIST, START, EXECUTION]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(409, body={"error": {"code": "BackupInProgress", "message": "busy"}}), "BackupInProgress"),
        (Answer(200, body={}), "lists none"),
    ],
)
def test_where_there_is_none_in_the_end_no_job_is_started(
    with_provider: WithProvider, monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str
) -> None:
    """Refused, and said to be made but not listed: up is red, the databases are as they were."""
    script = {LIST: [listed()], PUT: [answer]}  # a job that is started all the same would be told NotFound
    with pytest.raises(Exception, match=words):
        opened(with_provider, monkeypatch, script, after_backup=True)


def test_where_data_comes_and_goes_nobody_asks_for_a_backup(
    with_provider: WithProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In dev and stg."""
    assert asked(opened(with_provider, monkeypatch, dict(DONE), after_backup=False)) == [START, EXECUTION]

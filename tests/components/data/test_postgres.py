"""The database server: how it is reached, who gets in, and the chain that it is made in."""

from collections.abc import Callable
from itertools import pairwise

import pulumi
import pytest

from components import arm_action
from components.data.postgres import EntraAdministrator, Postgres, PostgresArgs, PostgresSize
from components.place import Place
from tests.components.arm_server import Answer, arm_server
from tests.components.recording import Recording, record

SIZE = PostgresSize(
    sku_name="Standard_B1ms",
    tier="Burstable",
    storage_gb=32,
    version="18",
    backup_retention_days=7,
    geo_redundant_backup=False,
    high_availability="Disabled",
)


@pytest.fixture
def program(place: Place, with_provider: Callable[[], pulumi.ResourceOptions]) -> Callable[[], None]:
    """A server with two databases."""

    def declare() -> None:
        Postgres(
            "postgres",
            PostgresArgs(
                place=place,
                size=SIZE,
                tenant_id="tenant",
                subnet_id="/subnets/db",
                zone_id="/zones/postgres",
                workspace_id="/logs",
                administrators={"people": EntraAdministrator(name="admins", object_id="group-1")},
                databases=["first", "second"],
            ),
            with_provider(),
        )

    return declare


@pytest.fixture
def postgres(program: Callable[[], None]) -> Recording:
    """The server as it is registered."""
    return record(program)


def test_it_has_no_public_side_and_no_password(postgres: Recording) -> None:
    """Sign-in is Entra's, the network is ours for life."""
    inputs = postgres["postgres-server"].inputs
    assert inputs["network"] == {
        "delegatedSubnetResourceId": "/subnets/db",
        "privateDnsZoneArmResourceId": "/zones/postgres",
    }
    assert inputs["authConfig"] == {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled", "tenantId": "tenant"}
    assert not any("administratorLogin" in key for key in inputs)


def test_writes_on_the_server_follow_each_other_in_one_chain(postgres: Recording) -> None:
    """The server takes one write at a time: parameters, restart, administrators, databases."""
    chain = [
        "postgres-server",
        "postgres-parameter-azure.extensions",
        "postgres-parameter-pgaudit.log",
        "postgres-parameter-shared_preload_libraries",
        "postgres-restarted",
        "postgres-admin-people",
        "postgres-database-first",
        "postgres-database-second",
    ]
    for before, after in pairwise(chain):
        assert before in postgres[after].dependencies


def test_pgaudit_is_allowed_preloaded_and_told_what_to_log(postgres: Recording) -> None:
    """The list of preloaded libraries replaces Azure's own, so it keeps what Azure preloads."""
    values = {
        one.inputs["configurationName"]: one.inputs["value"]
        for one in postgres.of_type("dbforpostgresql:Configuration")
    }
    assert "PGAUDIT" in values["azure.extensions"].split(",")
    assert set(values["shared_preload_libraries"].split(",")) == {"pg_cron", "pg_stat_statements", "pgaudit"}
    assert values["pgaudit.log"] == "WRITE,DDL,ROLE"


def test_the_gate_knows_the_static_values_and_the_server_it_restarted(postgres: Recording) -> None:
    """A rebuilt server has the id of the old one, and another time of creation."""
    keepers = postgres["postgres-restarted"].inputs["keepers"]
    assert keepers["shared_preload_libraries"] == "pg_cron,pg_stat_statements,pgaudit"
    assert keepers["server_id"].endswith("psql-cf-westeu-dev-1")
    assert keepers["created_at"] == "2026-11-01T00:00:00Z"


def test_the_restart_runs_before_and_never_after_or_on_delete(postgres: Recording) -> None:
    """A failed after-hook counts as done for ever; a delete hook makes a plain destroy impossible."""
    hooks = postgres["postgres-restarted"].request.hooks
    assert list(hooks.before_create) == list(hooks.before_update) == ["postgres-restarted-restart"]
    never = (hooks.after_create, hooks.after_update, hooks.before_delete, hooks.after_delete)
    assert [list(one) for one in never] == [[]] * 4


def test_the_server_is_restarted_as_the_provider_before_any_database(
    program: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook runs as an engine runs it: it asks the same provider for a token and POSTs the restart."""
    started = Answer(202, {"Azure-AsyncOperation": "{base}/operations/1"})
    done = Answer(200, body={"status": "Succeeded"})
    recording = _restarted(program, monkeypatch, started, done)
    (call,) = recording.calls
    assert call.tok == "azure-native:authorization:getClientToken"
    assert "::azure::" in call.provider
    order = [one.name for one in recording.registrations]
    assert order.index("postgres-restarted") < order.index("postgres-database-first")


def test_a_restart_that_fails_leaves_the_databases_unmade(
    program: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next up tries again, because the gate was never made."""
    refusal = Answer(400, body={"error": {"code": "ServerDropping", "message": "the server is going"}})
    recording = Recording()
    with pytest.raises(Exception, match="ServerDropping: the server is going"):
        _restarted(program, monkeypatch, refusal, into=recording)
    assert recording["postgres-parameter-shared_preload_libraries"]
    assert recording.of_type("dbforpostgresql:Database") == []


def test_a_preview_restarts_nothing(program: Callable[[], None]) -> None:
    """In a preview hooks do not run, and the creation time is not known yet."""
    recording = record(program, preview=True)
    assert recording.calls == []
    assert recording["postgres-restarted"].request.hooks.before_create


def test_contradictions_are_refused() -> None:
    """A standby in a tier that has none would be refused by Azure after the network stands."""
    with pytest.raises(ValueError, match="Burstable tier has no high availability"):
        PostgresSize(**{**vars(SIZE), "high_availability": "ZoneRedundant"})


def test_without_an_explicit_provider_it_is_not_declared(place: Place) -> None:
    """The restart needs to know as whom it asks."""

    def declare() -> None:
        Postgres(
            "postgres",
            PostgresArgs(
                place=place,
                size=SIZE,
                tenant_id="tenant",
                subnet_id="/subnets/db",
                zone_id="/zones/postgres",
                workspace_id="/logs",
                administrators={},
                databases=[],
            ),
        )

    with pytest.raises(ValueError, match="needs an explicit azure-native provider"):
        record(declare)


def _restarted(
    program: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    *answers: Answer,
    into: Recording | None = None,
) -> Recording:
    """The program run with its before-hooks, against a server that gives the restart these answers."""
    restart = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-westeu-dev-1"
    path = f"{restart}/dbforpostgresql:Server/psql-cf-westeu-dev-1/restart"
    monkeypatch.setenv("COMPLIANCEFLOW_TIME_SCALE", "0.001")
    with arm_server({f"POST {path}": [answers[0]], "GET /operations/1": list(answers[1:]) or [Answer(404)]}) as server:
        monkeypatch.setenv(arm_action.ENDPOINT, server.base)
        recording = record(program, run_hooks=True, into=into)
        assert server.asked == [f"POST {path}?api-version=2025-08-01", "GET /operations/1"]
        assert set(server.tokens) == {"Bearer a-token"}
    return recording

"""`cfctl logs` finds the log that is meant, shows what is asked of it, and is honest about what has none."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.jobs.console import Execution, directory_of, keep
from sandbox.azure.postgres.records import Records, Server
from tests.cli.in_process import InProcess

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-global-dev"
SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-cf-global-dev"


def resource(kind: str, arm_id: str, **outputs: Any) -> dict[str, Any]:
    name = arm_id.rpartition("/")[2]
    type_ = f"azure-native:{kind}"
    return {
        "urn": f"urn:pulumi:global-dev::complianceflow::{type_}::{name}",
        "custom": True,
        "type": type_,
        "id": arm_id,
        "outputs": outputs,
    }


APP = resource(
    "app:ContainerApp",
    f"{GROUP}/providers/Microsoft.App/containerApps/tenant-registry",
    latestRevisionName="tenant-registry--abc",
    latestReadyRevisionName="tenant-registry--abc",
    provisioningState="Succeeded",
    configuration={"ingress": {"traffic": [{"latestRevision": True, "weight": 100}]}},
    template={"containers": [{"image": "mcr.example/sample:1"}], "scale": {"minReplicas": 0, "maxReplicas": 3}},
)
JOB = resource("app:Job", f"{GROUP}/providers/Microsoft.App/jobs/tenancy")
RESOURCES = [APP, JOB, resource("dbforpostgresql:Server", SERVER)]


@pytest.fixture
def up(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    """A home in which global-dev stands and has been worked on."""
    here = InProcess.of(cfctl, request)
    here.write_state("global-dev", {"resources": RESOURCES})
    lines = [f"2026-11-22T10:00:{second:02}.000000Z line {second}" for second in range(30)]
    begun = "2026-11-22T09:59:59.000000Z up of global-dev begins"
    (here.home.logs / "20261122T100000-up-1.log").write_text("\n".join([begun, *lines]) + "\n")
    (here.home.logs / "20261122T110000-up-2.log").write_text("2026-11-22T11:00:00Z up of westeu-dev-1 begins\n")
    return here


def execution(home: Path, name: str, status: str, text: str) -> None:
    log = directory_of(home, "rg-cf-global-dev", "tenancy") / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(text)
    started = datetime(2026, 11, 22, 10, int(name[-1]), tzinfo=UTC)
    keep(
        Execution(
            name=name,
            status=status,
            started=started,
            ended=None if status == "Running" else started,
            log=log,
            job_id=JOB["id"],
            template={},
        )
    )


def test_the_last_run_of_that_deployment_is_shown_not_the_last_of_all(up: InProcess) -> None:
    """`run` is what is meant when nothing is said; the end of it, and how to see more."""
    ended = up("logs", "global-dev", "--lines", "2")
    assert ended.status == 0
    assert ended.out.splitlines() == ["2026-11-22T10:00:28.000000Z line 28", "2026-11-22T10:00:29.000000Z line 29"]
    assert "--lines 31 shows all" in ended.err
    assert up("logs", "global-dev", "run", "--lines", "2", "--json").document["lines"] == ended.out.splitlines()


def test_a_run_is_read_although_the_state_is_damaged(up: InProcess) -> None:
    """Then one wants to know what happened; what needs the state says that it cannot be read."""
    up.cfctl.write_state("global-dev", "{")
    assert up("logs", "global-dev").status == 0
    damaged = up("logs", "global-dev", "postgres")
    assert damaged.status == 4
    assert "global-dev.json" in damaged.err


def test_since_leaves_out_what_is_older(up: InProcess) -> None:
    """By the times in the lines."""
    ended = up("logs", "global-dev", "--since", "2026-11-22T10:00:27")
    assert [line[-2:] for line in ended.out.splitlines()] == ["27", "28", "29"]


def test_the_real_servers_log_is_shown_without_its_secrets(up: InProcess) -> None:
    """Of that deployment's server, by its ARM id."""
    records = Records(up.home.postgres)
    records.directory(SERVER).mkdir(parents=True)
    records.put(Server(server_id=SERVER.lower(), name="psql-cf-global-dev", version=18, sku_name="x", port=21000))
    (records.directory(SERVER) / "server.log").write_text("LOG:  ready\nERROR:  ALTER ROLE a PASSWORD 'x'\n")
    ended = up("logs", "global-dev", "postgres", "--since", "1h")
    assert ended.out.splitlines() == ["LOG:  ready", "ERROR:  ALTER ROLE a PASSWORD '[secret]'"]
    assert "have no times: --since is not applied" in ended.err


def test_a_jobs_last_execution_is_shown_and_how_all_ended(up: InProcess) -> None:
    """The gate that failed says to look here."""
    execution(up.home.root, "tenancy-1", "Failed", "no such role\n")
    execution(up.home.root, "tenancy-2", "Succeeded", "applied\n")
    ended = up("logs", "global-dev", "tenancy", "--json")
    assert ended.document["lines"] == ["applied"]
    assert [(it["name"], it["status"]) for it in ended.document["executions"]] == [
        ("tenancy-1", "Failed"),
        ("tenancy-2", "Succeeded"),
    ]
    assert ended.document["executions"][0]["started"] == "2026-11-22T10:01:00+00:00"


def test_a_jobs_log_outlives_the_job(up: InProcess) -> None:
    """After `down`, too, one wants to know why; and a job that stands and never ran says so."""
    never = up("logs", "global-dev", "tenancy")
    assert (never.status, never.out) == (0, "")
    assert "has never run" in never.err
    up.write_state("global-dev", {"resources": []})
    execution(up.home.root, "tenancy-1", "Failed", "no such role\n")
    assert up("logs", "global-dev", "tenancy").out == "no such role\n"


def test_a_service_has_no_log_here_and_that_is_said(up: InProcess) -> None:
    """Its revisions, and the command and query that show its log on Azure."""
    ended = up("logs", "global-dev", "tenant-registry")
    assert "containers do not run in the sandbox" in ended.err
    assert "tenant-registry--abc" in ended.out
    assert "az containerapp logs show --name tenant-registry --resource-group rg-cf-global-dev" in ended.out
    assert 'ContainerAppConsoleLogs | where ContainerAppName == "tenant-registry"' in ended.out
    service = up("logs", "global-dev", "tenant-registry", "--json").document["service"]
    assert service["traffic"] == ["latest revision 100 %"]
    assert service["replicas"] == [0, 3]


@pytest.mark.parametrize(
    ("arguments", "what", "next_step"),
    [
        (["global-dev", "tenant-registri"], "has no log 'tenant-registri'", "./cfctl logs global-dev tenant-registry"),
        (["global-devv"], "global-devv", None),
        (["westeu-stg-1"], "no run of westeu-stg-1", "./cfctl up westeu-stg-1"),
        (["westeu-dev-1", "postgres"], "no PostgreSQL server here", "./cfctl up westeu-dev-1"),
        (["global-dev", "--since", "soon"], "'soon' is no time", "write --since 10m"),
        (["global-dev", "--follow", "--json"], "--follow has no end", None),
    ],
)
def test_wrong_input_is_named_with_what_to_type(
    up: InProcess, arguments: list[str], what: str, next_step: str | None
) -> None:
    """Exit status 2, the input in the message, the next command."""
    ended = up("logs", *arguments)
    assert ended.status == 2
    assert what in ended.err
    assert next_step is None or next_step in ended.err


def test_following_a_running_job_ends_with_the_job(up: InProcess) -> None:
    """Nothing more can come: nobody has to press Ctrl-C; the exit status is that of success."""
    execution(up.home.root, "tenancy-1", "Succeeded", "applied\n")
    ended = up("logs", "global-dev", "tenancy", "--follow")
    assert (ended.status, ended.out) == (0, "applied\n")


def test_ctrl_c_is_the_way_to_end_following(up: InProcess) -> None:
    """What was written meanwhile was shown; the exit status is that of success."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "logs", "global-dev", "--follow", "--lines", "1"],
        env=up.cfctl.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().endswith("line 29\n")
        with (up.home.logs / "20261122T100000-up-1.log").open("a") as file:
            file.write("2026-11-22T10:01:00Z more\n")
        assert process.stdout.readline() == "2026-11-22T10:01:00Z more\n"
        time.sleep(0.1)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()

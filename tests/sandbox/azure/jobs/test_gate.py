"""The database gate in whole runs of the engine: closed after a failed job, open after the same command again."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.azure.jobs import console
from sandbox.azure.jobs.programs import PROGRAMS, Program
from sandbox.azure.store import Store
from sandbox.deployers import Request, RunResult
from sandbox.home import SandboxHome
from sandbox.runs import Sandbox
from sandbox.waiting import WaitingProgram
from tests.sandbox.azure.jobs.grounds import IMAGE

REPOSITORY = Path(__file__).resolve().parents[4]
STACK, GROUP = "westeu-dev-1", "rg-cf-westeu-dev-1"
PROGRAM = f"""
import os

import pulumi
from pulumi_azure_native import Provider, app

from cidr import DeploymentName
from components.apps.container_job import ContainerJob, ContainerJobArgs
from components.apps.container_service import ContainerService, ContainerServiceArgs
from components.conventions import Names, tags_for
from components.apps.database_gate import DatabaseGate, DatabaseGateArgs
from components.watching.log_analytics import LogAnalytics, LogAnalyticsArgs
from components.resource_group import ResourceGroup, ResourceGroupArgs
from components.apps.workload import Image, Ingress, Scale
from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs

settings = pulumi.Config().require_object("settings")
azure = Provider("azure", subscription_id=settings["subscription_id"])
opts = pulumi.ResourceOptions(providers=[azure])
name = DeploymentName.parse(pulumi.get_stack())
names, tags = Names(name, "cf"), tags_for(name, owner="DevOps", cost_center="Platform")
place = ResourceGroup("group", ResourceGroupArgs(location="westeurope", names=names, tags=tags), opts).place
logs = LogAnalytics("logs", LogAnalyticsArgs(place=place, retention_days=30), opts)
identity = WorkloadIdentity("told-identity", WorkloadIdentityArgs(place=place, workload="told"), opts)
environment = app.ManagedEnvironment(
    "apps",
    resource_group_name=place.group,
    environment_name=names.of("container_apps_environment"),
    location=place.location,
    opts=pulumi.ResourceOptions(provider=azure),
)
common = dict(place=place, identity=identity, environment_id=environment.id, workspace_id=logs.id, registry=None)
job = ContainerJob(
    "told",
    ContainerJobArgs(**common, job="told", image="{IMAGE}", timeout_seconds=60, retry_limit=0),
    opts,
)
gate = DatabaseGate(
    "databases",
    DatabaseGateArgs(
        job_id=job.id,
        server_id="/server",
        server_created_at="2026-11-01",
        schema_revision=os.environ["REVISION"],
        image="{IMAGE}",
        plan=identity.principal_id,
        provider=azure,
    ),
    opts,
)
sample = Image(
    reference="mcr.microsoft.com/k8se/quickstart:latest", port=80, liveness_path="/", readiness_path="/"
)
ContainerService(
    "user",
    ContainerServiceArgs(
        **common,
        service="user",
        default_domain=environment.default_domain,
        image=sample,
        ingress=Ingress.NETWORK,
        scale=Scale(least=0, most=1),
    ),
    pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[gate])),
)
"""


@dataclass
class Platform:
    """A small platform, and the module that its job runs."""

    home: SandboxHome
    sandbox: Sandbox
    module: Path

    def run(self, operation: str = "up") -> RunResult:
        """One run to its end."""
        return self.sandbox.run(operation, STACK, Request(), lambda _: None)  # type: ignore[arg-type]

    def statuses(self) -> list[str]:
        """How the executions of the job ended, the latest last."""
        return [it.status for it in console.executions(self.home.root, GROUP, "told")]

    def apps(self) -> list[str]:
        """The apps that exist."""
        with closing(Store(self.home.azure_store)) as store:
            return [it.name for it in store.read(lambda tx: tx.of_type("app:ContainerApp"))]


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    project = tmp_path / "project"
    project.mkdir()
    for room in ("cidr", "components", "deployments", "stacks", "images", "Pulumi.yaml"):
        (project / room).symlink_to(REPOSITORY / room)
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    module = tmp_path / "code" / "told.py"
    module.parent.mkdir()
    monkeypatch.setitem(PROGRAMS, "told", Program(module="told", directory=module.parent))
    monkeypatch.setenv("REVISION", "1")
    home = SandboxHome(tmp_path / "home").prepare()
    with closing(Store(home.azure_store)) as store:
        store.set("image", IMAGE, "")
    with WaitingProgram(project) as program, Sandbox(home, program) as sandbox:
        yield Platform(home, sandbox, module)


def test_a_failing_job_makes_up_red_and_the_same_command_again_finishes(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No service without its databases, and no job run twice for nothing."""
    platform.module.write_text("print('no such role'); raise SystemExit(1)")
    failed = platform.run()
    assert failed.result == "failed"
    (told,) = [error for error in failed.errors if "executions/told-" in error]
    assert "ended as Failed. Read why: ./cfctl logs westeu-dev-1 told; then run up again" in told
    assert platform.apps() == []
    assert platform.statuses() == ["Failed"]

    platform.module.write_text("print('all roles made')")
    assert platform.run().result == "succeeded"
    assert platform.apps() == ["user"]
    assert platform.statuses() == ["Failed", "Succeeded"]

    unchanged = platform.run()
    assert (unchanged.result, {*unchanged.changes}) == ("succeeded", {"same"})
    assert len(platform.statuses()) == 2

    monkeypatch.setenv("REVISION", "2")
    assert platform.run("preview").result == "succeeded"
    assert len(platform.statuses()) == 2, "a preview starts nothing"
    assert platform.run().result == "succeeded"
    assert platform.statuses() == ["Failed", "Succeeded", "Succeeded"]

    platform.module.write_text("raise SystemExit(1)")
    assert platform.run("destroy").result == "succeeded"
    assert len(platform.statuses()) == 3, "taking down asks no job"

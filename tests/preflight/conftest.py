"""`cfctl` in this process, signed in to a recorded Azure, with a Pulumi CLI that notes how it is called."""

import functools
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from cli import azure_steps, preflight_command, run_ports
from cli.databases.executions import Ended
from cli.databases.hosts import JobHost
from cli.main import run
from preflight import Asker, SignIn
from sandbox.home import SandboxHome
from stacks import Settings
from tests.preflight.fake_azure import Credential, FakeAzure, serving

if TYPE_CHECKING:
    from cli.arm_client import ArmClient

PULUMI = """#!/bin/sh
if [ "$1" = version ]; then echo "$FAKE_VERSION"; exit 0; fi
if [ "$1 $2" = "stack export" ]; then cat "$FAKE_STATE" 2>/dev/null; exit $?; fi
{ echo "PULUMI_BACKEND_URL=$PULUMI_BACKEND_URL"; for word in "$@"; do echo "$word"; done; echo; } >> "$FAKE_LOG"
sleep "${FAKE_SECONDS:-0}"
echo "said by pulumi"
exit "$FAKE_STATUS"
"""


@dataclass
class FakeArm:
    """What Resource Manager and the tenancy job tell of any deployment.

    jobs: the arguments of each execution; posted: the end of each id that was posted to. waits: the export that the
    store says waits, empty for none.
    """

    bodies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    jobs: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    posted: list[str] = field(default_factory=list[str])
    waits: str = ""
    broken: bool = False

    @contextmanager
    def open(self, home: SandboxHome, settings: Settings, targets: Sequence[str]) -> Generator[JobHost]:
        """The host of `--target azure`."""
        assert tuple(targets) == ("azure",)
        client = cast("ArmClient", self)
        yield JobHost(settings=settings, place="azure", client=client, lines=lambda _: [], pause=0, patience=0)

    def get(self, arm_id: str, _api_version: str) -> dict[str, Any] | None:
        """By the end of the id."""
        return next((body for end, body in self.bodies.items() if arm_id.endswith(end)), None)

    def post(self, arm_id: str, _api_version: str) -> dict[str, Any]:
        """What is started runs from then on."""
        self.posted.append("/".join(arm_id.split("/")[-2:]))
        for thing in (it for body in self.bodies.values() for it in body.get("value", ())):
            if arm_id == f"{thing['id']}/start":
                thing["properties"] |= {"state": "Ready", "runningStatus": "Running"}
        return {}

    def execute(self, _host: JobHost, arguments: Sequence[str], variables: Mapping[str, str]) -> Ended:
        """Five rows, and the same hash each time; never while a database server is stopped."""
        servers = self.bodies.get("Microsoft.DBforPostgreSQL/flexibleServers", {}).get("value", ())
        assert all(it["properties"]["state"] == "Ready" for it in servers), "the job has no server to ask"
        self.jobs.append(tuple(arguments))
        if self.broken:
            fault = {"where": "store", "what": "refused", "allowed": "", "next_step": ""}
            return Ended(name="e", status="Failed", result={"faults": [fault]})
        if arguments[0] == "waiting" and not self.waits:
            return Ended(name="e", status="Succeeded", result={"status": "none"})
        result = {"status": arguments[0], "sha256": "a" * 64, "rows": 5, "blobs": 1, "secrets": ["smtp"]}
        result |= {"export": self.waits, "ended": "2026-11-21T08:00:00+00:00"} if arguments[0] == "waiting" else {}
        return Ended(name="e", status="Succeeded", result=result, rows=[{"database": "user_service", "rows": 5}])


@dataclass
class Platform:
    """Commands against `azure`, what they said and what they ran."""

    azure: FakeAzure
    credential: Credential
    log: Path
    directory: Path
    capfd: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    arm: "FakeArm"
    slept: list[float] = field(default_factory=list[float])

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        self.capfd.readouterr()
        status = run(arguments)
        out, err = self.capfd.readouterr()
        return status, out, err

    def findings(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """Findings by check, the worst of each; of `preflight westeu-dev-1` unless told."""
        _, out, _ = self(*(arguments or ("preflight", "westeu-dev-1")), "--json")
        rank = ["ok", "not checked", "warn", "fail"]
        found: dict[str, dict[str, Any]] = {}
        for it in json.loads(out)["findings"]:
            if it["check"] not in found or rank.index(it["status"]) > rank.index(found[it["check"]]["status"]):
                found[it["check"]] = it
        return found

    @property
    def runs(self) -> list[list[str]]:
        """Every call of the Pulumi CLI: its backend, then its words."""
        text = self.log.read_text() if self.log.exists() else ""
        return [block.splitlines() for block in text.split("\n\n") if block]

    def state(self, *resources: dict[str, Any]) -> None:
        """What `pulumi stack export` tells of every stack; without it there is none."""
        document = {"version": 3, "deployment": {"manifest": {}, "resources": list(resources)}}
        (self.directory / "state").write_text(json.dumps(document), encoding="utf-8")

    def pulumi(self, version: str = "v3.260.0", status: int = 0) -> None:
        """What the CLI on PATH is, and how it ends."""
        self.monkeypatch.setenv("FAKE_VERSION", version)
        self.monkeypatch.setenv("FAKE_STATUS", str(status))


@pytest.fixture
def platform(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """Everything green."""
    binaries, log = tmp_path / "bin", tmp_path / "calls"
    binaries.mkdir()
    (binaries / "pulumi").write_text(PULUMI)
    (binaries / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{binaries}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE_LOG", str(log))
    monkeypatch.setenv("FAKE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("CFCTL_HOME", str(tmp_path / "home"))
    credential, slept = Credential(), list[float]()
    with serving(FakeAzure()) as azure:
        asker = functools.partial(Asker, transport=azure.transport, sleep=slept.append)
        monkeypatch.setattr(preflight_command, "Asker", asker)
        monkeypatch.setattr(preflight_command, "sign_in", lambda tenant: SignIn(credential, tenant))
        arm = FakeArm()
        monkeypatch.setattr(azure_steps, "open_host", arm.open)
        monkeypatch.setattr(run_ports, "open_host", arm.open)
        monkeypatch.setattr(run_ports, "execute", arm.execute)
        made = Platform(azure, credential, log, tmp_path, capfd, monkeypatch, arm, slept)
        made.pulumi()
        yield made

"""A Resource Manager that has one job and its executions, and tells what each was started with."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr
from rich.console import Console

from cli.arm_client import ArmClient
from cli.databases.hosts import JobHost
from cli.screen import Screen
from stacks import load_settings

IMAGE = "acrcfdev.azurecr.io/upstream/tenancy@sha256:" + "0" * 64
PLAN = {
    "databases": [
        {
            "name": "user_service",
            "principals": [
                {"name": "id-user", "object_id": "11111111-2222-4333-8444-555555555555", "duty": "application"},
                {"name": "id-publisher", "object_id": "21111111-2222-4333-8444-555555555555", "duty": "publisher"},
            ],
        }
    ]
}
OWN = {
    "name": "tenancy",
    "image": IMAGE,
    "resources": {"cpu": 0.5, "memory": "1Gi"},
    "env": [
        {"name": "TENANCY_PLAN", "value": json.dumps(PLAN)},
        {"name": "TENANCY_STORE", "value": "https://stcfstate.blob.core.windows.net/exports-dev/westeu-dev-1"},
    ],
}


@dataclass
class Pretend:
    """`told`: what executions write, one after another. `statuses`: with which they end, Succeeded when there is none.

    `backups`: those that the server lists; `completes`: whether a new one ever does. `refuses`: the code with which
    requests are refused.
    """

    told: list[list[str]] = field(default_factory=list[list[str]])
    statuses: list[str] = field(default_factory=list[str])
    backups: list[str] = field(default_factory=list[str])
    refuses: str = ""
    completes: bool = True
    has_job: bool = True
    started: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[str] = field(default_factory=list[str])
    looks: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What Resource Manager answers."""
        path = request.url.path
        self.asked.append(f"{request.method} {path.rpartition('/providers/')[2]}")
        if self.refuses:
            return httpx.Response(403, json={"error": {"code": self.refuses, "message": "no"}})
        if "/backups" in path:
            return self._backup(request)
        if not self.has_job:
            return httpx.Response(404, json={"error": {"code": "ResourceNotFound", "message": "none"}})
        if path.endswith("/start"):
            self.started.append(json.loads(request.content))
            return httpx.Response(200, json={"id": path, "name": f"tenancy-{len(self.started)}"})
        if "/executions/" in path:
            self.looks += 1
            number = int(path.rpartition("-")[2])
            ended = self.statuses[number - 1] if number <= len(self.statuses) else "Succeeded"
            return httpx.Response(200, json={"properties": {"status": "Running" if self.looks % 2 else ended}})
        return httpx.Response(200, json={"properties": {"template": {"containers": [OWN]}}})

    def _backup(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            self.backups += ["2126-01-01T00:00:00Z"] if self.completes else []
            return httpx.Response(201, json={})
        if request.url.path.endswith("/backups"):
            listed = [{"properties": {"completedTime": time}} for time in self.backups]
            return httpx.Response(200, json={"value": listed})
        return httpx.Response(200, json={"properties": {}})

    def host(self, deployment: str = "westeu-dev-1", place: str = "sandbox", patience: float = 0.0) -> JobHost:
        """A host that asks here; its console is what `told` says."""
        client = ArmClient(
            "https://management.azure.com", SecretStr("t"), lambda _: None, httpx.MockTransport(self.answer)
        )
        return JobHost(
            settings=load_settings(deployment),
            place=place,
            client=client,
            lines=lambda execution: self.told[int(execution.rpartition("-")[2]) - 1] if self.told else [],
            pause=1.0,
            patience=patience,
            actor="b7a0c0de-0000-4000-8000-000000000001",
            sleep=lambda _: None,
        )


@dataclass
class Seen:
    """A screen whose words can be read."""

    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)

    def screen(self, *, as_json: bool = False) -> Screen:
        """The screen."""
        return Screen(
            out=Console(file=self.out, width=200, markup=False),
            err=Console(file=self.err, width=200, markup=False),
            as_json=as_json,
        )

    @property
    def words(self) -> str:
        """Everything on it."""
        return self.out.getvalue() + self.err.getvalue()


def result(**said: Any) -> str:
    """The line that ends a command of the job."""
    return f"result {json.dumps({'command': 'x', 'status': 'done', **said})}"


def fault(what: str) -> dict[str, str]:
    """A fault as the job tells it."""
    return {"where": "database user_service", "what": what, "allowed": "what is allowed", "next_step": "what to do"}

"""A cloud on the real clock whose jobs run: what the tests of the jobs' room stand on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.azure.jobs import console
from sandbox.azure.jobs.programs import Programs
from sandbox.azure.jobs.runner import JobRunner
from tests.sandbox.azure.cloud import GROUP, Cloud, Live, container

IMAGE = "upstream.example/tests/told@sha256:" + "0" * 64
# Tells what it was given, as JSON.
TELL = "import json, os, sys; print(json.dumps({'argv': sys.argv[1:], 'environment': dict(os.environ)}))"
# Says that it is there, and stays.
STAY = "import time; print('ready', flush=True); time.sleep(600)"


@dataclass
class Grounds:
    """A cloud, the sandbox's home, the runner, and the module that jobs with IMAGE run."""

    cloud: Cloud
    home: Path
    runner: JobRunner
    module: Path
    programs: Programs

    def job(self, program: str, name: str = "told", **changes: Any) -> Live:
        """A job that runs a program; `changes` of its body, those of `configuration` and `container` merged in."""
        self.module.write_text(program, encoding="utf-8")
        configuration = {"triggerType": "Manual", "replicaTimeout": 60, **changes.pop("configuration", {})}
        only = {**container(name="main", image=IMAGE), **changes.pop("container", {})}
        if "environmentId" not in changes:
            changes["environmentId"] = self.cloud.environment().id
        return self.cloud.create(
            "app:Job",
            name,
            resourceGroupName=GROUP,
            jobName=name,
            configuration=configuration,
            template={"containers": [only]},
            **changes,
        )

    def run(self, job: Live, body: dict[str, Any] | None = None) -> console.Execution:
        """Start the job and wait for the end of the execution."""
        return self.ended(job, self.runner.start(job.id, body or {})["name"])

    def ended(self, job: Live, name: str) -> console.Execution:
        """The execution, once it has ended."""
        until(lambda: self.kept(job, name).ended)
        return self.kept(job, name)

    def kept(self, job: Live, name: str) -> console.Execution:
        """The execution as it is now."""
        found = console.executions(self.home, GROUP, job.outputs["name"])
        return next(it for it in found if it.name == name)


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def log_of(execution: console.Execution) -> str:
    """Everything in its console log."""
    return execution.log.read_text(encoding="utf-8")

"""One app brought to what the program says: by this repository's engine in the sandbox, by the Pulumi CLI on Azure.

Both are told by the environment which revision keeps the traffic meanwhile (components/apps/traffic.py).
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cidr import Fault
from cli import azure_target
from cli.documents import Run
from cli.one_run import Runner
from cli.options import DEFAULT_PARALLEL, EngineName
from cli.orders import Order
from cli.screen import Screen
from lifecycle.machine import StepError
from sandbox.home import SandboxHome

HELD_TRAFFIC: Final = "COMPLIANCEFLOW_HELD_TRAFFIC"
"""As components/apps/traffic.py has it, whose import is Pulumi's SDK."""


def order_for(deployment: str, service: str) -> Order:
    """An `up` of that app and nothing else."""
    pattern = f"urn:pulumi:{deployment}::complianceflow::**ContainerApp::{service}-app"
    return Order("up", (deployment,), EngineName.SANDBOX, (pattern,), DEFAULT_PARALLEL, yes=True)


@dataclass(frozen=True)
class InSandbox:
    """By a runner that is open for `order_for` this app."""

    runner: Runner
    deployment: str
    service: str

    def up(self, held: str) -> None:
        """Write the app."""
        with _told(held):
            run = self.runner.run("up", self.deployment, followed=False)
        if run.result == "canceled":
            raise KeyboardInterrupt
        if run.result != "succeeded":
            raise StepError(*_faults(run, self.service))


@dataclass(frozen=True)
class OnAzure:
    """By the Pulumi CLI, after the preflight, as `up --target azure` does."""

    screen: Screen = field(repr=False)
    home: SandboxHome
    project: Path
    deployment: str
    service: str

    def up(self, held: str) -> None:
        """Write the app."""
        beside = Screen(out=self.screen.err, err=self.screen.err, as_json=True)
        with _told(held):
            status = azure_target.run(beside, self.home, self.project, "up", order_for(self.deployment, self.service))
        if status != 0:
            raise StepError(
                Fault(
                    where=f"{self.deployment} {self.service}",
                    what=f"`pulumi up` of {self.service} ended with status {status}",
                    allowed="0",
                    next_step="what it says stands above",
                )
            )


@contextmanager
def _told(held: str) -> Generator[None]:
    os.environ[HELD_TRAFFIC] = held
    try:
        yield
    finally:
        del os.environ[HELD_TRAFFIC]


def _faults(run: Run, service: str) -> list[Fault]:
    said = [it.message.strip() for it in run.messages if it.severity == "error"]
    return [
        Fault(
            where=f"{run.deployment} {service}",
            what=text,
            allowed="an app that Azure takes",
            next_step=f"./cfctl logs {run.deployment}",
        )
        for text in said or ["the run failed"]
    ]

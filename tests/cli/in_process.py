"""`cfctl` in this process: the same entrance, without the cost of a new interpreter for each question."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from sandbox.home import SandboxHome
from tests.cli.conftest import Cfctl, Ended


@dataclass(frozen=True)
class InProcess:
    """Commands in the home of `cfctl`."""

    cfctl: Cfctl
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    @classmethod
    def of(cls, cfctl: Any, request: pytest.FixtureRequest) -> "InProcess":
        """For a fixture: takes what it needs from pytest."""
        cfctl.home.prepare()
        return cls(cfctl, request.getfixturevalue("capsys"), request.getfixturevalue("monkeypatch"))

    def __call__(self, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end."""
        self.capsys.readouterr()
        with self.monkeypatch.context() as patched:
            for name, value in {**environment, "CFCTL_HOME": str(self.home.root)}.items():
                patched.setenv(name, value)
            status = run(arguments)
        said = self.capsys.readouterr()
        return Ended(status, said.out, said.err)

    @property
    def home(self) -> SandboxHome:
        """The home that the commands work in."""
        return self.cfctl.home

    def write_state(self, deployment: str, latest: dict[str, Any]) -> Path:
        """Put a state file there."""
        return self.cfctl.write_state(deployment, latest)

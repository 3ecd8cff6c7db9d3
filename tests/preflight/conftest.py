"""`cfctl` in this process, signed in to a recorded Azure, with a Pulumi CLI that notes how it is called."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli import preflight_command
from cli.main import run
from preflight import Asker, SignIn
from tests.preflight.fake_azure import Credential, FakeAzure, serving

PULUMI = """#!/bin/sh
if [ "$1" = version ]; then echo "$FAKE_VERSION"; exit 0; fi
{ echo "PULUMI_BACKEND_URL=$PULUMI_BACKEND_URL"; for word in "$@"; do echo "$word"; done; echo; } >> "$FAKE_LOG"
sleep "${FAKE_SECONDS:-0}"
echo "said by pulumi"
exit "$FAKE_STATUS"
"""


@dataclass
class Platform:
    """Commands against `azure`, what they said and what they ran."""

    azure: FakeAzure
    credential: Credential
    log: Path
    directory: Path
    capfd: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
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
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("CFCTL_HOME", str(tmp_path / "home"))
    credential, slept = Credential(), list[float]()
    with serving(FakeAzure()) as azure:
        asker = functools.partial(Asker, transport=azure.transport, sleep=slept.append)
        monkeypatch.setattr(preflight_command, "Asker", asker)
        monkeypatch.setattr(preflight_command, "sign_in", lambda tenant: SignIn(credential, tenant))
        made = Platform(azure, credential, log, tmp_path, capfd, monkeypatch, slept)
        made.pulumi()
        yield made

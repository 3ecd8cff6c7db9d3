"""`cfctl` as a user runs it: a process of its own, with a home of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.home import SandboxHome
from sandbox.inventory import layout_of
from tests.cli import small_apps

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Cfctl:
    """Runs commands of the project at `project` in the home `home`."""

    project: Path
    home: SandboxHome

    def __call__(self, *arguments: str, **environment: str) -> Ended:
        """Run one command to its end; nothing is at its terminal."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cli", *arguments],
            cwd=self.home.root.parent,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback (most recent call last)" not in done.stdout + done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command."""
        kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "FORCE_COLOR")}
        return {**kept, "PYTHONPATH": str(self.project), "CFCTL_HOME": str(self.home.root)}

    def write_state(self, deployment: str, latest: dict[str, Any] | str) -> Path:
        """Put a state file there; a text is written as it is."""
        path = layout_of(self.home).state(deployment)
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint = {
            "version": 3,
            "checkpoint": {"stack": f"organization/complianceflow/{deployment}", "latest": latest},
        }
        path.write_text(latest if isinstance(latest, str) else json.dumps(checkpoint))
        return path


@pytest.fixture
def cfctl(tmp_path: Path) -> Cfctl:
    """Commands of this repository in a new home."""
    return Cfctl(PROJECT, SandboxHome(tmp_path / "home"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Callable[[], Cfctl]:
    """Commands of a copy of the repository whose data may be spoiled."""

    def make() -> Cfctl:
        copy = tmp_path / "project"
        for room in ("cidr", "stacks", "cli"):
            shutil.copytree(PROJECT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
        for other in (
            "sandbox",
            "components",
            "deployments",
            "tenancy",
            "topology",
            "preflight",
            "finance",
            "lifecycle",
            "images",
            "__main__.py",
            "Pulumi.yaml",
            "requirements.txt",
        ):
            (copy / other).symlink_to(PROJECT / other)
        (copy / ".venv").symlink_to(sys.prefix)  # as Pulumi.yaml names it
        return Cfctl(copy, SandboxHome(tmp_path / "home"))

    return make


SMALL_PROGRAM = '''
import asyncio, os, pathlib
import pulumi
import pulumi_random as random
from pulumi_azure_native import Provider, resources

settings = pulumi.Config().require_object("settings")
azure = pulumi.ResourceOptions(provider=Provider("azure", subscription_id=settings["subscription_id"]))
password = random.RandomPassword("password", length=24)
group = resources.ResourceGroup(
    "group",
    resource_group_name=f"rg-cf-{pulumi.get_stack()}",
    location="westeurope",
    tags={"Owner": settings["owner"]},
    opts=azure,
)


async def gate(name):
    """Wait in the middle of the run until the test opens the gate."""
    path = pathlib.Path(os.environ["GATE"])
    path.with_suffix(".reached").touch()
    while not path.exists():
        await asyncio.sleep(0.02)
    return name


if "GATE" in os.environ:
    second = f"rg-cf-{pulumi.get_stack()}-second"
    name = group.name.apply(lambda _: gate(second))
    resources.ResourceGroup("second", resource_group_name=name, location="westeurope", opts=azure)
if "BROKEN" in os.environ:
    resources.ResourceGroup("bad", resource_group_name="not a name!", location="westeurope", opts=azure)
pulumi.export("password", password.result)
pulumi.export("serviceUrls", {"echo": "https://echo.example"})
'''


@pytest.fixture
def small(elsewhere: Callable[[], Cfctl]) -> Cfctl:
    """Commands of a copy whose program is small: a password, a group, and what GATE and BROKEN ask for."""
    cfctl = elsewhere()
    (cfctl.project / "__main__.py").unlink()
    (cfctl.project / "__main__.py").write_text(SMALL_PROGRAM)
    return cfctl


@pytest.fixture
def serving(elsewhere: Callable[[], Cfctl]) -> Cfctl:
    """Commands of a copy whose program is two services and a database server, with release files of its own."""
    cfctl = elsewhere()
    small_apps.write(cfctl.project, PROJECT / "images")
    return cfctl

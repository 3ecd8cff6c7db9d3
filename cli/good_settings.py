"""The stack file that a run is made of, read before it and noted after it, when it has ended well."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lifecycle.good_settings import GoodSettingsKept
from lifecycle.times import now
from sandbox.home import SandboxHome
from stacks import stack_file

_SECONDS: Final = 10.0


def good_settings_of(home: SandboxHome) -> GoodSettingsKept:
    """Where a home keeps the settings that its deployments came up well with."""
    return GoodSettingsKept(home.root / "settings")


@dataclass(frozen=True, slots=True)
class SettingsAtStart:
    """A deployment's stack file as it was when its run began."""

    deployment: str
    content: str
    commit: str

    @classmethod
    def read(cls, deployment: str, project: Path) -> "SettingsAtStart":
        """Of the file as it stands. OSError where it cannot be read."""
        file = stack_file(deployment, project)
        return cls(deployment, file.read_text(encoding="utf-8"), commit_of(file))

    def note(self, home: SandboxHome) -> None:
        """Keep it: the run ended well."""
        good_settings_of(home).note(self.deployment, self.content, self.commit, now())


def commit_of(file: Path) -> str:
    """The commit that last changed `file`; empty where it has other content, and where there is no repository."""
    git = shutil.which("git")
    if git is None:
        return ""

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [git, "-C", str(file.parent), *arguments, "--", file.name]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603

    try:
        if ask("diff", "--quiet", "HEAD").returncode != 0:
            return ""
        found = ask("log", "-1", "--format=%H")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""

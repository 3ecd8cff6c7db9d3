"""Where the CLI's file backend keeps what, under `<root>/.pulumi`.

As pkg/backend/diy/store.go of github.com/pulumi/pulumi, version 1 of the layout.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.engine.storage.state_errors import StackNameError

_STACK_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the stacks of one project."""

    root: Path
    project: str

    @property
    def base(self) -> Path:
        """The backend's directory."""
        return self.root / ".pulumi"

    @property
    def meta(self) -> Path:
        """Says the version of the layout."""
        return self.base / "meta.yaml"

    @property
    def stacks(self) -> Path:
        """The project's state files."""
        return self.base / "stacks" / self.project

    def state(self, stack: str) -> Path:
        """The state file: what the CLI calls the checkpoint."""
        return self.stacks / f"{stack}.json"

    def previous(self, stack: str) -> Path:
        """The state file before its last write."""
        return self.stacks / f"{stack}.json.bak"

    def journal(self, stack: str) -> Path:
        """Ours, only there during a run or after a crash; the CLI passes over a file of this name."""
        return self.stacks / f"{stack}.journal"

    def compressed(self, stack: str) -> tuple[Path, ...]:
        """Forms of the state file that a CLI may have been told to write, and that are not read here."""
        return tuple(self.stacks / f"{stack}.json{extension}" for extension in (".gz", ".zst"))

    def history(self, stack: str) -> Path:
        """One entry and one state a run."""
        return self.base / "history" / self.project / stack

    def backups(self, stack: str) -> Path:
        """Former states."""
        return self.base / "backups" / self.project / stack

    def locks(self, stack: str) -> Path:
        """One file a holder."""
        return self.base / "locks" / "organization" / self.project / stack

    def check(self, stack: str) -> None:
        """Raise StackNameError unless `stack` can be a stack's name."""
        if not _STACK_NAME.fullmatch(stack) or not stack.strip("."):
            raise StackNameError(
                f"{stack!r} is no stack name: 1 to 100 letters, digits, hyphens, underscores or periods"
            )

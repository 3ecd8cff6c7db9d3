"""A digest kept in a file of its own, on the disk before anything is done on the strength of it."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Note:
    """The file at `path`; none where nothing is kept."""

    path: Path

    def read(self) -> str | None:
        """What is kept."""
        try:
            return self.path.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def write(self, digest: str | None) -> None:
        """Keep it; None removes the file."""
        if digest is None:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with draft.open("w", encoding="ascii") as file:
            file.write(digest)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

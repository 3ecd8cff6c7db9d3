"""Where one sandbox lives: a directory with the Pulumi state, the stand-in's store, real PostgreSQL and the logs.

Several homes stand side by side; nothing of a sandbox lies outside its home. All of it is for the user alone (0700),
and a `.gitignore` of its own keeps it out of every repository.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cidr import Fault, FaultsError

VARIABLE: Final = "CFCTL_HOME"
DEFAULT: Final = ".sandbox"
_PASSPHRASE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SandboxHome:
    """The places of one sandbox; a value: nothing is made before `prepare`."""

    root: Path

    @classmethod
    def locate(cls, option: Path | None, project: Path) -> Self:
        """The home that `--home` names, else CFCTL_HOME, else `.sandbox` beside the program; always absolute."""
        chosen = option or (Path(value) if (value := os.environ.get(VARIABLE)) else project / DEFAULT)
        return cls(chosen.expanduser().resolve())

    @property
    def state(self) -> Path:
        """Root of the Pulumi file backend: the CLI's login URL is `file://` and this."""
        return self.root / "state"

    @property
    def azure_store(self) -> Path:
        """The stand-in's SQLite file."""
        return self.root / "azure.db"

    @property
    def postgres(self) -> Path:
        """Parent of the data directories of real PostgreSQL servers."""
        return self.root / "pg"

    @property
    def logs(self) -> Path:
        """One file a run."""
        return self.root / "logs"

    @property
    def attached(self) -> Path:
        """What the official Pulumi CLI needs when it is attached: project, stack files, a home of its own."""
        return self.root / "pulumi"

    @property
    def passphrase_file(self) -> Path:
        """The passphrase of the state's secrets; the CLI reads it too (PULUMI_CONFIG_PASSPHRASE_FILE)."""
        return self.root / "passphrase"

    @property
    def stack_files(self) -> Path:
        """Where the backend keeps a file a stack."""
        return self.state / ".pulumi" / "stacks"

    def exists(self) -> bool:
        """True once a run has prepared this home."""
        return self.root.is_dir()

    def prepare(self) -> Self:
        """Make the directories. Raises FaultsError when the home cannot be written, naming what to type."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for directory in (self.state, self.postgres, self.logs):
                directory.mkdir(mode=0o700, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise FaultsError([_unusable(self.root, error)]) from error
        return self

    def passphrase(self) -> str:
        """The passphrase of this home's state; a random one is made on first use, in a file for the user alone.

        Raises FaultsError when the file is empty, or gone while there is state that only it can read.
        """
        try:
            return self._read_passphrase()
        except FileNotFoundError:
            pass
        if any(self.stack_files.glob("**/*.json")):
            raise FaultsError(
                [
                    Fault(
                        where=str(self.passphrase_file),
                        what="the passphrase file is gone, and the secrets in the state can be read with it only",
                        allowed="the file as the first run made it",
                        next_step="put it back from a copy, or start anew with another home: --home DIR",
                    )
                ]
            )
        return self._make_passphrase()

    def _read_passphrase(self) -> str:
        text = self.passphrase_file.read_text(encoding="utf-8").strip()
        if text:
            return text
        raise FaultsError(
            [
                Fault(
                    where=str(self.passphrase_file),
                    what="the passphrase file is empty",
                    allowed="the file as the first run made it",
                    next_step="put it back from a copy, or, if nothing is up in this home, delete it",
                )
            ]
        )

    def _make_passphrase(self) -> str:
        """Two first runs at once get one passphrase: the file appears whole, by a link that the second cannot make."""
        draft = self.root / f".passphrase.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(_PASSPHRASE_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, self.passphrase_file)
        except FileExistsError:
            pass
        except OSError as error:
            raise FaultsError([_unusable(self.root, error)]) from error
        finally:
            draft.unlink(missing_ok=True)
        return self._read_passphrase()


def _unusable(root: Path, error: OSError) -> Fault:
    at = f" (at {error.filename})" if error.filename and error.filename != str(root) else ""
    return Fault(
        where=f"home {root}",
        what=f"the sandbox home cannot be written: {error.strerror or error}{at}",
        allowed="a directory on a local disk that you may write",
        next_step=f"name another one: --home DIR, or {VARIABLE}=DIR in the environment",
    )

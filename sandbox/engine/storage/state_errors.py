"""What can be wrong with kept state, as errors that name the file, what is wrong and what to type next."""

import errno
from pathlib import Path


class StateError(Exception):
    """State cannot be read, written or used; nothing was changed unless the message says so."""

    def __init__(self, what: str, *, path: Path | None = None, next_step: str = "") -> None:
        self.what = what
        self.path = path
        self.next_step = next_step
        place = f"{path}: " if path else ""
        super().__init__(f"{place}{what}" + (f"\n  next: {next_step}" if next_step else ""))


class DamagedStateError(StateError):
    """A state file or a journal is not what was written."""


class StateVersionError(StateError):
    """State of a version or with features that this engine does not read."""


class StackNotFoundError(StateError):
    """No stack of that name."""


class StackNameError(StateError):
    """The name cannot be a stack's or a project's."""


class StackNotEmptyError(StateError):
    """The stack still has resources."""


class StackLockedError(StateError):
    """Another run holds the stack."""


class StateAccessError(StateError):
    """A file or directory of the state cannot be read or written."""


class DiskFullError(StateAccessError):
    """The file system (or a quota) has no room left."""


class SecretsError(StateError):
    """Secrets cannot be decrypted: wrong passphrase, other manager, damaged text."""


class IntegrityError(StateError):
    """The resources contradict each other; the message names the resource and the broken rule."""


class ImportRefusedError(StateError):
    """A deployment that must not be imported into this stack; all reasons are listed."""


def access_error(error: OSError, path: Path, doing: str, kept: str = "") -> StateAccessError:
    """What to raise for an OSError met while `doing` something to `path`; `kept` says what is safe all the same."""
    safe = f" {kept}" if kept else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFullError(
            f"no room left while {doing} ({error.strerror}).{safe}",
            path=path,
            next_step=f"free space (df -h '{path.parent}'), then run the same command again",
        )
    return StateAccessError(
        f"{doing} failed: {error.strerror or error}.{safe}",
        path=path,
        next_step=f"check who may read and write it (ls -ld '{path.parent}' '{path}'), then run the same command again",
    )

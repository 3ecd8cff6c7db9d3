"""Where exports and certificates are kept: names with bytes under them, written once and never changed.

A store knows nothing of databases, and whoever writes to one knows nothing of where it is: a directory here, a
container of blobs on Azure. What is written is there whole or not at all.
"""

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final, Protocol

from tenancy.faults import Fault, JobError

# Segments of letters, digits, '.', _ and -, which begin with a letter or digit: good in a path, a URL and a blob name.
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LONGEST: Final = 900


class StoreError(JobError):
    """The store does not take or give what it was asked for. Raised with the name and the next step."""

    exit_code: ClassVar[int] = 1

    @staticmethod
    def at(where: str, what: str, allowed: str, next_step: str) -> "StoreError":
        """The error of one fault."""
        return StoreError([Fault(where=where, what=what, allowed=allowed, next_step=next_step)])


class Store(Protocol):
    """Names like `exports/x/manifest.json`, with bytes under them. Every method raises StoreError."""

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Keep the chunks, one after another, under a name that is free. Never over an existing name.

        The name is there only when all of it is: what raises in `chunks`, or a kill, leaves nothing under it.
        """
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """What is under a name, in chunks of at most a few MiB."""
        ...

    def exists(self, name: str) -> bool:
        """Whether something is under a name."""
        ...

    def names(self, prefix: str) -> list[str]:
        """Every name that begins with `prefix`, in order."""
        ...


def checked(name: str) -> str:
    """A name that every store can keep. Raises StoreError for any other: no way leads out of the store."""
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise StoreError.at(
            f"store {name[:120]!r}",
            "no name for something in a store",
            f"segments of A-Z a-z 0-9 . _ - that begin with a letter or digit, / between them, {_LONGEST} in all",
            "give a name of these characters",
        )
    return name


def exists_already(where: str) -> StoreError:
    """The error of a name that is taken."""
    return StoreError.at(
        where, "is there already", "a name that is free: what a store keeps is never written over", "give another name"
    )


def is_missing(where: str) -> StoreError:
    """The error of a name with nothing under it."""
    return StoreError.at(where, "is not there", "a name that the store has", "compare it with what the store lists")

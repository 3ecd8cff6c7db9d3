"""What the job tells when it cannot go on: each fault on one line, with its place and the next step."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong, on one line.

    `where`: an environment variable with the path in it, a database or a role. `what`: what is wrong there.
    `allowed`: what would be taken. `next_step`: what to do next.
    """

    where: str
    what: str
    allowed: str
    next_step: str

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}; allowed: {self.allowed}; next: {self.next_step}"
        return " ".join(line.split())


class JobError(Exception):
    """The job cannot go on. `faults` holds every fault found; `exit_code` is that of the process."""

    exit_code: ClassVar[int]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RefusedError(JobError):
    """The server does not take the plan, or it is not as the plan says afterwards."""

    exit_code = 1


class WrongInputError(JobError):
    """The environment does not say what the job needs; nothing was asked of the server."""

    exit_code = 2

"""What is kept of a job's executions: a record and a console log each, in the sandbox's home.

`<home>/logs/jobs/<resource group>/<job>/<execution>.log` has what the container wrote, and lines of the stand-in that
begin with "[sandbox]"; beside it `<execution>.json`. Both are for the user alone. They outlive the job, as logs do.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sandbox.azure.bodies import Body

RUNNING: Final = "Running"
FAILED: Final = "Failed"
# Azure keeps so many of a job: https://learn.microsoft.com/azure/container-apps/jobs#get-job-execution-history
KEPT: Final = 100


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One execution. `status` in Azure's words (Running, Succeeded, Failed, Stopped); `ended` None while it runs.

    `log`: its console log, also while it runs. `job_id`: ARM id of the job. `template`: what ran, as ARM shows it.
    """

    name: str
    status: str
    started: datetime
    ended: datetime | None
    log: Path
    job_id: str
    template: Body


def executions(home: Path, group: str, job: str) -> list[Execution]:
    """Every execution that is kept of a job in a resource group, the latest last; [] when it never ran.

    `home`: the sandbox's. One whose process was killed is Failed.
    """
    directory = directory_of(home, group, job)
    found = [_read(file) for file in directory.glob("*.json")]
    return sorted((it for it in found if it is not None), key=lambda it: (it.started, it.name))


def directory_of(home: Path, group: str, job: str) -> Path:
    """Where a job's executions are kept; ARM compares names without case."""
    return home / "logs" / "jobs" / group.lower() / job.lower()


def keep(execution: Execution) -> None:
    """Write the record of an execution; it is whole at any moment. The oldest go once there are too many."""
    directory = execution.log.parent
    _make(directory)
    record = {
        "name": execution.name,
        "status": execution.status,
        "started": execution.started.isoformat(),
        "ended": execution.ended.isoformat() if execution.ended else None,
        "job_id": execution.job_id,
        "template": execution.template,
    }
    building = directory / f".{execution.name}.building"
    descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file)
    building.replace(_record_of(execution.log))
    ended = sorted(
        (it for file in directory.glob("*.json") if (it := _read(file)) and it.ended), key=lambda it: it.started
    )
    for old in ended[:-KEPT]:
        _record_of(old.log).unlink(missing_ok=True)
        old.log.unlink(missing_ok=True)


@contextlib.contextmanager
def written(log: Path) -> Generator[int, None, None]:
    """A descriptor to append to a log with, which says to others, while it is open anywhere, that somebody runs."""
    _make(log.parent)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _make(directory: Path) -> None:
    """Make a directory and those above it, for the user alone."""
    if not directory.exists():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _record_of(log: Path) -> Path:
    return log.with_suffix(".json")


def _read(file: Path) -> Execution | None:
    """The execution of a record; None when it has just been removed."""
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    ended = record["ended"]
    found = Execution(
        name=record["name"],
        status=record["status"],
        started=datetime.fromisoformat(record["started"]),
        ended=datetime.fromisoformat(ended) if ended else None,
        log=file.with_suffix(".log"),
        job_id=record["job_id"],
        template=record["template"],
    )
    if found.ended is None and not _is_written(found.log):
        last = found.log if found.log.exists() else file  # the last that it said
        return replace(found, status=FAILED, ended=datetime.fromtimestamp(last.stat().st_mtime, UTC))
    return found


def _is_written(log: Path) -> bool:
    """Whether anybody still holds a log open for an execution: a process that was killed holds nothing."""
    try:
        descriptor = os.open(log, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False

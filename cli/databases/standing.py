"""What the last look at a deployment's databases said, from the console of its job: for the summary of `up`."""

from pathlib import Path
from typing import Final

from cli.databases.executions import SUCCEEDED, Ended, read
from cli.log_files import read_lines
from deployments.catalogue.workloads import TENANCY
from sandbox.azure.jobs import console

# The commands of the job that end with a look at every database.
_THAT_LOOK: Final = frozenset({"apply", "migrate", "gate"})


def isolation_of(home: Path, group: str) -> str:
    """How the databases of a sandbox's resource group stand, for people; empty where no job has looked at them.

    What changed since then the job's next run would find: `./cfctl db gate` looks now.
    """
    for execution in reversed(console.executions(home, group, TENANCY)):
        ended = read(execution.name, execution.status, read_lines(execution.log))
        if ended.result.get("command") in _THAT_LOOK:
            return _told(ended)
    return ""


def _told(ended: Ended) -> str:
    result = ended.result
    if ended.status != SUCCEEDED or result.get("gate") != "empty":
        return f"row-level security is not as it should be: {len(ended.faults)} fault(s) of {ended.name}"
    number = result.get("databases") or len(ended.rows)
    return f"{number} databases under row-level security at revision {result['revision']}, the gate is empty"

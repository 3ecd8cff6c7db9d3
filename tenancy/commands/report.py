"""What a command tells: lines for people, rows and one result for programs, faults for both."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from tenancy.faults import Fault


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a command. `status`: one word. `said`: what else there is to tell, as JSON has it."""

    status: str
    said: Mapping[str, Any]
    rows: Iterable[Mapping[str, Any]] = ()


def say(line: str) -> None:
    """A line for people."""
    _write(sys.stdout, line)


def tell(command: str, result: Result) -> None:
    """The rows, then the one line that ends a command."""
    for row in result.rows:
        _write(sys.stdout, f"row {_json(row)}")
    _write(sys.stdout, f"result {_json({'command': command, 'status': result.status, **result.said})}")


def fail(command: str, exit_code: int, faults: Iterable[Fault]) -> None:
    """Each fault on a line of standard error, and the result that has them too."""
    told = tuple(faults)
    for fault in told:
        _write(sys.stderr, f"fault {fault}")
    said = {"exit_code": exit_code, "faults": [asdict(fault) for fault in told]}
    tell(command, Result(status="failed", said=said))


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)


def _write(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()

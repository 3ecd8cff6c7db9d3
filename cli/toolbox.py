"""`cfctl test` and `cfctl check`: the project's own tools, run from the environment that cfctl runs in."""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli import documents
from cli.exit_codes import ExitCode
from cli.screen import Screen
from cli.wording import duration

_PYTEST_CODES: Final[Mapping[int, ExitCode]] = {0: ExitCode.OK, 2: ExitCode.CANCELED, 4: ExitCode.BAD_INPUT}
"""https://docs.pytest.org/en/stable/reference/exit-codes.html; anything else is a failure."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One static check. `mend` is what to type when it fails."""

    name: str
    argv: tuple[str, ...]
    mend: str


CHECKS: Final = (
    Tool("format", ("ruff", "format", "--check", "."), ".venv/bin/ruff format ."),
    Tool(
        "lint", ("ruff", "check", "--output-format", "concise", "."), ".venv/bin/ruff check --fix . (the rest by hand)"
    ),
    Tool("types", ("basedpyright", "--pythonpath", sys.executable), "mend the lines it names"),
    Tool("imports", ("lint-imports",), "move the import to where the arrows of pyproject.toml allow it"),
)


def check(screen: Screen, project: Path, tools: Sequence[Tool] = CHECKS) -> ExitCode:
    """Run every static check, also after one has failed. The document adds `checks`: [{name, ok, seconds, output}]."""
    results: list[dict[str, object]] = []
    for tool in tools:
        started = time.monotonic()
        ok, output = _run(tool, project)
        seconds = round(time.monotonic() - started, 2)
        results.append({"name": tool.name, "ok": ok, "seconds": seconds, "output": output})
        screen.result(
            f"{'ok  ' if ok else 'FAIL'} {tool.name:<8} {duration(seconds):>8}  {' '.join(tool.argv[:2])}",
            style="green" if ok else "bold red",
        )
        if not ok:
            screen.result("\n".join(f"     {line}" for line in output.rstrip().splitlines()))
            screen.result(f"     next: {tool.mend}", style="bold cyan")
    code = ExitCode.OK if all(result["ok"] for result in results) else ExitCode.FAILED
    screen.document(documents.document("check", code, checks=results))
    return code


def _run(tool: Tool, project: Path) -> tuple[bool, str]:
    program = Path(sys.executable).parent / tool.argv[0]
    try:
        done = subprocess.run(  # noqa: S603 - our own table
            [str(program), *tool.argv[1:]], cwd=project, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return False, f"{program} could not be run: {error.strerror}"
    return done.returncode == 0, done.stdout + done.stderr


def test(screen: Screen, project: Path, arguments: Sequence[str]) -> ExitCode:
    """Run pytest with the project's options and `arguments`. The document adds `totals`.

    totals: {tests, failures, skipped, seconds}. With --json pytest's own output goes to standard error.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report.xml")
        argv = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        stdout = screen.err.file if screen.as_json else None
        status = subprocess.run(argv, cwd=project, stdout=stdout, check=False).returncode  # noqa: S603 - pytest itself
        code = _PYTEST_CODES.get(status, ExitCode.FAILED)
        screen.document(documents.document("test", code, totals=_totals(report)))
    return code


def _totals(report: Path) -> dict[str, object]:
    """Numbers of a JUnit report; zeros when pytest stopped before it wrote one."""
    suites = ET.parse(report).getroot().iter("testsuite") if report.exists() else ()  # noqa: S314 - pytest wrote it
    totals = {"tests": 0, "failures": 0, "skipped": 0}
    seconds = 0.0
    for suite in suites:
        totals["tests"] += int(suite.get("tests", "0"))
        totals["failures"] += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
        totals["skipped"] += int(suite.get("skipped", "0"))
        seconds += float(suite.get("time", "0"))
    return {**totals, "seconds": round(seconds, 2)}

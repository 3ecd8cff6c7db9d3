"""`cfctl doctor`: every check, each a line with what to type next; status 1 when one fails."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Final

from rich.text import Text

from cli import doctor_checks as checks
from cli import doctor_state as state
from cli import documents
from cli.doctor_checks import Check, Machine
from cli.exit_codes import ExitCode
from cli.screen import Screen

CHECKS: Final[tuple[Callable[[Machine], Iterator[Check]], ...]] = (
    checks.python,
    checks.packages,
    checks.sdk,
    checks.postgres_wheel,
    checks.loopback,
    checks.disk,
    checks.data,
    checks.home,
    state.stacks,
    state.locks,
    state.servers,
    checks.pulumi_cli,
)
_STYLE: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(screen: Screen, machine: Machine) -> ExitCode:
    """Run every check. The document adds `home` and `checks`: [{name, status: ok|warn|fail, detail, next_step}]."""
    found: list[Check] = []
    for check in CHECKS:
        for finding in check(machine):
            found.append(finding)
            screen.result(_line(finding))
    counts = Counter(finding.status for finding in found)
    code = ExitCode.FAILED if counts["fail"] else ExitCode.OK
    screen.result(f"{counts['ok']} ok, {counts['warn']} warnings, {counts['fail']} failures", style="bold")
    screen.document(
        documents.document("doctor", code, home=str(machine.home.root), checks=[asdict(finding) for finding in found])
    )
    return code


def _line(finding: Check) -> Text:
    line = Text()
    line.append(f"{finding.status:<5}", style=_STYLE[finding.status])
    line.append(f"{finding.name:<12}", style="bold")
    line.append(finding.detail)
    if finding.next_step:
        line.append(f"\n{'':17}next: ", style="dim")
        line.append(finding.next_step, style="bold cyan")
    return line

"""`cfctl preflight`: everything that would stop a deployment on Azure, asked and told together; changes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from cidr import ACCOUNT, Fault
from cli import documents
from cli.azure_subjects import subjects_of
from cli.exit_codes import ExitCode
from cli.orders import Words
from cli.screen import Screen
from cli.selection import selected
from preflight import Asker, Finding, Status, Subject, examine, sign_in
from preflight.registry_auth import docker_logins
from preflight.signing_in import NotSignedInError, SignIn
from stacks import up_order

_STYLES: Final[dict[Status, str]] = {"ok": "green", "warn": "yellow", "fail": "bold red", "not checked": "magenta"}
_MARKS: Final[dict[Status, str]] = {"ok": "ok", "warn": "warn", "fail": "FAIL", "not checked": "?"}


def preflight(screen: Screen, project: Path, words: Words) -> ExitCode:
    """Examine the named stacks as before an `up`. The document adds `findings`, and `counts` of their statuses.

    findings: [{stack, check, status: ok|warn|fail|not checked, detail, where, allowed, next_step}]. Raises FaultsError
    for names and settings that cannot be taken.
    """
    names = selected(words, "preflight", project)
    beside = [name for name in up_order(name for name in names if name != ACCOUNT) if str(name) in names]
    findings = findings_of(subjects_of([*(it for it in names if it == ACCOUNT), *map(str, beside)], "up", project))
    show(screen, findings)
    code = ExitCode.FAILED if stopping(findings) else ExitCode.OK
    screen.document(document("preflight", code, findings))
    return code


def findings_of(subjects: Sequence[Subject]) -> list[Finding]:
    """All findings of all subjects: one sign-in a tenant, and what two of them ask alike is asked once."""
    logins, found = docker_logins(), list[Finding]()
    for tenant in dict.fromkeys(subject.settings.tenant_id for subject in subjects):
        signing = sign_in(tenant)
        with Asker(signing, logins) as asker:
            for subject in subjects:
                if subject.settings.tenant_id == tenant:
                    found += examine(_known(subject, signing, frozenset(logins)), asker)
    return found


def _known(subject: Subject, signing: SignIn, logins: frozenset[str]) -> Subject:
    """The subject, once it is known who asks."""
    try:
        return replace(subject, caller=signing.caller(), registry_logins=logins)
    except NotSignedInError as error:
        return replace(subject, not_signed_in=str(error), registry_logins=logins)


def stopping(findings: Sequence[Finding]) -> list[Finding]:
    """Those that keep a deployment from being begun."""
    return [it for it in findings if it.status == "fail"]


def document(
    command: str, code: int, findings: Sequence[Finding], errors: Sequence[Fault] = (), **more: object
) -> dict[str, Any]:
    """The document of a command that has examined: its status, the findings and their counts, and more."""
    rows = [asdict(it) for it in findings]
    head = documents.document(command, ExitCode.OK, errors, findings=rows, counts=_counts(findings), **more)
    return {**head, "exit_code": int(code)}


def show(screen: Screen, findings: Sequence[Finding]) -> None:
    """Every finding, a deployment after the other, and what it comes to."""
    for stack in dict.fromkeys(it.stack for it in findings):
        screen.result(stack, style="bold")
        for finding in (it for it in findings if it.stack == stack):
            screen.result(_line(finding))
    screen.result(", ".join(f"{number} {status}" for status, number in _counts(findings).items()), style="bold")


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    counted = Counter(it.status for it in findings)
    return {status: counted[status] for status in _MARKS}


def _line(finding: Finding) -> Text:
    line = Text("  ")
    line.append(f"{_MARKS[finding.status]:<5}", style=_STYLES[finding.status])
    line.append(f"{finding.check:<34} ", style="bold")
    line.append(f"not checked: {finding.detail}" if finding.status == "not checked" else finding.detail)
    for label, value in (("where", finding.where), ("allowed", finding.allowed), ("next", finding.next_step)):
        if value:
            line.append(f"\n         {label:<8}", style="dim")
            line.append(value.replace("\n", f"\n{'':17}"), style="bold cyan" if label == "next" else "")
    return line

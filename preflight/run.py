"""Asks everything first, side by side, then judges row by row: all findings together, never only the first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cidr import Fault
from preflight.asking import NO_ANSWER, NOT_SIGNED_IN, Answer, Asker
from preflight.checks import CHECKS
from preflight.model import Check, Finding, Fine, NotChecked, Subject, Verdict
from preflight.requests import Request


def examine(subject: Subject, asker: Asker, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """Every finding of every row that is of use before the command, in the order of the rows."""
    rows = [check for check in checks if subject.command in check.commands and check.applies(subject)]
    asked = [(check, check.asks(subject)) for check in rows]
    answers = asker.ask(request for _, requests in asked for request in requests.values())
    return [finding for check, requests in asked for finding in _of_row(subject, check, requests, answers)]


def _of_row(
    subject: Subject, check: Check, requests: Mapping[str, Request], answers: Mapping[Request, Answer]
) -> Iterator[Finding]:
    got = {word: answers[request] for word, request in requests.items()}
    silent = {word: it for word, it in got.items() if not it.ok and it.status not in check.understood}
    if silent:
        reasons = dict.fromkeys(_why(requests[word], answer) for word, answer in silent.items())
        yield _finding(subject, check, NotChecked("; ".join(reasons)))
        return
    yield from (_finding(subject, check, verdict) for verdict in _judged(subject, check, got))


def _judged(subject: Subject, check: Check, got: Mapping[str, Answer]) -> Iterable[Verdict]:
    try:
        return list(check.judge(subject, got)) or [NotChecked("the answers say nothing of it")]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [NotChecked(f"the answer has another shape than its documentation says ({error!r})")]


def _finding(subject: Subject, check: Check, verdict: Verdict) -> Finding:
    match verdict:
        case Fine(detail):
            return Finding(stack=subject.stack, check=check.name, status="ok", detail=detail)
        case NotChecked(reason) if check.needed:
            return Finding(
                stack=subject.stack,
                check=check.name,
                status="fail",
                detail=f"it has to be known, and is not: {reason}",
                where="Azure",
                allowed="an answer",
                next_step=f"see to that, then ./cfctl {subject.command} {subject.stack} --target azure",
            )
        case NotChecked(reason):
            return Finding(stack=subject.stack, check=check.name, status="not checked", detail=reason)
        case Fault():
            return Finding(
                stack=subject.stack,
                check=check.name,
                status="fail" if check.stops else "warn",
                detail=verdict.what,
                where=verdict.where,
                allowed=verdict.allowed,
                next_step=verdict.next_step,
            )


def _why(request: Request, answer: Answer) -> str:
    if answer.code == NOT_SIGNED_IN:
        return "nobody is signed in"
    if answer.code == NO_ANSWER:
        return answer.message
    return f"{request.method} {request.url.partition('?')[0]}: {answer.reason}"

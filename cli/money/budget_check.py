"""`cfctl budget check`: what is spent and what the month comes to against the budgets, with a status for pipelines."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cidr import Environment, Fault, FaultsError
from cli import documents
from cli.exit_codes import ExitCode
from cli.money.burning import Burning, burning
from cli.money.reports import ledger_of
from cli.money.run_prices import cents
from cli.orders import Words
from cli.screen import Screen
from cli.selection import selected
from cli.tables import plain_table, show_table
from finance.alarms import Verdict, judge, roll_up
from finance.following.report import COMPANY
from finance.ledger import Ledger
from finance.money import MixedCurrenciesError
from sandbox.home import SandboxHome
from stacks import known_deployments

_CODES: Final = {
    "80 %": ExitCode.BUDGET_NEAR,
    "forecast 100 %": ExitCode.BUDGET_FORECAST,
    "100 %": ExitCode.BUDGET_SPENT,
}
_STYLES: Final = {ExitCode.BUDGET_NEAR: "yellow", ExitCode.BUDGET_FORECAST: "yellow", ExitCode.BUDGET_SPENT: "bold red"}


def check(screen: Screen, home: SandboxHome, project: Path, words: Words) -> ExitCode:
    """Hold this month against the budgets of the deployments, of their environments with --env or --all, and with --all
    of the company; without any word it is --all.

    The document adds `as_of` (last day with charges, None without any), `currency` and `lines`: [{name, kind, budget,
    billed, spent, share, per_day, projected, projected_share, passes_on, reached, rate}], amounts in cents, shares in
    percent; rate: whether it is known by the "meter", by "charges" or by "nothing"; of roll-ups it is "members".
    Raises FaultsError for a name that is none, and for a budget in another currency than the prices.
    """
    now = datetime.now(UTC)
    asked = words if words.deployments or words.environments else Words((), everything=True)
    names = selected(asked, "budget check", project)
    with Ledger.open(ledger_of(home)) as ledger:
        found = burning(home, project, ledger, now)
    lines = list(_lines(found, names, asked, now))
    code = max((code_of(verdict) for _, verdict in lines), default=ExitCode.OK)
    _show(screen, lines, found, now)
    screen.document(
        documents.document(
            "budget check",
            code,
            as_of=found.as_of.isoformat() if found.as_of else None,
            currency=found.currency,
            lines=[_described(kind, verdict, found, now) for kind, verdict in lines],
        )
    )
    return code


def code_of(verdict: Verdict) -> ExitCode:
    """The status of a line: of the most urgent threshold that it has reached."""
    return next((_CODES[it.name] for it in reversed(verdict.reached) if it.name in _CODES), ExitCode.OK)


def _lines(found: Burning, names: Sequence[str], words: Words, now: datetime) -> Iterator[tuple[str, Verdict]]:
    """Kind and verdict of each line that was asked for."""
    try:
        for name in names:
            if name in found.burns:
                yield "deployment", judge(found.burns[name], found.budgets.get(name), now)
        for environment in Environment:
            if words.everything or environment in words.environments:
                members = [burn for name, burn in found.burns.items() if _environment(name) == environment]
                budget = found.budgets.get(environment)
                yield "environment", roll_up(environment, members, budget, found.currency, now)
        if words.everything:
            budget = found.budgets.get(COMPANY)
            yield "company", roll_up(COMPANY, found.burns.values(), budget, found.currency, now)
    except MixedCurrenciesError as error:
        raise FaultsError([_two_currencies(error, found.currency)]) from None


def _environment(name: str) -> str:
    known = {str(it): str(it.environment) for it in known_deployments()}
    return known.get(name, "")


def _show(screen: Screen, lines: Sequence[tuple[str, Verdict]], found: Burning, now: datetime) -> None:
    columns = ("line", "budget", "spent", "of it", "a day", "forecast", "of budget", "alarm", "spent on")
    table = plain_table(columns, right=columns[1:7])
    for kind, it in lines:
        code = code_of(it)
        table.add_row(
            it.name,
            cents(it.budget) if it.budget else "",
            cents(it.spent),
            f"{it.share} %" if it.budget else "",
            cents(it.per_hour * 24),
            cents(it.projected),
            f"{it.projected_share} %" if it.budget else "",
            it.reached[-1].name if it.reached else "",
            _passes(it, now),
            style=_STYLES.get(code, "") or ("bold" if kind == "company" else None),
        )
    show_table(screen, table)
    after = (
        f"charges until {found.as_of}, then hours times rate"
        if found.as_of
        else "hours times rate: no charge was imported"
    )
    screen.result(f"{found.currency}, this month until {now:%Y-%m-%d %H:%M} UTC; {after}")
    for name in sorted({it.name for _, it in lines} & found.rates.keys()):
        if found.rates[name] == "charges":
            screen.say(f"{name} does not stand in this home: its rate is that of its last days' charges", style="dim")


def _passes(it: Verdict, now: datetime) -> str:
    at = it.passes_on(now)
    return f"{at:%m-%d %H:%M}" if at else ""


def _described(kind: str, it: Verdict, found: Burning, now: datetime) -> dict[str, Any]:
    at = it.passes_on(now)
    return {
        "name": it.name,
        "kind": kind,
        "budget": cents(it.budget) if it.budget else None,
        "billed": cents(it.billed),
        "spent": cents(it.spent),
        "share": str(it.share) if it.budget else None,
        "per_day": cents(it.per_hour * 24),
        "projected": cents(it.projected),
        "projected_share": str(it.projected_share) if it.budget else None,
        "passes_on": at.isoformat(timespec="minutes") if at else None,
        "reached": [threshold.name for threshold in it.reached],
        "rate": found.rates.get(it.name, "members"),
    }


def _two_currencies(error: MixedCurrenciesError, currency: str) -> Fault:
    return Fault(
        where="budgets",
        what=f"a budget and the price sheet cannot be compared: {error}",
        allowed=f"budgets in {currency}, the currency of the price sheet",
        next_step=f"write `currency: {currency}` with its amount into the stack file",
    )

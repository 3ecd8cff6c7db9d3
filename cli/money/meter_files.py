"""`cfctl cost meter`: what the stand-in's meter counted, as export files that `cost import` reads like Azure's."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cidr import Fault, FaultsError
from cli import documents
from cli.exit_codes import ExitCode
from cli.money.metering import Story, pricing_of, runs_of, story_of
from cli.money.run_prices import cents
from cli.screen import Screen
from cli.tables import plain_table, show_table
from cli.wording import duration
from finance.focus_files import write_exports
from finance.metering import Bill, Charge, Stretch, bill_of, row_of
from finance.money import Money
from finance.prices import load_sheet
from sandbox.home import SandboxHome

SOURCE: Final = "sandbox"
"""x_Source of every row: no invoice says any of it."""


def meter(screen: Screen, home: SandboxHome, *, at: str | None, as_if_since: str | None) -> ExitCode:
    """Price all that ever stood in the sandbox until `at` and write it as exports of FOCUS, a subscription and month.

    at: a day or a moment, by default now. as_if_since: what happened here is laid over the time from then until `at`.
    The document adds `since`, `until`, `factor` (seconds there for a quiet one here, None where time is its own),
    `bills`: [{deployment, months: [{month, currency, cost, rows}], unpriced: [{id, why}]}], `nobody` (ids of what
    belongs to no deployment), `exports` (manifests) and `next`. Raises FaultsError for times that cannot be, and where
    nothing ever stood.
    """
    now = datetime.now(UTC)
    until = now if at is None else _moment("--at", at, now)
    told = story_of(home, now)
    begun = told.begun
    if begun is None:
        raise FaultsError([_nothing(home)])
    stretch = None
    since = begun if as_if_since is None else _moment("--as-if-since", as_if_since, now)
    if since >= until:
        raise FaultsError([_backwards(since, until, as_if_since)])
    if as_if_since is not None:
        stretch = Stretch(begun, now, runs_of(home), since, until)
        told = told.stretched(stretch)
    sheet = load_sheet()
    bills = [bill_of(name, stood, pricing_of(name, sheet), since, until) for name, stood in told.of.items()]
    directory = home.root / "costs" / "exports"
    charges = [charge for bill in bills for charge in bill.charges]
    rows = (row_of(charge, SOURCE) for charge in charges)
    exports = write_exports(rows, directory, source=SOURCE, at=now, whole=True)
    following = f"./cfctl cost import {directory}"
    _show(screen, bills, sheet.currency)
    _say(screen, told, bills, stretch)
    screen.say(f"{len(charges)} rows of FOCUS in {len(exports)} export(s) under {directory}", style="dim")
    screen.say(f"next        {following}")
    screen.document(
        documents.document(
            "cost meter",
            ExitCode.OK,
            since=since.isoformat(),
            until=until.isoformat(),
            factor=None if stretch is None else round(stretch.factor, 3),
            bills=[_described(bill, sheet.currency) for bill in bills],
            nobody=list(told.nobody),
            exports=[str(path) for path in exports],
            next=[following],
        )
    )
    return ExitCode.OK


def _show(screen: Screen, bills: Sequence[Bill], currency: str) -> None:
    table = plain_table(("deployment", "month", "days", currency, "rows"), right=("days", currency, "rows"))
    for bill in bills:
        for month, charges in _months(bill).items():
            days = Decimal(len({charge.day for charge in charges}))
            table.add_row(
                bill.deployment, f"{month:%Y-%m}", str(days), cents(_cost(charges, currency)), str(len(charges))
            )
    total = Money.total((bill.total(currency) for bill in bills), currency)
    table.add_row("together", "", "", cents(total), str(sum(len(bill.charges) for bill in bills)))
    show_table(screen, table)


def _say(screen: Screen, told: Story, bills: Sequence[Bill], stretch: Stretch | None) -> None:
    """What is not in the figures, and how time was taken."""
    for bill in bills:
        for arm_id, why in bill.unpriced.items():
            screen.say(f"unpriced    {arm_id}: {why}", style="yellow")
    for arm_id in told.nobody:
        screen.say(
            f"nobody's    {arm_id}: no tag, group or name says whose it is, and nobody is charged", style="yellow"
        )
    if told.since is not None:
        screen.say(f"what was gone before {told.since:%Y-%m-%d %H:%M} UTC was not metered", style="yellow")
    if stretch is not None:
        screen.say(f"a second here, between runs, counts as {duration(stretch.factor)} there", style="dim")


def _described(bill: Bill, currency: str) -> dict[str, Any]:
    return {
        "deployment": bill.deployment,
        "months": [
            {
                "month": f"{month:%Y-%m}",
                "currency": currency,
                "cost": cents(_cost(charges, currency)),
                "rows": len(charges),
            }
            for month, charges in _months(bill).items()
        ],
        "unpriced": [{"id": arm_id, "why": why} for arm_id, why in bill.unpriced.items()],
    }


def _months(bill: Bill) -> dict[date, list[Charge]]:
    found: dict[date, list[Charge]] = defaultdict(list)
    for charge in bill.charges:
        found[charge.day.replace(day=1)].append(charge)
    return dict(sorted(found.items()))


def _cost(charges: Sequence[Charge], currency: str) -> Money:
    return Money.total((charge.cost for charge in charges), currency)


def _moment(option: str, text: str, now: datetime) -> datetime:
    """A day (its beginning) or a moment, in UTC where it has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise FaultsError([_no_time(option, f"{text!r} is no time", now)]) from None
    moment = found.replace(tzinfo=found.tzinfo or UTC)
    if moment > now:
        raise FaultsError([_no_time(option, f"{text} has not come yet", now)])
    return moment


def _no_time(option: str, what: str, now: datetime) -> Fault:
    return Fault(
        where=option,
        what=what,
        allowed="a day or a moment that is past: 2026-11-01, 2026-11-01T06:00+01:00; without a zone it is UTC",
        next_step=f"write {option} {now - timedelta(days=1):%Y-%m-%d}",
    )


def _backwards(since: datetime, until: datetime, as_if_since: str | None) -> Fault:
    if as_if_since is None:
        what = f"nothing stood here before {until:%Y-%m-%d %H:%M} UTC: the first was made at {since:%Y-%m-%d %H:%M}"
        return Fault(where="--at", what=what, allowed="a later time", next_step="leave --at out, for what is until now")
    what = f"from {since:%Y-%m-%d %H:%M} until {until:%Y-%m-%d %H:%M} UTC is no time"
    return Fault(where="--as-if-since", what=what, allowed="an earlier time than --at", next_step="name an earlier day")


def _nothing(home: SandboxHome) -> Fault:
    return Fault(
        where=f"home {home.root}",
        what="nothing ever stood here, so there is nothing to meter",
        allowed="a home in which a deployment was brought up",
        next_step="./cfctl up westeu-dev-1, or name the other home: --home DIR",
    )

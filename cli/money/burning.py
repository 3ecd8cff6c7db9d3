"""What each deployment burns this month: charges that were delivered, and what came after them by the meter.

A day's charges are whole only long after it is over (8 to 24 hours, https://learn.microsoft.com/azure/cost-management-
billing/costs/understand-cost-mgt-data), so of the last day with any the larger of the two counts. What stands on Azure
has no meter here: it goes on at the rate of its last whole days, until three days pass without a charge of it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from cidr import ACCOUNT, DeploymentName
from cli.money.following_inputs import Gathering, own_group
from cli.money.metering import Story, pricing_of, story_of
from finance.alarms import Burn, month_start, spent
from finance.estimate.rows.reading import HOURS
from finance.following.charges import Charges
from finance.following.inputs import Inputs
from finance.following.report import UNALLOCATED
from finance.ledger import Ledger
from finance.metering import bill_of, rate_at
from finance.money import Money
from finance.prices import Sheet, load_sheet
from lifecycle.ends.life import Found, life_of
from sandbox.home import SandboxHome
from stacks import load_stack

Known = Literal["meter", "charges", "nothing"]
_LATEST: Final = timedelta(days=3)
"""Without a charge for so long, nothing stands any more."""
_LOOKED_AT: Final = 7
_HOURS_OF_DAY: Final = 24
_DAY: Final = timedelta(days=1)
Days = Mapping[date, Money]


@dataclass(frozen=True, kw_only=True)
class Burning:
    """The platform this month. burns: every line that holds charges or may come to hold some, with "unallocated".
    rates: how each line's rate is known. as_of: the last day with charges, None without any.
    """

    burns: Mapping[str, Burn]
    rates: Mapping[str, Known]
    budgets: Mapping[str, Money]
    currency: str
    as_of: date | None


def burning(home: SandboxHome, project: Path, ledger: Ledger, now: datetime) -> Burning:
    """All of it. Raises FaultsError for settings, prices, a ledger or a store that cannot be taken; changes nothing."""
    # What a report notices of lifetimes and plans is no matter here: only groups and budgets are taken.
    inputs = Gathering(home=home, project=project, notice=lambda _: None, now=now).inputs(ledger)
    meter = _Meter(story=story_of(home, now), sheet=load_sheet(), project=project, now=now)
    delivered = _delivered(ledger, inputs, now)
    burns: dict[str, Burn] = {}
    rates: dict[str, Known] = {}
    for name in [*(it.name for it in inputs.followed), UNALLOCATED]:
        days = delivered.get(name, {})
        if name in meter.story.of:
            burns[name], rates[name] = meter.burn(name, days), "meter"
        else:
            burns[name] = _by_charges(name, days, inputs.currency, now)
            rates[name] = "charges" if burns[name].per_hour.amount else "nothing"
    return Burning(
        burns=burns,
        rates=rates,
        budgets=inputs.budgets,
        currency=inputs.currency,
        as_of=max((day for days in delivered.values() for day in days), default=None),
    )


def _delivered(ledger: Ledger, inputs: Inputs, now: datetime) -> dict[str, dict[date, Money]]:
    """The month's charges until today, by line and day. What is dated later is a fault of the export, told by it."""
    found: dict[str, dict[date, Money]] = defaultdict(dict)
    for (line, day), sums in Charges(ledger, month_start(now).date(), inputs).sums(["line", "day"]):
        if day <= now.date():
            found[line][day] = Money(sums.billed, inputs.currency)
    return found


@dataclass(frozen=True, kw_only=True)
class _Meter:
    """What stands here and its prices."""

    story: Story
    sheet: Sheet
    project: Path
    now: datetime

    def burn(self, name: str, days: Days) -> Burn:
        """Of what stands, or stood, here: the meter goes on where the charges end."""
        last = max(days, default=None)
        since = month_start(self.now) if last is None else _midnight(last)
        tomorrow = min(since + _DAY, self.now) if last else since
        nothing = Money.zero(self.sheet.currency)
        rest_of_last_day = self._cost(name, since, tomorrow) - days[last] if last else nothing
        rate = rate_at(name, self.story.of[name], pricing_of(name, self.sheet), self.now)
        return Burn(
            name=name,
            billed=Money.total(days.values(), self.sheet.currency),
            reckoned=max(rest_of_last_day, nothing) + self._cost(name, tomorrow, self.now),
            per_hour=rate,
            ends=None if name == ACCOUNT else self._end(name, rate),
        )

    def _cost(self, name: str, since: datetime, until: datetime) -> Money:
        return bill_of(name, self.story.of[name], pricing_of(name, self.sheet), since, until).total(self.sheet.currency)

    def _end(self, name: str, rate: Money) -> datetime | None:
        """When it may be taken down, as its group's tags say; None where none does, or where they cannot be read."""
        own, stood = own_group(load_stack(name, self.project)).lower(), self.story.of[name]
        group = next((it for it in reversed(stood) if it.name.lower() == own and it.ended >= self.now), None)
        if group is None:
            return None
        made = group.begun
        for it in reversed(stood):  # it stood before with other tags: an end that was put off
            made = it.begun if it.id == group.id and it.ended == made else made
        deployment = DeploymentName.parse(name)
        life = life_of(Found(deployment=deployment, tags=group.tags, made=made, month=rate * HOURS), self.now)
        return None if life.faults else life.ends


def _by_charges(name: str, days: Days, currency: str, now: datetime) -> Burn:
    billed = Money.total(days.values(), currency)
    last = max(days, default=None)
    whole = [days[day] for day in sorted(days) if day != last][-_LOOKED_AT:]
    if last is None or not whole or now - _midnight(last) > _LATEST:
        nothing = Money.zero(currency)
        return Burn(name=name, billed=billed, reckoned=nothing, per_hour=nothing)
    mean = Money.total(whole, currency).amount / (len(whole) * _HOURS_OF_DAY)
    rate = Money(max(mean, Decimal(0)).quantize(Decimal("1e-12")), currency)
    reckoned = spent(rate, [(_midnight(last), now)], now) - days[last]
    return Burn(name=name, billed=billed, reckoned=max(reckoned, Money.zero(currency)), per_hour=rate)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

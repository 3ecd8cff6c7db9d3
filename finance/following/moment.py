"""When a report is: its month, the last day with data, and until when what was planned is counted."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from finance.following.charges import Charges
from finance.following.living import DAY, midnight

_LAST: Final = """
SELECT max(day) FROM charges
WHERE month = $month AND currency = $currency AND day BETWEEN $month AND $last AND category = 'Usage'
"""
_DAILY: Final = """
SELECT line, service, day, sum(billed)::DECIMAL(38,12) FROM charges JOIN places USING (place)
WHERE currency = $currency AND category = 'Usage' AND class = '' AND day >= $month::DATE - 31 AND month <= $month
GROUP BY line, service, day ORDER BY line, service, day
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """month, last: its first and last day. as_of: the last day with data, None where there is none. now: in UTC.
    currency: of the report.
    """

    month: date
    last: date
    as_of: date | None
    now: datetime
    currency: str

    @property
    def begin(self) -> datetime:
        """The month's begin in UTC."""
        return midnight(self.month)

    @property
    def end(self) -> datetime:
        """Until when charges are known, and what was planned is held against them."""
        return min(midnight(self.as_of + DAY), self.now) if self.as_of else self.begin

    @property
    def over(self) -> datetime:
        """Until when time has passed in the month, whatever is charged yet."""
        return max(min(midnight(self.last + DAY), self.now), self.begin)

    @property
    def whole(self) -> date:
        """The last day whose charges are all there: today's never are. The day before the month where there is none."""
        if self.as_of is None:
            return self.month - DAY
        return self.as_of if self.as_of < self.now.date() else self.as_of - DAY

    def days(self) -> Iterator[date]:
        """Every day of the month."""
        return (date(self.month.year, self.month.month, day) for day in range(1, self.last.day + 1))


def moment_of(charges: Charges, now: datetime, currency: str) -> Moment:
    """The month of these charges as it is now. Charges for days to come are no data of days that were."""
    month = charges.month
    last = month.replace(day=monthrange(month.year, month.month)[1])
    ((as_of,),) = charges.ask(_LAST, last=min(last, now.date()))
    return Moment(month, last, as_of, now, currency)


def daily_use(charges: Charges) -> dict[str, dict[str, dict[date, Decimal]]]:
    """What use was charged: leaf -> service -> day, the month's and the 31 days before it."""
    found: dict[str, dict[str, dict[date, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for line, service, day, billed in charges.ask(_DAILY):
        found[line][service][day] = billed
    return found

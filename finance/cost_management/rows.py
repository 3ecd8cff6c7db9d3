"""Answers of the Cost Management API as rows of FOCUS: a row a day, resource group, service and currency."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from finance.focus_files import moment_of, next_month
from finance.metering.services import category_of

WITHOUT: Final = (
    "the query gives sums by day, resource group and service: no resource, no tag, no meter, no quantity and no "
    "category of charge; list and contracted cost are not asked for, the billed cost stands for them"
)
"""What the rows lack, for people."""
_DIGITS: Final = Decimal("1e-12")


@dataclass(frozen=True, kw_only=True)
class Sum:
    """One row of an answer. group: small letters, empty outside of any."""

    day: date
    group: str
    service: str
    currency: str
    cost: Decimal


def rows_of(
    subscription: str, billed: Iterable[Sum], amortised: Iterable[Sum], source: str
) -> Iterator[dict[str, str]]:
    """The two answers side by side, as text; what only one of them has costs nothing in the other."""
    both: dict[tuple[date, str, str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for it in billed:
        key = (it.day, it.group, it.service, it.currency)
        both[key] = (both[key][0] + it.cost, both[key][1])
    for it in amortised:
        key = (it.day, it.group, it.service, it.currency)
        both[key] = (both[key][0], both[key][1] + it.cost)
    for (day, group, service, currency), (asked, used) in sorted(both.items()):
        month = day.replace(day=1)
        yield {
            "BilledCost": _exact(asked),
            "EffectiveCost": _exact(used),
            "ListCost": _exact(asked),
            "ContractedCost": _exact(asked),
            "BillingCurrency": currency,
            "BillingPeriodStart": moment_of(month),
            "BillingPeriodEnd": moment_of(next_month(month)),
            "ChargePeriodStart": moment_of(day),
            "ChargePeriodEnd": moment_of(day + timedelta(days=1)),
            "ChargeCategory": "Usage",
            "ChargeDescription": f"{service}, all of its charges of the day",
            "ProviderName": "Microsoft",
            "ServiceName": service,
            "ServiceCategory": category_of(service),
            "SubAccountId": f"/subscriptions/{subscription}",
            "SubAccountType": "Subscription",
            "x_ResourceGroupName": group,
            "x_Source": source,
        }


def _exact(amount: Decimal) -> str:
    """To the twelfth digit, finer than what Azure sends is exact to: it sends binary fractions."""
    return str(amount.quantize(_DIGITS, ROUND_HALF_UP))

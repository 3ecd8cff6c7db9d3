"""What sleeping saves by the price sheet, and what goes on costing: storage, caches, hubs, endpoints, addresses."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from finance.estimate import Estimate
from finance.estimate.rows.reading import HOURS
from finance.money import Money

SERVICE: Final = "app:ContainerApp"
SERVER: Final = "dbforpostgresql:Server"
_KEPT: Final = ("postgres-storage", "postgres-backup")
"""Meters of a server that are billed while it is stopped: https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server."""


def saving_of(estimate: Estimate) -> Mapping[str, Any]:
    """As evidence, at expected use: {currency, hour, day, month, goes_on: {kind of resource: a month}}, as decimals.

    A service without least replicas costs by its work alone: what is saved of it is what that work would have cost.
    """
    zero = Money.zero(estimate.currency)
    saved = zero
    goes_on: defaultdict[str, Money] = defaultdict(lambda: zero)
    for priced in estimate.priced:
        for line in priced.lines:
            if line.cost is None:
                continue
            if _stops(priced.resource.kind, line.meter):
                saved += line.cost.expected
            else:
                goes_on[priced.resource.kind] += line.cost.expected
    month = saved.amount
    dearest = sorted(goes_on.items(), key=lambda it: it[1].amount, reverse=True)
    return {
        "currency": estimate.currency,
        "hour": _rounded(month / HOURS, "0.0001"),
        "day": _rounded(month * 24 / HOURS, "0.01"),
        "month": _rounded(month, "0.01"),
        "goes_on": {kind: _rounded(money.amount, "0.01") for kind, money in dearest if money.amount >= Decimal("0.01")},
    }


def _stops(kind: str, meter: str) -> bool:
    return kind == SERVICE or (kind == SERVER and not meter.startswith(_KEPT))


def _rounded(amount: Decimal, places: str) -> str:
    return str(amount.quantize(Decimal(places)))

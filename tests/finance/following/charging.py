"""Charges and inputs for tests of what follows deployments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from finance.estimate.rows.reading import HOURS
from finance.following import Followed, Inputs, Lifetime, Plan
from finance.following.plan import Planned
from finance.money import Money
from finance.ranges import Cost, Range

MONTH = date(2026, 11, 1)
DEV = "11111111-1111-4111-8111-111111111111"
PROD = "33333333-3333-4333-8333-333333333333"
SERVER = "/subscriptions/s/psql"
ROOM = "/subscriptions/s/log"
NAMES = ("global-dev", "westeu-dev-1", "eastus-dev-1", "global-prod", "westeu-prod-1", "account")

Row = Mapping[str, object]


def at(day: int, hour: int = 0) -> datetime:
    """A time of November."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def usd(amount: str | int | Decimal) -> Money:
    """An amount in the reports' currency."""
    return Money(Decimal(amount), "USD")


def charge(day: int | date, billed: str | int | Decimal, line: str = "westeu-dev-1", **more: object) -> Row:
    """A charge of a day of November, in the group of a deployment and with its tag."""
    return {
        "SubAccountId": DEV,
        "BillingPeriodStart": MONTH,
        "ChargePeriodStart": day if isinstance(day, date) else date(2026, 11, day),
        "BilledCost": billed,
        "x_ResourceGroup": f"rg-cf-{line}",
        "Tags": {"Deployment": line, "CostCenter": "Platform"},
        "ServiceName": "Azure Database for PostgreSQL",
        **more,
    }


def followed(name: str, plan: Plan | None = None, lifetime: Lifetime | None = None) -> Followed:
    """A deployment with its group."""
    return Followed(name=name, groups=(f"rg-cf-{name}",), plan=plan, lifetime=lifetime)


def inputs(*deployments: Followed, now: datetime | None = None, **more: Any) -> Inputs:
    """Inputs of these deployments, or of all names, on the 21st."""
    given = deployments or tuple(followed(name) for name in NAMES)
    return replace(Inputs(currency="USD", now=now or at(21), followed=given, budgets={}), **more)


def plan(*items: Planned, known: Mapping[str, str] | None = None) -> Plan:
    """A plan of these items, a fifth cheaper at low use and a fifth dearer at high."""
    total = sum((it.cost for it in items), Decimal(0))
    month = Cost(usd(total * Decimal("0.8")), usd(total), usd(total * Decimal("1.2")))
    return Plan(month, items, known or {}, {"logs-gb": Range(Decimal(2), Decimal(6), Decimal(20))})


def server(price: str = "0.02") -> Planned:
    """A server by the hour, all month."""
    units = HOURS
    return Planned(
        SERVER, "psql", "Azure Database for PostgreSQL", "B1MS", "postgres-b1ms", "1 Hour", units,
        units * Decimal(price), by_use=False, driver=None,
    )  # fmt: skip


def logs(gb: str = "6", price: str = "3") -> Planned:
    """Logs by use."""
    units = Decimal(gb)
    return Planned(
        ROOM, "log", "Log Analytics", "Analytics Logs Data Ingestion", "logs-ingestion", "1 GB", units,
        units * Decimal(price), by_use=True, driver="logs-gb",
    )  # fmt: skip


def billed(
    item: Planned, days: Sequence[int], *, quantity: Decimal = Decimal(1), price: Decimal = Decimal(1)
) -> Iterator[Row]:
    """What a planned item is billed a day, its quantity and its price multiplied."""
    for day in days:
        units = (item.units * 24 / HOURS * quantity).quantize(Decimal("1e-9"))
        each = item.cost / item.units * price
        yield charge(
            day,
            (units * each).quantize(Decimal("1e-12")),
            ResourceId=item.resource,
            ResourceName=item.name,
            ServiceName=item.service,
            SkuMeter=item.meter,
            PricingQuantity=units,
            PricingUnit=item.unit,
        )


def days_before(day: date, count: int) -> list[date]:
    """So many days before it, the oldest first."""
    return [day - timedelta(days=back) for back in range(count, 0, -1)]

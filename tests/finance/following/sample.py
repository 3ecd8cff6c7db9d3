"""A rich sample: charges of two months, what is known of the deployments, and the report of it, for tests of all who
show reports. There is one of every kind of finding in it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from finance.estimate.rows.reading import HOURS
from finance.following import Closed, Followed, Inputs, Lifetime, Plan, Report, Teardown, assemble
from finance.following.plan import Planned
from finance.following.report import UNALLOCATED
from finance.ledger import Ledger
from finance.money import Money
from finance.ranges import Cost, Range
from tests.finance.following.charging import DEV, MONTH, PROD, Row, at, charge, usd

NOW: Final = datetime.fromisoformat("2026-11-21T06:00:00+00:00")
BEFORE: Final = date(2026, 10, 1)
ENVIRONMENTS: Final = {"global-dev": DEV, "westeu-dev-1": DEV, "eastus-dev-1": DEV}
"""Subscriptions; all that is not here stands in prod's."""

# Resource, service, meter, unit, units a month, price of a unit, declared use that it hangs on.
_POSTGRES: Final = ("psql", "Azure Database for PostgreSQL", "vCore", "1 Hour", "1460", "0.106", "")
_BURSTABLE: Final = ("psql", "Azure Database for PostgreSQL", "B1MS", "1 Hour", "730", "0.0199", "")
_HUBS: Final = ("evhns", "Event Hubs", "Standard Throughput Unit", "1 Hour", "730", "0.03", "")
_LOGS: Final = ("log", "Log Analytics", "Analytics Logs Data Ingestion", "1 GB", "6", "2.99", "logs-gb")
_APPS: Final = (
    "form-service",
    "Azure Container Apps",
    "Standard vCPU Active Usage",
    "1 Second",
    "720000",
    "0.000034",
    "",
)
_ENDPOINT: Final = ("pe-kv", "Virtual Network", "Standard Private Endpoint", "1 Hour", "730", "0.01", "")
_REDIS: Final = ("redis", "Redis Cache", "B0 Cache Instance", "1 Hour", "730", "0.017", "")

Item = tuple[str, str, str, str, str, str, str]
PLANS: Final[dict[str, tuple[Item, ...]]] = {
    "global-dev": (_BURSTABLE, _HUBS, _REDIS, _APPS),
    "global-prod": (_POSTGRES, _HUBS, _LOGS, _REDIS, _APPS),
    "westeu-dev-1": (_BURSTABLE, _HUBS, _LOGS, _APPS, _ENDPOINT),
    "eastus-dev-1": (_BURSTABLE, _HUBS, _ENDPOINT),
    "westeu-prod-1": (_POSTGRES, _HUBS, _LOGS, _REDIS, _APPS, _ENDPOINT),
}
BUDGETS: Final = {
    "global-dev": 150, "westeu-dev-1": 60, "eastus-dev-1": 200, "global-prod": 1000, "westeu-prod-1": 5000,
    "dev": 550, "prod": 21000, "company": 21550,
}  # fmt: skip
LIVES: Final = {
    "global-dev": Lifetime(lived=((at(1) - timedelta(days=20), None),)),
    "westeu-dev-1": Lifetime(
        lived=((at(1) - timedelta(days=20), None),),
        planned=((at(1) - timedelta(days=20), at(10)),),
        expires=at(18),
        extensions=2,
        why="load test of Contoso",
    ),
    "eastus-dev-1": Lifetime(lived=((at(1) - timedelta(days=20), at(9, 12)),), planned=((at(1), at(12)),)),
}


def _planned(name: str) -> Plan:
    items = tuple(
        Planned(
            resource=_id(name, resource),
            name=resource,
            service=service,
            meter=meter,
            key=meter.lower().replace(" ", "-"),
            unit=unit,
            units=Decimal(units),
            cost=Decimal(units) * Decimal(price),
            by_use=meter in (_LOGS[2], _APPS[2]),
            driver=driver or None,
        )
        for resource, service, meter, unit, units, price, driver in PLANS[name]
    )
    month = sum((it.cost for it in items), Decimal(0))
    return Plan(
        Cost(usd(month * Decimal("0.82")), usd(month), usd(month * Decimal("1.37"))),
        items,
        {_id(name, "nsg"): "free"},
        {"logs-gb": Range(Decimal(2), Decimal(6), Decimal(20))},
    )


def _id(name: str, resource: str) -> str:
    return f"/subscriptions/{ENVIRONMENTS.get(name, PROD)}/resourcegroups/rg-cf-{name}/providers/x/{resource}-cf-{name}"


def _day(name: str, day: date, item: Item, quantity: Decimal, price: Decimal = Decimal(1), **more: object) -> Row:
    resource, service, meter, unit, units, each, _ = item
    amount = (Decimal(units) * 24 / HOURS * quantity).quantize(Decimal("1e-6"))
    return charge(
        day,
        amount * Decimal(each) * price,
        name,
        BillingPeriodStart=day.replace(day=1),
        SubAccountId=ENVIRONMENTS.get(name, PROD),
        ResourceId=_id(name, resource),
        ResourceName=f"{resource}-cf-{name}",
        ServiceName=service,
        SkuMeter=meter,
        PricingQuantity=amount,
        PricingUnit=unit,
        **more,
    )  # fmt: skip


def _scattered(day: date, item: Item) -> Decimal:
    """Use rises and falls by up to a sixth, each day its own way and each time the same; hours of a server do not."""
    return Decimal(1) if item[3] == "1 Hour" else 1 + Decimal((day.toordinal() * 37 + len(item[0])) % 17 - 8) / 50


def rows() -> Iterator[Row]:
    """The charges: October from the 12th on, November until the 20th."""
    days = [date(2026, 10, 12) + timedelta(days=index) for index in range(40)]
    for name, items in PLANS.items():
        for day in days:
            if name == "eastus-dev-1" and day > date(2026, 11, 9):
                continue
            alive = Decimal("0.5") if (name, day) == ("eastus-dev-1", date(2026, 11, 9)) else Decimal(1)
            for item in items:
                if (name, item) != ("westeu-dev-1", _ENDPOINT):
                    yield _day(
                        name, day, item, alive * _scattered(day, item) * _odd(name, day, item), _dearer(name, item)
                    )
    yield from _singles(days)


def _odd(name: str, day: date, item: Item) -> Decimal:
    if (name, item) == ("westeu-dev-1", _APPS) and day == date(2026, 11, 14):
        return Decimal(19)
    return Decimal("1.75") if (name, item) == ("westeu-dev-1", _LOGS) else Decimal(1)


def _dearer(name: str, item: Item) -> Decimal:
    return Decimal("1.08") if (name, item) == ("westeu-prod-1", _REDIS) else Decimal(1)


def _singles(days: Sequence[date]) -> Iterator[Row]:
    for day in days:
        month = {"BillingPeriodStart": day.replace(day=1), "SubAccountId": PROD, "ServiceName": "Storage"}
        yield charge(day, "0.83", "account", **{**month, "x_ResourceGroup": "rg-cf-state"})
        yield charge(day, "0.411111111111", "westeu-test-1", **{**month, "x_ResourceGroup": "rg-somebody"})
    disk = {"ResourceId": _id("westeu-dev-1", "disk"), "ResourceName": "disk-by-hand", "ServiceName": "Storage"}
    for day in range(12, 21):
        yield charge(day, "0.60", **disk, Tags={})
    yield charge(date(2026, 10, 20), "-4.25", ChargeCategory="Credit", ServiceName="Azure Container Apps")
    yield charge(3, "0", ServiceName="Storage", ResourceId=_id("westeu-dev-1", "st"))
    bought = {"ChargeCategory": "Purchase", "SubAccountId": PROD, "ServiceName": "Redis Cache", "EffectiveCost": "0"}
    yield charge(2, "96.00", "westeu-prod-1", **bought)
    for day in range(2, 21):
        yield charge(day, "0", "westeu-prod-1", **{**bought, "ChargeCategory": "Usage", "EffectiveCost": "0.26"})


def sample_inputs() -> Inputs:
    """What is known of the deployments: October is closed, with 1.10 less than the ledger has now."""
    followed = [
        Followed(
            name=name,
            groups=(f"rg-cf-{name}", f"rg-cf-{name}-apps"),
            plan=_planned(name),
            lifetime=LIVES.get(name),
            teardowns=(Teardown(at=at(9, 12), per_day=usd("1.44")),) if name == "eastus-dev-1" else (),
        )
        for name in PLANS
    ]
    return Inputs(
        currency="USD",
        now=NOW,
        followed=(*followed, Followed(name="account", groups=("rg-cf-state",))),
        budgets={name: usd(amount) for name, amount in BUDGETS.items()},
        invoices={PROD: usd("446.00")},
        closed=(Closed(month=BEFORE, hash="c" * 64, lines=_frozen()),),
    )


def _frozen() -> dict[str, tuple[Money, Money]]:
    sums: dict[str, Decimal] = {}
    for row in rows():
        if row["BillingPeriodStart"] == BEFORE:
            group = str(row["x_ResourceGroup"]).removeprefix("rg-cf-")
            name = {"state": "account", "rg-somebody": UNALLOCATED}.get(group, group)
            sums[name] = sums.get(name, Decimal(0)) + Decimal(str(row["BilledCost"]))
    sums["global-prod"] -= Decimal("1.10")
    return {name: (usd(amount), usd(amount)) for name, amount in sums.items()}


def sample_ledger() -> Ledger:
    """The charges as a ledger in memory, to be closed by who asked for it."""
    return Ledger.of_rows(rows())


@lru_cache(maxsize=1)
def sample_report() -> Report:
    """November of 2026 as of the 20th: two environments, a deployment that overspends, one that went."""
    with sample_ledger() as ledger:
        return assemble(ledger, MONTH, sample_inputs())

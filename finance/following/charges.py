"""The charges that a report is made of, summed by DuckDB: what comes out is as large as the platform, not as the bill.

Each charge stands on exactly one leaf: that of its resource group where the group is known, else that of its Deployment
tag, else `unallocated`. Sums are DECIMAL(38,12), which DuckDB adds exactly or raises.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from finance.following.inputs import Followed, Inputs
from finance.following.report import UNALLOCATED
from finance.ledger import Ledger

TAGS: Final = ("Deployment", "Environment", "CostCenter", "Owner")
"""The tags that are shown; the first says whose a charge is."""

# The name of a tag is case-insensitive for Azure, and tools write it as they like:
# https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
_TAG: Final = """coalesce(json_extract_string(
    tags, '$.' || list_filter(json_keys(tags), lambda key: lower(key) = lower('{name}'))[1]
), '') AS "{name}\""""
_PLACES: Final = """
CREATE OR REPLACE TEMP TABLE places AS
WITH pairs AS (
    SELECT DISTINCT x_ResourceGroup AS g, Tags AS t FROM costs WHERE BillingPeriodStart IN ({months})
), tagged AS (
    SELECT g, t, CASE WHEN json_valid(t) AND json_type(t) = 'OBJECT' THEN t ELSE '{{}}' END AS tags FROM pairs
), named AS (
    SELECT g, t, {tags} FROM tagged
)
SELECT row_number() OVER (ORDER BY named.g, t) AS place, named.g, t, {names},
    coalesce(ours.line, '{nobody}') AS by_group,
    coalesce(known.line, '{nobody}') AS by_tag,
    coalesce(ours.line, known.line, '{nobody}') AS line
FROM named LEFT JOIN ours ON ours.g = named.g LEFT JOIN known ON known.line = lower("Deployment")
"""
_CHARGES: Final = """
CREATE OR REPLACE TEMP TABLE charges AS
SELECT BillingPeriodStart AS month, SubAccountId AS subscription, place, ServiceName AS service,
    ChargePeriodStart AS day, ChargeCategory AS category, ChargeClass AS class, BillingCurrency AS currency,
    x_Source AS source, sum(BilledCost)::DECIMAL(38,12) AS billed, sum(EffectiveCost)::DECIMAL(38,12) AS amortised,
    count(*) AS rows, count(*) FILTER (BilledCost < 0) AS negatives,
    coalesce(sum(BilledCost) FILTER (BilledCost < 0), 0)::DECIMAL(38,12) AS negative,
    count(*) FILTER (BilledCost = 0 AND EffectiveCost = 0) AS zeros
FROM costs JOIN places ON g = x_ResourceGroup AND t = Tags
WHERE BillingPeriodStart IN ({months})
GROUP BY ALL
"""
_SUMS: Final = """
SELECT {columns}, sum(billed)::DECIMAL(38,12), sum(amortised)::DECIMAL(38,12), sum(rows)::BIGINT
FROM charges JOIN places USING (place)
WHERE month = $month AND currency = $currency AND ({where}) GROUP BY {columns} ORDER BY {columns}
"""
_METERS: Final = """
SELECT line, ResourceId, any_value(ResourceName), ServiceName, SkuMeter, PricingUnit, ChargeCategory, ChargeClass,
    sum(PricingQuantity)::DECIMAL(38,12), sum(BilledCost)::DECIMAL(38,12)
FROM costs JOIN places ON g = x_ResourceGroup AND t = Tags
WHERE BillingPeriodStart = $month AND BillingCurrency = $currency AND list_contains($lines, line)
GROUP BY line, ResourceId, ServiceName, SkuMeter, PricingUnit, ChargeCategory, ChargeClass
ORDER BY line, ResourceId, ServiceName, SkuMeter, PricingUnit, ChargeCategory, ChargeClass
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What charges come to. rows: how many they are."""

    billed: Decimal
    amortised: Decimal
    rows: int


@dataclass(frozen=True, slots=True)
class Metered:
    """What a resource was charged for one meter, of one category, in the month."""

    line: str
    resource: str
    name: str
    service: str
    meter: str
    unit: str
    category: str
    charge_class: str
    quantity: Decimal
    billed: Decimal


class Charges:
    """The month's charges, placed. The month before and the closed ones stand in the same tables."""

    def __init__(self, ledger: Ledger, month: date, inputs: Inputs) -> None:
        self._connection = ledger.connection
        self._currency = inputs.currency
        self.month = month
        before = (month - timedelta(days=1)).replace(day=1)
        months = {before, month, *(closed.month for closed in inputs.closed)}
        written = ", ".join(f"DATE '{day.isoformat()}'" for day in sorted(months))
        self._know(inputs.followed)
        tags = ", ".join(_TAG.format(name=name) for name in TAGS)
        names = ", ".join(f'"{name}"' for name in TAGS)
        self._connection.execute(_PLACES.format(months=written, tags=tags, names=names, nobody=UNALLOCATED))
        self._connection.execute(_CHARGES.format(months=written))

    def ask(self, question: str, **values: object) -> list[tuple[Any, ...]]:
        """A question to the tables `charges` and `places`; $month and $currency are given where they stand in it."""
        given = {"month": self.month, "currency": self._currency, **values}
        used = {name: value for name, value in given.items() if f"${name}" in question}
        return self._connection.execute(question, used or None).fetchall()

    def sums(self, keys: Sequence[str], where: str = "true") -> Iterator[tuple[tuple[Any, ...], Sums]]:
        """The month's charges in the report's currency by columns of the two tables, in the order of those."""
        columns = ", ".join(f'"{key}"' for key in keys)
        for *key, billed, amortised, rows in self.ask(_SUMS.format(columns=columns, where=where)):
            yield tuple(key), Sums(billed, amortised, rows)

    def meters(self, lines: Sequence[str]) -> list[Metered]:
        """What each resource of these lines was charged, by meter."""
        return [Metered(*row) for row in self.ask(_METERS, lines=list(lines))]

    def _know(self, followed: Iterable[Followed]) -> None:
        ours = [(group.lower(), it.name) for it in followed for group in it.groups]
        self._table("ours", ("g", "line"), [[group for group, _ in ours], [line for _, line in ours]])
        self._table("known", ("line",), [[it.name for it in followed]])

    def _table(self, name: str, columns: Sequence[str], values: Sequence[Sequence[str]]) -> None:
        unnested = ", ".join(f"unnest(${index}::VARCHAR[]) AS {it}" for index, it in enumerate(columns, 1))
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {unnested}", list(values))

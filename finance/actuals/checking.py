# ruff: noqa: S608 - what is put together are names of ours
"""What stands in the rows of an export, found in one pass over them: totals, and all that a reader should be told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb

from cidr import ACCOUNT, Fault
from cidr.faults import nearest
from finance.actuals.dialects import Dialect
from finance.actuals.reading import CHECKED, RESTS
from finance.ledger.schema import COSTS
from finance.money import EXACT, Money
from stacks import known_deployments

K = TypeVar("K")
_STEP: Final = Decimal("1e-12")
_CUTTING: Final = Context(prec=EXACT.prec)
_NAMED: Final = 5
"""Of deployments that are none so many are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of one subscription, billing month (`2026-11`) and currency.

    unread: column -> rows in which it could not be read. totals, rests: cost -> sum; the rests are what lies beyond the
    twelfth digit of each amount, not in the totals.
    """

    subscription: str
    month: str
    currency: str
    rows: int
    negative: int
    negative_sum: Decimal
    zero: int
    first: date
    last: date
    future: int
    unread: Mapping[str, int]
    totals: Mapping[str, Decimal]
    rests: Mapping[str, Decimal]

    @property
    def carried(self) -> dict[str, Decimal]:
        """Of the rests what fills twelve digits: it goes into the ledger as a row of its own."""
        return {name: rest.quantize(_STEP, ROUND_DOWN, _CUTTING) for name, rest in self.rests.items()}

    @property
    def beyond(self) -> dict[str, Decimal]:
        """Of the rests what is left then: less than 0.000000000001, and in no figure."""
        return {name: EXACT.subtract(rest, self.carried[name]) for name, rest in self.rests.items()}


def look(connection: duckdb.DuckDBPyConnection, staged: Sequence[Path], today: date) -> tuple[Found, ...]:
    """What stands in these staged files. today: a later day is in the future."""
    if not staged:
        return ()
    unread = ", ".join(f'count(*) - count("{name}")' for name in CHECKED)
    totals = ", ".join(f'coalesce(sum("{name}"), 0)' for name in COSTS)
    rests = ", ".join(f'coalesce(sum("{rest}"), 0)' for rest in RESTS.values())
    found = connection.read_parquet([str(path) for path in staged], hive_partitioning=False).query(
        "staged",
        f"""SELECT SubAccountId, coalesce(strftime(BillingPeriodStart, '%Y-%m'), ''), coalesce(BillingCurrency, ''),
            count(*), count(*) FILTER (BilledCost < 0), coalesce(sum(BilledCost) FILTER (BilledCost < 0), 0),
            count(*) FILTER (BilledCost = 0 AND EffectiveCost = 0),
            coalesce(min(ChargePeriodStart), DATE '1970-01-01'), coalesce(max(ChargePeriodStart), DATE '1970-01-01'),
            count(*) FILTER (ChargePeriodStart > DATE '{today}'), {unread}, {totals}, {rests}
        FROM staged GROUP BY ALL ORDER BY ALL""",
    )
    return tuple(_found(row) for row in found.fetchall())


@dataclass(frozen=True, slots=True)
class Commitments:
    """Rows of commitments (reservations, savings plans). bought: billed as a whole; covered: with an amortised cost."""

    bought: int
    covered: int


def look_for_commitments(connection: duckdb.DuckDBPyConnection, staged: Sequence[Path]) -> Commitments:
    """How many rows of each kind stand in these staged files."""
    if not staged:
        return Commitments(0, 0)
    found = connection.read_parquet([str(path) for path in staged], hive_partitioning=False).query(
        "staged",
        """SELECT count(*) FILTER (ChargeCategory = 'Purchase' AND BilledCost <> 0 AND EffectiveCost = 0),
            count(*) FILTER (CommitmentDiscountStatus <> '' AND EffectiveCost <> 0) FROM staged""",
    )
    return Commitments(*found.fetchall()[0])


def strangers(connection: duckdb.DuckDBPyConnection, staged: Sequence[Path], where: str) -> Iterator[Fault]:
    """A word on tags that name no deployment of ours, and on tags that nobody can read."""
    if not staged:
        return
    found = connection.read_parquet([str(path) for path in staged], hive_partitioning=False).query(
        "staged",
        """SELECT coalesce(Tags->>'Deployment', ''), bool_or(Tags LIKE '{"x_Unreadable":%'), sum(rows)::BIGINT,
            sum(billed), currency
        FROM (SELECT Tags, BillingCurrency AS currency, count(*) AS rows, sum(BilledCost) AS billed
            FROM staged GROUP BY ALL) GROUP BY ALL ORDER BY sum(billed) DESC""",
    )
    known = [ACCOUNT, *(str(name) for name in known_deployments())]
    unknown: list[tuple[str, int, Money]] = []
    for name, unreadable, rows, billed, currency in found.fetchall():
        amount = Money(billed or Decimal(0), currency or "")
        if unreadable:
            yield Fault(
                where=where,
                what=f"tags of {rows:,} rows are no JSON object: {amount} count as untagged, their text is kept",
                allowed='{"Deployment": "westeu-dev-1"}, with or without the braces',
                next_step="look at the export's Tags",
            )
        elif name and name.lower() not in known:
            unknown.append((name, rows, amount))
    for name, rows, amount in unknown[:_NAMED]:
        near = nearest(name, known)
        yield Fault(
            where=where,
            what=f"the tag Deployment is {name!r} in {rows:,} rows ({amount}), which is none: by tag unallocated",
            allowed=", ".join(known),
            next_step=f"correct the tag to {near}" if near else "correct the tag, or leave it",
        )
    if len(unknown) > _NAMED:
        rest = unknown[_NAMED:]
        yield Fault(
            where=where,
            what=f"{len(rest)} more names in the tag Deployment are no deployment, in {sum(it[1] for it in rest)} rows",
            allowed=", ".join(known),
            next_step="correct the tags",
        )


def notices(found: Sequence[Found], dialect: Dialect, where: str, period: str) -> Iterator[Fault]:
    """What a reader of the figures should know; none of it keeps a row out."""
    if not found:
        month = f"for {period} " if period else ""
        yield _said(
            where, f"has no charge: the month {month}is without data", "run the export again, if there were any"
        )
    for (month, currency), parts in _by(found, lambda it: (it.month, it.currency)).items():
        place = f"{where} {month}"
        if negative := sum(it.negative for it in parts):
            amount = Money(sum((it.negative_sum for it in parts), Decimal(0)), currency)
            yield _said(place, f"{_rows(negative)} negative, together {amount}: counted as they are")
        if zero := sum(it.zero for it in parts):
            yield _said(place, f"{_rows(zero)} of no cost: kept")
        if future := sum(it.future for it in parts):
            yield _said(place, f"{_rows(future)} of days to come, until {max(it.last for it in parts)}: counted")
        yield from (_said(place, _beyond_said(it)) for it in parts if any(it.rests.values()))
    currencies = _by(found, lambda it: it.currency)
    if len(currencies) > 1:
        sums = ", ".join(
            str(Money(sum((it.totals["BilledCost"] for it in parts), Decimal(0)), currency))
            for currency, parts in currencies.items()
        )
        yield _said(where, f"charges are in {len(currencies)} currencies, which are never added up: {sums}")
    if nowhere := sum(it.rows for it in found if not it.subscription):
        yield _said(where, f"{_rows(nowhere)} of no subscription: kept, as unallocated")
    if dialect.without:
        yield _said(where, f"{dialect.name} gives {dialect.without}", "export FOCUS, which has them")


def _beyond_said(it: Found) -> str:
    of = f"subscription {it.subscription}" if it.subscription else "no subscription"
    carried = ", ".join(f"{name} {amount:f}" for name, amount in it.carried.items() if amount)
    left = ", ".join(f"{name} {amount.normalize(EXACT):f}" for name, amount in it.beyond.items() if amount)
    return "; ".join(
        said
        for said in (
            f"amounts of {of} have more than 12 digits after the point",
            f"what lies beyond is a row of its own: {carried} {it.currency}" if carried else "",
            f"too small for a twelfth digit, and in no figure: {left} {it.currency}" if left else "",
        )
        if said
    )


def _rows(count: int) -> str:
    return f"{count:,} row is" if count == 1 else f"{count:,} rows are"


def _by(found: Iterable[Found], key: Callable[[Found], K]) -> dict[K, list[Found]]:
    groups: dict[K, list[Found]] = {}
    for it in found:
        groups.setdefault(key(it), []).append(it)
    return dict(groups)


def _said(where: str, what: str, next_step: str = "nothing") -> Fault:
    return Fault(where=where, what=what, allowed="", next_step=next_step)


def _found(row: Sequence[Any]) -> Found:
    numbers = iter(row[10:])
    return Found(
        *row[:10],
        unread={name: count for name in CHECKED if (count := next(numbers))},
        totals={name: next(numbers) for name in COSTS},
        rests={name: next(numbers) for name in RESTS},
    )

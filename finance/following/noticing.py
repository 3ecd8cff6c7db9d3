"""What is odd about the input: said with its amount, and still counted, or said why it is not."""

from collections.abc import Container, Iterator
from datetime import timedelta
from typing import Final

from finance.following.charges import Charges
from finance.following.findings import Notice
from finance.following.inputs import Inputs
from finance.following.living import DAY, lived
from finance.following.moment import Moment
from finance.following.report import UNALLOCATED
from finance.following.splitting import Sharing
from finance.money import Money

STALE: Final = timedelta(days=3)
"""Azure's data are complete two days later, and those of a month three days after its end; older is no delay:
https://learn.microsoft.com/azure/cost-management-billing/costs/understand-cost-mgt-data
"""
_NAMED: Final = 5
"""So many of a kind are told by name, the dearest first."""

_CURRENCIES: Final = """
SELECT currency, sum(rows)::BIGINT, sum(billed)::DECIMAL(38,12) FROM charges
WHERE month = $month AND currency <> $currency GROUP BY currency ORDER BY currency
"""
_SOURCES: Final = """
SELECT subscription, list(DISTINCT source ORDER BY source) FROM charges WHERE month = $month
GROUP BY subscription HAVING count(DISTINCT source) > 1 ORDER BY subscription
"""
_SIGNS: Final = """
SELECT coalesce(sum(negatives), 0)::BIGINT, coalesce(sum(negative), 0)::DECIMAL(38,12), coalesce(sum(zeros), 0)::BIGINT
FROM charges WHERE month = $month AND currency = $currency
"""
_FUTURE: Final = """
SELECT coalesce(sum(rows), 0)::BIGINT, coalesce(sum(billed), 0)::DECIMAL(38,12), max(day) FROM charges
WHERE month = $month AND currency = $currency AND day > $today
"""
_STRANGERS: Final = """
SELECT {column}, sum(billed)::DECIMAL(38,12) AS total, sum(rows)::BIGINT FROM charges JOIN places USING (place)
WHERE month = $month AND currency = $currency AND {column} <> '' AND {place} = '{nobody}'
GROUP BY {column} ORDER BY abs(total) DESC, {column}
"""
_GONE: Final = """
SELECT DISTINCT subscription FROM charges WHERE month < $month
EXCEPT SELECT subscription FROM charges WHERE month = $month ORDER BY subscription
"""


def notices(charges: Charges, inputs: Inputs, moment: Moment, sharing: Sharing) -> list[Notice]:
    """Everything that a reader of the month must know of its data."""
    charged = {line for (line,), _ in charges.sums(["line"])}
    return [
        *_missing(charges, inputs, moment, charged),
        *_foreign(charges, inputs),
        *_strangers(charges, inputs.currency),
        *_signs(charges, inputs.currency),
        *_estimates(inputs, charged),
        *(Notice("split", f"nobody was there to bear the cost of {name}: it stays on it") for name in sharing.kept),
    ]


def _missing(charges: Charges, inputs: Inputs, moment: Moment, charged: Container[str]) -> Iterator[Notice]:
    month, as_of = moment.month, moment.as_of
    if as_of is None:
        yield Notice("no-data", f"no use of {month:%B %Y} is in the ledger: import its exports (cost import)")
        return
    for (subscription,) in charges.ask(_GONE):
        yield Notice("no-data", f"subscription {subscription} has no charge of {month:%B %Y}, and had some before")
    end = min(moment.last, moment.now.date())
    if end - as_of > STALE:
        yield Notice("stale", f"the last charges are of {as_of}: what came until {end} is foreseen, not known")
    for it in inputs.followed:
        time = lived(it.lifetime, moment.begin, moment.end)
        if it.lifetime and it.name not in charged and time >= DAY:
            yield Notice("no-data", f"{it.name} lived for {time.days} days of the month, and nothing was charged")


def _foreign(charges: Charges, inputs: Inputs) -> Iterator[Notice]:
    for currency, rows, billed in charges.ask(_CURRENCIES):
        words = f"{_charges(rows)} in {currency}, {Money(billed, currency)} in all: left out, there is no rate here"
        yield Notice("currency", words)
    for subscription, sources in charges.ask(_SOURCES):
        words = f"subscription {subscription} has charges of {len(sources)} sources: {', '.join(sources)}: all counted"
        yield Notice("sources", words)
    ((rows, billed, last),) = charges.ask(_FUTURE, today=inputs.now.date())
    if rows:
        words = f"{_charges(rows)} for days to come (until {last}), {Money(billed, inputs.currency)}: counted"
        yield Notice("future", words)


def _strangers(charges: Charges, currency: str) -> Iterator[Notice]:
    tags = _STRANGERS.format(column='"Deployment"', place="by_tag", nobody=UNALLOCATED)
    groups = _STRANGERS.format(column="g", place="by_group", nobody=UNALLOCATED)
    found = charges.ask(tags)
    for tag, billed, rows in found[:_NAMED]:
        amount = Money(billed, currency)
        yield Notice("tag", f"the tag Deployment={tag} is no deployment's: {amount}, {_charges(rows)}")
    if rest := found[_NAMED:]:
        total = Money.total((Money(billed, currency) for _, billed, _ in rest), currency)
        yield Notice("tag", f"{len(rest)} more Deployment tags are no deployment's: {total}")
    found = charges.ask(groups)
    for group, billed, rows in found[:_NAMED]:
        amount = Money(billed, currency)
        yield Notice("group", f"the resource group {group} is no deployment's: {amount}, {_charges(rows)}")
    if rest := found[_NAMED:]:
        total = Money.total((Money(billed, currency) for _, billed, _ in rest), currency)
        yield Notice("group", f"{len(rest)} more resource groups are no deployment's: {total}")


def _signs(charges: Charges, currency: str) -> Iterator[Notice]:
    ((negatives, negative, zeros),) = charges.ask(_SIGNS)
    if negatives:
        yield Notice("negative", f"{_charges(negatives)} below zero, {Money(negative, currency)} in all: counted")
    if zeros:
        yield Notice("zero", f"{_charges(zeros)} of nothing: counted as rows")


def _estimates(inputs: Inputs, charged: Container[str]) -> Iterator[Notice]:
    without = [it.name for it in inputs.followed if it.plan is None and it.name in charged]
    if without:
        yield Notice("estimate", f"no estimate, so no variance: {', '.join(without)}")


def _charges(rows: int) -> str:
    return f"{rows:,} charge{'' if rows == 1 else 's'}"

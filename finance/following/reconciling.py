"""The month's charges by leaf in several views, each with the same total, and every difference between them named."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from finance.following.charges import TAGS, Charges, Sums
from finance.following.report import (
    UNALLOCATED,
    Breakdown,
    Difference,
    Reconciliation,
    Subscription,
    TagBreakdown,
    Views,
)
from finance.money import EXACT, Money

_STRAIGHT = """
SELECT SubAccountId, sum(BilledCost)::DECIMAL(38,12) FROM costs
WHERE BillingPeriodStart = $month AND BillingCurrency = $currency GROUP BY SubAccountId ORDER BY SubAccountId
"""


def leaf_sums(charges: Charges, where: str = "true") -> dict[str, Sums]:
    """What stands on each leaf that has charges (of those that meet an SQL condition)."""
    return {line: sums for (line,), sums in charges.sums(["line"], where)}


def breakdown(charges: Charges, column: str, currency: str) -> tuple[Breakdown, ...]:
    """Each leaf by a column: "service" or "g", the resource group."""
    return tuple(
        Breakdown(line, key, Money(sums.billed, currency), Money(sums.amortised, currency), sums.rows)
        for (line, key), sums in charges.sums(["line", column])
    )


def by_tags(charges: Charges, currency: str) -> tuple[TagBreakdown, ...]:
    """Each leaf by each value of the tags that are shown."""
    return tuple(
        TagBreakdown(line, tag, value, Money(sums.billed, currency), Money(sums.amortised, currency), sums.rows)
        for tag in TAGS
        for (line, value), sums in charges.sums(["line", tag])
    )


def reconcile(charges: Charges, leaves: Sequence[str], invoices: Mapping[str, Money], currency: str) -> Reconciliation:
    """The views beside each other. leaves: those that are shown, in their order."""
    return Reconciliation(
        tuple(_subscriptions(charges, invoices, currency)),
        tuple(_views(charges, leaves, currency)),
        tuple(_differences(charges, currency)),
    )


def _subscriptions(charges: Charges, invoices: Mapping[str, Money], currency: str) -> Iterator[Subscription]:
    lines: dict[str, list[tuple[str, Money]]] = defaultdict(list)
    for (subscription, line), sums in charges.sums(["subscription", "line"]):
        lines[subscription].append((line, Money(sums.billed, currency)))
    straight = {subscription: Money(total, currency) for subscription, total in charges.ask(_STRAIGHT)}
    for subscription in sorted({*straight, *invoices}):
        total = straight.get(subscription, Money.zero(currency))
        yield Subscription(subscription, total, tuple(lines[subscription]), invoices.get(subscription))


def _views(charges: Charges, leaves: Sequence[str], currency: str) -> Iterator[Views]:
    groups = {line: sums.billed for (line,), sums in charges.sums(["by_group"])}
    tags = {line: sums.billed for (line,), sums in charges.sums(["by_tag"])}
    lines = {line: sums.billed for line, sums in leaf_sums(charges).items()}
    nothing = Decimal(0)
    for leaf in leaves:
        yield Views(leaf, *(Money(view.get(leaf, nothing), currency) for view in (groups, tags, lines)))


def _differences(charges: Charges, currency: str) -> Iterator[Difference]:
    """A charge whose views disagree is more on one leaf and as much less on another, each with words of its own."""
    found: dict[tuple[str, str], tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for (by_group, by_tag, tag, group), sums in charges.sums(
        ["by_group", "by_tag", TAGS[0], "g"], "by_group <> by_tag"
    ):
        for line, amount, words in (
            (by_group, sums.billed, _of_group(by_group, by_tag, tag)),
            (by_tag, sums.billed.copy_negate(), _of_tag(by_group, by_tag, group)),
        ):
            before, rows = found[line, words]
            found[line, words] = (EXACT.add(before, amount), rows + sums.rows)
    for (line, words), (amount, rows) in found.items():
        yield Difference(line, words, Money(amount, currency), rows)


def _of_group(by_group: str, by_tag: str, tag: str) -> str:
    where = "in no known resource group" if by_group == UNALLOCATED else "in its resource group"
    if by_tag != UNALLOCATED:
        return f"{where}, tagged {by_tag}"
    return f"{where}, tagged {tag!r}, which is no deployment" if tag else f"{where}, without a Deployment tag"


def _of_tag(by_group: str, by_tag: str, group: str) -> str:
    what = "without a known Deployment tag" if by_tag == UNALLOCATED else "tagged with it"
    if by_group != UNALLOCATED:
        return f"{what}, in the resource group of {by_group}"
    return f"{what}, in {group}, a group of no deployment" if group else f"{what}, in no resource group"

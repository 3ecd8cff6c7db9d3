"""Charges for months that are over: on this month's invoice, or come into the ledger of a month that was closed."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from finance.following.charges import Charges
from finance.following.findings import Correction
from finance.following.inputs import Inputs
from finance.money import EXACT, Money

_EARLIER: Final = """
SELECT line, date_trunc('month', day)::DATE AS of, sum(billed)::DECIMAL(38,12), sum(amortised)::DECIMAL(38,12),
    list(DISTINCT category ORDER BY category)
FROM charges JOIN places USING (place)
WHERE month = $month AND currency = $currency AND day < $month
GROUP BY line, of ORDER BY line, of
"""
_NOW: Final = """
SELECT line, sum(billed)::DECIMAL(38,12), sum(amortised)::DECIMAL(38,12) FROM charges JOIN places USING (place)
WHERE month = $closed AND currency = $currency GROUP BY line
"""


def corrections(charges: Charges, inputs: Inputs) -> Iterator[Correction]:
    """Those on this month's invoice first."""
    currency = inputs.currency
    for line, month, billed, amortised, categories in charges.ask(_EARLIER):
        words = f"{', '.join(it.lower() for it in categories)} of {month:%B %Y}, billed now"
        yield Correction(line, month, Money(billed, currency), Money(amortised, currency), True, words)
    for closed in inputs.closed:
        now = {line: (billed, amortised) for line, billed, amortised in charges.ask(_NOW, closed=closed.month)}
        for line in sorted({*now, *closed.lines}):
            billed, amortised = now.get(line, (Decimal(0), Decimal(0)))
            then = closed.lines.get(line, (Money.zero(currency), Money.zero(currency)))
            moved = EXACT.subtract(billed, then[0].amount), EXACT.subtract(amortised, then[1].amount)
            if any(moved):
                words = f"{closed.month:%B %Y} was closed with {then[0]}, and is {Money(billed, currency)} now"
                more, amortised_more = (Money(it, currency) for it in moved)
                yield Correction(line, closed.month, more, amortised_more, False, words)

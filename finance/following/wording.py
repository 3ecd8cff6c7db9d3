"""A variance in words, whose figures add up as people add them: "+412 USD: 322 longer life, 90 dearer vCore"."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from finance.following.comparing import Comparison, Found
from finance.following.exact import rounded_parts
from finance.following.findings import PARTS, Cause, Compared, Part, Variance
from finance.following.inputs import Lifetime
from finance.money import CENT, EXACT, Money

_SAID: Final = 4
"""So many causes are said one by one; what is left is the rest."""
_WHOLE: Final = Decimal(10)
"""From this on a variance is said in whole units, below in cents."""
_TIMES: Final = {1: "once", 2: "twice"}


def variance(comparison: Comparison, lifetime: Lifetime | None, currency: str) -> Variance:
    """A line's variance of all that was found about its resources."""
    planned = Money.total((Money(it.planned, currency) for it in comparison.pairs.values()), currency)
    actual = Money.total((Money(it.billed, currency) for it in comparison.pairs.values()), currency)
    causes = _causes(comparison.found, lifetime, currency)
    parts = {part: _part(causes, part, currency) for part in PARTS}
    words = _words(causes, currency)
    return Variance(planned=planned, actual=actual, causes=causes, words=words, **parts)


def rolled_variance(variances: Mapping[str, Variance], currency: str) -> Variance:
    """Those of several lines as one: each cause with the name of its line."""
    causes = [
        Cause(cause.part, f"{name}: {cause.words}", cause.amount)
        for name, it in variances.items()
        for cause in it.causes
    ]
    ordered = tuple(sorted(causes, key=lambda it: (-abs(it.amount.amount), it.words)))
    planned = Money.total((it.planned for it in variances.values()), currency)
    actual = Money.total((it.actual for it in variances.values()), currency)
    parts = {part: _part(ordered, part, currency) for part in PARTS}
    return Variance(planned=planned, actual=actual, causes=ordered, words=_words(ordered, currency), **parts)


def compared(line: str, comparison: Comparison, currency: str) -> tuple[Compared, ...]:
    """Each resource with its two sums, the greatest difference first."""
    of: dict[str, list[Found]] = defaultdict(list)
    for it in comparison.found:
        of[it.resource].append(it)
    rows: list[Compared] = []
    for resource, pair in comparison.pairs.items():
        found = sorted(of[resource], key=lambda it: -abs(it.amount))
        parts = {
            part: Money.total((Money(it.amount, currency) for it in found if it.part == part), currency)
            for part in PARTS
        }
        rows.append(
            Compared(
                line=line,
                resource=resource,
                service=pair.service,
                planned=Money(pair.planned, currency),
                billed=Money(pair.billed, currency),
                reason="; ".join(it.words for it in found[:2]) or "as planned",
                **parts,
            )
        )
    return tuple(sorted(rows, key=lambda it: (-abs(it.total.amount), it.resource)))


def _causes(found: Sequence[Found], lifetime: Lifetime | None, currency: str) -> tuple[Cause, ...]:
    sums: dict[tuple[Part, str, str], Decimal] = defaultdict(Decimal)
    for it in found:
        key = (it.part, it.more, it.less)
        sums[key] = EXACT.add(sums[key], it.amount)
    causes = [
        Cause(part, _with_reason(more if amount > 0 else less, part, lifetime), Money(amount, currency))
        for (part, more, less), amount in sums.items()
        if amount
    ]
    return tuple(sorted(causes, key=lambda it: (-abs(it.amount.amount), it.words)))


def _with_reason(words: str, part: Part, lifetime: Lifetime | None) -> str:
    if part != "time" or lifetime is None or not lifetime.extensions:
        return words
    often = _TIMES.get(lifetime.extensions, f"{lifetime.extensions} times")
    why = f": {lifetime.why}" if lifetime.why else ""
    return f"{words} (TTL extended {often}{why})"


def _part(causes: Sequence[Cause], part: Part, currency: str) -> Money:
    return Money.total((it.amount for it in causes if it.part == part), currency)


def _words(causes: Sequence[Cause], currency: str) -> str:
    """The causes said are the largest; the figures are rounded so that they add up to the rounded sum."""
    amounts = [it.amount.amount for it in causes]
    total = sum(amounts, Decimal(0))
    unit = Decimal(1) if abs(total) >= _WHOLE else CENT
    said = causes[:_SAID]
    rest = sum(amounts[_SAID:], Decimal(0))
    rounded = rounded_parts([*amounts[:_SAID], rest], unit)
    told = [
        f"{amount:,f} {words}"
        for amount, words in zip(rounded, [*(it.words for it in said), "the rest"], strict=True)
        if amount
    ]
    whole = total.quantize(unit, ROUND_HALF_UP) + 0  # no minus before nothing
    return f"{whole:+,f} {currency}: {', '.join(told)}" if told else "as planned"

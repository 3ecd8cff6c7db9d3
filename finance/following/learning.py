"""What a month teaches the estimate: how far off it was, and which declared use would have been right.

Nothing is changed by itself: the proposal is a file that a person reviews, to write what they take into finance/usage.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from cidr import ACCOUNT
from finance.following.comparing import Comparison
from finance.following.findings import Learning, Proposal, Variance
from finance.following.inputs import Followed
from finance.money import EXACT
from finance.ranges import Range
from finance.usage import DRIVERS

LEAST: Final = timedelta(days=7)
"""A deployment that lived for less has taught nothing about a month."""
WORTH: Final = Decimal("0.1")
"""A driver that is off by less than a tenth is left as it is."""
_DIGITS: Final = Context(prec=3, rounding=ROUND_HALF_UP)
_TENTH: Final = Decimal("0.1")
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A deployment, with what came of its plan. lived: in the month to date."""

    followed: Followed
    comparison: Comparison
    variance: Variance
    lived: timedelta


def learn(lessons: Sequence[Lesson]) -> Learning:
    """What these deployments teach together: a driver is declared for all of an environment's of one kind."""
    off = tuple((it.followed.name, error) for it in lessons if (error := _error(it.variance)) is not None)
    mean = (sum((error for _, error in off), Decimal(0)) / len(off)).quantize(_TENTH, ROUND_HALF_UP) if off else None
    return Learning(mean, off, tuple(_proposals(lessons)))


def proposal_text(learning: Learning, month: str) -> str:
    """The proposal as YAML, a part a file of finance/usage, for a person to review; month: as people call it."""
    lines = [f"# What the use in {month} proposes for finance/usage. Write into those files what you take over."]
    for file in dict.fromkeys(it.file for it in learning.proposals):
        own = [it for it in learning.proposals if it.file == file]
        lines.append(f"{file}.yaml:")
        for section in dict.fromkeys(it.section for it in own):
            lines.append(f"  {section}:")
            for it in (it for it in own if it.section == section):
                low, expected, high = (f'"{value:f}"' for value in it.learned)
                lines.append(f"    {it.driver}: {{low: {low}, expected: {expected}, high: {high}}}  # {it.words}")
    return "\n".join([*lines, ""])


def _error(variance: Variance) -> Decimal | None:
    """By how many percent of the bill the plan was off; None where one of them is nothing."""
    if not variance.actual.amount or not variance.planned.amount:
        return None
    return abs(100 * variance.total.amount / variance.actual.amount).quantize(_TENTH, ROUND_HALF_UP)


def _proposals(lessons: Iterable[Lesson]) -> Iterator[Proposal]:
    used: dict[tuple[str, str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    declared: dict[tuple[str, str], Mapping[str, Range]] = {}
    names: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for it in lessons:
        if it.lived < LEAST or it.followed.plan is None:
            continue
        place = (it.followed.environment or ACCOUNT, it.followed.section)
        declared[place] = it.followed.plan.declared
        for driver, (at, now) in it.comparison.used.items():
            before_at, before_now = used[*place, driver]
            used[*place, driver] = (EXACT.add(before_at, at), EXACT.add(before_now, now))
            names[*place, driver].append(it.followed.name)
    for (file, section, driver), (at, now) in sorted(used.items()):
        if at > 0 and now > 0 and abs(at / now - 1) >= WORTH:
            was = declared[file, section][driver]
            yield _proposal((file, section, driver), was, at / now, names[file, section, driver])


def _proposal(place: tuple[str, str, str], was: Range, ratio: Decimal, names: Sequence[str]) -> Proposal:
    file, section, driver = place
    unit = DRIVERS[driver].unit
    most = _ONE if unit == "0 to 1" else None
    learned = was.each(lambda value: _short(value * ratio, most))
    words = f"{', '.join(names)}: {_short(was.expected * ratio, None):f} {unit} a month, {was.expected:f} declared"
    return Proposal(file, section, driver, unit, was, learned, words)


def _short(value: Decimal, most: Decimal | None) -> Decimal:
    """To three digits, and no exponent."""
    short = _DIGITS.plus(value)
    plain = short.quantize(_ONE) if short == short.to_integral_value() else short.normalize()
    return min(plain, most) if most is not None else plain

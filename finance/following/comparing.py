"""What was billed held against what was planned, a resource and a meter at a time: price, usage, scope and time.

A planned quantity is taken for the hours that the deployment was to live; `time` is what the other hours of its real
life make of it. What is left between that and the bill is `usage` where it is another quantity (at the planned price)
and `price` where it is another price (of the real quantity). A resource that stands on one side alone is `scope`. Each
part is a difference of two neighbours in that chain: so they add up to the whole, whatever is rounded within it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from finance.estimate.rows.reading import HOURS
from finance.following.charges import Metered
from finance.following.exact import part_of, product, quotient
from finance.following.findings import Part
from finance.following.plan import Plan, Planned
from finance.following.units import alike, at_price
from finance.money import CENT, EXACT
from finance.prices.units import size_of

MONTH: Final = timedelta(hours=int(HOURS))
_ZERO: Final = Decimal(0)
_OTHERS: Final[Mapping[str, tuple[Part, str]]] = {
    "Tax": ("price", "tax"),
    "Credit": ("price", "credit"),
    "Adjustment": ("price", "adjustment"),
    "Purchase": ("scope", "purchase"),
}
"""Charges that are no use, by ChargeCategory: no estimate has them, which are before tax and of list prices."""
_CORRECTION: Final[tuple[Part, str]] = ("price", "correction of an earlier month")


@dataclass(frozen=True, slots=True)
class Found:
    """A difference of one resource, of one part, for one reason. more, less: the reason in words, for an amount above
    and below zero.
    """

    resource: str
    part: Part
    more: str
    less: str
    amount: Decimal

    @property
    def words(self) -> str:
        """The reason as its amount has it."""
        return self.more if self.amount > 0 else self.less


@dataclass(frozen=True, slots=True)
class Pair:
    """What of a resource was planned and billed to date."""

    service: str
    planned: Decimal
    billed: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """found: every difference that is not nothing; they add up to billed - planned. pairs: resource -> its two sums.
    used: driver of declared use -> what its meters came to at planned prices, and the plan for the same hours.
    """

    found: tuple[Found, ...]
    pairs: Mapping[str, Pair]
    used: Mapping[str, tuple[Decimal, Decimal]]


def compare(plan: Plan, metered: Sequence[Metered], planned: timedelta, lived: timedelta) -> Comparison:
    """One deployment's plan against its charges. planned, lived: how long it was meant to live, and did, to date."""
    items = _by_resource(plan.items)
    charges = _by_resource(metered)
    pairs: dict[str, Pair] = {}
    found: list[Found] = []
    at_planned: list[_Meter] = []
    for resource in sorted({*items, *charges}):
        mine, billed = items.get(resource, []), charges.get(resource, [])
        service = (mine[0] if mine else billed[0]).service
        then = _sum(part_of(it.cost, planned, MONTH) for it in mine)
        now = _sum(part_of(it.cost, lived, MONTH) for it in mine)
        pairs[resource] = Pair(service, then, _sum(it.billed for it in billed))
        found.append(Found(resource, "time", "longer life", "shorter life", EXACT.subtract(now, then)))
        found.extend(_other(it) for it in billed if _is_other(it))
        used = [it for it in billed if not _is_other(it)]
        if mine and used:
            meters = list(_meters(mine, used, lived))
            at_planned.extend(meters)
            found.extend(it for meter in meters for it in meter.found(resource))
        else:
            found.append(_one_sided(resource, plan, mine, used, now))
    return Comparison(tuple(it for it in found if it.amount), pairs, _used(at_planned))


@dataclass(frozen=True, slots=True)
class _Meter:
    """One meter of one resource. now: planned for the hours that it lived; at: what was used, at planned prices."""

    name: str
    driver: str | None
    now: Decimal
    at: Decimal
    billed: Decimal

    def found(self, resource: str) -> Iterator[Found]:
        usage, price = EXACT.subtract(self.at, self.now), EXACT.subtract(self.billed, self.at)
        yield Found(resource, "usage", f"more {self.name}", f"less {self.name}", usage)
        yield Found(resource, "price", f"dearer {self.name}", f"cheaper {self.name}", price)


def _meters(items: Sequence[Planned], used: Sequence[Metered], lived: timedelta) -> Iterator[_Meter]:
    """The meters of a resource that both sides know; the bill may call one by its key in the sheet."""
    names = {it.key: it.meter.lower() for it in items}
    planned: dict[str, list[Planned]] = defaultdict(list)
    billed: dict[str, list[Metered]] = defaultdict(list)
    for it in items:
        planned[it.meter.lower()].append(it)
    for it in used:
        billed[names.get(it.meter, it.meter.lower())].append(it)
    for name in sorted({*planned, *billed}):
        mine, theirs = planned.get(name, []), billed.get(name, [])
        now, cost = _sum(part_of(it.cost, lived, MONTH) for it in mine), _sum(it.billed for it in theirs)
        at = _at_planned(mine, theirs)
        if (
            at is None or abs(EXACT.subtract(cost, at)) < CENT
        ):  # below a cent it is a rounding of prices, no other price
            at = cost
        drivers = {it.driver for it in mine}
        label = mine[0].meter if mine else theirs[0].meter or theirs[0].service
        yield _Meter(label, drivers.pop() if len(drivers) == 1 else None, now, at, cost)


def _at_planned(items: Sequence[Planned], used: Sequence[Metered]) -> Decimal | None:
    """What was used, at the planned price of a unit; None where there is none, or the two count in other units."""
    units = _sum(EXACT.multiply(it.units, size_of(it.unit)) for it in items)
    if not units or not used or not all(alike(it.unit, items[0].unit) for it in (*items, *used)):
        return None
    price = quotient(_sum(it.cost for it in items), units)
    amounts = (at_price(it.quantity, it.unit, it.billed, items[0].unit, price) for it in used)
    return product(_sum(amounts), Decimal(1))


def _one_sided(resource: str, plan: Plan, items: Sequence[Planned], used: Sequence[Metered], now: Decimal) -> Found:
    """A resource that was not planned, or was and is not in the bill."""
    billed = _sum(it.billed for it in used)
    if items:
        if all(it.by_use for it in items):
            words = f"no use of {items[0].name}"
            return Found(resource, "usage", words, words, now.copy_negate())
        words = f"without {items[0].name}"
        return Found(resource, "scope", words, words, now.copy_negate())
    name = (used[0].name if used else "") or resource.rsplit("/", 1)[-1]
    if resource in plan.known:
        words = f"unpriced {name}"
        return Found(resource, "price", words, words, billed)
    words = f"unplanned {name}" if resource else "charges of no resource"
    return Found(resource, "scope", words, words, billed)


def _is_other(it: Metered) -> bool:
    return it.category in _OTHERS or it.charge_class == "Correction"


def _other(it: Metered) -> Found:
    part, words = _OTHERS.get(it.category, _CORRECTION)
    if it.charge_class == "Correction":
        part, words = _CORRECTION
    return Found(it.resource, part, words, words, it.billed)


def _used(meters: Iterable[_Meter]) -> dict[str, tuple[Decimal, Decimal]]:
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for it in meters:
        if it.driver is not None:
            at, now = found.get(it.driver, (_ZERO, _ZERO))
            found[it.driver] = (EXACT.add(at, it.at), EXACT.add(now, it.now))
    return found


class _OfResource(Protocol):
    @property
    def resource(self) -> str: ...


_Item = TypeVar("_Item", bound=_OfResource)


def _by_resource(items: Iterable[_Item]) -> dict[str, list[_Item]]:
    found: dict[str, list[_Item]] = defaultdict(list)
    for it in items:
        found[it.resource].append(it)
    return found


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total

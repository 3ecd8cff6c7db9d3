"""Two estimates held against each other: what a change costs, resource by resource."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from finance.estimate.estimating import Estimate, Priced
from finance.ranges import Cost

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Moved:
    """One resource whose price changes. before, after: None where it is not there, or has no price."""

    urn: str
    change: Change
    before: Priced | None
    after: Priced | None
    cost: Cost

    @property
    def shown(self) -> Priced:
        """The resource as it will be, or as it was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of the two is always there
        return found


@dataclass(frozen=True)
class Difference:
    """What `after` costs more than `before` a month; below zero it is less."""

    before: Estimate
    after: Estimate
    moved: tuple[Moved, ...]

    @cached_property
    def total(self) -> Cost:
        """The whole difference, exact: the sum of what moved."""
        return self.after.total - self.before.total


def compare(before: Estimate, after: Estimate) -> Difference:
    """The resources whose price differs, the dearest change first. Unpriced ones that come or go are among them."""
    old = {priced.resource.urn: priced for priced in before.priced}
    new = {priced.resource.urn: priced for priced in after.priced}
    nothing = Cost.zero(after.currency)
    moved: list[Moved] = []
    for urn in [*new, *(urn for urn in old if urn not in new)]:
        was, will = old.get(urn), new.get(urn)
        cost = (will.cost(after.currency) if will else nothing) - (was.cost(before.currency) if was else nothing)
        unpriced = {was.kind if was else "", will.kind if will else ""}
        if cost != nothing or ("unpriced" in unpriced and len(unpriced) > 1):
            change: Change = "added" if was is None else "removed" if will is None else "changed"
            moved.append(Moved(urn, change, was, will, cost))
    moved.sort(key=lambda it: -abs(it.cost.expected.amount))
    return Difference(before, after, tuple(moved))

"""The price of a run: what is planned or stands, against what stood and against the budget. In documents and in words.

Prices are those of `finance` for what `cli.deployed` tells of a state; nothing here asks Azure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from cidr import DeploymentName, Fault, FaultsError
from cidr.yaml_source import label_of
from cli.deployed import Notice, resources_of, standing_resources
from cli.documents import CostDocument
from cli.failures import RefusedError
from finance.alarms.spent import hourly, spent
from finance.budgets import Shortfall, Verdict, blocks, budget_of, load_shortfalls, verdict
from finance.estimate import Estimate, Resource, compare, estimate, is_priced
from finance.money import MixedCurrenciesError, Money
from finance.prices import SHEET, Sheet, Terms, load_sheet, load_terms
from finance.ranges import LEVELS, Cost
from finance.usage import load_usage
from sandbox.azure import arm_ids
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome
from stacks import load_stack
from stacks.ttl import EXPIRES_ON, read_moment, written_moment
from topology import Resource as Drawn

_ID: Final = "id"
_NAME: Final = "Name"


@dataclass(frozen=True, slots=True)
class Prices:
    """What estimates are made of, read once: the sheet, what was agreed, and the reviewed shortfalls."""

    sheet: Sheet
    terms: Terms
    shortfalls: dict[str, Shortfall]

    @classmethod
    @cache
    def read(cls) -> "Prices":
        """All of it. Raises FaultsError with every fault of a file."""
        sheet = load_sheet()
        return cls(sheet, load_terms(sheet), dict(load_shortfalls()))

    def of_plan(self, deployment: str, state: StackState) -> Estimate:
        """The month's price of the state that a preview led to."""
        return self.of(deployment, resources_of(state, deployment))

    def of_standing(self, deployment: str, home: SandboxHome, notice: Notice) -> Estimate:
        """The month's price of what stands, as its state tells; of nothing where it is not up. Opens no secret."""
        return self.of(deployment, standing_resources(home, deployment, notice))

    def of(self, deployment: str, drawn: Iterable[Drawn]) -> Estimate:
        """The month's price of these resources at the deployment's declared use."""
        return estimate(deployment, to_price(drawn), self.sheet, load_usage(deployment), self.terms)

    def verdict(self, deployment: str, project: Path, cost: Cost) -> Verdict | None:
        """The price against the deployment's budget; None for the account, which has none of its own.

        Raises FaultsError where the budget is in another currency than the price sheet.
        """
        budget = budget_of(load_stack(deployment, project))
        if budget is None:
            return None
        try:
            return verdict(cost, budget, self.shortfalls.get(deployment))
        except MixedCurrenciesError as error:
            raise FaultsError([_two_currencies(deployment, error, budget.currency)]) from None


def to_price(drawn: Iterable[Drawn]) -> tuple[Resource, ...]:
    """Resources as they are priced, with the ids of neighbours filled in where a plan knows them by their names."""
    known = tuple(drawn)
    ids = {it.urn: it.id for it in known if it.id}
    return tuple(
        Resource.of(
            it.urn,
            it.urn_type,
            {key: _filled(key, value, it.needs.get(key, ()), ids) for key, value in it.inputs.items()},
        )
        for it in known
        if is_priced(it.urn_type, custom=True)
    )


def _filled(key: str, value: Any, needs: tuple[str, ...], ids: dict[str, str]) -> Any:
    """`name: None` and `network: {"id": None}` with name and id of the one neighbour that they are made from.

    A network's own name depends on its subnets too: of several neighbours it is the one that the others are parts of.
    """
    found = sorted((ids[urn] for urn in needs if urn in ids), key=len)
    if not found or not all(other.startswith(f"{found[0]}/") for other in found[1:]):
        return value
    if value is None and key.endswith(_NAME):
        return arm_ids.name(found[0])
    if isinstance(value, dict) and _ID in value and value[_ID] is None:
        return {**cast("dict[str, Any]", value), _ID: found[0]}
    return value


def document_of(
    prices: Prices, project: Path, before: Estimate | None, after: Estimate, now: datetime | None = None
) -> CostDocument:
    """The price as a document."""
    found = prices.verdict(after.deployment, project, after.total)
    low, expected, high = (cents(after.total.at(level)) for level in LEVELS)
    return CostDocument(
        currency=after.currency,
        low=low,
        expected=expected,
        high=high,
        difference=cents(compare(before, after).total.expected) if before else None,
        budget=cents(found.budget) if found else None,
        share=str(found.share) if found else None,
        over=bool(found and found.over),
        approved=cents(found.approved) if found and found.approved else None,
        unpriced=len(after.of_kind("unpriced")),
        sheet=after.sheet,
        **_until_it_expires(after, now or datetime.now(UTC)),
    )


def _until_it_expires(after: Estimate, now: datetime) -> dict[str, str]:
    """The end that the deployment's group has as a tag, and what it costs until that; nothing where it has none."""
    groups = (it.resource for it in after.priced if it.resource.kind == "resources:ResourceGroup")
    tags = (cast("dict[str, object]", it.inputs.raw("tags") or {}) for it in groups)
    written = next((str(its[EXPIRES_ON]) for its in tags if EXPIRES_ON in its), None)
    if written is None:
        return {}
    try:
        end = read_moment(written, EXPIRES_ON)
    except FaultsError:
        return {}  # `reap` tells of what is no time
    left = spent(hourly(after.total.expected), [(now, max(now, end))], end)
    return {"expires": written_moment(end), "until_then": cents(left)}


def cents(money: Money) -> str:
    """An amount rounded to cents, without its currency."""
    return str(money.rounded().amount)


def _two_currencies(deployment: str, error: MixedCurrenciesError, budget: str) -> Fault:
    return Fault(
        where=f"{label_of(SHEET)} currency",
        what=f"the budget of {deployment} and the price sheet cannot be compared: {error}",
        allowed=f"prices in {budget}, the budget's currency",
        next_step=f"write `currency: {budget}` into the sheet, then ./cfctl cost prices refresh",
    )


class Pricing:
    """The prices around one run of a deployment: what stood before it, what is planned, what stands after it."""

    def __init__(self, deployment: str, home: SandboxHome, project: Path, notice: Notice) -> None:
        self._deployment = deployment
        self._home = home
        self._project = project
        self._notice = notice
        self._prices = Prices.read()
        self._before = self._prices.of_standing(deployment, home, notice)
        self._prices.verdict(deployment, project, self._before.total)  # what it raises is raised before the run

    def planned(self, state: StackState) -> CostDocument:
        """The price of a plan."""
        return self._document(self._prices.of_plan(self._deployment, state))

    def standing(self) -> CostDocument:
        """The price of what stands now."""
        return self._document(self._prices.of_standing(self._deployment, self._home, self._notice))

    def admit(self, state: StackState, reason: str) -> str | None:
        """Raise RefusedError for a plan of prod whose price grows above its budget and that nobody approved.

        reason: of --approve-cost, empty where it was not given. Gives the line for the log where it was needed. What
        does not get dearer is never refused: it may be the way back under the budget.
        """
        after = self._prices.of_plan(self._deployment, state)
        name = DeploymentName.parse(self._deployment)
        found = self._prices.verdict(self._deployment, self._project, after.total)
        grows = compare(self._before, after).total.expected > Money.zero(after.currency)
        if found is None or not grows or not blocks(found, name.environment):
            return None
        said = f"{found.cost.expected} a month expected, {found.share} % of the budget of {found.budget}"
        if reason:
            return f"{name}: {said}; approved with --approve-cost: {reason}"
        raise RefusedError(
            Fault(
                where=self._deployment,
                what=f"{name} would cost {said}, and nobody approved that",
                allowed=f"up to {found.budget}, what finance/shortfalls.yaml approves, or --approve-cost REASON",
                next_step=f"./cfctl cost diff {name}",
            )
        )

    def _document(self, after: Estimate) -> CostDocument:
        before = self._before if self._before.priced else None
        return document_of(self._prices, self._project, before, after)

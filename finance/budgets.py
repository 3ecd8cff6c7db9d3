"""A month's price held against a budget: the share, whether it is over, and what was approved beforehand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from cidr import Environment, Fault, FaultsError
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import read_yaml
from finance.money import Money
from finance.prices.sheet import Amount, Row, Text
from finance.ranges import Cost
from stacks import AccountSettings, Budget, Settings, known_deployments

SHORTFALLS: Final = Path(__file__).with_name("shortfalls.yaml")


class Shortfall(Row):
    """A deployment that does not fit its budget, and what was chosen. amount: by how much at low usage; approved: the
    month's price at expected usage up to which it may be brought up.
    """

    deployment: Text
    amount: Amount
    approved: Amount
    reason: Text
    choice: Text


class ShortfallFile(Row):
    """What stands in the file."""

    shortfalls: Annotated[tuple[Shortfall, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A month's price beside its budget. share: of the expected price, in percent to a tenth; approved: the price that
    was approved beforehand, None where nothing was.
    """

    cost: Cost
    budget: Money
    approved: Money | None

    @property
    def share(self) -> Decimal:
        """The expected price as a percentage of the budget."""
        return self.cost.expected.share_of(self.budget)

    @property
    def over(self) -> bool:
        """Whether the expected price is above the budget."""
        return self.cost.expected > self.budget

    @property
    def unapproved(self) -> bool:
        """Whether it is above the budget and above what was approved."""
        return self.over and (self.approved is None or self.cost.expected > self.approved)


def load_shortfalls(path: Path = SHORTFALLS) -> Mapping[str, Shortfall]:
    """The reviewed shortfalls by deployment.

    Raises FaultsError for a file that cannot be taken, a deployment that is none, and one that stands twice.
    """
    source = read_yaml(path)
    try:
        file = ShortfallFile.model_validate(source.data)
    except ValidationError as error:
        raise FaultsError(told(error, ShortfallFile, source.where)) from None
    faults = [
        fault.at(source.where(("shortfalls", index, "deployment")))
        for index, it in enumerate(file.shortfalls)
        for fault in _faults(it, file.shortfalls[:index])
    ]
    if faults:
        raise FaultsError(faults)
    return {it.deployment: it for it in file.shortfalls}


def verdict(cost: Cost, budget: Budget, shortfall: Shortfall | None) -> Verdict:
    """The price against the budget of the settings. Raises MixedCurrenciesError when they are of two currencies."""
    limit = Money(Decimal(str(budget.amount)), budget.currency)
    approved = Money(shortfall.approved, limit.currency) if shortfall else None
    found = Verdict(cost, limit, approved)
    _ = found.over  # raises now where the two are of different currencies
    return found


def budget_of(settings: Settings | AccountSettings) -> Budget | None:
    """The budget of a deployment; the account has one for each environment, and none of its own."""
    return settings.budget if isinstance(settings, Settings) else None


def blocks(found: Verdict, environment: Environment) -> bool:
    """Whether it keeps a deployment from being brought up: in prod, where nobody approved the price."""
    return found.unapproved and not environment.ephemeral


def _faults(it: Shortfall, before: tuple[Shortfall, ...]) -> Iterator[Fault]:
    known = [str(name) for name in known_deployments()]
    if it.deployment not in known:
        near = nearest(it.deployment, known)
        step = f"write `{near}`" if near else "take it out"
        yield Fault(where="", what=f"{it.deployment!r} is no deployment", allowed=", ".join(known), next_step=step)
    if any(other.deployment == it.deployment for other in before):
        yield Fault(where="", what=f"{it.deployment} stands twice", allowed="each once", next_step="take one out")

"""At low use each deployment fits its budget, or stands in the reviewed list of those that do not. Nothing is bent."""

from decimal import Decimal
from pathlib import Path

import pytest

from cidr import Environment, FaultsError
from finance import MixedCurrenciesError, Money
from finance.budgets import SHORTFALLS, blocks, load_shortfalls, verdict
from finance.estimate import estimate
from finance.prices import load_sheet
from finance.prices.terms import NO_TERMS
from finance.ranges import Cost, Range
from finance.usage import load_usage
from stacks import Budget, known_deployments, load_settings
from tests.finance.recording import load

CLOSE = 5
"""By how much, in the budget's currency, a reviewed amount may be above what a deployment is really short by."""


def total(deployment: str) -> Cost:
    """The month's price at list prices."""
    return estimate(deployment, load(deployment), load_sheet(), load_usage(deployment), NO_TERMS).total


@pytest.mark.parametrize("deployment", [str(name) for name in known_deployments()])
def test_at_low_use_a_deployment_fits_its_budget_or_is_in_the_reviewed_list(deployment: str) -> None:
    """A shortfall is listed with its amount, not more than some dollars above it; what fits is not listed."""
    reviewed = load_shortfalls().get(deployment)
    short = total(deployment).low.amount - Decimal(str(load_settings(deployment).budget.amount))
    if reviewed is None:
        assert short <= 0, f"{deployment} is {short:.2f} above its budget and not in {SHORTFALLS.name}"
        return
    assert short > 0, f"{deployment} fits and stands in {SHORTFALLS.name}"
    assert short <= reviewed.amount < short + CLOSE
    assert total(deployment).expected.amount <= reviewed.approved, "what was approved does not cover expected use"


def test_the_budgets_are_the_platforms() -> None:
    """None was raised to make a deployment fit."""
    amounts = {str(name): load_settings(str(name)).budget.amount for name in known_deployments()}
    assert amounts == {
        "global-dev": 150,
        "global-stg": 300,
        "global-prod": 1000,
        "westeu-dev-1": 200,
        "eastus-dev-1": 200,
        "westeu-stg-1": 500,
        "eastus-stg-1": 500,
        "westeu-prod-1": 5000,
        "westeu-prod-2": 5000,
        "eastus-prod-1": 5000,
        "northeu-prod-1": 5000,
    }


def test_the_reasons_in_the_list_hold() -> None:
    """What the choices say of the rest of each environment is still so."""

    def left(environment: str) -> Decimal:
        names = [
            str(name)
            for name in known_deployments()
            if str(name.environment) == environment and name.kind == "regional"
        ]
        return sum(
            (Decimal(str(load_settings(name).budget.amount)) - total(name).low.amount for name in names), Decimal(0)
        )

    shortfalls = load_shortfalls()
    assert left("dev") > shortfalls["global-dev"].amount
    assert left("stg") > shortfalls["global-stg"].amount
    assert left("prod") > 13_000


BUDGET = Budget(amount=100, currency="USD", contact_emails=("platform@example.com",))


def cost(expected: str) -> Cost:
    """A price that is the same at every use."""
    return Cost.of(Range.flat(Decimal(expected)), "USD")


@pytest.mark.parametrize(
    ("expected", "approved", "over", "prod_blocked"),
    [
        ("100", None, False, False),
        ("100.01", None, True, True),
        ("150", "150", True, False),
        ("151", "150", True, True),
    ],
)
def test_prod_is_blocked_above_budget_and_approval_and_dev_never(
    expected: str, approved: str | None, over: bool, prod_blocked: bool
) -> None:
    """A cent decides, on either side."""
    row = {"deployment": "global-prod", "amount": "1", "reason": "a", "choice": "b"}
    shortfall = load_shortfalls()["global-prod"].model_validate({**row, "approved": approved}) if approved else None
    found = verdict(cost(expected), BUDGET, shortfall)
    assert (found.over, blocks(found, Environment.PROD), blocks(found, Environment.DEV)) == (over, prod_blocked, False)


def test_a_budget_in_another_currency_is_not_compared() -> None:
    """The sheet's dollars are no euros."""
    euros = Cost.of(Range.flat(1), "EUR")
    with pytest.raises(MixedCurrenciesError):
        verdict(euros, BUDGET, None)
    assert verdict(cost("50"), BUDGET, None).budget == Money(Decimal(100), "USD")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{deployment: global-prd, amount: "1", approved: "1", reason: a, choice: b}', "is no deployment"),
        ('{deployment: global-prod, amount: 1, approved: "1", reason: a, choice: b}', "is no exact amount"),
        ('{deployment: global-prod, amount: "1", approved: "1", choice: b}', "reason is missing"),
        ('{deployment: global-dev, amount: "1", approved: "1", reason: a, choice: b}', "stands twice"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(row: str, said: str, tmp_path: Path) -> None:
    """Each gate is fed a bad sample; the line is told."""
    path = tmp_path / "shortfalls.yaml"
    path.write_text(SHORTFALLS.read_text(encoding="utf-8") + f"  - {row}\n", encoding="utf-8")
    with pytest.raises(FaultsError, match=said) as raised:
        load_shortfalls(path)
    assert "shortfalls.yaml:" in raised.value.faults[0].where

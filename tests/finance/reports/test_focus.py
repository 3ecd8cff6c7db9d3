"""FOCUS rows of three scenarios in one schema: each scenario adds up to what the report says of it, exactly."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.following import Followed, Inputs, assemble
from finance.ledger import NAMES, Ledger
from finance.money import EXACT
from finance.reports.focus import write_focus
from tests.finance.following.sample import NOW, sample_inputs, sample_ledger
from tests.finance.reports.known import sample_report

MONTH = date(2026, 11, 1)


def sums(rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], Decimal]:
    """Billed by scenario and deployment."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        key = row["x_Scenario"], row["x_Deployment"]
        found[key] = EXACT.add(found[key], Decimal(row["BilledCost"]))
    return found


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> list[dict[str, str]]:
    path = tmp_path_factory.mktemp("focus") / "it's focus.csv"  # a quote in a path is no end of it
    with sample_ledger() as ledger:
        write_focus(path, sample_report(), ledger, sample_inputs())
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_actual_rows_add_up_to_each_line(rows) -> None:
    """Every charge of the month, as the report places it."""
    found = sums(rows)
    for line in sample_report().leaves:
        assert found.get(("actual", line.name), Decimal(0)) == line.billed.amount, line.name


def test_estimate_rows_add_up_to_each_estimate(rows) -> None:
    """A whole month at expected use, resource by resource."""
    found = sums(rows)
    for followed in sample_inputs().followed:
        wanted = followed.plan.month.expected.amount if followed.plan else Decimal(0)
        assert found.get(("estimate", followed.name), Decimal(0)) == wanted, followed.name


def test_budget_rows_are_the_budgets(rows) -> None:
    """One a deployment that has one; roll-ups have none, they would count twice."""
    found = {name: amount for (scenario, name), amount in sums(rows).items() if scenario == "budget"}
    assert found == {line.name: line.budget.amount for line in sample_report().leaves if line.budget}


def test_rows_are_of_one_schema(rows) -> None:
    """The names of the ledger, with the ends of both periods, not included, as FOCUS has them."""
    assert list(rows[0]) == ["x_Scenario", "x_Deployment", "BillingPeriodEnd", "ChargePeriodEnd", *NAMES]
    assert {row["BillingPeriodEnd"] for row in rows} == {"2026-12-01"}
    assert {row["BillingCurrency"] for row in rows} == {"USD"}
    for row in rows:
        days = date.fromisoformat(row["ChargePeriodEnd"]) - date.fromisoformat(row["ChargePeriodStart"])
        assert days.days == (1 if row["x_Scenario"] == "actual" else 30)


AMOUNTS = st.decimals(min_value=-10000, max_value=10000, allow_nan=False, allow_infinity=False, places=12)
GROUPS = st.sampled_from(["rg-cf-westeu-dev-1", "rg-cf-nobody", ""])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(AMOUNTS, GROUPS, st.sampled_from(["westeu-dev-1", "", "no'body"])), min_size=1, max_size=30))
def test_no_charge_is_lost_or_rounded(charges) -> None:
    """Whatever it is tagged with, and wherever it stands: the file adds up to the input to the last digit."""
    rows = [
        {
            "SubAccountId": "0",
            "ChargePeriodStart": date(2026, 11, 3),
            "BilledCost": amount,
            "x_ResourceGroup": group,
            "Tags": {"Deployment": tag},
        }
        for amount, group, tag in charges
    ]
    followed = (Followed(name="westeu-dev-1", groups=("rg-cf-westeu-dev-1",)),)
    inputs = Inputs(currency="USD", now=NOW, followed=followed, budgets={})
    with TemporaryDirectory() as directory, Ledger.of_rows(rows) as ledger:
        report = assemble(ledger, MONTH, inputs)
        path = Path(directory) / "focus.csv"
        write_focus(path, report, ledger, inputs)
        with path.open(newline="") as file:
            found = sums(list(csv.DictReader(file)))
    total = Decimal(0)
    for amount, _, _ in charges:
        total = EXACT.add(total, amount)
    assert sum(found.values()) == total == report.total.billed.amount

"""Shared cost goes where the rule of the file says."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from cidr import FaultsError
from finance.following import Report, assemble
from finance.following.charges import Sums
from finance.following.splitting import RULE, Rule, load_rule, share
from finance.ledger import Ledger
from tests.finance.following.charging import MONTH, NAMES, Row, charge, followed, inputs, usd

ROWS = [
    charge(1, 90, "global-dev"),
    charge(1, 10, "westeu-dev-1"),
    charge(1, 20, "eastus-dev-1"),
    charge(1, 7, "global-prod"),
]


def report_of(rows: Sequence[Row], **use: Decimal) -> Report:
    """The report by the rule of the file; use: of deployments, with _ for -."""
    weights = {name.replace("_", "-"): weight for name, weight in use.items()}
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs(use=weights))


def by_rule(rule: Rule) -> dict[str, Decimal]:
    """What each bears of the rows by another rule."""
    direct = {str(row["x_ResourceGroup"])[6:]: Decimal(str(row["BilledCost"])) for row in ROWS}
    sums = {name: Sums(amount, amount, 1) for name, amount in direct.items()}
    found = share(rule, sums, [followed(name) for name in NAMES], {}, "USD")
    return {name: found.of(name, "USD")[0].amount for name in direct}


def rule(text: str, tmp_path: Path) -> Rule:
    """A rule of a file."""
    path = tmp_path / "split.yaml"
    path.write_text(text, encoding="utf-8")
    return load_rule(path)


def test_a_global_is_borne_by_its_own_regionals_by_direct_cost_where_no_use_is_known() -> None:
    """90 by 10 and 20: a third and two thirds. Nobody of dev bears prod's."""
    report = report_of(ROWS)
    assert report.line("westeu-dev-1").full == usd(40)
    assert report.line("eastus-dev-1").full == usd(80)
    assert report.line("global-dev").full == usd(0)
    assert {it.rule for it in report.splits} == {"by direct cost"}


def test_known_use_comes_before_direct_cost() -> None:
    """Nine tenths of the requests are one deployment's."""
    report = report_of(ROWS, westeu_dev_1=Decimal(9), eastus_dev_1=Decimal(1))
    assert report.line("westeu-dev-1").shared == usd(81)
    assert {it.rule for it in report.splits} == {"by use"}


def test_equal_parts_are_equal(tmp_path: Path) -> None:
    """A rule of another file is a rule as well."""
    equal = rule("steps:\n  - {from: global, among: regionals, by: equal, otherwise: equal}\n", tmp_path)
    borne = by_rule(equal)
    assert borne == {"global-dev": -90, "westeu-dev-1": 45, "eastus-dev-1": 45, "global-prod": 0}


def test_what_was_handed_on_is_not_handed_on_again(tmp_path: Path) -> None:
    """Two steps from one source: the second finds nothing left."""
    step = "  - {from: global, among: regionals, by: equal, otherwise: equal}\n"
    borne = by_rule(rule(f"steps:\n{step}{step}", tmp_path))
    assert borne == {"global-dev": -90, "westeu-dev-1": 45, "eastus-dev-1": 45, "global-prod": 0}


def test_what_the_account_gives_to_a_global_goes_on_to_its_regionals() -> None:
    """The steps are done one after another: 127 of the account are borne as 7 of prod's global, and 120 of dev's."""
    report = report_of([*ROWS, charge(1, 127, "account")])
    assert report.line("global-dev").full == usd(0)
    assert report.line("global-prod").full == usd(14)
    assert report.line("westeu-dev-1").full + report.line("eastus-dev-1").full == usd(240)


def test_a_global_without_regionals_keeps_its_cost_and_says_so() -> None:
    """It is in the report, and nobody's."""
    report = report_of(ROWS)
    assert report.line("global-prod").full == usd(7)
    assert [it.words for it in report.notices if it.kind == "split"] == [
        "nobody was there to bear the cost of global-prod: it stays on it"
    ]


def test_direct_costs_below_zero_bear_nothing() -> None:
    """A deployment that has a credit alone weighs nothing; where all do, the parts are equal."""
    report = report_of([charge(1, 90, "global-dev"), charge(1, -5, "westeu-dev-1"), charge(1, 5, "eastus-dev-1")])
    assert report.line("westeu-dev-1").shared == usd(0)
    report = report_of([charge(1, 90, "global-dev"), charge(1, -5, "westeu-dev-1"), charge(1, 0, "eastus-dev-1")])
    assert report.line("westeu-dev-1").shared == usd(45)
    assert {it.rule for it in report.splits} == {"in equal parts"}


def test_the_reviewed_rule_can_be_read() -> None:
    """The file is data, and the account's step comes first: else what it gives to a global would stay there."""
    assert [step.source for step in load_rule(RULE).steps] == ["account", "global"]


@pytest.mark.parametrize("step", ["by: hope, otherwise: equal", "by: use", "by: use, otherwise: equal, extra: 1"])
def test_a_rule_that_cannot_be_taken_is_refused_with_its_line(step: str, tmp_path: Path) -> None:
    """A split by a rule that nobody wrote would still look like one."""
    with pytest.raises(FaultsError, match=r"split\.yaml:2"):
        rule(f"steps:\n  - {{from: global, among: regionals, {step}}}\n", tmp_path)

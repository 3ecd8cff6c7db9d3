"""Whose a charge is: of its resource group's deployment, else of its tag's, else nobody's; and both views are shown."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from finance.following import Followed, Report, assemble
from finance.ledger import Ledger
from tests.finance.following.charging import DEV, MONTH, PROD, Row, charge, inputs, usd

GROUP = "rg-cf-westeu-dev-1"


def report_of(rows: Sequence[Row]) -> Report:
    """The report of these charges."""
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs())


@pytest.mark.parametrize(
    ("group", "tags", "line"),
    [
        (GROUP, {"Deployment": "westeu-dev-1"}, "westeu-dev-1"),
        (GROUP, {}, "westeu-dev-1"),
        (GROUP, {"Deployment": "global-dev"}, "westeu-dev-1"),
        (GROUP, {"Deployment": "westeu-test-1"}, "westeu-dev-1"),
        ("", {"Deployment": "global-dev"}, "global-dev"),
        ("rg-other", {"Deployment": "global-dev"}, "global-dev"),
        ("rg-other", {"deployment": "Global-Dev"}, "global-dev"),
        ("rg-other", {"Deployment": "westeu-test-1"}, "unallocated"),
        ("rg-other", {}, "unallocated"),
        ("", {"CostCenter": "global-dev"}, "unallocated"),
        ("rg-cf-account", {"Deployment": "account"}, "account"),
    ],
)
def test_a_charge_is_its_groups_else_its_tags_else_nobodys(group: str, tags: Mapping[str, str], line: str) -> None:
    """Names of tags are Azure's, which has no case for them; values are ours, and people write them."""
    report = report_of([charge(1, "7", x_ResourceGroup=group, Tags=tags)])
    assert {it.name: it.billed for it in report.leaves if it.billed.amount} == {line: usd(7)}


def test_a_deployments_groups_are_taken_in_any_case() -> None:
    """Azure keeps a group's case, and exports say it as they like: the ledger has it in small letters."""
    one = Followed(name="westeu-dev-1", groups=("RG-CF-westeu-dev-1", "rg-cf-westeu-dev-1-apps"))
    rows = [charge(1, "1"), charge(1, "2", x_ResourceGroup="rg-cf-westeu-dev-1-apps", Tags={})]
    with Ledger.of_rows(rows) as ledger:
        assert assemble(ledger, MONTH, inputs(one)).line("westeu-dev-1").billed == usd(3)


def test_the_differences_of_the_two_views_are_named_from_each_side() -> None:
    """What finance reads where by group and by tag are two figures."""
    rows = [
        charge(1, "1", Tags={}),
        charge(1, "2", Tags={"Deployment": "global-dev"}),
        charge(1, "4", Tags={"Deployment": "westeu-test-1"}),
        charge(1, "8", x_ResourceGroup="rg-other"),
        charge(1, "16", x_ResourceGroup=""),
        charge(1, "32"),
    ]
    found = report_of(rows).reconciliation
    assert {(it.line, it.words): it.amount.amount for it in found.differences} == {
        ("westeu-dev-1", "in its resource group, without a Deployment tag"): Decimal(1),
        ("westeu-dev-1", "in its resource group, tagged global-dev"): Decimal(2),
        ("westeu-dev-1", "in its resource group, tagged 'westeu-test-1', which is no deployment"): Decimal(4),
        ("westeu-dev-1", "tagged with it, in rg-other, a group of no deployment"): Decimal(-8),
        ("westeu-dev-1", "tagged with it, in no resource group"): Decimal(-16),
        ("global-dev", "tagged with it, in the resource group of westeu-dev-1"): Decimal(-2),
        ("unallocated", "in no known resource group, tagged westeu-dev-1"): Decimal(24),
        ("unallocated", "without a known Deployment tag, in the resource group of westeu-dev-1"): Decimal(-5),
    }
    views = {it.line: (it.by_group.amount, it.by_tag.amount, it.billed.amount) for it in found.views}
    assert views["westeu-dev-1"] == (39, 56, 63)
    assert views["global-dev"] == (0, 2, 0)
    assert views["unallocated"] == (24, 5, 0)


def test_untagged_is_use_and_purchases_without_the_right_tag() -> None:
    """Taxes and credits cannot bear a tag; a wrong one is as bad as none."""
    rows = [
        charge(1, "1", Tags={}),
        charge(1, "2", Tags={"Deployment": "global-dev"}),
        charge(1, "4", Tags={}, ChargeCategory="Purchase"),
        charge(1, "8", Tags={}, ChargeCategory="Tax"),
        charge(1, "85"),
        charge(1, "16", x_ResourceGroup="", Tags={}),
    ]
    report = report_of(rows)
    assert report.line("westeu-dev-1").untagged == usd(7)
    assert report.line("westeu-dev-1").untagged_share == Decimal("7.0")
    assert report.line("unallocated").untagged == usd(16)


def test_lines_are_in_the_order_in_which_they_are_read() -> None:
    """Globals before their regionals, environments in their order, then the account, nobody's, and the sums."""
    assert [it.name for it in report_of([]).lines] == [
        "global-dev", "eastus-dev-1", "westeu-dev-1", "global-prod", "westeu-prod-1", "account", "unallocated",
        "dev", "prod", "company",
    ]  # fmt: skip


def test_billed_and_amortised_are_never_mixed() -> None:
    """A reservation is billed on its first day, and used up on each."""
    rows = [
        charge(1, "120", EffectiveCost="0", ChargeCategory="Purchase"),
        *(charge(day, "0", EffectiveCost="4") for day in range(1, 11)),
    ]
    report = report_of(rows)
    for line in (report.line("westeu-dev-1"), report.line("dev"), report.total):
        assert (line.billed, line.amortised) == (usd(120), usd(40))


def test_each_subscription_has_its_own_sum() -> None:
    """A deployment may stand in two; the month before is in neither sum."""
    rows = [
        charge(1, "1"),
        charge(1, "2", SubAccountId=PROD),
        charge(1, "4", "global-dev", SubAccountId=PROD),
    ]
    found = {it.id: (it.total, it.lines) for it in report_of(rows).reconciliation.subscriptions}
    assert found == {
        DEV: (usd(1), (("westeu-dev-1", usd(1)),)),
        PROD: (usd(6), (("global-dev", usd(4)), ("westeu-dev-1", usd(2)))),
    }

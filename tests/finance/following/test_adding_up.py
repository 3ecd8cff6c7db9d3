"""Whatever was charged, every view of a report adds up to the ledger's total, to the last digit."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.following import Report, assemble
from finance.following.report import LEAVES, PARTS
from finance.ledger import Ledger
from finance.money import Money
from tests.finance.following.charging import DEV, MONTH, NAMES, PROD, Row, followed, inputs, logs, plan, server

AMOUNTS = st.decimals("-99999", "99999", places=12)
TAGS = st.sampled_from(["", "westeu-test-1", "Westeu-Dev-1", *NAMES])
GROUPS = st.sampled_from(["", "rg-other", *(f"rg-cf-{name}" for name in NAMES)])


@st.composite
def charges(draw: st.DrawFn) -> Row:
    """A charge of any kind, in the month's bill or in the one before."""
    tag = draw(TAGS)
    key = draw(st.sampled_from(["Deployment", "deployment"]))
    month = draw(st.sampled_from([MONTH, MONTH, MONTH, date(2026, 10, 1)]))
    return {
        "SubAccountId": draw(st.sampled_from([DEV, PROD])),
        "BillingPeriodStart": month,
        "ChargePeriodStart": month + timedelta(days=draw(st.integers(-40, 33))),
        "BilledCost": draw(AMOUNTS),
        "EffectiveCost": draw(AMOUNTS),
        "x_ResourceGroup": draw(GROUPS),
        "Tags": {key: tag, "Owner": "DevOps"} if tag else {},
        "ServiceName": draw(st.sampled_from(["Azure Database for PostgreSQL", "Event Hubs", ""])),
        "ChargeCategory": draw(st.sampled_from(["Usage", "Usage", "Purchase", "Tax", "Credit", "Adjustment"])),
        "ChargeClass": draw(st.sampled_from(["", "", "Correction"])),
        "ResourceId": draw(st.sampled_from([server().resource, logs().resource, "/subscriptions/s/new", ""])),
        "SkuMeter": draw(st.sampled_from(["B1MS", "Analytics Logs Data Ingestion", "New"])),
        "PricingQuantity": draw(st.decimals("0", "9999", places=6)),
        "PricingUnit": draw(st.sampled_from(["1 Hour", "Hours", "1 GB", "10K", ""])),
        "BillingCurrency": draw(st.sampled_from(["USD", "USD", "USD", "EUR"])),
    }


def total(amounts: list[Money]) -> Money:
    """The exact sum."""
    return Money.total(amounts, "USD")


def the_months(rows: Sequence[Row], column: str) -> Money:
    """The sum of the rows as they were given, by no code of ours."""
    of_month = [row for row in rows if row["BillingPeriodStart"] == MONTH and row["BillingCurrency"] == "USD"]
    return total([Money(Decimal(str(row[column])), "USD") for row in of_month])


def report_of(rows: Sequence[Row]) -> Report:
    """The report of these charges, with a plan for two of the deployments."""
    of_plan = plan(server(), logs(), known={"/subscriptions/s/new": "free"})
    given_plans = {"westeu-dev-1": of_plan, "global-prod": of_plan}
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs(*(followed(name, given_plans.get(name)) for name in NAMES)))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(charges(), max_size=30))
def test_every_view_of_a_report_adds_up_to_what_was_given(rows: Sequence[Row]) -> None:
    """Finance adds up each table, and asks about the cent that is missing."""
    report = report_of(rows)
    billed, amortised = the_months(rows, "BilledCost"), the_months(rows, "EffectiveCost")
    leaves = list(report.leaves)
    assert report.total.billed == billed == total([it.billed for it in leaves])
    assert report.total.amortised == amortised == total([it.amortised for it in leaves])
    for table in (report.by_service, report.by_group):
        assert total([it.billed for it in table]) == billed
        assert total([it.amortised for it in table]) == amortised
    of_tag = defaultdict(list)
    for it in report.by_tag:
        of_tag[it.tag].append(it.billed)
    assert all(total(amounts) == billed for amounts in of_tag.values())
    assert total([it.total for it in report.reconciliation.subscriptions]) == billed
    assert all(not it.gap.amount for it in report.reconciliation.subscriptions)
    assert report.total.full == billed
    assert report.total.full_amortised == amortised


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(charges(), max_size=30))
def test_each_line_is_its_days_its_parts_and_its_views(rows: Sequence[Row]) -> None:
    """A line of the page is drilled into: its days, its resources, its causes, its views by group and by tag."""
    report = report_of(rows)
    for line in report.lines:
        series = report.days_of(line.name)
        assert series.other + total([day.billed for day in series.days if day.billed]) == line.billed
        last = [day.forecast for day in series.days if day.forecast]
        assert not last or last[-1] == line.forecast
        assert line.forecast.low <= line.forecast.expected <= line.forecast.high
        if line.variance is None:
            continue
        assert total([line.variance.part(part) for part in PARTS]) == line.variance.total
        for part in PARTS:
            assert total([it.amount for it in line.variance.causes if it.part == part]) == line.variance.part(part)
        if line.kind in LEAVES:
            assert line.variance.actual == line.billed
            of_line = [it for it in report.resources if it.line == line.name]
            assert total([it.billed for it in of_line]) == line.billed
            assert total([it.total for it in of_line]) == line.variance.total
            assert all(total([it.price, it.usage, it.scope, it.time]) == it.total for it in of_line)
    for view in report.reconciliation.views:
        differences = [it.amount for it in report.reconciliation.differences if it.line == view.line]
        assert view.by_group - view.by_tag == total(differences)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(charges(), max_size=30))
def test_what_is_shared_is_neither_lost_nor_made(rows: Sequence[Row]) -> None:
    """The account and each global that somebody can bear keep nothing, and others bear exactly that."""
    report = report_of(rows)
    kept = {notice.words.split(" of ", 1)[1].split(":")[0] for notice in report.notices if notice.kind == "split"}
    assert not total([it.shared for it in report.leaves]).amount
    assert not total([it.shared_amortised for it in report.leaves]).amount
    for line in report.leaves:
        if line.name in ("account", "global-dev", "global-prod") and line.name not in kept:
            assert not line.full.amount

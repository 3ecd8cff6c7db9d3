"""A month says how far off the estimate was, and what declared use would have been right."""

from collections.abc import Sequence
from decimal import Decimal

import yaml

from finance.estimate import estimate
from finance.following import Lifetime, Plan, Report, assemble, plan_of
from finance.following.learning import proposal_text
from finance.ledger import Ledger
from finance.prices import load_sheet
from finance.prices.terms import NO_TERMS
from finance.ranges import Range
from finance.usage import DRIVERS, Usage, load_usage
from tests.finance.following.charging import MONTH, Row, at, billed, charge, followed, inputs, logs, plan, server
from tests.finance.recording import load

DAYS = range(1, 21)


def report_of(rows: Sequence[Row], of_plan: Plan, lifetime: Lifetime | None = None) -> Report:
    """The report of one deployment."""
    with Ledger.of_rows(rows) as ledger:
        return assemble(ledger, MONTH, inputs(followed("westeu-dev-1", of_plan, lifetime)))


def real_plan(deployment: str) -> Plan:
    """The plan of a real deployment, from its recorded inputs."""
    sheet, usage = load_sheet(), load_usage(deployment)
    found = estimate(deployment, load(deployment), sheet, usage, NO_TERMS)
    return plan_of(found, {it.resource.urn: it.resource.urn for it in found.priced}, sheet, usage, NO_TERMS)


def test_twice_the_logs_propose_twice_the_driver() -> None:
    """Six GB were declared, and twelve a month were used: all three uses are doubled."""
    (it,) = report_of(list(billed(logs(), DAYS, quantity=Decimal(2))), plan(logs())).learning.proposals
    assert (it.file, it.section, it.driver) == ("dev", "regional", "logs-gb")
    assert it.learned == Range(Decimal(4), Decimal(12), Decimal(40))
    assert it.words == "westeu-dev-1: 12 GB a month, 6 declared"


def test_what_is_dearer_alone_proposes_nothing() -> None:
    """A price is the sheet's business: use is measured at planned prices."""
    assert not report_of(list(billed(logs(), DAYS, price=Decimal(2))), plan(logs())).learning.proposals


def test_a_tenth_more_or_less_proposes_nothing() -> None:
    """Declared use is no measurement."""
    assert not report_of(list(billed(logs(), DAYS, quantity=Decimal("1.09"))), plan(logs())).learning.proposals


def test_less_than_a_week_of_life_teaches_nothing() -> None:
    """Five days of a load test are no month."""
    rows = list(billed(logs(), range(1, 6), quantity=Decimal(2)))
    lived = Lifetime(lived=((at(1), at(6)),))
    assert not report_of([*rows, charge(20, "1", "global-dev")], plan(logs()), lived).learning.proposals


def test_the_error_is_a_percentage_of_the_bill() -> None:
    """Planned 9.60, billed 19.20: off by half of the bill."""
    learning = report_of(list(billed(server(), DAYS, quantity=Decimal(2))), plan(server())).learning
    assert learning.of == (("westeu-dev-1", Decimal("50.0")),)
    assert learning.mape == Decimal("50.0")


def test_without_a_bill_there_is_no_error() -> None:
    """Nothing is divided by nothing."""
    assert report_of([], plan(server())).learning.mape is None


def test_the_proposal_has_the_form_of_the_files_that_it_is_for() -> None:
    """A person copies lines from it: they must be YAML, and what the file's own form takes."""
    report = report_of(list(billed(logs(), DAYS, quantity=Decimal("1.2345"))), plan(logs()))
    text = proposal_text(report.learning, "November 2026")
    assert yaml.safe_load(text) == {
        "dev.yaml": {"regional": {"logs-gb": {"low": "2.47", "expected": "7.41", "high": "24.7"}}}
    }
    assert text.startswith("# What the use in November 2026 proposes")


def test_a_quantity_is_told_the_one_driver_that_it_grows_with() -> None:
    """Of a real deployment: logs by logs-gb, an endpoint by its GB; a job by two drivers, so by none."""
    found = real_plan("westeu-dev-1")
    drivers = {(it.key, it.driver) for it in found.items if it.by_use}
    assert {"logs-gb", "endpoint-in-gb", "blob-gb"} <= {driver for _, driver in drivers}
    assert {driver for _, driver in drivers if driver} <= set(DRIVERS)
    assert all(it.driver is None for it in found.items if not it.by_use)
    assert ("postgres-backup-lrs", None) in drivers  # free up to the storage: it does not grow in proportion


def test_what_is_proposed_would_have_made_the_estimate_right() -> None:
    """The learned drivers, declared, give the quantities that were billed: the circle is closed."""
    deployment, sheet = "westeu-dev-1", load_sheet()
    first = real_plan(deployment)
    used = [it for it in first.items if it.driver == "logs-gb"]
    rows = [row for it in used for row in billed(it, DAYS, quantity=Decimal(3))]
    (proposal,) = report_of(rows, first).learning.proposals
    declared = {**first.declared, proposal.driver: proposal.learned}
    found = estimate(deployment, load(deployment), sheet, Usage(declared), NO_TERMS)
    again = plan_of(found, {it.resource.urn: it.resource.urn for it in found.priced}, sheet, Usage(declared), NO_TERMS)
    units = {(it.resource, it.meter): it.units for it in again.items}
    assert used
    assert all(units[it.resource, it.meter] == it.units * 3 for it in used)

"""`cfctl budget check`: charges and meter against the budgets, and the status that a pipeline goes by."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cli.exit_codes import ExitCode
from cli.money.budget_check import code_of
from cli.money.burning import _by_charges, burning
from cli.money.reports import ledger_of
from cli.options import PROJECT
from finance.actuals import import_exports
from finance.alarms import Verdict
from finance.focus_files import write_exports
from finance.ledger import Ledger
from finance.metering import Charge, Stood, row_of
from finance.money import Money
from finance.prices import load_sheet
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from stacks.ttl import EXPIRES_ON, written_moment
from tests.cli.in_process import InProcess
from tests.sandbox.azure.cloud import SUBSCRIPTION, TENANT, Clock, Cloud

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


@pytest.fixture
def run(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    """Commands in this process."""
    return InProcess.of(cfctl, request)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def charge(run: InProcess, group: str, *amounts: tuple[date, str]) -> None:
    """Import an export with a charge a day of a resource in the group."""
    at = datetime.now(UTC)
    stood = Stood(
        id=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/kv-{group}",
        type="azure-native:keyvault:Vault",
        inputs={},
        begun=at,
        ended=at,
    )
    meter = load_sheet().by_key["vault-operations"]
    charges = [
        Charge(
            stood=stood,
            region="westeurope",
            meter=meter,
            what="operations",
            day=day,
            quantity=Decimal(1),
            unit_price=Decimal(amount),
            listed=usd(amount),
            cost=usd(amount),
        )
        for day, amount in amounts
    ]
    exports = run.home.root / "exports"
    write_exports([row_of(it, group) for it in charges], exports, source=group, at=at, whole=True)
    import_exports(ledger_of(run.home), [exports], lambda _: None)


def line(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(it for it in document["lines"] if it["name"] == name)


def test_where_nothing_stands_everything_is_within(run: InProcess) -> None:
    """A new home: every deployment with its budget, nothing spent, and status 0."""
    ended = run("budget", "check", "--json")
    assert ended.status == ExitCode.OK
    document = ended.document
    assert document["as_of"] is None
    assert line(document, "westeu-dev-1")["budget"] == "200.00"
    assert {it["spent"] for it in document["lines"]} == {"0.00"}
    assert [it["name"] for it in document["lines"]][-4:] == ["dev", "stg", "prod", "company"]


@pytest.mark.parametrize(
    ("amount", "status", "reached"),
    [
        ("119.99", ExitCode.OK, ["50 %"]),
        ("120.00", ExitCode.BUDGET_NEAR, ["50 %", "80 %"]),
        ("150.00", ExitCode.BUDGET_SPENT, ["50 %", "80 %", "forecast 100 %", "100 %"]),
    ],
)
def test_the_status_is_that_of_the_most_urgent_threshold(
    run: InProcess, amount: str, status: ExitCode, reached: list[str]
) -> None:
    """Charges of today against the 150 of global-dev; the environment and the company are rolled up."""
    charge(run, "rg-cf-global-dev", (datetime.now(UTC).date(), amount))
    ended = run("budget", "check", "--json")
    assert ended.status == ended.document["exit_code"] == status
    found = line(ended.document, "global-dev")
    assert (found["spent"], found["reached"]) == (amount, reached)
    assert line(ended.document, "dev")["spent"] == line(ended.document, "company")["spent"] == amount
    assert line(ended.document, "prod")["spent"] == "0.00"


def test_only_what_is_named_counts_for_the_status(run: InProcess) -> None:
    """A pipeline of stg is not stopped by dev."""
    charge(run, "rg-cf-global-dev", (datetime.now(UTC).date(), "600"))
    assert run("budget", "check", "global-stg").status == ExitCode.OK
    assert run("budget", "check", "--env", "stg").status == ExitCode.OK
    assert run("budget", "check", "westeu-dev-1").status == ExitCode.OK
    assert run("budget", "check", "global-dev").status == ExitCode.BUDGET_SPENT
    assert run("budget", "check", "--env", "dev").status == ExitCode.BUDGET_SPENT


def test_people_are_shown_what_is_reached(run: InProcess) -> None:
    """In words, with the share, and how far the charges go."""
    charge(run, "rg-cf-global-dev", (datetime.now(UTC).date(), "130"))
    ended = run("budget", "check", "global-dev")
    assert "86.7 %" in ended.out
    assert ended.out.splitlines()[1].split()[-2:] == ["80", "%"]
    assert f"charges until {datetime.now(UTC):%Y-%m-%d}" in ended.out


def test_what_belongs_to_nobody_is_the_companys_alone(run: InProcess) -> None:
    """Somebody pays for it."""
    charge(run, "rg-somebody", (datetime.now(UTC).date(), "77"))
    document = run("budget", "check", "--json").document
    assert line(document, "company")["spent"] == "77.00"
    assert line(document, "dev")["spent"] == "0.00"


def test_a_name_that_is_none_is_refused(run: InProcess) -> None:
    """With what to type."""
    ended = run("budget", "check", "westeu-dev-9")
    assert ended.status == ExitCode.BAD_INPUT
    assert "westeu-dev-9" in ended.err


def test_what_stands_here_is_known_before_any_charge(run: InProcess) -> None:
    """The rate is that of the meter; an end that its group bears cuts what is to come."""
    now = datetime.now(UTC)
    tags = {"Deployment": "westeu-dev-1", EXPIRES_ON: written_moment(now + timedelta(hours=1))}
    with closing(Store(run.home.azure_store)) as store:
        store.add_subscription(SUBSCRIPTION, TENANT)
        cloud = Cloud(AzureProvider(store, pace=Pace(serial_window=0.0)), store, Clock())
        cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
        group = cloud.create(
            "resources:ResourceGroup",
            "group",
            resourceGroupName="rg-cf-westeu-dev-1",
            location="westeurope",
            tags={"Deployment": "westeu-dev-1"},
        )
        cloud.create(
            "dbforpostgresql:Server", "s", **(cloud.server_inputs() | {"resourceGroupName": "rg-cf-westeu-dev-1"})
        )
        endless = run("budget", "check", "westeu-dev-1", "--json").document["lines"][0]
        cloud.update(group, tags=tags)
    with Ledger.open(ledger_of(run.home)) as ledger:
        found = burning(run.home, PROJECT, ledger, datetime.now(UTC)).burns["westeu-dev-1"]
    assert endless["rate"] == "meter"
    assert Decimal(endless["per_day"]) > Decimal("0.4")
    assert found.ends is not None
    assert abs(found.ends - now - timedelta(hours=1)) < timedelta(seconds=2)
    assert found.to_come(now) <= usd("0.05")


def test_what_stands_on_azure_goes_on_at_the_rate_of_its_charges() -> None:
    """Two whole days at 24, the last one half told: 24 a day until now, and never less than what was billed."""
    days = {date(2026, 11, 13): usd("24"), date(2026, 11, 14): usd("24"), date(2026, 11, 15): usd("5")}
    found = _by_charges("westeu-dev-1", days, "USD", NOW)
    assert (found.per_hour, found.billed) == (usd("1"), usd("53"))
    assert found.spent == usd("48") + usd("30")
    dear = _by_charges("westeu-dev-1", {**days, date(2026, 11, 15): usd("99")}, "USD", NOW)
    assert dear.reckoned == usd("0")


def test_what_has_had_no_charge_for_days_stands_no_more() -> None:
    """Nor does what was only seen on one day that is not over have a rate."""
    long_ago = {date(2026, 11, 3): usd("24"), date(2026, 11, 4): usd("24")}
    assert _by_charges("westeu-dev-1", long_ago, "USD", NOW).per_hour == usd("0")
    assert _by_charges("westeu-dev-1", {date(2026, 11, 15): usd("24")}, "USD", NOW).per_hour == usd("0")
    assert _by_charges("westeu-dev-1", {}, "USD", NOW).spent == usd("0")


def test_a_forecast_has_a_status_of_its_own() -> None:
    """It is more urgent than 80 % spent, and less than all of it."""
    half = Verdict(
        name="dev", budget=usd("100"), billed=usd("50"), spent=usd("50"), projected=usd("101"), per_hour=usd("1")
    )
    assert code_of(half) == ExitCode.BUDGET_FORECAST
    assert ExitCode.BUDGET_NEAR < ExitCode.BUDGET_FORECAST < ExitCode.BUDGET_SPENT

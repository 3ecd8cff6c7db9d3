"""What stood is charged by the hour at the estimate's price; what was stopped, deleted or changed as Azure would."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cidr import ACCOUNT
from finance.estimate import estimate
from finance.metering import Bill, Pricing, Stood, bill_of, rate_at
from finance.money import EXACT, Money
from finance.prices import load_sheet
from finance.prices.terms import NO_TERMS, Term, Terms, TermsFile
from finance.usage import load_usage
from stacks import known_deployments
from tests.finance.recording import load

SHEET = load_sheet()
START = datetime(2026, 11, 3, 5, 30, tzinfo=UTC)
MONTH = timedelta(hours=730)
GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-cf-westeu-dev-1"
SERVER = {"location": "westeurope", "sku": {"name": "Standard_B1ms"}, "storage": {"storageSizeGB": 32}}
CACHE = {"location": "westeurope", "sku": {"name": "Balanced_B0"}, "highAvailability": "Disabled"}


def pricing(deployment: str = "westeu-dev-1", terms: Terms = NO_TERMS) -> Pricing:
    return Pricing(sheet=SHEET, usage=load_usage(deployment), terms_on=lambda _: terms)


def server(begun: float, ended: float, *, stopped: bool = False, **more: Any) -> Stood:
    """A PostgreSQL server, up from so many hours after START until so many."""
    return Stood(
        id=f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-cf-westeu-dev-1",
        type="azure-native:dbforpostgresql:Server",
        inputs={**SERVER, **more},
        begun=START + timedelta(hours=begun),
        ended=START + timedelta(hours=ended),
        stopped=stopped,
    )


def bill(*stood: Stood, until: datetime = START + MONTH, terms: Terms = NO_TERMS) -> Bill:
    return bill_of("westeu-dev-1", stood, pricing(terms=terms), START, until)


def amount(found: Bill) -> Decimal:
    return found.total("USD").amount


def everything(deployment: str) -> tuple[Stood, ...]:
    """The recorded resources of a deployment, all of them up for a month of 730 hours."""
    return tuple(
        Stood(id=f"{it.urn}/{number}", type=it.type, inputs=it.inputs.values, begun=START, ended=START + MONTH)
        for number, it in enumerate(load(deployment))
    )


@pytest.mark.parametrize("deployment", [*map(str, known_deployments()), ACCOUNT])
def test_a_month_up_costs_what_the_estimate_says(deployment: str) -> None:
    """Meter and estimate are one sheet and one table: over 730 hours they say the same, to far below a cent."""
    stood = everything(deployment)
    expected = estimate(deployment, load(deployment), SHEET, load_usage(deployment), NO_TERMS).total.expected
    found = bill_of(deployment, stood, pricing(deployment), START, START + MONTH)
    assert abs(amount(found) - expected.amount) < Decimal("0.000001")
    rate = rate_at(deployment, stood, pricing(deployment), START + MONTH / 2)
    assert abs((rate * 730).amount - expected.amount) < Decimal("0.000001")
    assert found.unpriced == {}


def test_a_charge_is_of_one_day_in_utc() -> None:
    """Two days and three hours from half past five: four days, the first and the last of them in part."""
    found = bill(server(0, 51))
    compute = [it for it in found.charges if it.meter.key == "postgres-b1ms"]
    assert [it.day for it in compute] == [date(2026, 11, day) for day in (3, 4, 5)]
    assert [it.quantity for it in compute] == [Decimal("18.5"), Decimal(24), Decimal("8.5")]
    assert {it.unit_price for it in compute} == {Decimal("0.0199")}
    assert sum(it.listed.amount for it in compute) == Decimal("0.0199") * 51


def test_nothing_is_charged_outside_of_the_time_asked_for() -> None:
    """The hours before and after belong to other months."""
    inside = bill_of("westeu-dev-1", [server(-100, 100)], pricing(), START, START + timedelta(hours=1))
    assert {it.day for it in inside.charges} == {START.date()}
    assert amount(inside) == amount(bill(server(0, 1)))
    assert bill_of("westeu-dev-1", [server(-9, -3)], pricing(), START, START + MONTH).charges == ()


def test_a_stopped_server_costs_its_storage_alone() -> None:
    """As https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server says."""
    meters = {it.meter.key for it in bill(server(0, 24, stopped=True)).charges}
    assert meters == {"postgres-storage"}
    assert amount(bill(server(0, 24, stopped=True))) < amount(bill(server(0, 24)))


def test_a_larger_server_costs_more_from_then_on() -> None:
    """Two intervals of one resource, each at its own size."""
    larger = {"sku": {"name": "Standard_B2s"}}
    changed = bill(server(0, 10), server(10, 24, **larger))
    assert amount(changed) == amount(bill(server(0, 10))) + amount(bill(server(10, 24, **larger)))
    assert {it.meter.key for it in changed.charges} >= {"postgres-b1ms", "postgres-b2s"}


def test_a_resource_is_priced_among_what_stood_beside_it() -> None:
    """Rows read neighbours: a deployment that was half made for a second is not priced as if it had stayed so."""
    late = Stood(
        id=f"{GROUP}/providers/Microsoft.Cache/redisEnterprise/redis-cf-westeu-dev-1",
        type="azure-native:redisenterprise:RedisEnterprise",
        inputs=CACHE,
        begun=START + timedelta(hours=1),
        ended=START + timedelta(hours=24),
    )
    found = bill(server(0, 24), late)
    assert {it.stood.arm_type for it in found.charges} == {
        "microsoft.dbforpostgresql/flexibleservers",
        "microsoft.cache/redisenterprise",
    }


def test_what_has_no_price_is_told_and_never_charged_as_nothing() -> None:
    """An SKU that the sheet does not know, and a type that no row knows."""
    odd = server(0, 5, sku={"name": "Standard_M128"})
    alien = replace(odd, id=f"{GROUP}/providers/Microsoft.Quantum/workspaces/q", type="azure-native:quantum:Workspace")
    found = bill(odd, alien)
    assert found.charges == ()
    assert "Standard_M128" in found.unpriced[odd.id]
    assert "no row" in found.unpriced[alien.id]


def test_a_discount_lowers_the_cost_and_leaves_the_list_price() -> None:
    """FOCUS keeps the two apart."""
    off = Term.model_validate({"percent": "25", "since": date(2026, 1, 1), "agreement": "EA 2026"})
    found = bill(server(0, 24), terms=Terms(TermsFile(discounts=(off,), mark_ups=()), START.date()))
    assert amount(found) < amount(bill(server(0, 24)))
    for charge in found.charges:
        assert abs(charge.cost.amount - EXACT.multiply(charge.listed.amount, Decimal("0.75"))) <= Decimal("1e-12")


@settings(max_examples=60)
@given(cuts=st.lists(st.integers(1, 5_000_000), max_size=5), stopped=st.booleans())
def test_however_a_time_is_cut_it_costs_the_same(cuts: list[int], stopped: bool) -> None:
    """Intervals, days and months are borders of the books alone: sums differ by the last digit of each row at most."""
    borders = [0.0, *sorted(cut / 10_000 for cut in set(cuts)), 500.0]
    whole = bill(server(0, 500, stopped=stopped))
    parts = bill(*(server(a, b, stopped=stopped) for a, b in pairwise(borders)))
    assert abs(amount(whole) - amount(parts)) <= Decimal("1e-12") * (len(whole.charges) + len(parts.charges))


def test_the_rate_is_that_of_what_stood_right_before() -> None:
    """At the very moment that it is asked, what still stands ends; nothing was there before the beginning."""
    stood = [server(0, 10)]
    ask = pricing()
    assert rate_at("westeu-dev-1", stood, ask, START) == Money.zero("USD")
    assert rate_at("westeu-dev-1", stood, ask, START + timedelta(hours=10)) > Money.zero("USD")
    assert rate_at("westeu-dev-1", stood, ask, START + timedelta(hours=11)) == Money.zero("USD")

"""The ledger of rows in memory: what neighbours' tests are built on."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.ledger import COLUMNS, NAMES, Ledger

ROW = {"SubAccountId": "s", "ChargePeriodStart": date(2026, 11, 3), "BilledCost": Decimal("1.5")}


def test_a_charge_takes_what_it_does_not_say_from_the_rest() -> None:
    """Tests of reports give three columns; every other one has a value all the same, of the contract's type."""
    with Ledger.of_rows([ROW]) as ledger:
        found = ledger.connection.sql("FROM costs")
        assert found.columns == list(NAMES)
        assert [str(it) for it in found.types] == [it.type for it in COLUMNS]
        row = dict(zip(NAMES, found.fetchall()[0], strict=True))
    assert row["BillingPeriodStart"] == date(2026, 11, 1)
    assert row["EffectiveCost"] == row["ListCost"] == row["ContractedCost"] == Decimal("1.5")
    assert (row["ChargeCategory"], row["BillingCurrency"], row["Tags"]) == ("Usage", "USD", "{}")
    assert None not in row.values()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=12), max_size=20))
def test_the_sum_of_a_ledger_is_the_exact_sum_of_its_rows(amounts: list[Decimal]) -> None:
    """To the last digit, whatever the signs."""
    with Ledger.of_rows([{**ROW, "BilledCost": amount} for amount in amounts]) as ledger:
        found = ledger.connection.execute("SELECT coalesce(sum(BilledCost), 0) FROM costs").fetchone()
    assert found == (sum(amounts, Decimal(0)),)


def test_tags_are_read_back_as_json() -> None:
    """Quotes and letters of other scripts included."""
    with Ledger.of_rows([{**ROW, "Tags": {"Deployment": "westeu-dev-1", "Ow'ner": 'Größe "x"'}}]) as ledger:
        found = ledger.connection.execute("""SELECT Tags->>'Deployment', Tags->>'Ow''ner' FROM costs""").fetchone()
    assert found == ("westeu-dev-1", 'Größe "x"')


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"BilledCosts": 1}, "BilledCosts: no column"),
        ({"BilledCost": 0.1}, "not exact"),
        ({"BilledCost": Decimal("0.0000000000001")}, "13 digits"),
    ],
)
def test_a_row_that_cannot_be_held_exactly_is_refused(change: dict[str, object], said: str) -> None:
    """A slip in a test's row, or a float, must not become a silent zero or a rounded amount."""
    with pytest.raises((ValueError, TypeError), match=said):
        Ledger.of_rows([{**ROW, **change}])


def test_a_row_without_its_day_is_refused() -> None:
    """Nothing could say which month it belongs to."""
    with pytest.raises(ValueError, match="without ChargePeriodStart"):
        Ledger.of_rows([{"SubAccountId": "s", "BilledCost": 1}])

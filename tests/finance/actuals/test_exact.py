"""Amounts come through exactly, however they are written."""

from collections.abc import Callable
from decimal import Context, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance.actuals import ROUNDING
from tests.finance.actuals.exports import FOCUS_12, Imports, write_csv

EXACT = Context(prec=200)
_SIGNS, _SMALL = st.sampled_from(["", "-", "+"]), st.integers(0, 10**9)
PLAIN = st.builds(lambda sign, whole, part: f"{sign}{whole}.{part}", _SIGNS, _SMALL, st.text("0123456789", max_size=30))
SCIENTIFIC = st.builds(
    lambda sign, whole, part, power: f"{sign}{whole}.{part}E{power:+03}",
    _SIGNS,
    st.integers(0, 9),
    st.text("0123456789", min_size=1, max_size=16),
    st.integers(-20, 8),
)
DOUBLES = st.floats(-1e9, 1e9).filter(lambda it: it == 0 or abs(it) > 1e-20).map(repr)


@settings(max_examples=30, deadline=None)
@given(st.lists(PLAIN | SCIENTIFIC | DOUBLES, min_size=1, max_size=40))
def test_the_ledgers_total_is_the_exports_total(amounts: list[str]) -> None:
    """To the twelfth digit in the ledger, and what is left beyond it is said to the last one."""
    with TemporaryDirectory() as directory:
        imports = Imports(Path(directory) / "ledger")
        rows = [{**FOCUS_12, "BilledCost": amount} for amount in amounts]
        ((imported,), _) = imports(write_csv(Path(directory) / "charges.csv", rows))
        ((total,),) = imports.rows("sum(BilledCost)")
    (found,) = imported.found
    wanted = Decimal(0)
    for amount in amounts:
        wanted = EXACT.add(wanted, Decimal(amount))
    assert EXACT.add(total, found.beyond["BilledCost"]) == wanted
    assert abs(found.beyond["BilledCost"]) < Decimal("1e-12")


def test_digits_beyond_the_twelfth_are_a_row_of_their_own(imports: Imports, tmp_path: Path) -> None:
    """Rounding each of a million rows would move the total; this is what a double of Azure looks like."""
    rows = [{**FOCUS_12, "BilledCost": "0.00014285714285714286"}] * 7
    told = imports.told(write_csv(tmp_path / "charges.csv", rows))
    carried = Decimal("0.000000000006")  # 7 times 0.00000000000085714286 is 0.00000000000600000002
    assert imports.rows("BilledCost", f"WHERE ChargeDescription = '{ROUNDING}'") == [(carried,)]
    assert imports.rows("sum(BilledCost)") == [(Decimal("0.001000000000"),)]
    assert "what lies beyond is a row of its own: BilledCost 0.000000000006 USD" in told
    assert "in no figure: BilledCost 0.00000000000000000002 USD" in told


def test_an_amount_of_more_than_38_digits_after_the_point_is_refused(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    """It could be held only by rounding it."""
    row = {**FOCUS_12, "BilledCost": "1.2345678901234567E-25"}
    said = refused(write_csv(tmp_path / "charges.csv", [FOCUS_12, row]))
    assert "charges.csv row 2: BilledCost is '1.2345678901234567E-25'" in said
    assert "at most 38 digits" in said


@pytest.mark.parametrize("amount", ["", "abc", "1,5", "NaN", "1.5.5", "0x10", "--1"])
def test_what_is_no_amount_is_refused_with_its_row(amount: str, refused: Callable[..., str], tmp_path: Path) -> None:
    """A cost that is read as nothing is a cost that is lost."""
    said = refused(write_csv(tmp_path / "charges.csv", [FOCUS_12, {**FOCUS_12, "EffectiveCost": amount}]))
    assert "charges.csv row 2: EffectiveCost is" in said

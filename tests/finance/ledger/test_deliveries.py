"""How deliveries stand in a ledger: replaced as a whole, each charge once, nothing half written."""

from decimal import Decimal
from pathlib import Path

import pytest

from cidr import FaultsError
from finance.ledger import Ledger
from finance.ledger.index import read_index
from tests.finance.ledger.delivering import deliver_rows

SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"


def charge(day: str, billed: str, subscription: str = SUBSCRIPTION) -> dict[str, object]:
    """One charge."""
    return {"SubAccountId": subscription, "ChargePeriodStart": day, "BilledCost": billed}


def total(directory: Path) -> Decimal:
    """What the ledger's charges sum up to."""
    with Ledger.open(directory) as ledger:
        ((found,),) = ledger.connection.execute("SELECT coalesce(sum(BilledCost), 0) FROM costs").fetchall()
    return found


def test_a_ledger_that_nobody_wrote_is_empty(tmp_path: Path) -> None:
    """A report of it is a report of nothing, not an error."""
    assert total(tmp_path) == 0


def test_a_month_that_is_delivered_again_takes_the_place_of_the_month(tmp_path: Path) -> None:
    """And of that month alone: subscriptions that are gone from it are gone, October stays."""
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-10-03", "1"), charge("2026-11-03", "2")])
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "5", "other")])
    assert total(tmp_path) == 6


def test_the_index_says_of_which_subscriptions_and_months_rows_are(tmp_path: Path) -> None:
    """What counts, and what is missing, is told without opening a file."""
    deliver_rows(
        tmp_path,
        "a",
        "FocusCost",
        [charge("2026-10-03", "1"), charge("2026-11-03", "2"), charge("2026-11-03", "2", "o")],
    )
    partitions = [(it.subscription, it.month, it.rows) for found in read_index(tmp_path) for it in found.partitions]
    assert sorted(partitions) == [(SUBSCRIPTION, "2026-10", 1), (SUBSCRIPTION, "2026-11", 1), ("o", "2026-11", 1)]


def test_a_subscription_of_any_name_is_kept_as_it_is(tmp_path: Path) -> None:
    """Quotes too, where only some subscriptions of a file count."""
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "1", "a b/c'20é="), charge("2026-11-03", "1", "")])
    names = [it.subscription for found in read_index(tmp_path) for it in found.partitions]
    assert names == ["", "a b/c'20é="]
    deliver_rows(tmp_path, "b", "Query", [charge("2026-11-03", "5", "a b/c'20é="), charge("2026-11-03", "9", "other")])
    assert total(tmp_path) == 11


def test_two_sources_of_one_kind_may_not_hold_the_same_month(tmp_path: Path) -> None:
    """Each charge would count twice; the way out is named."""
    deliver_rows(tmp_path, "first", "FocusCost", [charge("2026-11-03", "2")])
    with pytest.raises(FaultsError, match="--as first"):
        deliver_rows(tmp_path, "second", "FocusCost", [charge("2026-11-03", "2")])
    assert total(tmp_path) == 2


def test_an_export_counts_before_what_the_interface_told(tmp_path: Path) -> None:
    """The interface has sums for the days that no export has yet; it is said what is not counted."""
    deliver_rows(tmp_path, "api", "Query", [charge("2026-11-03", "2"), charge("2026-12-01", "4")])
    deliver_rows(tmp_path, "daily", "FocusCost", [charge("2026-11-03", "2.5")])
    assert total(tmp_path) == Decimal("6.5")
    with Ledger.open(tmp_path) as ledger:
        assert any("daily (FocusCost) has the same charges" in it.what for it in ledger.notices)


def test_a_month_without_a_charge_between_others_is_said(tmp_path: Path) -> None:
    """Across the turn of a year too."""
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "1"), charge("2027-02-03", "2")])
    with Ledger.open(tmp_path) as ledger:
        said = " ".join(it.what for it in ledger.notices)
    assert "no charge of 2026-12 was delivered" in said
    assert "no charge of 2027-01 was delivered" in said


def test_what_an_interrupted_writer_left_is_no_part_of_the_ledger(tmp_path: Path) -> None:
    """Files that the index does not name are removed by the next writer, and read by nobody."""
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "1")])
    (file,) = (tmp_path / "rows").iterdir()
    stray = tmp_path / "rows" / "stray.parquet"
    stray.write_bytes(file.read_bytes())
    assert total(tmp_path) == 1
    deliver_rows(tmp_path, "b", "FocusCost", [charge("2026-12-03", "1")])
    assert not stray.exists()
    assert file.exists()


def test_a_reader_keeps_what_it_opened_while_a_month_is_replaced(tmp_path: Path) -> None:
    """A report takes its figures with several questions; between them an import may end."""
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "1")])
    with Ledger.open(tmp_path) as ledger:
        deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "7")])
        assert ledger.connection.execute("SELECT sum(BilledCost) FROM costs").fetchone() == (1,)
    assert total(tmp_path) == 7


def test_a_damaged_index_is_said_with_the_way_out(tmp_path: Path) -> None:
    """Rows without it are files without meaning."""
    deliver_rows(tmp_path, "a", "FocusCost", [charge("2026-11-03", "1")])
    index = tmp_path / "index.json"
    index.write_bytes(index.read_bytes()[:-20])
    with pytest.raises(FaultsError, match="import the export files again"):
        Ledger.open(tmp_path)

"""Bad input is said clearly: it is refused whole, or it is counted and named; never dropped in silence."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from cidr import FaultsError
from tests.finance.actuals.exports import (
    EA,
    FOCUS_12,
    MCA,
    Imports,
    write_csv,
    write_parquet,
)

Refused = Callable[..., str]


def test_missing_columns_are_named_with_the_form_that_needs_them(refused: Refused, tmp_path: Path) -> None:
    """All of them at once: an export is made anew once, not three times."""
    row = {name: value for name, value in FOCUS_12.items() if name not in {"BilledCost", "ServiceName"}}
    said = refused(write_csv(tmp_path / "charges.csv", [row]))
    assert "charges.csv: has no column BilledCost, which FOCUS 1.2 must have" in said
    assert "charges.csv: has no column ServiceName, which FOCUS 1.2 must have" in said


def test_missing_columns_of_azures_own_forms_are_named_by_all_their_names(refused: Refused, tmp_path: Path) -> None:
    """They had several over the years."""
    row = {name: value for name, value in EA.items() if name != "CostInBillingCurrency"}
    assert "has no column costinbillingcurrency or cost, which Azure EA must have" in refused(
        write_csv(tmp_path / "charges.csv", [row])
    )


def test_a_report_of_ours_is_no_export(refused: Refused, tmp_path: Path) -> None:
    """Its budgets and estimates would be charges."""
    row = {**FOCUS_12, "x_Scenario": "budget"}
    assert "focus.csv: is a report of ours: its column x_Scenario" in refused(write_csv(tmp_path / "focus.csv", [row]))


def test_a_file_of_something_else_is_in_no_form_that_is_known(refused: Refused, tmp_path: Path) -> None:
    """Such as a price sheet that stood in the same folder."""
    said = refused(write_csv(tmp_path / "prices.csv", [{"meterId": "m", "unitPrice": "1"}]))
    assert "prices.csv: is in no form that is known: its columns are meterId, unitPrice" in said
    assert "FOCUS 1.0" in said
    assert "Azure EA" in said


def test_mixed_currencies_are_kept_apart_and_said(imports: Imports, tmp_path: Path) -> None:
    """Each has its own sum; nobody adds them up."""
    told = imports.told(write_csv(tmp_path / "charges.csv", [FOCUS_12, {**FOCUS_12, "BillingCurrency": "EUR"}]))
    assert "charges are in 2 currencies, which are never added up: 1.50 EUR, 1.50 USD" in told
    assert imports.rows("BillingCurrency", "ORDER BY 1") == [("EUR",), ("USD",)]


def test_negative_and_zero_rows_are_kept_and_counted(imports: Imports, tmp_path: Path) -> None:
    """Credits and free usage belong to the total."""
    zero = {**FOCUS_12, "BilledCost": "0", "EffectiveCost": "0"}
    rows = [FOCUS_12, {**FOCUS_12, "BilledCost": "-0.25"}, {**FOCUS_12, "BilledCost": "-0.5"}, zero]
    told = imports.told(write_csv(tmp_path / "charges.csv", rows))
    assert "2 rows are negative, together -0.75 USD: counted as they are" in told
    assert "1 row is of no cost: kept" in told
    assert [float(it) for (it,) in imports.rows("BilledCost", "ORDER BY 1")] == [-0.5, -0.25, 0, 1.5]


def test_a_part_that_is_another_s_copy_is_counted_once_and_named(imports: Imports, tmp_path: Path) -> None:
    """By its content: a second download has another name."""
    write_csv(tmp_path / "november" / "part_0.csv", [FOCUS_12])
    write_csv(tmp_path / "november" / "part_0 (1).csv", [FOCUS_12])
    write_csv(tmp_path / "november" / "part_1.csv", [{**FOCUS_12, "BilledCost": "2"}])
    told = imports.told(tmp_path / "november")
    assert "part_0.csv: is byte for byte part_0 (1).csv, and is counted once" in told
    assert imports.rows("count(*), sum(BilledCost)::VARCHAR") == [(2, "3.500000000000")]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_gzip_file_that_was_cut_is_refused(share: float, refused: Refused, tmp_path: Path) -> None:
    """DuckDB alone would read what is there, and say nothing where the cut is at a line's end."""
    whole = write_csv(tmp_path / "charges.csv.gz", [FOCUS_12] * 200).read_bytes()
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: int(len(whole) * share)])
    assert "cut.csv.gz: is no whole gzip file" in refused(cut)


def test_a_gzip_file_of_several_members_is_read_whole(imports: Imports, tmp_path: Path) -> None:
    """Such as two that were put together with cat."""
    first = write_csv(tmp_path / "first.csv", [FOCUS_12]).read_bytes()
    second = write_csv(tmp_path / "second.csv", [{**FOCUS_12, "BilledCost": "2"}]).read_bytes().split(b"\n", 1)[1]
    both = tmp_path / "both.csv.gz"
    both.write_bytes(gzip.compress(first) + gzip.compress(second))
    imports(both)
    assert imports.rows("count(*)") == [(2,)]


def test_parquet_without_its_footer_is_refused(refused: Refused, tmp_path: Path) -> None:
    """It is written last: a file that was cut has none."""
    whole = write_parquet(tmp_path / "charges.parquet", [FOCUS_12])
    whole.write_bytes(whole.read_bytes()[:-9])
    assert "charges.parquet: has no footer" in refused(whole)


@pytest.mark.parametrize("lost", [2, 8, 300])
def test_a_csv_file_that_ends_in_the_middle_of_a_line_is_refused(lost: int, refused: Refused, tmp_path: Path) -> None:
    """Even where only the line end is lost: of `12.34` a cut leaves `12.3`, which looks whole."""
    path = write_csv(tmp_path / "charges.csv", [FOCUS_12, FOCUS_12])
    path.write_bytes(path.read_bytes()[:-lost])
    assert "ends in the middle of a line" in refused(path)


def test_a_line_with_too_few_values_is_refused_with_its_number(refused: Refused, tmp_path: Path) -> None:
    """A cut in the middle of a file, as a broken download leaves it."""
    path = write_csv(tmp_path / "charges.csv", [FOCUS_12, FOCUS_12])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"1.5,1234567\r\n" + lines[2])
    said = refused(path)
    assert "charges.csv: cannot be read" in said
    assert "Line: 2" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"BillingCurrency": ""}, "BillingCurrency is empty"),
        ({"BillingCurrency": "dollars"}, "BillingCurrency is 'dollars'"),
        ({"ChargePeriodStart": "yesterday"}, "ChargePeriodStart is 'yesterday'"),
        ({"BillingPeriodStart": "2026-13-01"}, "BillingPeriodStart is '2026-13-01'"),
        ({"ChargeCategory": "Fee"}, "ChargeCategory is 'Fee'"),
        ({"PricingQuantity": "many"}, "PricingQuantity is 'many'"),
    ],
)
def test_a_value_that_is_no_such_thing_is_refused_with_its_row(
    change: dict[str, str], said: str, refused: Refused, tmp_path: Path
) -> None:
    """And with what is allowed; the number is that of the row below the header."""
    path = write_csv(tmp_path / "charges.csv", [FOCUS_12, FOCUS_12, {**FOCUS_12, **change}])
    assert f"charges.csv row 3: {said}" in refused(path)


def test_a_day_of_the_month_first_is_not_taken_for_a_month(refused: Refused, tmp_path: Path) -> None:
    """Azure writes months first; a file that somebody's spreadsheet saved may not."""
    assert "ChargePeriodStart is '30/11/2026'" in refused(
        write_csv(tmp_path / "c.csv", [{**MCA, "date": "30/11/2026"}])
    )


def test_every_broken_file_is_told_and_none_of_the_others_is_read(refused: Refused, tmp_path: Path) -> None:
    """All or nothing: half a month in the ledger is a wrong month."""
    write_csv(tmp_path / "a" / "good.csv", [FOCUS_12])
    write_csv(tmp_path / "b" / "bad.csv", [{**FOCUS_12, "BilledCost": "x"}])
    write_csv(tmp_path / "c" / "worse.csv", [{"a": "b"}])
    said = refused(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert "BilledCost is 'x'" in said
    assert "worse.csv: is in no form that is known" in said


def test_files_of_two_forms_in_one_folder_are_refused(refused: Refused, tmp_path: Path) -> None:
    """They are two exports, whose charges may be the same."""
    write_csv(tmp_path / "both" / "focus.csv", [FOCUS_12])
    write_csv(tmp_path / "both" / "ea.csv", [EA])
    assert "holds files of Azure EA and FOCUS 1.2" in refused(tmp_path / "both")


def test_tags_that_name_no_deployment_are_kept_and_named(imports: Imports, tmp_path: Path) -> None:
    """The slip is named with what it was meant for."""
    rows = [FOCUS_12, {**FOCUS_12, "Tags": '{"Deployment": "westeu-dev1"}'}]
    told = imports.told(write_csv(tmp_path / "charges.csv", rows))
    assert "the tag Deployment is 'westeu-dev1' in 1 rows (1.50 USD), which is none: by tag unallocated" in told
    assert "correct the tag to westeu-dev-1" in told
    assert imports.rows("count(*)") == [(2,)]


def test_tags_that_nobody_can_read_do_not_break_the_questions(imports: Imports, tmp_path: Path) -> None:
    """Their text is kept; as JSON it would fail in the middle of a report."""
    told = imports.told(write_csv(tmp_path / "charges.csv", [{**FOCUS_12, "Tags": "Deployment=westeu-dev-1"}]))
    assert "tags of 1 rows are no JSON object: 1.50 USD count as untagged" in told
    assert imports.rows("Tags->>'Deployment', Tags->>'x_Unreadable'") == [(None, "Deployment=westeu-dev-1")]


def test_days_to_come_are_counted_and_said(imports: Imports, tmp_path: Path) -> None:
    """The last day with data is what a forecast begins at."""
    told = imports.told(write_csv(tmp_path / "charges.csv", [{**FOCUS_12, "ChargePeriodStart": "2026-12-24T00:00Z"}]))
    assert "1 row is of days to come, until 2026-12-24: counted" in told


def test_charges_of_no_subscription_are_kept(imports: Imports, tmp_path: Path) -> None:
    """Purchases of a billing account have none."""
    told = imports.told(write_csv(tmp_path / "charges.csv", [{**FOCUS_12, "SubAccountId": ""}]))
    assert "1 row is of no subscription: kept, as unallocated" in told
    assert imports.rows("SubAccountId") == [("",)]


def test_a_path_that_holds_no_export_is_refused(tmp_path: Path, imports: Imports) -> None:
    """With what would be one."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no")
    for path in (tmp_path / "empty", tmp_path / "notes.txt", tmp_path / "absent"):
        with pytest.raises(FaultsError, match=r"\.csv, \.csv\.gz, \.parquet"):
            imports(path)


def test_a_header_without_rows_is_a_month_without_data(imports: Imports, tmp_path: Path) -> None:
    """It is said: a month of nothing looks like a month of no cost."""
    assert "is without data" in imports.told(write_csv(tmp_path / "charges.csv", [], list(FOCUS_12)))


def test_a_cost_of_azures_own_file_that_is_none_is_told_once(refused: Refused, tmp_path: Path) -> None:
    """Four costs of the ledger are made of it; four faults would look like four things to correct."""
    said = refused(write_csv(tmp_path / "charges.csv", [{**EA, "CostInBillingCurrency": "1,5"}]))
    assert said.count("is '1,5'") == 1

"""Runs of exports as Azure lays them out: the manifest says what they are, and they are held against it."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from cidr import FaultsError
from tests.finance.actuals.exports import EA, FOCUS_12, SUBSCRIPTION, Imports, write_csv, write_manifest

Refused = Callable[..., str]


def run(folder: Path, charges: Sequence[Mapping[str, str]], **manifest: object) -> Path:
    """A run of an export as Azure lays it out."""
    part = write_csv(folder / "part_0_0001.csv", charges)
    write_manifest(folder, [part], **manifest)  # type: ignore[arg-type]
    return folder


def test_a_run_is_known_by_its_manifest(imports: Imports, tmp_path: Path) -> None:
    """Name, scope, kind and month come from it, whatever the folders are called."""
    ((imported,), beside) = imports(run(tmp_path / "x", [EA], kind="AmortizedCost", rows=1))
    assert (imported.export.source, imported.export.period) == ("daily", "2026-11")
    assert imported.export.scope == f"/subscriptions/{SUBSCRIPTION}"
    assert imported.dataset == "AmortizedCost"
    assert beside == ()
    assert imports.rows("x_Source") == [("daily",)]


@pytest.mark.parametrize(("rows", "said"), [(3, "its parts have 2 rows, the manifest says 3"), (2, "")])
def test_rows_are_held_against_the_manifest(rows: int, said: str, imports: Imports, tmp_path: Path) -> None:
    """A part that was cut at a line's end has only this to tell it."""
    folder = run(tmp_path / "x", [FOCUS_12, FOCUS_12], rows=rows)
    if said:
        with pytest.raises(FaultsError, match=said):
            imports(folder)
    else:
        imports(folder)


def test_sizes_are_held_against_the_manifest(refused: Refused, tmp_path: Path) -> None:
    """Cut at a line's end, before a row is read."""
    folder = run(tmp_path / "x", [FOCUS_12, FOCUS_12])
    part = folder / "part_0_0001.csv"
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[:-1]))
    assert "its manifest says" in refused(folder)


def test_a_part_that_is_missing_is_named(refused: Refused, tmp_path: Path) -> None:
    """The manifest knows it."""
    folder = run(tmp_path / "x", [FOCUS_12])
    (folder / "part_0_0001.csv").unlink()
    assert "names the part part_0_0001.csv, which is not there" in refused(folder)


def test_of_several_runs_for_a_month_the_last_counts(imports: Imports, tmp_path: Path) -> None:
    """Azure delivers the whole month anew every day, into a folder of its own if it is told to."""
    run(tmp_path / "a", [FOCUS_12, FOCUS_12], submitted="2026-11-21T04:00:00Z")
    run(tmp_path / "b", [FOCUS_12], submitted="2026-11-20T04:00:00Z")
    told = imports.told(tmp_path)
    assert "a run of daily for 2026-11 that a later one replaces" in told
    assert imports.rows("count(*)") == [(2,)]
    ((imported,), _) = imports(tmp_path / "b")
    assert imported.state == "older"
    assert imports.rows("count(*)") == [(2,)]


def test_files_that_the_manifest_does_not_name_are_not_read_and_said(imports: Imports, tmp_path: Path) -> None:
    """Such as a part of the run before, where runs overwrite each other."""
    folder = run(tmp_path / "x", [FOCUS_12])
    write_csv(folder / "part_0_0002.csv", [FOCUS_12])
    assert "part_0_0002.csv: is not named by the manifest beside it" in imports.told(folder)
    assert imports.rows("count(*)") == [(1,)]


def test_exports_of_other_things_are_left_out_and_said(imports: Imports, tmp_path: Path) -> None:
    """One container holds price sheets and reservations too."""
    run(tmp_path / "x", [FOCUS_12])
    run(tmp_path / "prices", [{"meterId": "m"}], name="prices", kind="PriceSheet")
    assert "an export of PriceSheet is not read" in imports.told(tmp_path)


def test_a_manifest_that_is_none_is_refused(refused: Refused, tmp_path: Path) -> None:
    """Its files would be read as something else."""
    folder = run(tmp_path / "x", [FOCUS_12])
    (folder / "manifest.json").write_text(json.dumps({"exportConfig": {"type": "FocusCost"}}))
    said = refused(folder)
    assert "exportConfig.exportName: is no manifest of an export" in said
    assert "runInfo" in said


def test_a_run_of_several_months_takes_the_place_of_each(imports: Imports, tmp_path: Path) -> None:
    """History comes in runs of up to three months; the daily export of November goes on after one."""
    october = {**FOCUS_12, "BillingPeriodStart": "2026-10-01T00:00Z", "ChargePeriodStart": "2026-10-09T00:00Z"}
    imports(run(tmp_path / "history", [october, FOCUS_12, FOCUS_12], day="2026-10-01"))
    assert imports.rows("count(*)") == [(3,)]
    imports(run(tmp_path / "daily", [FOCUS_12], submitted="2026-11-21T04:00:00Z"))
    assert imports.rows("BillingPeriodStart::VARCHAR, count(*)", "GROUP BY 1 ORDER BY 1") == [
        ("2026-10-01", 1),
        ("2026-11-01", 1),
    ]


def test_charges_of_another_billing_month_in_a_run_do_not_replace_that_month(imports: Imports, tmp_path: Path) -> None:
    """November's export may carry a late charge of October; October's own run stays."""
    october = {**FOCUS_12, "BillingPeriodStart": "2026-10-01T00:00Z", "ChargePeriodStart": "2026-10-09T00:00Z"}
    imports(run(tmp_path / "october", [october, october], day="2026-10-01", last="2026-10-31"))
    imports(run(tmp_path / "november", [FOCUS_12, october]))
    assert imports.rows("count(*)") == [(4,)]

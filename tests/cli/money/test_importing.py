"""`cfctl cost import`, as it is typed."""

import json
from pathlib import Path

from tests.cli.conftest import Cfctl
from tests.finance.actuals.exports import FOCUS_12, SUBSCRIPTION, write_csv, write_manifest


def test_an_export_is_imported_and_then_known(cfctl: Cfctl, tmp_path: Path) -> None:
    """The document has every digit; the second time nothing changes."""
    rows = [FOCUS_12, {**FOCUS_12, "BilledCost": "0.00014285714285714286"}]
    part = write_csv(tmp_path / "exports" / "daily" / "part_0_0001.csv.gz", rows)
    write_manifest(part.parent, [part], rows=2)
    ended = cfctl("cost", "import", str(tmp_path / "exports"), "--json")
    assert ended.status == 0, ended.err
    (imported,) = ended.document["imported"]
    assert (imported["source"], imported["state"], imported["dialect"]) == ("daily", "imported", "FOCUS 1.2")
    (month,) = imported["months"]
    assert month["subscription"] == SUBSCRIPTION
    assert (month["month"], month["rows"], month["billed"]) == ("2026-11", 2, "1.500142857142")
    assert any("0.00000000000085714286" in notice["what"] for notice in imported["notices"])
    again = cfctl("cost", "import", str(tmp_path / "exports"))
    assert again.status == 0
    assert "daily 2026-11: unchanged: the ledger has these files already" in again.out


def test_bad_input_is_told_without_a_traceback_and_changes_nothing(cfctl: Cfctl, tmp_path: Path) -> None:
    """Status 2, every fault with its place and the next step; a screen and a document say the same."""
    path = write_csv(tmp_path / "charges.csv", [FOCUS_12, {**FOCUS_12, "BilledCost": "x"}])
    ended = cfctl("cost", "import", str(path), "--json")
    assert ended.status == 2
    (fault,) = ended.document["errors"]
    assert fault["where"] == f"{path} row 2"
    assert fault["what"] == "BilledCost is 'x'"
    assert not (cfctl.home.root / "costs" / "ledger" / "index.json").exists()
    shown = cfctl("cost", "import", str(path))
    assert "BilledCost is 'x'" in shown.err


def test_a_newer_file_of_another_name_takes_the_place_that_as_says(cfctl: Cfctl, tmp_path: Path) -> None:
    """Without it the charges would count twice, and that is refused with the words to type."""
    first = write_csv(tmp_path / "november.csv", [FOCUS_12])
    newer = write_csv(tmp_path / "november (1).csv", [{**FOCUS_12, "BilledCost": "2"}])
    assert cfctl("cost", "import", str(first)).status == 0
    refused = cfctl("cost", "import", str(newer))
    assert refused.status == 2
    assert "--as november" in refused.err
    taken = cfctl("cost", "import", str(newer), "--as", "november", "--json")
    assert [it["months"][0]["billed"] for it in taken.document["imported"]] == ["2.000000000000"]
    index = json.loads((cfctl.home.root / "costs" / "ledger" / "index.json").read_text())
    assert [it["source"] for it in index["deliveries"]] == ["november"]

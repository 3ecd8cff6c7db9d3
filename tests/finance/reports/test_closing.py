"""A closed month: every file is hashed, each change is named, and the month stays as it was."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cidr import FaultsError
from finance.ledger import Ledger
from finance.reports.closing import close, closed_months, refuse_open
from finance.reports.pack import Packs
from finance.reports.row_hash import hash_of_rows
from tests.finance.following.sample import sample_ledger
from tests.finance.reports.known import sample_report

MONTH = date(2026, 11, 1)
NEXT = date(2026, 12, 1)


def rows_to(path: Path) -> None:
    path.write_text("x_Scenario\n")


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with sample_ledger() as found:
        yield found


@pytest.fixture(scope="module")
def closed(ledger, tmp_path_factory) -> Path:
    """November is closed."""
    packs = Packs(tmp_path_factory.mktemp("home") / "closed")
    close(packs, sample_report(), ledger, rows_to, datetime(2026, 12, 6, tzinfo=UTC))
    return packs.directory


@pytest.fixture
def packs(closed, tmp_path) -> Packs:
    """The same, to be spoiled."""
    shutil.copytree(closed, tmp_path / "closed")
    return Packs(tmp_path / "closed")


def broken(packs: Packs, month: date = MONTH) -> list[tuple[str, str]]:
    return [(it.path, it.what) for it in packs.broken(month)]


def spoil(path: Path, content: str) -> None:
    path.chmod(0o644)
    path.write_text(content)


def test_a_pack_has_every_form_and_its_hashes(packs) -> None:
    """The page says that it is closed; the manifest can be checked without this tool."""
    manifest = packs.manifest(MONTH)
    files = {file.path: file for file in manifest.files}
    assert {"report.html", "report.xlsx", "report.json", "focus.csv", "csv/deployments.csv"} <= set(files)
    for name, file in files.items():
        content = (packs.of(MONTH) / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)
    digest = hashlib.sha256((packs.of(MONTH) / "manifest.json").read_bytes()).hexdigest()
    assert packs.anchor(MONTH).read_text() == f"{digest}  2026-11/manifest.json\n"
    assert manifest.rows_sha256 in (packs.of(MONTH) / "report.html").read_text()
    assert broken(packs) == []


def test_a_pack_keeps_what_the_lines_came_to(packs) -> None:
    """Against it later corrections are told, exactly."""
    [found] = closed_months(packs)
    assert (found.month, found.hash) == (MONTH, packs.hash(MONTH))
    assert found.lines == {line.name: (line.billed, line.amortised) for line in sample_report().leaves}


@pytest.mark.parametrize("name", ["report.html", "report.xlsx", "csv/services.csv", "focus.csv"])
def test_a_file_that_was_changed_is_named(packs, name) -> None:
    """A byte is enough."""
    path = packs.of(MONTH) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    assert broken(packs) == [(f"2026-11/{name}", "was changed")]


def test_a_file_that_is_gone_or_came_in_is_named(packs) -> None:
    """A pack is what it was, no less and no more."""
    (packs.of(MONTH) / "report.json").unlink()
    (packs.of(MONTH) / "later.csv").write_text("")
    assert broken(packs) == [
        ("2026-11/report.json", "is gone"),
        ("2026-11/later.csv", "was not there when the month was closed"),
    ]


def test_a_manifest_that_was_made_to_fit_is_named(packs) -> None:
    """Who changes an amount in it is seen, and no report is told against it."""
    path = packs.of(MONTH) / "manifest.json"
    document = json.loads(path.read_text())
    document["lines"][0]["billed"] = "1"
    spoil(path, json.dumps(document))
    assert broken(packs) == [("2026-11/manifest.json", "was changed: 2026-11.sha256 has another hash")]
    with pytest.raises(FaultsError, match="the manifest of November 2026, which is closed, was changed"):
        closed_months(packs)


def test_a_manifest_that_cannot_be_read_is_a_fault(packs) -> None:
    """Not a traceback, and not a month that is open again."""
    spoil(packs.of(MONTH) / "manifest.json", "{")
    with pytest.raises(FaultsError, match="cannot be read"):
        packs.manifest(MONTH)


def test_packs_are_chained(packs, ledger) -> None:
    """A pack that is closed anew with other figures is seen by the one that was closed after it."""
    close(packs, replace(sample_report(), month=NEXT), ledger, rows_to, datetime(2027, 1, 6, tzinfo=UTC))
    manifest = packs.manifest(NEXT)
    assert (manifest.previous_month, manifest.previous_sha256) == ("2026-11", packs.hash(MONTH))
    assert broken(packs, NEXT) == []
    spoil(packs.anchor(MONTH), f"{'0' * 64}  2026-11/manifest.json\n")
    assert broken(packs, NEXT) == [("2026-11.sha256", "has another hash than 2026-12 noted when it was closed")]


def test_a_close_that_was_cut_off_leaves_the_month_open(packs, ledger) -> None:
    """The hash comes last; without it the next close makes the pack anew."""
    packs.anchor(MONTH).unlink()
    assert packs.months() == []
    close(packs, sample_report(), ledger, rows_to, datetime(2026, 12, 7, tzinfo=UTC))
    assert (packs.months(), broken(packs)) == ([MONTH], [])


def test_a_close_that_fails_leaves_nothing(ledger, tmp_path) -> None:
    """Whatever went wrong on the way."""

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    packs = Packs(tmp_path / "closed")
    with pytest.raises(FaultsError, match="No space left on device"):
        close(packs, sample_report(), ledger, full, datetime(2026, 12, 6, tzinfo=UTC))
    assert list(packs.directory.iterdir()) == []


@pytest.mark.parametrize(
    ("today", "what"), [(date(2026, 11, 30), "November 2026 is not over"), (date(2026, 12, 1), "is closed, with the")]
)
def test_a_month_is_closed_once_and_when_it_is_over(packs, today, what) -> None:
    """What was closed is never made again."""
    with pytest.raises(FaultsError, match=what):
        refuse_open(packs, MONTH, today)
    refuse_open(packs, NEXT, date(2027, 1, 1))


def test_a_month_without_charges_cannot_be_closed(ledger, tmp_path) -> None:
    """An empty pack would be taken for a month that cost nothing."""
    with pytest.raises(FaultsError, match="no charge of November 2026 in the ledger"):
        close(Packs(tmp_path), replace(sample_report(), as_of=None), ledger, rows_to, datetime.now(UTC))


CHARGES = st.lists(
    st.tuples(st.decimals(min_value=-99, max_value=99, places=6), st.sampled_from(["a", "b"])), max_size=12
)


def hash_of(charges: list[tuple[Decimal, str]], source: str = "rows") -> str:
    rows = [
        {
            "SubAccountId": "0",
            "ChargePeriodStart": date(2026, 11, 3),
            "BilledCost": amount,
            "ResourceId": resource,
            "x_Source": source,
        }
        for amount, resource in charges
    ]
    with Ledger.of_rows(rows) as ledger:
        return hash_of_rows(ledger.connection, MONTH)


@settings(max_examples=15, deadline=None)
@given(CHARGES, st.randoms(use_true_random=False))
def test_the_hash_of_charges_hangs_on_nothing_but_them(charges, random) -> None:
    """Neither on their order nor on the export that they came with."""
    shuffled = random.sample(charges, len(charges))
    assert hash_of(charges) == hash_of(shuffled, source="another")


def test_a_charge_more_or_changed_gives_another_hash() -> None:
    """Also where it is there twice, or the two amounts of two resources are exchanged."""
    one, two = (Decimal("1.5"), "a"), (Decimal("2.5"), "b")
    hashes = [hash_of(it) for it in ([], [one], [one, one], [one, two], [(one[0], "b"), (two[0], "a")])]
    assert len(set(hashes)) == len(hashes)

"""A receipt is made of a journal alone, and its page says what the journal does."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from lifecycle.journal import Journals
from lifecycle.receipts import Receipts, receipt_of
from lifecycle.recovery import recoveries, typical
from tests.lifecycle.world import Commands, World


def test_the_receipts_of_a_round_say_what_was_saved_and_brought_back(tmp_path) -> None:
    """With the name and the hash of the export, in both; the series of recoveries comes of them."""
    commands = Commands(World(), tmp_path / "runs")
    commands.down()
    commands.up()
    up, down = Journals(tmp_path / "runs").of("westeu-dev-1")
    kept = Receipts(tmp_path / "receipts")
    for journal in (down, up):
        kept.keep(receipt_of(journal))
    assert receipt_of(up).saving is None
    brought_back, saved = kept.of("westeu-dev-1")
    export = {step["name"]: step["evidence"] for step in saved["steps"]}["verify"]
    assert {step["name"]: step["evidence"] for step in brought_back["steps"]}["import"].items() <= export.items()
    page = (tmp_path / "receipts" / "westeu-dev-1" / f"{down.run.text}.html").read_text(encoding="utf-8")
    for words in (export["name"], export["manifest"].split("[")[0], "8 rows", "5.74 USD a day", "keyvault:Vault"):
        assert words in page, words
    assert not re.search(r"https?://", page), "a page that needs nothing beside itself"
    (recovery,) = recoveries(kept.of("westeu-dev-1"))
    assert (recovery.rows, typical([recovery])) == (8, recovery.seconds)


def test_a_page_shows_names_as_they_are(tmp_path) -> None:
    """What a resource is called is text, not markup."""
    journal = Journals(tmp_path, lambda: datetime(2026, 11, 22, tzinfo=UTC)).begin("westeu-dev-1", "down")
    journal.end_step("verify", {"none": "<b>bold</b>", "marked": "no job <i>here</i>"}, 0.1)
    journal.end("succeeded")
    page = Receipts(tmp_path / "receipts").keep(receipt_of(journal))
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;bold" in text
    assert "The store does not say that it was given up" in text
    assert "no job &lt;i&gt;here" in text


def test_a_run_that_is_not_over_has_no_receipt(tmp_path) -> None:
    """It would promise what nobody knows."""
    journal = Journals(tmp_path).begin("westeu-dev-1", "down")
    with pytest.raises(ValueError, match="is not over"):
        receipt_of(journal)


def test_half_a_line_at_the_end_of_a_journal_is_dropped_and_the_next_record_begins_a_line(tmp_path) -> None:
    """What SIGKILL leaves in the middle of a write."""
    clock = datetime(2026, 11, 22, tzinfo=UTC)
    journals = Journals(tmp_path, lambda: clock + timedelta(seconds=1))
    journal = journals.begin("westeu-dev-1", "down")
    journal.begin_step("preflight")
    whole = journal.path.read_bytes()
    for cut in range(1, 40):
        journal.path.write_bytes(whole + json.dumps({"is": "done", "step": "preflight", "seconds": 1.0}).encode()[:cut])
        found = journals.unfinished("westeu-dev-1")
        assert found is not None
        assert (found.begun, found.done) == (["preflight"], {})
        found.end_step("preflight", {}, 1.0)
        (again,) = journals.of("westeu-dev-1")
        assert list(again.done) == ["preflight"]


def test_a_run_that_is_gone_on_with_keeps_its_name(tmp_path) -> None:
    """Its exports and its receipt are called after it, by whichever process."""
    journal = Journals(tmp_path, lambda: datetime(2026, 11, 22, 8, 30, 1, 123456, tzinfo=UTC)).begin("a", "down")
    found = Journals(tmp_path).unfinished("a")
    assert found is not None
    assert found.run == journal.run
    assert found.run.text == journal.path.stem == "20261122-083001-123456-down"

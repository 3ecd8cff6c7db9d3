"""A run's log has every event, nothing secret, and never stops a run."""

import stat
from pathlib import Path

from cli.logs import KEPT, RunLog
from sandbox.engine.model.events import (
    DiagnosticEvent,
    PropertyChange,
    ResourcePreEvent,
    ResOutputsEvent,
    StepMetadata,
    SummaryEvent,
)


def test_every_event_is_a_line_with_its_time(tmp_path: Path) -> None:
    """What the screen showed and forgot can be read again."""
    log = RunLog.create(tmp_path, "up")
    step = StepMetadata(
        "update", "urn:pulumi:s::p::a:b:C::n", "a:b:C", changes=(PropertyChange("k", "update", "[secret]", 2),)
    )
    log.take(ResourcePreEvent(step))
    log.take(ResOutputsEvent(step, seconds=0.25))
    log.take(DiagnosticEvent("error", "two\nlines", step.urn))
    log.take(SummaryEvent(is_preview=False, duration_seconds=1, resource_changes={"update": 1}, result="succeeded"))
    log.close()
    text = log.path.read_text()
    assert "begin   update urn:pulumi:s::p::a:b:C::n\n    update k: [secret] -> 2" in text
    assert "done    update" in text
    assert "0.250 s" in text
    assert "two\n    lines" in text
    assert "succeeded after 1.0 s: ~ 1 updated" in text
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_old_logs_go_when_there_are_too_many(tmp_path: Path) -> None:
    """A home that is used every day must not grow for ever."""
    for number in range(KEPT + 20):
        (tmp_path / f"2000{number:04}-up-1.log").write_text("")
    log = RunLog.create(tmp_path, "up")
    log.close()
    left = sorted(path.name for path in tmp_path.glob("*.log"))
    assert len(left) == KEPT
    assert log.path.name in left
    assert "20000000-up-1.log" not in left


def test_a_full_disk_costs_the_log_and_not_the_run() -> None:
    """Writing to /dev/full fails as a full disk does."""
    log = RunLog(Path("/dev/full"))
    log.write("this cannot be kept")
    log.write("nor this")
    log.close()

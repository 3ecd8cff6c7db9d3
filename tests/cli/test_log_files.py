"""Lines of a log: the last, those since, those to come, and never a secret."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cidr import FaultsError
from cli.log_files import follow, moment, read_lines, redacted, since, time_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", NOW - timedelta(seconds=30)),
        ("10m", NOW - timedelta(minutes=10)),
        ("2h", NOW - timedelta(hours=2)),
        ("1d", NOW - timedelta(days=1)),
        ("2026-11-22T11:30", datetime(2026, 11, 22, 11, 30, tzinfo=UTC)),
        ("2026-11-22T12:30:00+01:00", datetime(2026, 11, 22, 11, 30, tzinfo=UTC)),
    ],
)
def test_since_is_an_age_or_a_time(text: str, meant: datetime) -> None:
    """As people type them; UTC where no zone is named."""
    assert moment(text, NOW) == meant


@pytest.mark.parametrize("text", ["yesterday", "10", "0m", "-5m", "10 m", "m", "99999999999999d", ""])
def test_what_is_no_time_is_refused_with_what_is(text: str) -> None:
    """No traceback, an example to copy."""
    with pytest.raises(FaultsError) as caught:
        moment(text, NOW)
    [fault] = caught.value.faults
    assert "10m" in fault.allowed
    assert repr(text) in fault.what


def test_lines_since_a_time_keep_their_further_lines() -> None:
    """Both forms of time that our logs have; a line without one belongs to the line before it."""
    lines = [
        "2026-11-22T11:00:00.5Z old",
        "    of the old",
        "2026-11-22 11:30:00 UTC-1.2-LOG:  new",
        "    of the new",
        "2026-11-22T11:00:00Z late, in its place",
    ]
    assert since(lines, datetime(2026, 11, 22, 11, 15, tzinfo=UTC)) == lines[2:]
    assert time_of(lines[0]) == datetime(2026, 11, 22, 11, 0, 0, 500_000, tzinfo=UTC)
    assert time_of(lines[1]) is None


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ALTER ROLE x PASSWORD 'it''s me' VALID", "ALTER ROLE x PASSWORD '[secret]' VALID"),
        (
            "Endpoint=sb://x/;SharedAccessKey=abc+/=;EntityPath=y",
            "Endpoint=sb://x/;SharedAccessKey=[secret];EntityPath=y",
        ),
        ("GET /c?sv=1&sig=abc%3D&se=2", "GET /c?sv=1&sig=[secret]&se=2"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [secret]"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln end", "token [secret] end"),
        ("host=db password=geheim user=x", "host=db password=[secret] user=x"),
        ("nothing of that kind: passwordless", "nothing of that kind: passwordless"),
    ],
)
def test_what_looks_like_a_secret_is_not_shown(line: str, shown: str) -> None:
    """Whoever wrote it into a log."""
    assert redacted(line) == shown


def test_lines_are_read_redacted_and_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 do not stop it."""
    path = tmp_path / "x.log"
    path.write_bytes(b"one\npassword=geheim\n\xff\n")
    assert read_lines(path) == ["one", "password=[secret]", "�"]
    with pytest.raises(FaultsError):
        read_lines(tmp_path / "none.log")


def test_following_gives_whole_lines_as_they_come_and_ends_after_a_last_look(tmp_path: Path) -> None:
    """A line in two writes is one line; what is written just before the end is not lost; a new file is read anew."""
    path = tmp_path / "x.log"
    path.write_text("before\n")
    writes = [("a", "on"), ("a", "e\ntwo sig=x\n"), ("w", "new\n"), ("a", "last")]

    def ended() -> bool:
        if writes:
            mode, text = writes.pop(0)
            with path.open(mode) as file:
                file.write(text)
        return not writes

    assert list(follow(path, len("before\n"), ended)) == ["one", "two sig=[secret]", "new", "last"]

"""Times as they are written down: UTC, ISO 8601, whole seconds."""

from datetime import UTC, datetime


def written(time: datetime) -> str:
    """`2026-11-22T20:30:01Z`."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_time(text: str) -> datetime:
    """The time that `written` wrote. Raises ValueError for another text."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)

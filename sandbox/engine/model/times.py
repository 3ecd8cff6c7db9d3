"""Points in time in the form of Go's encoder, which a state file has."""

from datetime import UTC, datetime


class ExactTime(datetime):
    """A time that remembers the text it was read from: Go writes nanoseconds, datetime holds microseconds."""

    text: str = ""


def parse_time(text: str) -> datetime:
    """The time of an RFC 3339 text; ValueError if it is none."""
    value = datetime.fromisoformat(text)
    if time_text(value) == text:
        return value
    exact = ExactTime.fromisoformat(text)
    exact.text = text
    return exact


def time_text(value: datetime) -> str:
    """RFC 3339 as Go writes it: no trailing zeros in the fraction, `Z` for UTC."""
    if isinstance(value, ExactTime) and value.text:
        return value.text
    whole = value.replace(microsecond=0, tzinfo=None).isoformat()
    fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
    zone = value.strftime("%z") if value.tzinfo else "+0000"
    return whole + fraction + ("Z" if zone == "+0000" else f"{zone[:3]}:{zone[3:5]}")


def now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)

"""Durations as programs write them (`5m`, `1h30m`, `90s`), which are Go's: https://pkg.go.dev/time#ParseDuration."""

import re
from collections.abc import Mapping
from typing import Final

_UNIT_SECONDS: Final[Mapping[str, float]] = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_TERM: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


def duration_seconds(text: str) -> float:
    """The seconds of a duration text; ValueError if it is none."""
    terms = list(_TERM.finditer(text))
    if not terms or "".join(term[0] for term in terms) != text:
        raise ValueError(f"{text!r} is no duration; write it as 90s, 5m or 1h30m")
    return sum(float(term[1]) * _UNIT_SECONDS[term[2]] for term in terms)

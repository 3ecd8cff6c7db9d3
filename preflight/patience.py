"""Asking again what was refused for now, when the server says: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after."""

from collections.abc import Callable
from typing import Final

import httpx

_PAUSE: Final = 3.0
_LONGEST_PAUSE: Final = 60.0
THROTTLED: Final = frozenset({429, 503})


def patiently(
    send: Callable[[], httpx.Response],
    sleep: Callable[[float], None],
    *,
    attempts: int,
    refused_for_now: frozenset[int] = THROTTLED,
) -> httpx.Response:
    """The first answer of `send` that is for good, or the last of so many; `sleep` waits so many seconds between."""
    for _ in range(attempts - 1):
        answer = send()
        if answer.status_code not in refused_for_now:
            return answer
        sleep(_retry_after(answer))
    return send()


def _retry_after(answer: httpx.Response) -> float:
    """Seconds; a date, which Azure does not send, is taken for none."""
    try:
        return min(_LONGEST_PAUSE, max(0.0, float(answer.headers.get("Retry-After", _PAUSE))))
    except ValueError:
        return _PAUSE

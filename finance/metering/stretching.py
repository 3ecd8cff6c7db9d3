"""The story of a sandbox told slower: its minutes as the days that they stand for.

What happened between two moments here is laid evenly over the time between two moments there. Only the time between
runs counts: on Azure a run takes minutes of a month, here it would be most of the story. So what one run made stands
from one moment on, and what the next one took away until one moment.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from finance.alarms.spent import Interval


class Stretch:
    """From times here to times there; both with a time zone."""

    def __init__(
        self, begun: datetime, now: datetime, runs: Iterable[Interval], since: datetime, until: datetime
    ) -> None:
        """What began here at `begun` began there at `since`, and `now` is `until` there.

        runs: when something was at work here, in any order. Where that is all of the time, the runs count too. Raises
        ValueError for a `now` or an `until` that is not later than its beginning.
        """
        if now <= begun or until <= since:
            raise ValueError("a story of no time cannot be stretched")
        self._since = since
        quiet = list(_quiet(begun, now, runs)) or [(begun, now)]
        self._starts = [start for start, _ in quiet]
        self._lengths = [end - start for start, end in quiet]
        self._before = [timedelta()]
        for length in self._lengths:
            self._before.append(self._before[-1] + length)
        self.factor = (until - since) / self._before[-1]
        """Seconds there for a quiet second here."""

    def there(self, moment: datetime) -> datetime:
        """When that is there; never before `since` or after `until`."""
        index = bisect_right(self._starts, moment) - 1
        if index < 0:
            return self._since
        passed = self._before[index] + min(moment - self._starts[index], self._lengths[index])
        return self._since + passed * self.factor


def _quiet(begun: datetime, now: datetime, runs: Iterable[Interval]) -> Iterable[Interval]:
    """What is left between the runs."""
    borders, reached = [begun], begun
    for start, end in sorted(runs):
        if end <= reached or start >= now:
            continue
        borders += [max(start, reached), min(end, now)]
        reached = min(end, now)
    borders.append(now)
    return ((start, end) for start, end in list(pairwise(borders))[::2] if end > start)

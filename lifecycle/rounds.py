"""A round is a teardown and the up that follows it. Which half is left to do, the journals tell."""

from collections.abc import Sequence

from lifecycle.journal import Journal


def has_gone_down(journals: Sequence[Journal]) -> bool:
    """Whether a round that was cut off has its teardown behind it. journals: of one deployment, the latest first.

    So it is when the latest run is a teardown that came to its end, or an up after one that has not come to its own:
    taking down what that up has made would only begin the round anew.
    """
    latest, before = (*journals[:2], None, None)[:2]
    if latest is not None and latest.run.kind == "up" and latest.result is None:
        latest = before
    return latest is not None and latest.run.kind == "down" and latest.result == "succeeded"

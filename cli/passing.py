"""Deletes that Azure refused for a reason that passes by itself, such as a write of another stack on the same network.

During `up` the program's own hook tries those again (`components.retries`). A destroy runs no program, so there it is
done here, by the same table: the same destroy once more, for what is left.
"""

from cli.run_view import RunView
from components.retries import retry_for


def pause_before_next_try(failed: RunView, tries: int) -> float | None:
    """Seconds of Azure's time to wait before the next of so many tries; None where a failure does not pass by itself.

    failed: a destroy that did not succeed.
    """
    said = {event.urn: event.message for event in failed.diagnostics() if event.severity == "error"}
    steps = [step.metadata for step in failed.ended() if step.status == "failed"]
    pauses = [retry_for("delete", [said.get(step.urn, "")] * tries) for step in steps]
    return max((pause for pause in pauses if pause is not None), default=None) if None not in pauses else None

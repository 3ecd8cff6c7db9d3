"""What Azure answers and the platform builds on: there, or not yet known, or an error; never None handed on."""

from typing import Any

import pulumi


def answered(value: str | None, what: str) -> Any:
    """A text that Azure computes, out of an answer that may lack it: for use inside `apply`.

    Unknown where a preview has only the inputs. Raises RunError in an up; `what` names the value to the user.
    """
    if value:
        return value
    if pulumi.runtime.is_dry_run():
        return pulumi.UNKNOWN
    raise pulumi.RunError(f"Azure gave no {what}: run up again; if it stays so, look at the resource in the portal")

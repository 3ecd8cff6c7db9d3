"""What Azure answers and the platform builds on: there, or not yet known, or an error; never None handed on."""

from typing import Any, TypeVar

import pulumi

T = TypeVar("T")


def answered(value: str | None, what: str) -> Any:
    """A text that Azure computes, out of an answer that may lack it: for use inside `apply`.

    Unknown where a preview has only the inputs. Raises RunError in an up; `what` names the value to the user.
    """
    if value:
        return value
    if pulumi.runtime.is_dry_run():
        return pulumi.UNKNOWN
    raise pulumi.RunError(f"Azure gave no {what}: run up again; if it stays so, look at the resource in the portal")


def asked(answer: pulumi.Output[T], what: str) -> pulumi.Output[T]:
    """What a function of the provider answers about a resource that the state holds.

    Where Azure refuses the question, mostly because the resource is gone behind the state's back: unknown in a preview,
    with a warning; RunError in an up, without a traceback. `what` names the resource to the user.
    """

    def refused(error: Exception) -> Any:
        told = f"{what} cannot be read: {error}\nTake what Azure has into the state, then up again: refresh, then up"
        if not pulumi.runtime.is_dry_run():
            raise pulumi.RunError(f"{told} {pulumi.get_stack()}") from None
        pulumi.log.warn(f"{told} {pulumi.get_stack()}. The preview goes on with what is not known.")
        return pulumi.UNKNOWN

    return answer.recover(refused)

"""Where a command works: in the sandbox of this machine, which is where it does unless told, or on Azure."""

from collections.abc import Sequence
from typing import Final

from cidr import Fault, FaultsError

AZURE: Final = "azure"
SANDBOX: Final = "sandbox"


def place_of(targets: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Where it goes, `sandbox` or `azure`, and the resources that it is limited to: both are said by `--target`.

    A resource's URN begins with `urn:`, so none is taken for a place. Raises FaultsError for both places at once.
    """
    places = {it for it in targets if it in {AZURE, SANDBOX}}
    if len(places) > 1:
        what, step = "both azure and sandbox are given", "give one --target of them"
        raise FaultsError([Fault(where="--target", what=what, allowed="one place", next_step=step)])
    return next(iter(places), SANDBOX), tuple(it for it in targets if it not in places)

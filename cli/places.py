"""Where a command works: in the sandbox of this machine, which is where it does unless told, or on Azure."""

from collections.abc import Sequence
from typing import Final

AZURE: Final = "azure"
SANDBOX: Final = "sandbox"
_PLACES: Final = (SANDBOX, AZURE)


def place_of(targets: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Where it goes, `sandbox` or `azure`, and the resources that it is limited to: both are said by `--target`.

    A resource's URN begins with `urn:`, or is a pattern of the CLI with a `*`, so none is taken for a place. Raises
    FaultsError for a word that is neither, and for both places at once.
    """
    places = {it for it in targets if it in _PLACES}
    urns = tuple(it for it in targets if it not in _PLACES)
    strangers = [it for it in urns if not it.startswith("urn:") and "*" not in it]
    if strangers or len(places) > 1:
        _refuse(strangers)
    return next(iter(places), SANDBOX), urns


def _refuse(strangers: Sequence[str]) -> None:
    from cidr import Fault, FaultsError  # noqa: PLC0415 - the sandbox's program is started before such imports
    from cidr.faults import nearest  # noqa: PLC0415

    if not strangers:
        what, step = "both azure and sandbox are given", "give one --target of them"
        raise FaultsError([Fault(where="--target", what=what, allowed="one place", next_step=step)])
    allowed = "sandbox, azure, or URNs of resources (urn:pulumi:...)"
    raise FaultsError(
        Fault(
            where="--target",
            what=f"{word!r} is no place and no URN",
            allowed=allowed,
            next_step=f"write --target {nearest(word, _PLACES) or AZURE}, or a URN from `./cfctl state export`",
        )
        for word in strangers
    )

"""What a teardown saved and nobody has brought back yet, as the journals tell it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lifecycle.journal import Evidence, Journal

EXPORTED: Final = "name"
"""The key of the evidence of `export` and `verify` under which an export's name stands; absent where there is none."""
MADE_AT: Final = "made_at"
"""The key under which stands when the server was made that an export is of: another teardown may hand it on."""
PRICE: Final = "price"
"""The key of the evidence of `preflight` for what the deployment cost a month; None where nobody knew."""
GIVEN_UP: Final = "given_up"
"""The key that says that there was data, and that nobody wants it back."""
PREFLIGHT: Final = "preflight"
VERIFY: Final = "verify"
DESTROY: Final = "destroy"
IMPORT: Final = "import"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What a teardown saved and no run has brought back, as its step `verify` told it."""

    export: Evidence

    @property
    def name(self) -> str:
        """The export's name in the store."""
        return self.export[EXPORTED]

    @property
    def made_at(self) -> str:
        """When the server was made that it was exported from."""
        return self.export[MADE_AT]


def saved(journals: Iterable[Journal]) -> Saved | None:
    """What waits to be brought back, from a deployment's journals, the latest first.

    A teardown counts once it has begun to destroy, finished or not; one before that left the data where it was. One of
    a deployment that was down already says nothing.
    """
    for journal in journals:
        if journal.run.kind == "up":
            if IMPORT in journal.done:
                return None
        elif DESTROY in journal.begun:
            export = journal.done[VERIFY]
            if EXPORTED in export:
                return Saved(export=export)
            if GIVEN_UP in export:
                return None
    return None

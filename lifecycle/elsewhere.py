"""What waits to be brought back where runs may have been on other machines than this one: the store is asked.

Journals of one machine are silent on another's runs, or out of date: what they call saved may have come back, and been
written to and saved anew, since. So the store decides, and journals only tell what need not be asked: that this very
server has its data already, and that this machine gave data up when it could not say so in the store.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from cidr import Fault
from lifecycle.journal import Evidence, Journal
from lifecycle.machine import StepError
from lifecycle.ports import Data
from lifecycle.saved import DESTROY, GIVEN_UP, IMPORT, MADE_AT, VERIFY, Saved

MARKED: Final = "marked"
"""The key of the evidence of a teardown that gave data up: None once the store says so, else why it does not."""
WAITED: Final = "waited"
"""The key of the evidence of `import` under which stands the export that the store said waits."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """The store and this machine's journals of one deployment, the latest first, with that of the run that asks."""

    data: Data
    journals: Sequence[Journal]

    def saved(self, made_at: str) -> Saved | None:
        """What waits for the server that was made then. Raises StepError where the store cannot be asked."""
        if any(_has_come_back(it, made_at) for it in self.journals):
            return None
        if not made_at:
            raise StepError(_of_no_time())
        waiting = self.data.waiting(made_at)
        if waiting is None or any(_gave_up(it, since=waiting.ended) for it in self.journals):
            return None
        return Saved(export={**asdict(waiting.export), MADE_AT: ""})

    def give_up(self, reason: str) -> Evidence:
        """Say in the store that nobody wants what is there. What keeps the job from it is told, and stops nothing."""
        try:
            self.data.give_up(reason)
        except StepError as error:
            return {MARKED: str(error)}
        return {MARKED: None}


def _of_no_time() -> Fault:
    return Fault(
        where="database server",
        what="Azure does not say when the database server was made, so nobody can tell which exports are older",
        allowed="a server with systemData.createdAt",
        next_step="ask Azure for it: az postgres flexible-server show, then the same command again",
    )


def imported_before(done: Evidence | None, made_at: str) -> bool:
    """Whether the evidence of an `import` is of the server that was made then."""
    return bool(made_at) and done is not None and done.get(MADE_AT) == made_at


def _has_come_back(journal: Journal, made_at: str) -> bool:
    return journal.run.kind == "up" and imported_before(journal.done.get(IMPORT), made_at)


def _gave_up(journal: Journal, *, since: str) -> bool:
    """Whether a teardown that began after `since` (ISO 8601) destroyed what it had given up."""
    destroyed = journal.run.kind == "down" and DESTROY in journal.begun
    return destroyed and GIVEN_UP in journal.done[VERIFY] and journal.run.began > datetime.fromisoformat(since)

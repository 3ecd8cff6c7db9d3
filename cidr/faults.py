"""What is told to a user whose input cannot be taken: every fault at once, each with its place and the next step."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with one input.

    `where`: file, line and key path ("cidr/allocations.yaml:12 blocks[3].network"), or the name of an argument.
    `what`: what is wrong, naming the input. `allowed`: what would be taken. `next_step`: what to type next.
    """

    where: str
    what: str
    allowed: str
    next_step: str

    def at(self, where: str) -> "Fault":
        """The same fault found at another place."""
        return replace(self, where=where)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n    allowed: {self.allowed}\n    next:    {self.next_step}"


class FaultsError(Exception):
    """Input that cannot be taken. `faults` holds every fault found, never only the first; str() lists them all."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type["FaultsError"], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)  # without it a pickled error (process pools) would come back from its text


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that `word` is most likely a slip for; None when nothing is near."""
    found = difflib.get_close_matches(word, known)

    def likeness(candidate: str) -> tuple[float, bool]:
        # Of words equally near, the one with the same letters: two of them exchanged is the commonest slip.
        return difflib.SequenceMatcher(None, candidate, word).ratio(), sorted(candidate) == sorted(word)

    return max(found, key=likeness, default=None)

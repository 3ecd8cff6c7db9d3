"""An app and its revisions: what serves, what a rollback goes to.

https://learn.microsoft.com/azure/container-apps/revisions
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Fitness = Literal["healthy", "failed", "pending", "inactive"]
PLACEHOLDER: Final = "the placeholder"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A revision of an app. digest: of its image; None for a public image. weight: percent of the traffic.

    flaw: what Azure says is wrong with it; empty where nothing is.
    """

    name: str
    digest: str | None
    active: bool
    weight: int
    fitness: Fitness
    flaw: str = ""


@dataclass(frozen=True, kw_only=True)
class Stand:
    """An app as it stands. revisions: the oldest first; latest: the name of the newest.

    side_by_side: whether several may be active, and share the traffic; else Azure ends the old when the new is ready.
    """

    revisions: Sequence[Revision]
    latest: str
    side_by_side: bool

    @property
    def newest(self) -> Revision:
        """The newest revision."""
        return self.named(self.latest)

    @property
    def serving(self) -> Revision:
        """What has the traffic; where there is none to have, the newest that is healthy."""
        heaviest = max(self.revisions, key=lambda it: it.weight)
        if heaviest.weight:
            return heaviest
        return next((it for it in reversed(self.revisions) if it.fitness == "healthy"), self.newest)

    @property
    def previous(self) -> Revision | None:
        """What a rollback goes to: the image before the serving one, of ours; None where there was none.

        An image that was left for one before it, as after a rollback or a release that fell back, is none to go to.
        """
        line: list[str | None] = []
        for revision in self.revisions:
            if revision.digest in line:
                del line[line.index(revision.digest) + 1 :]
            else:
                line.append(revision.digest)
        known = line[: line.index(self.serving.digest)] if self.serving.digest in line else []
        return self.of_image(known[-1]) if known and known[-1] is not None else None

    def of_image(self, digest: str) -> Revision | None:
        """The newest revision of an image that has not failed, one that runs before one that does not."""
        found = [it for it in self.revisions if it.digest == digest and it.fitness != "failed"]
        return max(found, key=lambda it: (it.active, self.revisions.index(it)), default=None)

    @property
    def held(self) -> bool:
        """Whether a release that was cut off, or fell back, has left the traffic at one that is not the newest."""
        return self.side_by_side and self.serving.name != self.latest

    def named(self, name: str) -> Revision:
        """The revision of that name. Raises KeyError for one that is not among them."""
        found = next((it for it in self.revisions if it.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


def short(digest: str | None) -> str:
    """A digest as people read it: its first twelve digits."""
    return digest.removeprefix("sha256:")[:12] if digest else PLACEHOLDER

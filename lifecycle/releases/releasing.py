"""An image to an app: a new revision without traffic, its health, then the traffic; else back to what served before.

The program stays the authority. The image is data that it reads (`written`), and it is the program that writes the app:
once with the traffic held where it is, and, when the new revision is healthy, once as it always does. So a later run
finds nothing to change. Nothing is kept between two tries: what serves, and which image that is, Azure tells; the same
command typed again after a kill looks and goes on.
https://learn.microsoft.com/azure/container-apps/blue-green-deployment
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cidr import Fault
from lifecycle.machine import StepError
from lifecycle.releases import faults
from lifecycle.releases.revisions import Revision, Stand, short


class Apps(Protocol):
    """The running app, as Azure has it."""

    def look(self) -> Stand:
        """As it stands now."""
        ...

    def activate(self, revision: str) -> None:
        """Have a revision run."""
        ...

    def deactivate(self, revision: str) -> None:
        """Have it run no longer; it is kept."""
        ...


class Digest(Protocol):
    """A digest that is kept somewhere, or None."""

    def read(self) -> str | None:
        """What is kept."""
        ...

    def write(self, digest: str | None) -> None:
        """Keep this one from now on."""
        ...


class Program(Protocol):
    """Brings the app to what the program says."""

    def up(self, held: str) -> None:
        """Write the app alone; held: the revision that keeps the traffic, empty for none. Raises StepError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a release or a rollback came to. revision, digest: what has the traffic; before: what had it."""

    revision: str
    digest: str | None
    before: str | None
    previous: str | None
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Releasing:
    """Releases of one app of a deployment.

    written: the image that the program reads; None for the placeholder. going_back: that of a rollback which has not
    come to its end. tell: told, in words, what is being done. patience: seconds that a revision may take to be healthy;
    pause: between two looks at it.
    """

    deployment: str
    service: str
    apps: Apps
    written: Digest
    going_back: Digest
    program: Program
    tell: Callable[[str], None]
    patience: float
    pause: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def release(self, digest: str) -> Outcome:
        """Give the app this image. Raises StepError when its revision does not get healthy: the old one then serves."""
        began, stand = self.clock(), self.apps.look()
        serving = stand.serving
        self.tell(f"{serving.name} serves ({short(serving.digest)}); making a revision of {short(digest)} beside it")
        flaws = self._brought(digest, serving, stand)
        if flaws:
            self._fall_back(serving)
            raise StepError(*flaws, faults.fell_back(self._where, serving, digest))
        new = self._served(serving)
        keep = serving if serving.digest not in (None, digest) else stand.previous
        return self._done(began, new, serving, keep)

    def roll_back(self) -> Outcome:
        """Give the traffic to the image before, at once, and have the program say so too. Raises StepError.

        Which one that is stands in `going_back` until it is done: typed again after a kill, it goes no step further.
        """
        began, stand = self.clock(), self.apps.look()
        serving, previous = stand.serving, stand.previous
        digest = self.going_back.read() or (previous.digest if previous else None)
        back = serving if serving.digest == digest else stand.of_image(digest or "")
        if digest is None or back is None:
            raise StepError(faults.nothing_before(self._where, serving))
        self.going_back.write(digest)
        try:
            new = self._gone_back(digest, back, stand)
        except StepError:
            self.going_back.write(None)
            raise
        done = self._done(began, new, serving, None)
        self.going_back.write(None)
        return done

    def _gone_back(self, digest: str, back: Revision, stand: Stand) -> Revision:
        if stand.side_by_side:
            self._woken(back)
            self.tell(f"the traffic goes to {back.name} ({short(digest)})")
        flaws = self._brought(digest, back, stand)
        if flaws and not stand.side_by_side:
            self._fall_back(stand.serving)
        if flaws:
            raise StepError(*flaws, faults.stays(self._where, back if stand.side_by_side else stand.serving))
        return self._served(back)

    @property
    def _where(self) -> str:
        return f"{self.deployment} {self.service}"

    def _brought(self, digest: str, held: Revision, before: Stand) -> tuple[Fault, ...]:
        """Have the program make the revision; why it is not fit, empty when it is."""
        before_it = self.written.read()
        self.written.write(digest)
        try:
            self.program.up(held.name if before.side_by_side else "")
        except StepError as error:
            return error.faults
        except Exception:
            self.written.write(before_it)  # it did not begin: another run holds the deployment, a file is wrong
            raise
        newest = self.apps.look().newest
        return self._unfit(newest.name) if newest.digest == digest else (faults.other(self._where, newest, digest),)

    def _served(self, held: Revision) -> Revision:
        """The newest, once the program has given it the traffic."""
        stand = self.apps.look()
        if stand.side_by_side:
            self.tell(f"{stand.latest} is healthy: it gets the traffic of {held.name}")
            self.program.up("")
        return self.apps.look().newest

    def _fall_back(self, serving: Revision) -> None:
        """Have the program run the old image again while the old revision keeps the traffic."""
        self.tell(f"{serving.name} serves on, back to {short(serving.digest)}")
        failed = self.apps.look()
        self.written.write(serving.digest)
        if failed.newest.digest == serving.digest:  # Azure refused the other image, and nothing was made of it
            self.program.up("")
            return
        self.program.up(serving.name if failed.side_by_side else "")
        copy = self.apps.look().latest
        if flaws := self._unfit(copy):
            raise StepError(*flaws, faults.stays(self._where, serving))
        if failed.side_by_side:
            self.program.up("")
            self._retire({copy, *self._names(self.apps.look().previous)})

    def _woken(self, revision: Revision) -> None:
        if revision.active:
            return
        self.tell(f"starting {revision.name}")
        self.apps.activate(revision.name)
        if flaws := self._unfit(revision.name):
            self.apps.deactivate(revision.name)
            raise StepError(*flaws)

    def _unfit(self, name: str) -> tuple[Fault, ...]:
        """Wait for a revision's health; why it has none, empty when it has."""
        until = self.clock() + self.patience
        self.tell(f"waiting for {name} to be healthy")
        while (found := self.apps.look().named(name)).fitness == "pending" and self.clock() < until:
            self.sleep(self.pause)
        if found.fitness == "healthy":
            return ()
        return (faults.unfit(self._where, found, self.patience),)

    def _done(self, began: float, new: Revision, before: Revision, keep: Revision | None) -> Outcome:
        if self.apps.look().side_by_side:
            self._retire({new.name, *self._names(keep)})
        return Outcome(
            revision=new.name,
            digest=new.digest,
            before=before.digest,
            previous=keep.name if keep else None,
            seconds=self.clock() - began,
        )

    def _retire(self, keep: set[str]) -> None:
        """Every active revision costs what its least replicas cost: what is not kept for a rollback ends."""
        for revision in self.apps.look().revisions:
            if revision.active and revision.name not in keep:
                self.apps.deactivate(revision.name)

    @staticmethod
    def _names(revision: Revision | None) -> set[str]:
        return {revision.name} if revision else set()

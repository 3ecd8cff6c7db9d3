"""Releases and rollbacks of one app, killed anywhere: the traffic is never where nothing is healthy, and the program
says in the end what serves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cidr import Fault
from lifecycle.machine import StepError
from lifecycle.releases.releasing import Releasing
from lifecycle.releases.revisions import Fitness, Revision, Stand

A, B, C, D = (f"sha256:{letter * 64}" for letter in "abcd")
BAD, SLOW, REFUSED = (f"sha256:{letter * 64}" for letter in "fe0")


class KilledError(BaseException):
    """What SIGKILL is to a process."""


class HeldByAnotherError(Exception):
    """What keeps a run from beginning."""


@dataclass
class Kept:
    """A digest on the disk."""

    digest: str | None = None

    def read(self) -> str | None:
        return self.digest

    def write(self, digest: str | None) -> None:
        self.digest = digest


@dataclass
class Azure:
    """An app as Azure has it, and the program's state: both outlive the process.

    made: (name, digest) of the revisions, the oldest first; traffic: as the program last wrote it: a revision's name,
    or None for the newest that is ready.
    """

    side_by_side: bool = True
    made: list[tuple[str, str | None]] = field(default_factory=lambda: [("user--0", None)])
    active: set[str] = field(default_factory=lambda: {"user--0"})
    traffic: str | None = None
    state: str | None = None
    file: Kept = field(default_factory=Kept)
    note: Kept = field(default_factory=Kept)
    now: float = 0.0
    kill_at: int = -1
    moments: int = 0
    locked: bool = False
    sees_nothing: bool = False
    told: list[str] = field(default_factory=list[str])
    ups: list[str] = field(default_factory=list[str])

    def moment(self) -> None:
        self.moments += 1
        if self.moments - 1 == self.kill_at:
            raise KilledError

    # What `lifecycle.releases.releasing` asks
    def look(self) -> Stand:
        serving = self.served
        revisions = [
            Revision(
                name=name,
                digest=digest,
                active=self.runs(name),
                weight=100 if self.side_by_side and name == serving else 0,
                fitness=self.fitness(name, digest),
            )
            for name, digest in self.made
        ]
        return Stand(revisions=revisions, latest=self.made[-1][0], side_by_side=self.side_by_side)

    def activate(self, revision: str) -> None:
        self.moment()
        self.active.add(revision)
        self.moment()

    def deactivate(self, revision: str) -> None:
        self.moment()
        self.active.discard(revision)
        self.moment()

    def up(self, held: str) -> None:
        """The program writes the app: a new revision where the image differs from that of its last write."""
        self.moment()
        if self.locked:
            raise HeldByAnotherError
        self.ups.append(held)
        if self.file.digest == REFUSED:
            raise StepError(Fault(where="user", what="MANIFEST_UNKNOWN", allowed="", next_step=""))
        if self.file.digest != self.made[-1][1] and not self.sees_nothing:
            self.made.append((f"user--{len(self.made)}", self.file.digest))
            self.active.add(self.made[-1][0])
        self.traffic, self.state = held or None, self.file.digest
        assert self.served_is_fit, "the traffic is where nothing is healthy"
        self.moment()

    # What is true of it
    def fitness(self, name: str, digest: str | None) -> Fitness:
        if digest == BAD:
            return "failed"
        if not self.runs(name):
            return "inactive"
        return "pending" if digest == SLOW else "healthy"

    def runs(self, name: str) -> bool:
        if self.side_by_side:
            return name in self.active
        fit = [made for made, digest in self.made if digest not in (BAD, SLOW)]
        return name in (self.made[-1][0], fit[-1])

    @property
    def served(self) -> str:
        fit = [name for name, digest in self.made if digest not in (BAD, SLOW) and self.runs(name)]
        return self.traffic or fit[-1]

    @property
    def served_is_fit(self) -> bool:
        return dict(self.made)[self.served] not in (BAD, SLOW) and self.runs(self.served)

    @property
    def digest(self) -> str | None:
        return dict(self.made)[self.served]

    @property
    def settled(self) -> bool:
        """A plain `up` would find nothing to change."""
        return self.file.digest == self.state == self.made[-1][1] and self.traffic is None

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @property
    def releasing(self) -> Releasing:
        return Releasing(
            deployment="westeu-dev-1",
            service="user",
            apps=self,
            written=self.file,
            going_back=self.note,
            program=self,
            tell=self.told.append,
            patience=100.0,
            pause=5.0,
            clock=lambda: self.now,
            sleep=self.pass_time,
        )


@contextmanager
def fails() -> Iterator[list[str]]:
    """What the faults say."""
    said: list[str] = []
    with pytest.raises(StepError) as error:
        yield said
    said += [fault.what for fault in error.value.faults]


def released(*digests: str, side_by_side: bool = True) -> Azure:
    azure = Azure(side_by_side=side_by_side)
    for digest in digests:
        azure.releasing.release(digest)
    return azure


def test_a_new_image_gets_the_traffic_after_its_health_and_the_one_before_is_kept() -> None:
    """First held, then given; and what was before that ends, since it would go on costing."""
    azure = released(A)
    azure.ups.clear()
    outcome = azure.releasing.release(B)
    assert azure.ups == ["user--1", ""]
    assert (outcome.digest, outcome.before, outcome.previous) == (B, A, "user--1")
    assert azure.active == {"user--1", "user--2"}
    assert azure.settled


@pytest.mark.parametrize("digest", [BAD, SLOW])
@pytest.mark.parametrize("side_by_side", [True, False])
def test_an_image_that_does_not_get_healthy_never_serves_and_leaves_all_as_it_was(
    digest: str, side_by_side: bool
) -> None:
    """The file too: the next run of the program changes nothing."""
    azure = released(A, B, side_by_side=side_by_side)
    with fails() as said:
        azure.releasing.release(digest)
    assert "is not healthy" in said[0]
    assert "was not released" in said[1]
    assert azure.digest == azure.file.digest == B
    assert azure.settled
    previous = azure.look().previous
    assert previous is not None
    assert previous.digest == A
    assert not azure.runs("user--3")


def test_what_is_slow_gets_its_time_and_no_more() -> None:
    azure = released(A)
    with fails() as said:
        azure.releasing.release(SLOW)
    assert "not within 100 s" in said[0]
    assert 100 <= azure.now <= 110


def test_an_image_that_azure_refuses_leaves_no_revision() -> None:
    azure = released(A)
    made = list(azure.made)
    with fails() as said:
        azure.releasing.release(REFUSED)
    assert said[0] == "MANIFEST_UNKNOWN"
    assert azure.made == made
    assert azure.settled


def test_a_run_that_cannot_begin_leaves_the_file_as_it_was() -> None:
    azure = released(A)
    azure.locked = True
    with pytest.raises(HeldByAnotherError):
        azure.releasing.release(B)
    assert azure.file.digest == A


def test_a_program_that_reads_its_images_elsewhere_is_told() -> None:
    azure = released(A)
    azure.sees_nothing = True
    with fails() as said:
        azure.releasing.release(B)
    assert "the program made no revision" in said[0]


@pytest.mark.parametrize("side_by_side", [True, False])
def test_a_rollback_serves_the_image_before_and_another_one_goes_further(side_by_side: bool) -> None:
    """Not back to what was left: each goes one step along the images that served."""
    azure = released(A, B, C, side_by_side=side_by_side)
    assert azure.releasing.roll_back().digest == B
    assert azure.settled
    assert azure.releasing.roll_back().digest == A
    assert azure.digest == A
    assert azure.settled
    with fails() as said:
        azure.releasing.roll_back()
    assert "nothing to go back to" in said[0]


def test_a_rollback_gives_the_traffic_in_one_write() -> None:
    """The revision is still there and runs: no waiting before it serves."""
    azure = released(A, B)
    azure.ups.clear()
    azure.releasing.roll_back()
    assert azure.ups[0] == "user--1"


COMMANDS = st.sampled_from(["back", A, B, C, D, BAD, SLOW, REFUSED])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(COMMANDS, st.integers(-1, 14)), max_size=6), st.booleans(), COMMANDS)
def test_killed_anywhere_the_same_command_finishes(
    before: list[tuple[str, int]], side_by_side: bool, last: str
) -> None:
    """Whatever was cut off before it: what serves is healthy at every moment, and in the end the program says so."""
    azure = Azure(side_by_side=side_by_side)
    for command, kill_at in [*before, (last, -1)]:
        azure.moments, azure.kill_at = 0, kill_at
        try:
            run(azure, command)
        except KilledError:
            assert azure.served_is_fit
            azure.kill_at = -1
            goal = azure.note.digest
            run(azure, command)
            assert command != "back" or goal in (None, azure.digest)
        assert azure.served_is_fit
        assert azure.settled
        assert azure.note.digest is None
        assert not side_by_side or len(azure.active) <= 2
    if last in (A, B, C, D):
        assert azure.digest == last


def run(azure: Azure, command: str) -> None:
    try:
        if command == "back":
            azure.releasing.roll_back()
        else:
            azure.releasing.release(command)
    except StepError:
        pass

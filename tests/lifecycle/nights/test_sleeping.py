"""Sleeping and waking, killed anywhere: the same command finishes, and no service runs without its database."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.journal import Journals
from lifecycle.machine import Step, StepError, advance
from lifecycle.nights.sleeping import Computing, Sleeping, Waking, is_asleep
from lifecycle.ports import Health
from lifecycle.receipts import receipt_of
from tests.lifecycle.world import KilledError, Silent

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
SAVING = {"currency": "USD", "hour": "0.0693", "day": "1.66", "month": "50.61", "goes_on": {"network": "3.00"}}


def thing(sort: str, name: str) -> Computing:
    return Computing(sort="server" if sort == "server" else "service", name=name, id=f"/{name}", stopped=False)


@dataclass
class Group:
    """What computes in a resource group, and outlives the process."""

    things_: list[Computing] = field(
        default_factory=lambda: [thing("service", "user"), thing("service", "form"), thing("server", "psql")]
    )
    ill: str = ""
    kill_at: int = -1
    moments: int = 0

    def things(self) -> Sequence[Computing]:
        return list(self.things_)

    def stop(self, thing: Computing) -> None:
        self._set(thing, stopped=True)

    def start(self, thing: Computing) -> None:
        self._set(thing, stopped=False)

    def health(self) -> Sequence[Health]:
        names = [it.name for it in self.things_ if it.sort == "service"]
        return [Health(service=name, healthy=name != self.ill, detail="its probes fail") for name in names]

    def _set(self, thing: Computing, *, stopped: bool) -> None:
        self._moment()
        assert next(it for it in self.things_ if it.id == thing.id).stopped != stopped, "done already"
        self.things_ = [replace(it, stopped=stopped) if it.id == thing.id else it for it in self.things_]
        database = next((it for it in self.things_ if it.sort == "server"), None)
        assert database is None or not database.stopped or all(it.stopped for it in self.things_)
        self._moment()

    def _moment(self) -> None:
        self.moments += 1
        if self.moments - 1 == self.kill_at:
            raise KilledError

    @property
    def sleeping(self) -> tuple[Step, ...]:
        return Sleeping(deployment="westeu-dev-1", computer=self, saving=lambda: SAVING, clock=lambda: NOW).steps

    @property
    def waking(self) -> tuple[Step, ...]:
        return Waking(deployment="westeu-dev-1", computer=self).steps


def run(group: Group, command: str, path: Path) -> dict[str, dict[str, object]]:
    """One command, with a journal of its own."""
    journal = Journals(path).begin("westeu-dev-1", "sleep" if command == "sleep" else "wake")
    done = advance(group.sleeping if command == "sleep" else group.waking, journal, Silent())
    journal.end("succeeded")
    return {name: dict(evidence) for name, evidence in done.items()}


def test_all_that_computes_stops_and_what_was_stopped_is_told(tmp_path: Path) -> None:
    """With the day on which Azure starts the server by itself: seven days on."""
    group = Group()
    done = run(group, "sleep", tmp_path)
    assert all(it.stopped for it in group.things_)
    assert done["services"]["stopped"] == ["user", "form"]
    assert done["servers"] == {"stopped": ["psql"], "until": "2026-11-29T20:00:00Z"}
    assert done["preflight"] == {"computes": 3, "saving": SAVING}


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path) -> None:
    group = Group()
    run(group, "sleep", tmp_path)
    assert run(group, "sleep", tmp_path)["services"]["stopped"] == []
    run(group, "wake", tmp_path)
    assert run(group, "wake", tmp_path)["servers"]["started"] == []


def test_half_asleep_is_asleep() -> None:
    """What needs the stopped half does not work."""
    group = Group()
    assert not is_asleep(group.things())
    group.stop(group.things_[0])
    assert is_asleep(group.things())


def test_a_service_that_does_not_get_healthy_makes_waking_red(tmp_path: Path) -> None:
    group = Group(ill="form")
    with pytest.raises(StepError) as error:
        run(group, "wake", tmp_path)
    assert [fault.what for fault in error.value.faults] == ["form is not healthy: its probes fail"]


def test_what_has_nothing_that_computes_cannot_sleep(tmp_path: Path) -> None:
    with pytest.raises(StepError) as error:
        run(Group(things_=[]), "sleep", tmp_path)
    assert "nothing computes" in error.value.faults[0].what


def test_the_receipt_has_what_a_day_of_sleep_saves(tmp_path: Path) -> None:
    """For finance, as that of a teardown has."""
    journal = Journals(tmp_path).begin("westeu-dev-1", "sleep")
    advance(Group().sleeping, journal, Silent())
    journal.end("succeeded")
    saving = receipt_of(journal).saving
    assert saving is not None
    assert (str(saving.per_day), saving.currency) == ("1.66", "USD")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["sleep", "wake"]), st.integers(-1, 7)), min_size=1, max_size=6))
def test_killed_anywhere_the_same_command_finishes(
    tmp_path_factory: pytest.TempPathFactory, typed: list[tuple[str, int]]
) -> None:
    """At every moment a database that is stopped has no service that runs (Group asserts it)."""
    group, path = Group(), tmp_path_factory.mktemp("runs")
    for command, kill_at in typed:
        group.moments, group.kill_at = 0, kill_at
        try:
            run(group, command, path)
        except KilledError:
            group.kill_at = -1
            run(group, command, path)
        assert all(it.stopped == (command == "sleep") for it in group.things_)

"""Down and up lose no row and leave nothing behind, wherever they are killed and whatever is typed next."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lifecycle.machine import StepError
from tests.lifecycle.world import Commands, KilledError, World


@pytest.fixture(scope="module", autouse=True)
def _no_disk() -> Iterator[None]:
    """What is tested is order, not the disk: a fast one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lifecycle.journal.os.fsync", lambda _: None)
        yield


ROWS = {"user_service": 3, "form_service": 5}


def test_what_went_down_comes_back_row_for_row(tmp_path) -> None:
    """The whole chain, not interrupted."""
    commands = Commands(World(), tmp_path)
    commands.down()
    assert not commands.world.stands
    done = commands.up()
    assert commands.world.rows == ROWS
    assert done["compare"] == {"databases": 2, "rows": 8}


WORDS = st.tuples(st.sampled_from(["up", "down", "write"]), st.integers(0, 14))
# On Azure: where it is typed, too. The last of them is a machine that nobody has typed on before, every time.
TYPED = st.tuples(st.sampled_from(["up", "down", "write"]), st.integers(0, 16), st.integers(0, 2))


@settings(deadline=None, max_examples=200)
@example(words=[("down", 5), ("up", 1), ("down", 4)])  # an export that a second teardown handed on
@given(words=st.lists(WORDS, max_size=9))
def test_no_row_is_lost_wherever_runs_are_killed(tmp_path_factory, words) -> None:
    """The invariant of the room: any commands, killed anywhere; a plain down and up then end with every row."""
    commands = Commands(World(), tmp_path_factory.mktemp("home"))
    expected = typed(commands.world, ((word, kill, commands) for word, kill in words))
    with suppress(StepError):  # it holds a part of what is saved: `up` is the next command that it names
        commands.down()
    commands.up()
    assert commands.world.rows == expected


def typed(world: World, words: Iterable[tuple[str, int, Commands]]) -> dict[str, int]:
    """Type each word by its commands, killed after so many moments; the rows that there must be in the end."""
    expected = dict(ROWS)
    for word, kill, commands in words:
        if word == "write":
            if world.stands and world.rows == expected:  # nobody works on a deployment that says it is not whole
                world.write()
                expected = dict(world.rows)
            continue
        world.kill_at, world.moments = kill, 0
        with suppress(KilledError, StepError):  # what is refused changes nothing, and says what to type
            getattr(commands, word)()
    world.kill_at = -1
    return expected


@settings(deadline=None, max_examples=300)
@example(words=[("down", 16, 0), ("up", 16, 1), ("write", 0, 0), ("down", 16, 1)])  # the first has an old journal
@example(words=[("down", 16, 0), ("up", 5, 0), ("down", 16, 1), ("up", 16, 2), ("write", 0, 0)])
@given(words=st.lists(TYPED, max_size=9))
def test_no_row_is_lost_whichever_machine_each_command_is_typed_on(tmp_path_factory, words) -> None:
    """The same where journals lie apart: the store alone is seen by all. It ends on machines that know nothing."""
    world, old = World(), [tmp_path_factory.mktemp("machine") for _ in range(2)]

    def on(machine: int) -> Commands:
        return Commands(world, [*old, tmp_path_factory.mktemp("new")][machine], shared=True)

    expected = typed(world, ((word, kill, on(machine)) for word, kill, machine in words))
    with suppress(StepError):
        on(2).down()
    on(2).up()
    assert world.rows == expected
    writes = world.calls.count("import")
    on(2).up()
    assert (world.rows, world.calls.count("import")) == (expected, writes), "a deployment that stands takes nothing"


def test_an_up_that_missed_a_round_elsewhere_brings_back_the_latest(tmp_path) -> None:
    """It was cut off after its import; what it is gone on with has another server, and that has its own data."""
    world = World()
    one, other = (Commands(world, tmp_path / name, shared=True) for name in ("one", "other"))
    one.down()
    world.kill_at, world.moments = 8, 0
    with pytest.raises(KilledError):
        one.up()
    assert world.calls[-1] == "health"
    world.kill_at = -1
    world.write()
    other.down()
    assert one.up()["compare"]["rows"] == 9
    assert world.rows == {**ROWS, "user_service": 4}


def test_without_the_store_another_machine_brings_nothing_back(tmp_path) -> None:
    """The bad sample of the property: journals alone do not know."""
    Commands(world := World(), tmp_path / "one").down()
    Commands(world, tmp_path / "other").up()
    assert world.rows == {}


@pytest.mark.parametrize("kill", range(4))
def test_what_was_given_up_comes_back_on_no_machine(tmp_path, kill) -> None:
    """Killed anywhere: by a teardown and by an up; what is saved afterwards does come back."""
    world = World()
    one, other = (Commands(world, tmp_path / name, shared=True) for name in ("one", "other"))
    one.down()
    one.up()
    world.destroyable = True
    world.kill_at, world.moments = kill, 0
    with pytest.raises(KilledError):
        one.down(without_export="a load test")
    world.kill_at = -1
    one.down(without_export="a load test")
    assert other.up()["import"]["none"] == "the store has nothing that waits for this server"
    world.rows = {"user_service": 1}
    other.down()
    one.up(fresh="from nothing")
    assert world.rows == {}
    assert other.up()["import"]["none"] == "the store has nothing that waits for this server"


def test_a_store_that_takes_no_marker_does_not_stop_the_teardown(tmp_path) -> None:
    """It is in the evidence, and this machine at least remembers."""
    world = World()
    commands = Commands(world, tmp_path, shared=True)
    commands.down()
    commands.up()
    world.deaf = world.destroyable = True
    assert commands.down(without_export="a load test")["export"]["marked"] == "refused"
    assert commands.up()["import"]["none"] == "the store has nothing that waits for this server"


def test_where_journals_are_all_nobody_asks_the_store(tmp_path) -> None:
    """In the sandbox: a job that need not run is not run."""
    commands = Commands(World(), tmp_path)
    commands.down()
    commands.up()
    assert "waiting" not in commands.world.calls


@pytest.mark.parametrize("kill", range(12))
def test_the_same_command_finishes_what_was_killed(tmp_path, kill) -> None:
    """Before and after each effect; what was done is not done again."""
    commands = Commands(World(kill_at=kill), tmp_path)
    try:
        commands.down()
    except KilledError:
        commands.down()
    assert not commands.world.stands
    assert commands.world.verified
    assert all(commands.world.store[name] == ROWS for name in commands.world.verified)


def test_nothing_is_destroyed_when_the_export_reads_back_otherwise(tmp_path) -> None:
    """A store that lies: the bad sample of the step that guards destroy."""
    commands = Commands(World(lies=True), tmp_path)
    with pytest.raises(StepError, match="not what was exported"):
        commands.down()
    assert commands.world.stands
    assert "destroy" not in commands.world.calls


def test_a_deployment_with_half_its_data_is_not_taken_down(tmp_path) -> None:
    """Neither what is saved nor what stands is all of it; the refusal names the command that makes it whole."""
    commands = Commands(World(), tmp_path)
    commands.down()
    commands.world.kill_at, commands.world.moments = 3, 0
    with pytest.raises(KilledError):
        commands.up()
    commands.world.kill_at = -1
    with pytest.raises(StepError) as refused:
        commands.down()
    assert "./cfctl up westeu-dev-1" in refused.value.faults[0].next_step
    assert commands.world.stands


def test_a_row_too_few_is_told_table_by_table(tmp_path) -> None:
    """The bad sample of the comparison."""
    commands = Commands(World(), tmp_path)
    commands.down()
    name = commands.world.verified[-1]
    commands.world.store[name] = {"user_service": 2, "form_service": 5}
    with pytest.raises(StepError, match=r"user_service has 2 of 3"):
        commands.up()


def test_an_ill_service_leaves_the_run_open(tmp_path) -> None:
    """Up is not done while a service is not healthy; the same command asks again, and imports nothing twice."""
    commands = Commands(World(ill={"form"}), tmp_path)
    commands.down()
    with pytest.raises(StepError, match="form is not healthy"):
        commands.up()
    imports = commands.world.calls.count("import")
    commands.world.ill.clear()
    assert commands.up()["health"] == {"healthy": 2, "parts": {"database": 2}}
    assert commands.world.calls.count("import") == imports


def test_what_is_left_in_azure_keeps_the_run_open(tmp_path) -> None:
    """Something that no state knows lies in the deployment's resource group."""
    commands = Commands(World(strangers=["/subscriptions/0/resourceGroups/rg/providers/M/t/n"]), tmp_path)
    with pytest.raises(StepError, match="is not gone"):
        commands.down()


def test_data_is_given_up_for_a_reason_only(tmp_path) -> None:
    """Without export there is nothing to bring back, and the journal says why."""
    commands = Commands(World(), tmp_path)
    commands.world.rows = {}
    done = commands.down(without_export="the region burnt down")
    assert done["export"] == {"none": "not asked for: the region burnt down", "given_up": True}
    assert commands.up()["import"]["none"] == "nothing was saved that is not back"


def test_an_export_is_made_anew_when_services_went_on_writing(tmp_path) -> None:
    """A teardown that was cut off before it destroyed is no promise about what was written since."""
    commands = Commands(World(kill_at=4), tmp_path)
    with pytest.raises(KilledError):
        commands.down()
    commands.world.kill_at = -1
    commands.world.write()
    commands.down()
    commands.up()
    assert commands.world.rows["user_service"] == 4


def test_data_that_cannot_be_saved_stops_the_teardown_and_says_what_gives_it_up(tmp_path) -> None:
    """The job's own words come first."""
    commands = Commands(World(broken=True), tmp_path)
    with pytest.raises(StepError) as refused:
        commands.down()
    first, last = refused.value.faults
    assert first.what == "refused"
    assert "--without-export" in last.next_step
    assert commands.world.stands


@pytest.mark.parametrize("kill", range(16))
def test_behind_a_broken_glass_there_is_a_backup_before_anything_is_unprotected(tmp_path, kill) -> None:
    """Killed anywhere too (the world asserts the order); the journal keeps the reason, and a receipt shows it."""
    commands = Commands(World(kill_at=kill), tmp_path)
    try:
        done = commands.down(break_glass="the tenant has left")
    except KilledError:
        done = commands.down(break_glass="the tenant has left")
    calls = commands.world.calls
    assert calls.index("verify") < calls.index("backup") < calls.index("unprotect") < calls.index("destroy")
    assert done["break-glass"] == {
        "reason": "the tenant has left",
        "backup": {"completed": "2026-11-22T08:00:00Z"},
        "unprotected": 3,
    }


def test_behind_a_broken_glass_nobody_is_told_to_give_data_up(tmp_path) -> None:
    """What is lost of production is lost."""
    commands = Commands(World(broken=True), tmp_path)
    with pytest.raises(StepError) as refused:
        commands.down(break_glass="the tenant has left")
    assert "--without-export" not in str(refused.value.faults)

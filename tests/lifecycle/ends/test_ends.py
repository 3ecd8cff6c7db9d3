"""When a deployment is over: by time, by money, and never by what cannot be read or cannot be so."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import DeploymentName, FaultsError
from finance.money import Money
from lifecycle.ends.extension import Asked, extended, refuse_persistent
from lifecycle.ends.life import SKEW, Found, Life, life_of
from lifecycle.ends.notes import Extended, Notes, in_words
from lifecycle.ends.sweep import sweep
from lifecycle.ends.warnings import BEFORE, warning_due
from stacks.ttl import (
    EXPIRES_AT_SPEND,
    EXPIRES_ON,
    LEAST,
    LONGEST,
    read_length,
    read_moment,
    read_spend,
    read_ttl,
    written_length,
    written_moment,
    written_spend,
)

MADE = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = DeploymentName.parse("westeu-dev-1")
MONTH = Money(Decimal(730), "USD")
"""A dollar an hour."""
BUDGET = Money(Decimal(200), "USD")


def usd(amount: int) -> Money:
    return Money(Decimal(amount), "USD")


def life(
    now: datetime,
    *,
    expires: str | datetime | None = None,
    spend: str | None = None,
    made: datetime | None = MADE,
    month: Money | None = MONTH,
    wanted: bool = False,
    name: DeploymentName = NAME,
) -> Life:
    """The life of a deployment with these tags."""
    tags = {"Owner": "DevOps"}
    if expires is not None:
        tags[EXPIRES_ON] = expires if isinstance(expires, str) else written_moment(expires)
    if spend is not None:
        tags[EXPIRES_AT_SPEND] = spend
    return life_of(Found(deployment=name, tags=tags, made=made, month=month, wanted=wanted), now)


def test_a_deployment_is_over_from_its_moment_on_and_not_a_second_before() -> None:
    """The tag is believed to the second."""
    end = MADE + 8 * HOUR
    assert not life(end - timedelta(seconds=1), expires=end).is_over(end - timedelta(seconds=1))
    assert life(end, expires=end).is_over(end)


def test_what_has_no_end_is_never_over_and_is_no_mistake_unless_the_settings_give_it_one() -> None:
    """A deployment without a time to live stands until somebody takes it down."""
    much_later = MADE + timedelta(days=999)
    assert not life(much_later).is_over(much_later)
    assert life(much_later).faults == ()
    wanted = life(much_later, wanted=True)
    assert not wanted.is_over(much_later)
    assert "./cfctl up westeu-dev-1" in wanted.faults[0].next_step


@pytest.mark.parametrize(
    "tag",
    ["", "yesterday", "2026-11-22", "2026-11-22T08:00:00", "2026-11-22T08:00:00+01:00", "0", "2026-13-01T00:00:00Z"],
)
def test_a_garbled_tag_is_told_and_ends_nothing(tag: str) -> None:
    """Whoever deletes by a tag must not guess at it."""
    now = MADE + timedelta(days=13)
    found = life(now, expires=tag)
    assert not found.is_over(now)
    assert found.faults[0].where == "resource group of westeu-dev-1, tag ExpiresOn"
    assert found.unreadable == (EXPIRES_ON,)


@pytest.mark.parametrize("tag", ["", "50", "50 usd", "-1.00 USD", "0.00 USD", "1e3 USD", "50.00  USD"])
def test_a_garbled_amount_is_told_and_ends_nothing_not_even_by_time(tag: str) -> None:
    """Somebody wrote there: he is asked first."""
    now = MADE + timedelta(days=13)
    found = life(now, expires=MADE + HOUR, spend=tag)
    assert not found.is_over(now)
    assert found.unreadable == (EXPIRES_AT_SPEND,)


def test_a_clock_that_is_behind_its_own_deployment_deletes_nothing() -> None:
    """Made in the future: here or there the clock is wrong, and so is the end."""
    found = life(MADE, expires=MADE - HOUR, made=MADE + HOUR)
    assert not found.is_over(MADE)
    assert "clocks is wrong" in found.faults[0].what
    assert life(MADE, expires=MADE - HOUR, made=MADE + SKEW).is_over(MADE)


def test_an_end_beyond_the_cap_is_somebody_elses_and_deletes_nothing() -> None:
    """No command of ours writes it."""
    end = MADE + LONGEST + HOUR
    found = life(end, expires=end)
    assert not found.is_over(end)
    assert "14 days" in found.faults[0].what


def test_money_ends_it_when_the_hours_have_cost_so_much() -> None:
    """A dollar an hour and 50 dollars: after 50 hours."""
    before, after = MADE + 49 * HOUR, MADE + 50 * HOUR
    assert not life(before, spend="50.00 USD").is_over(before)
    assert life(before, spend="50.00 USD").ends == after
    over = life(after, spend="50.00 USD")
    assert over.is_over(after)
    assert over.end_in_words == "50.00 USD spent"
    assert over.spent == usd(50)


def test_of_time_and_money_the_earlier_counts() -> None:
    """Each is a promise of its own."""
    now = MADE + 6 * HOUR
    assert life(now, expires=MADE + 5 * HOUR, spend="50.00 USD").is_over(now)
    assert life(now, expires=MADE + 9 * HOUR, spend="5.00 USD").is_over(now)
    assert not life(now, expires=MADE + 9 * HOUR, spend="50.00 USD").is_over(now)


def test_what_has_no_price_is_not_ended_by_money_and_still_by_time() -> None:
    """A doubt is told, and the moment stands."""
    now = MADE + 6 * HOUR
    for unknown in (
        life(now, expires=MADE + 9 * HOUR, spend="5.00 USD", month=None),
        life(now, expires=MADE + 9 * HOUR, spend="5.00 USD", made=None),
        life(now, expires=MADE + 9 * HOUR, spend="5.00 EUR"),
    ):
        assert not unknown.is_over(now)
        assert "cannot be told" in unknown.doubts[0].what
        assert unknown.is_over(MADE + 9 * HOUR)


def test_what_costs_nothing_never_spends_its_amount() -> None:
    """No division by nothing, and no date beyond the calendar."""
    now = MADE + HOUR
    assert life(now, spend="5.00 USD", month=Money.zero("USD")).ends is None
    assert life(now, spend="999999999.00 USD", month=Money(Decimal("0.01"), "USD")).ends is None


@given(st.integers(min_value=1, max_value=60 * 24 * 400))
def test_a_length_is_read_as_it_was_written(minutes: int) -> None:
    """In whatever unit it is written."""
    length = timedelta(minutes=minutes)
    assert read_length(written_length(length), "") == length


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - UTC is added below
def test_a_moment_is_read_as_it_was_written(moment: datetime) -> None:
    """To the second."""
    at = moment.replace(tzinfo=UTC, microsecond=0)
    assert read_moment(written_moment(at), "") == at


@given(st.integers(min_value=1, max_value=99_999_999_999))
def test_an_amount_is_read_as_it_was_written(cents: int) -> None:
    """To the cent."""
    amount = Decimal(cents) / 100
    assert read_spend(written_spend(amount, "USD"), "") == (amount, "USD")


@pytest.mark.parametrize("text", ["0", "0h", "0m", "-1h", "8", "8 h", "8H", "1.5h", "h", "", "8h30m", "1w", "٣h"])
def test_what_is_no_length_is_refused(text: str) -> None:
    """With what to write instead."""
    with pytest.raises(FaultsError) as caught:
        read_length(text, "--ttl")
    assert caught.value.faults[0].next_step == "write 8h, for 8 hours"


@pytest.mark.parametrize(("text", "step"), [("29m", "write 30m"), ("15d", "write 14d"), ("999999d", "write 14d")])
def test_a_time_to_live_has_a_least_and_a_most(text: str, step: str) -> None:
    """The nearest that is taken is named."""
    with pytest.raises(FaultsError) as caught:
        read_ttl(text, "--ttl")
    assert caught.value.faults[0].next_step == step
    assert (read_ttl("30m", ""), read_ttl("14d", "")) == (LEAST, LONGEST)


def test_an_extension_counts_from_the_end_and_from_now_where_that_is_past() -> None:
    """Four hours more are four hours that somebody has."""
    end, now = MADE + 8 * HOUR, MADE + 6 * HOUR
    assert extended(life(now, expires=end), Asked(by=4 * HOUR), BUDGET, now).expires == end + 4 * HOUR
    late = end + 2 * HOUR
    assert extended(life(late, expires=end), Asked(by=4 * HOUR), BUDGET, late).expires == late + 4 * HOUR
    assert extended(life(late, expires="?"), Asked(by=4 * HOUR), BUDGET, late).expires == late + 4 * HOUR


@given(st.lists(st.integers(min_value=1, max_value=20_000), max_size=8), st.integers(min_value=1, max_value=20_000))
def test_no_chain_of_extensions_leads_beyond_the_cap(steps: list[int], first: int) -> None:
    """However often and by however much it is asked for."""
    end = MADE + timedelta(minutes=first)
    for minutes in steps:
        asked = Asked(by=timedelta(minutes=minutes))
        with suppress(FaultsError):
            end = extended(life(MADE, expires=end), asked, BUDGET, MADE).expires or end
    assert end <= max(MADE + LONGEST, MADE + timedelta(minutes=first))


def test_beyond_the_cap_the_most_that_is_left_is_named_and_is_taken() -> None:
    """What the refusal says to type works."""
    end = MADE + LONGEST - 3 * HOUR
    with pytest.raises(FaultsError) as caught:
        extended(life(MADE, expires=end), Asked(by=4 * HOUR), BUDGET, MADE)
    assert caught.value.faults[0].next_step == "./cfctl extend westeu-dev-1 --by 3h"
    assert extended(life(MADE, expires=end), Asked(by=3 * HOUR), BUDGET, MADE).expires == MADE + LONGEST
    with pytest.raises(FaultsError, match="nothing more is left"):
        extended(life(MADE, expires=MADE + LONGEST), Asked(by=HOUR), BUDGET, MADE)


def test_what_has_no_end_is_not_extended_nor_what_has_a_wrong_clock_nor_prod() -> None:
    """Each says what to do instead."""
    with pytest.raises(FaultsError, match="--ttl 8h gives it one"):
        extended(life(MADE), Asked(by=HOUR), BUDGET, MADE)
    with pytest.raises(FaultsError, match="--ttl-spend 50 gives it one"):
        extended(life(MADE, expires=MADE + HOUR), Asked(by_spend=usd(5)), BUDGET, MADE)
    with pytest.raises(FaultsError, match="clocks is wrong"):
        extended(life(MADE, expires=MADE, made=MADE + HOUR), Asked(by=HOUR), BUDGET, MADE)
    with pytest.raises(FaultsError, match="nobody knows when"):
        extended(life(MADE, expires=MADE, made=None), Asked(by=HOUR), BUDGET, MADE)
    with pytest.raises(FaultsError, match="is production"):
        refuse_persistent(DeploymentName.parse("westeu-prod-1"))
    refuse_persistent(NAME)


def test_an_amount_is_raised_up_to_the_months_budget() -> None:
    """And the rest that is left is named."""
    found = life(MADE, spend="50.00 USD")
    assert extended(found, Asked(by_spend=usd(150)), BUDGET, MADE).spend == usd(200)
    with pytest.raises(FaultsError) as caught:
        extended(found, Asked(by_spend=usd(151)), BUDGET, MADE)
    assert caught.value.faults[0].next_step == "./cfctl extend westeu-dev-1 --by-spend 150.00"


def test_each_warning_comes_once_and_only_those_whose_moment_was_in_this_life() -> None:
    """Eight hours to live have no warning of two days."""
    end, told, given_ = MADE + 8 * HOUR, set[str](), list[timedelta]()
    for minute in range(8 * 60):
        now = MADE + timedelta(minutes=minute)
        notice = warning_due(life(now, expires=end), now, MADE, told)
        if notice:
            given_.append(notice.before)
            told |= set(notice.keys)
            assert notice.left == notice.before
    assert given_ == [timedelta(hours=2), timedelta(minutes=30)]


def test_after_a_while_without_a_look_one_warning_stands_for_all() -> None:
    """The one that is nearest; those before it are not given later."""
    end = MADE + timedelta(days=10)
    now = end - timedelta(minutes=10)
    notice = warning_due(life(now, expires=end), now, MADE, set())
    assert notice is not None
    assert notice.before == BEFORE[-1]
    assert len(notice.keys) == 3
    assert warning_due(life(now, expires=end), now, MADE, set(notice.keys)) is None


def test_an_extension_brings_warnings_of_its_own() -> None:
    """Told of the old end, nobody knows the new one."""
    end = MADE + 8 * HOUR
    now = end - HOUR
    notice = warning_due(life(now, expires=end), now, MADE, set())
    assert notice is not None
    later = end + 4 * HOUR
    at = later - HOUR
    again = warning_due(life(at, expires=later), at, now, set(notice.keys))
    assert again is not None
    assert again.before == 2 * HOUR


def test_nothing_is_warned_of_that_is_over_or_unclear_or_endless() -> None:
    """It goes, or its fault is told."""
    end = MADE + 8 * HOUR
    for found, now in ((life(end, expires=end), end), (life(end, expires="?"), end), (life(end), end)):
        assert warning_due(found, now, MADE, set()) is None


def names(*texts: str) -> tuple[DeploymentName, ...]:
    return tuple(map(DeploymentName.parse, texts))


def test_a_global_goes_after_its_regionals_or_waits_for_one_that_stays() -> None:
    """Whatever its own tag says."""
    over, later = MADE - HOUR, MADE + HOUR
    global_, one, other = names("global-dev", "westeu-dev-1", "eastus-dev-1")
    before = MADE - 2 * HOUR

    def lives(**ends: datetime) -> list[Life]:
        return [
            life(MADE, expires=end, made=before, name=DeploymentName.parse(name.replace("_", "-")))
            for name, end in ends.items()
        ]

    all_over = sweep(lives(global_dev=over, westeu_dev_1=over), (global_, one), MADE)
    assert (all_over.going, all_over.held) == ((one, global_), {})
    held = sweep(lives(global_dev=over, westeu_dev_1=over, eastus_dev_1=later), (global_, one, other), MADE)
    assert (held.going, held.held) == ((one,), {global_: (other,)})
    without_end = sweep(lives(global_dev=over), (global_, other), MADE)
    assert (without_end.going, without_end.held) == ((), {global_: (other,)})
    assert sweep([], (global_,), MADE).going == ()


def extension(at: datetime, after: str = "2026-11-23T04:00:00Z") -> Extended:
    return Extended(
        at=written_moment(at),
        who="Acme administrator",
        by="4h",
        reason="load test goes on",
        before="2026-11-23T00:00:00Z",
        after=after,
    )


def test_notes_say_who_extended_how_often_and_why(tmp_path_factory: pytest.TempPathFactory) -> None:
    """For finance: the variance has a reason."""
    notes = Notes(tmp_path_factory.mktemp("notes"))
    assert notes.extensions("westeu-dev-1") == []
    assert in_words([]) == ""
    for hour in (1, 2):
        notes.begin("westeu-dev-1", extension(MADE + hour * HOUR))
        notes.done("westeu-dev-1", extension(MADE + hour * HOUR))
    assert len(notes.extensions("westeu-dev-1", MADE)) == 2
    assert len(notes.extensions("westeu-dev-1", MADE + 2 * HOUR)) == 1
    assert in_words(notes.extensions("westeu-dev-1")).startswith("extended twice: by 4h (load test goes on)")
    assert notes.deployments() == ["westeu-dev-1"]


def test_an_extension_that_was_cut_off_counts_when_azure_has_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """And half a line of a killed process is no note."""
    directory = tmp_path_factory.mktemp("notes")
    notes = Notes(directory)
    notes.begin("westeu-dev-1", extension(MADE))
    assert notes.extensions("westeu-dev-1") == []
    notes.settle("westeu-dev-1", ["2026-11-23T00:00:00Z"])
    assert notes.extensions("westeu-dev-1") == []
    with (directory / "westeu-dev-1.jsonl").open("a") as file:
        file.write('{"is":"war')
    notes.settle("westeu-dev-1", ["2026-11-23T04:00:00Z"])
    notes.settle("westeu-dev-1", ["2026-11-23T04:00:00Z"])
    assert len(notes.extensions("westeu-dev-1")) == 1
    notes.warn("westeu-dev-1", ["2h before x"], MADE)
    assert notes.warned("westeu-dev-1") == {"2h before x"}

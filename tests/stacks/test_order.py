"""Which deployments go up first, and that down is up backwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import DeploymentName, FaultsError
from stacks import down_order, known_deployments, up_order

SOME = st.lists(st.sampled_from(known_deployments()), max_size=11)


def test_the_eleven_are_known_in_the_order_of_the_map() -> None:
    """platform.md, section 1."""
    assert [str(name) for name in known_deployments()] == [
        "global-dev",
        "global-stg",
        "global-prod",
        "westeu-dev-1",
        "eastus-dev-1",
        "westeu-stg-1",
        "eastus-stg-1",
        "westeu-prod-1",
        "westeu-prod-2",
        "eastus-prod-1",
        "northeu-prod-1",
    ]


def test_a_regional_brings_its_global_up_first() -> None:
    """Asked for or not."""
    assert [str(name) for name in up_order(["westeu-dev-1"])] == ["global-dev", "westeu-dev-1"]


def test_a_regional_goes_down_alone() -> None:
    """Its global may serve others."""
    assert [str(name) for name in down_order(["westeu-dev-1"])] == ["westeu-dev-1"]


@given(SOME)
def test_every_regional_comes_after_its_global(names) -> None:
    """And nothing is brought up that was neither asked for nor needed."""
    order = up_order(names)
    assert len(order) == len(set(order))
    assert set(order) == set(names) | {name.needs for name in names if name.needs}
    for name in order:
        assert name.needs is None or order.index(name.needs) < order.index(name)


@given(SOME)
def test_down_is_up_backwards(names) -> None:
    """For whatever was brought up."""
    up = up_order(names)
    assert down_order(up) == up[::-1]


@given(SOME, st.randoms())
def test_the_order_does_not_depend_on_how_it_is_asked(names, random) -> None:
    """Same set, same order: two runs do the same."""
    shuffled = list(names)
    random.shuffle(shuffled)
    assert up_order(shuffled) == up_order([str(name) for name in names])
    assert down_order(shuffled) == down_order(names)


@pytest.mark.parametrize("order", [up_order, down_order])
def test_every_unknown_name_is_told_at_once(order) -> None:
    """And nothing is ordered."""
    with pytest.raises(FaultsError) as error:
        order(["westeu-dev-1", "mars-dev-1", "westeu-dev-9", "global-qa"])
    told = str(error.value)
    for words in ("unknown region 'mars'", "'westeu-dev-9' is not in the map", "unknown environment 'qa'"):
        assert words in told
    assert len(error.value.faults) == 3


def test_names_and_texts_may_be_mixed() -> None:
    """Both say which deployment."""
    assert up_order([DeploymentName.parse("global-dev"), "global-dev"]) == [DeploymentName.parse("global-dev")]

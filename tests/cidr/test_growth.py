"""How fast blocks are taken, and how long the rest lasts."""

from datetime import date, timedelta

import pytest

from cidr.growth import growth_of
from cidr.schema import OwnedBlock, RetiredBlock

TODAY = date(2027, 11, 22)


def blocks(*ago: int | None) -> list[OwnedBlock]:
    """A block taken so many days ago each; None: there from the start."""
    return [
        OwnedBlock.model_validate(
            {
                "network": f"10.{index}.0.0/16",
                "status": "live",
                "deployment": f"uksouth-dev-{index + 1}",
                "since": None if days is None else TODAY - timedelta(days=days),
            }
        )
        for index, days in enumerate(ago)
    ]


@pytest.mark.parametrize(
    ("ago", "taken", "days", "years"),
    [
        ((None, None), 0, 365, None),
        ((0,), 1, 90, 40 / (365 / 90)),
        ((0, 10, 180), 3, 180, 40 / (3 * 365 / 180)),
        ((5, 400), 1, 365, 40.0),
        ((400,), 0, 365, None),
        ((-3,), 0, 90, None),
    ],
)
def test_the_rate_is_that_of_the_last_year_or_since_days_are_kept(ago, taken, days, years) -> None:
    """Never of fewer than 90 days: one block today is no block a day. A day to come is none yet."""
    growth = growth_of(blocks(*ago), TODAY)
    assert (growth.taken, growth.days) == (taken, days)
    assert growth.lasts(40) == (pytest.approx(years) if years else None)


def test_a_block_that_was_retired_again_was_taken() -> None:
    """It is as far from being given again as one in use."""
    row = {"network": "10.9.0.0/16", "status": "retired", "was": "uksouth-dev-9", "since": TODAY - timedelta(days=100)}
    assert growth_of([RetiredBlock.model_validate(row)], TODAY).taken == 1

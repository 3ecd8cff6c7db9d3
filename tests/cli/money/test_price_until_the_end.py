"""The price from now until a deployment expires, beside that of a month."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cidr.yaml_source import REPOSITORY
from cli.money.run_prices import Prices, document_of
from cli.presentation import price_lines
from finance.estimate import Resource, estimate
from finance.usage import load_usage

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
GROUP = "urn:pulumi:global-dev::complianceflow::azure-native:resources:ResourceGroup::group"
CACHE = "urn:pulumi:global-dev::complianceflow::azure-native:redisenterprise:RedisEnterprise::cache"


def document(tags: dict[str, str]) -> tuple[Decimal, str | None, str | None, list[str]]:
    """The month's price, the end and the price until it, and the lines for a person."""
    group = Resource.of(GROUP, "azure-native:resources:ResourceGroup", {"location": "westeurope", "tags": tags})
    inputs = {"sku": {"name": "Balanced_B0"}, "location": "westeurope", "highAvailability": "Disabled"}
    cache = Resource.of(CACHE, "azure-native:redisenterprise:RedisEnterprise", inputs)
    prices = Prices.read()
    after = estimate("global-dev", [group, cache], prices.sheet, load_usage("global-dev"), prices.terms)
    made = document_of(prices, REPOSITORY, None, after, NOW)
    return after.total.expected.amount, made.expires, made.until_then, price_lines(made, planned=True)


def test_what_is_left_of_its_life_is_priced() -> None:
    """Eight hours of a month of 730."""
    month, expires, until, lines = document({"ExpiresOn": "2026-11-23T16:00:00Z"})
    assert month > 0
    assert expires == "2026-11-23T16:00:00Z"
    assert until == str((month * 8 / 730).quantize(Decimal("0.01")))
    assert f"{until} USD from now until it expires at {expires}" in lines


@pytest.mark.parametrize("tags", [{}, {"ExpiresOn": "tomorrow"}])
def test_without_an_end_that_can_be_read_nothing_is_said(tags: dict[str, str]) -> None:
    """`reap` tells of the tag."""
    assert document(tags)[1:3] == (None, None)


def test_an_end_that_is_over_costs_nothing_more() -> None:
    """It stands until it is reaped."""
    assert document({"ExpiresOn": f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"})[2] == "0.00"

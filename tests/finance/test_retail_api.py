"""The Retail Prices API: paging, filters, patience, and answers that are none; against a server on this machine."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest

from cidr import FaultsError
from finance.prices.retail_api import RetailPrices
from tests.finance.prices_server import Prices, row, serving


def asked(prices: Prices, slept: list[float] | None = None, **equal: str) -> list[Any]:
    """Every row that one question gives."""
    with serving(prices), RetailPrices(prices.url, (slept if slept is not None else []).append) as api:
        return list(api.items("USD", **(equal or {"serviceName": "Redis Cache"})))


def test_every_page_is_read() -> None:
    """Seven rows at three a page are three answers, in their order."""
    prices = Prices([row(retailPrice=number) for number in range(7)], page=3)
    assert [it["retailPrice"] for it in asked(prices)] == list(range(7))
    assert len(prices.asked) == 3


def test_a_question_says_version_currency_and_pay_as_you_go() -> None:
    """Values in a filter are case-sensitive from this version on, so they are written as the sheet has them."""
    prices = Prices([row(), row(type="Reservation"), row(serviceName="redis cache")])
    found = asked(prices, serviceName="Redis Cache", armRegionName="westeurope")
    assert len(found) == 1
    (query,) = prices.asked
    assert query == {
        "api-version": "2023-01-01-preview",
        "currencyCode": "USD",
        "$filter": "serviceName eq 'Redis Cache' and armRegionName eq 'westeurope' and priceType eq 'Consumption'",
    }


def test_a_quote_in_a_value_ends_no_literal() -> None:
    """OData writes it twice."""
    assert len(asked(Prices([row(serviceName="Redis' Cache")]), serviceName="Redis' Cache")) == 1


def test_prices_are_exact() -> None:
    """0.1 as it was sent, not as a binary float has it."""
    (found,) = asked(Prices([row(retailPrice=0.000034)]))
    assert found["retailPrice"] == Decimal("0.000034")


@pytest.mark.parametrize(
    ("headers", "waited"),
    [({"Retry-After": "7"}, 7.0), ({}, 2.0), ({"Retry-After": "soon"}, 2.0), ({"Retry-After": "9999"}, 120.0)],
)
def test_where_it_throttles_the_pause_is_the_one_asked_for(headers: dict[str, str], waited: float) -> None:
    """And not hours, whatever the answer says."""
    slept: list[float] = []
    assert len(asked(Prices([row()], first=[(429, headers, b"{}")]), slept)) == 1
    assert slept == [waited]


def test_a_pause_may_be_a_date() -> None:
    """The other form of Retry-After."""
    slept: list[float] = []
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    asked(Prices([row()], first=[(503, {"Retry-After": later}, b"{}")]), slept)
    assert 20 < slept[0] <= 30


def test_after_five_tries_it_gives_up() -> None:
    """With the address, and the last status."""
    slept: list[float] = []
    with pytest.raises(FaultsError, match="did not answer: 503"):
        asked(Prices(first=[(503, {}, b"{}")] * 9), slept)
    assert slept == [2.0, 4.0, 8.0, 16.0]


def test_what_is_refused_for_good_is_not_asked_again() -> None:
    """A bad filter stays bad."""
    slept: list[float] = []
    with pytest.raises(FaultsError, match="did not answer: 400"):
        asked(Prices(first=[(400, {}, b"{}")]), slept)
    assert slept == []


def test_a_server_that_is_not_there_is_told() -> None:
    """No traceback for a network that is down."""
    with (
        RetailPrices("http://127.0.0.1:9/api", lambda _: None) as api,
        pytest.raises(FaultsError, match="ConnectError"),
    ):
        api.items("USD", serviceName="Redis Cache")


@pytest.mark.parametrize(
    ("body", "said"), [(b"<html>", "is no JSON"), (b"[]", "is no JSON object"), (b'{"Error": 1}', "has no Items")]
)
def test_an_answer_of_another_form_is_refused(body: bytes, said: str) -> None:
    """A page of a proxy is no price list."""
    with pytest.raises(FaultsError, match=said):
        asked(Prices(first=[(200, {}, body)]))


def test_a_next_page_elsewhere_is_not_followed() -> None:
    """A link is only followed to where the question went."""
    prices = Prices([row(), row()], page=1, next_link="http://example.com/prices")
    with pytest.raises(FaultsError, match="leads away"):
        asked(prices)

"""Asks Azure's Retail Prices API: no login, pages by links, patience where it throttles.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices: values in a filter are
case-sensitive from 2023-01-01-preview on, and prices in another currency than USD are for reference only.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import httpx

from cidr import Fault, FaultsError

URL: Final = "https://prices.azure.com/api/retail/prices"
VERSION: Final = "2023-01-01-preview"
_FOR_NOW: Final = frozenset({429, 500, 502, 503, 504})
_TRIES: Final = 5
_PAGES: Final = 200
_TIMEOUT: Final = 60.0
_LONGEST: Final = 120.0
"""Seconds that are waited at most before the next try, whatever the answer asks for."""

Item = Mapping[str, Any]


class RetailPrices:
    """Asks one question after the other; use it as a context manager. sleep: waits so many seconds."""

    def __init__(self, url: str = URL, sleep: Callable[[float], object] = time.sleep) -> None:
        self._url = url
        self._sleep = sleep
        self._client = httpx.Client(timeout=_TIMEOUT, headers={"Accept": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def items(self, currency: str, **equal: str) -> list[Item]:
        """Every pay-as-you-go row whose fields are equal to these (serviceName="Event Hubs"), over all pages.

        Numbers are decimals, exactly as they were sent. Raises FaultsError when the API does not answer, refuses, or
        answers in another form than its own.
        """
        return list(self._items(currency, {**equal, "priceType": "Consumption"}))

    def _items(self, currency: str, equal: Mapping[str, str]) -> Iterator[Item]:
        conditions = " and ".join(f"{field} eq '{_quoted(value)}'" for field, value in equal.items())
        query = {"api-version": VERSION, "currencyCode": currency, "$filter": conditions}
        link: str | None = str(httpx.URL(self._url, params=query))
        for _ in range(_PAGES):
            page = self._page(link)
            rows = page.get("Items")
            if not isinstance(rows, list):
                raise _unlike(link, "has no Items")
            yield from (cast("Item", row) for row in cast("list[Any]", rows) if isinstance(row, Mapping))
            following = page.get("NextPageLink")
            if not following:
                return
            link = self._same_place(str(following))
        raise _unlike(self._url, f"has more than {_PAGES} pages")

    def _page(self, link: str) -> Mapping[str, Any]:
        answer = self._patiently(link)
        try:
            body: Any = json.loads(answer.text, parse_float=Decimal)
        except ValueError:
            raise _unlike(link, "is no JSON") from None
        if not isinstance(body, Mapping):
            raise _unlike(link, "is no JSON object")
        return cast("Mapping[str, Any]", body)

    def _patiently(self, link: str) -> httpx.Response:
        said = ""
        for attempt in range(1, _TRIES + 1):
            try:
                answer = self._client.get(link)
            except httpx.HTTPError as error:
                said, wait = type(error).__name__, None
            else:
                if answer.is_success:
                    return answer
                said, wait = f"{answer.status_code} {answer.reason_phrase}", answer.headers.get("Retry-After")
                if answer.status_code not in _FOR_NOW:
                    break
            if attempt < _TRIES:
                self._sleep(_seconds(wait, attempt))
        raise FaultsError(
            [
                Fault(
                    where=link,
                    what=f"the Retail Prices API did not answer: {said}",
                    allowed="an answer, at most after some tries",
                    next_step="look at the network, then run the same command again; nothing was changed",
                )
            ]
        )

    def _same_place(self, link: str) -> str:
        """A link to the next page, which is only followed to where the first one was."""
        asked, told = urlsplit(self._url), urlsplit(link)
        ports = {"https": 443, "http": 80}
        same = (asked.scheme, asked.hostname, asked.port or ports.get(asked.scheme))
        if (told.scheme, told.hostname, told.port or ports.get(told.scheme)) != same:
            raise _unlike(link, f"leads away from {asked.hostname}")
        return link


def _quoted(value: str) -> str:
    """A text inside of an OData literal: a quote is written twice."""
    return value.replace("'", "''")


def _seconds(wait: str | None, attempt: int) -> float:
    """What Retry-After asks for, in seconds or as a date; without one, twice as long each time.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    asked = float(2**attempt)
    if wait and wait.isdigit():
        asked = float(wait)
    elif wait:
        with contextlib.suppress(TypeError, ValueError):
            asked = (parsedate_to_datetime(wait) - datetime.now(UTC)).total_seconds()
    return min(max(asked, 0.0), _LONGEST)


def _unlike(link: str, what: str) -> FaultsError:
    allowed = "Items, and a NextPageLink to the same place"
    step = "run the same command again; if it comes back, the API has changed"
    return FaultsError(
        [Fault(where=link, what=f"an answer of the Retail Prices API {what}", allowed=allowed, next_step=step)]
    )

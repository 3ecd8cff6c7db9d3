"""Asks the Cost Management API for a subscription's month, through Azure's own client for it.

https://learn.microsoft.com/rest/api/cost-management/query/usage: at most two groupings; a granularity of days adds the
day, and the currency stands in every answer. Long answers come in pages, each asked for with the same question. Who
does not say by `ClientType` who asks shares one small quota with all that do not
(https://github.com/electrolux-oss/azure-cost-exporter/pull/8).
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Literal, Self, cast
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy
from azure.mgmt.costmanagement import CostManagementClient

from cidr import Fault, FaultsError
from finance.cost_management.keeping import Kept, Rows
from finance.cost_management.patience import AGAIN, seconds_to_wait
from finance.cost_management.quota import Quota
from finance.cost_management.rows import Sum
from finance.focus_files import next_month

Way = Literal["ActualCost", "AmortizedCost"]
ENDPOINT: Final = "https://management.azure.com"
CLIENT_TYPE: Final = "complianceflow-cfctl"
COLUMNS: Final = ("Cost", "UsageDate", "ResourceGroupName", "ServiceName", "Currency")
_TRIES: Final = 5
_PAGES: Final = 200
_LONGEST: Final = 900.0
"""Seconds that a person is kept waiting at most for one answer; who must wait longer is told so."""
_SKIP: Final = "$skiptoken"


class NotSignedInError(Exception):
    """No way to sign in led to a token; the text says so and has no secret in it."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """given: when Azure gave it (seconds since the epoch); asked: whether it was asked for now, or was kept."""

    sums: tuple[Sum, ...]
    given: float
    asked: bool


class CostManagement:
    """The API of one tenant; use it as a context manager. say: told when it waits."""

    def __init__(
        self,
        credential: TokenCredential,
        quota: Quota,
        kept: Kept,
        *,
        endpoint: str = ENDPOINT,
        sleep: Callable[[float], object] = time.sleep,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._quota, self._kept, self._sleep, self._say = quota, kept, sleep, say
        self._loopback = endpoint.startswith("http://127.0.0.1:")
        # A lost connection is tried again below us; what Azure answers is waited for here, by its own headers.
        self._client = CostManagementClient(
            credential, endpoint, retry_policy=RetryPolicy(retry_total=3, retry_status=0), logging_enable=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def sums(self, subscription: str, month: date, way: Way) -> Answer:
        """The subscription's charges of the month by day, resource group and service; month: its first day.

        Raises FaultsError where Azure refuses, throttles for too long or answers in another form, and NotSignedInError.
        """
        question = _question(month, way)
        key = {"subscription": subscription, **question}
        kept = self._kept.find(key)
        if kept is not None:
            rows, given = kept
            return Answer(sums=_sums(rows, subscription), given=given, asked=False)
        rows = [[str(cell) for cell in row] for page in self._pages(subscription, question) for row in page]
        sums = _sums(rows, subscription)  # what cannot be read is not kept
        return Answer(sums=sums, given=self._kept.put(key, rows), asked=True)

    def _pages(self, subscription: str, question: Mapping[str, Any]) -> Iterator[Rows]:
        token, seen = "", set[str]()
        for _ in range(_PAGES):
            body = self._page(subscription, question, token)
            properties = body.get("properties", {})
            yield _in_order(properties, subscription)
            token = parse_qs(urlsplit(properties.get("nextLink") or "").query).get(_SKIP, [""])[0]
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
        raise FaultsError([_odd(subscription, f"more than {_PAGES} pages, or the same page again")])

    def _page(self, subscription: str, question: Mapping[str, Any], token: str) -> Mapping[str, Any]:
        for tries in range(1, _TRIES + 1):
            self._quota.take(1)
            try:
                return self._post(subscription, question, token)
            except ClientAuthenticationError as error:
                said = str(error.message).partition("\n")[0]
                if error.response is None:
                    raise NotSignedInError(said) from None
                raise FaultsError([_not_allowed(subscription, said)]) from None
            except HttpResponseError as error:
                self._wait_or_raise(error, subscription, tries)
            except AzureError as error:
                raise FaultsError([_unreached(subscription, str(error.message))]) from None
        raise FaultsError([_throttled(subscription, f"after {_TRIES} tries")])

    def _post(self, subscription: str, question: Mapping[str, Any], token: str) -> Mapping[str, Any]:
        """One call. The body is read here, with decimals for its numbers: the client's model would make floats."""

        def read(response: PipelineResponse[Any, Any], *_: object) -> Mapping[str, Any]:
            text = response.http_response.text()
            return cast("Mapping[str, Any]", json.loads(text, parse_float=Decimal)) if text else {}  # 204: no charges

        answer: Any = self._client.query.usage(
            f"subscriptions/{subscription}",
            json.dumps(question).encode(),  # type: ignore[arg-type]  # IO in its signature, bytes in its words
            content_type="application/json",
            headers={"ClientType": CLIENT_TYPE},
            params={_SKIP: token} if token else {},
            cls=read,
            enforce_https=not self._loopback,
        )
        return cast("Mapping[str, Any]", answer)

    def _wait_or_raise(self, error: HttpResponseError, subscription: str, tries: int) -> None:
        status, response = error.status_code, cast("Any", error.response)
        if status not in AGAIN:
            fault = _not_allowed if status in (401, 403) else _unreached
            raise FaultsError([fault(subscription, str(error.message))]) from None
        headers = dict(response.headers) if response is not None else {}
        seconds = seconds_to_wait(headers, tries, datetime.now(UTC))
        if seconds > _LONGEST or tries == _TRIES:
            raise FaultsError([_throttled(subscription, f"for {seconds:.0f} s more")]) from None
        self._say(f"Azure asks to wait {seconds:.0f} s before the costs of {subscription} (status {status})")
        self._sleep(seconds)


def _question(month: date, way: Way) -> dict[str, Any]:
    """As https://learn.microsoft.com/rest/api/cost-management/query/usage has it; a month of data is one QPU."""
    last = next_month(month) - timedelta(days=1)
    return {
        "type": way,
        "timeframe": "Custom",
        "timePeriod": {"from": f"{month}T00:00:00Z", "to": f"{last}T23:59:59Z"},
        "dataset": {
            "granularity": "Daily",
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": name} for name in ("ResourceGroupName", "ServiceName")],
        },
    }


def _in_order(properties: Mapping[str, Any], subscription: str) -> Rows:
    """The rows with their cells in the order of `COLUMNS`; the answer says in which one they come."""
    rows = cast("Sequence[Sequence[Any]]", properties.get("rows") or [])
    names = [str(column.get("name")) for column in properties.get("columns") or []]
    missing = [name for name in COLUMNS if name not in names]
    if missing and (rows or names):
        raise FaultsError([_odd(subscription, f"no column {', '.join(missing)}")])
    return [[row[names.index(name)] for name in COLUMNS] for row in rows]


def _sums(rows: Rows, subscription: str) -> tuple[Sum, ...]:
    try:
        return tuple(
            Sum(
                day=datetime.strptime(str(day)[:8], "%Y%m%d").replace(tzinfo=UTC).date(),
                group=str(group).lower(),
                service=str(service),
                currency=str(currency),
                cost=Decimal(str(cost)),
            )
            for cost, day, group, service, currency in rows
        )
    except (ValueError, ArithmeticError) as error:
        raise FaultsError([_odd(subscription, f"a row that cannot be read ({error})")]) from None


def _not_allowed(subscription: str, said: str) -> Fault:
    return Fault(
        where=f"subscription {subscription}",
        what=f"its costs may not be read: {said.partition(chr(10))[0]}",
        allowed="who is signed in with the role Cost Management Reader on the subscription",
        next_step=f"az role assignment create --role 'Cost Management Reader' --scope /subscriptions/{subscription} "
        "--assignee WHO",
    )


def _unreached(subscription: str, said: str) -> Fault:
    what = f"its costs cannot be asked for: {said.partition(chr(10))[0]}"
    allowed = "a subscription of the tenant, and a way to management.azure.com"
    return Fault(where=f"subscription {subscription}", what=what, allowed=allowed, next_step="./cfctl preflight")


def _throttled(subscription: str, how: str) -> Fault:
    return Fault(
        where=f"subscription {subscription}",
        what=f"Azure does not answer, it throttles {how}",
        allowed="12 QPU in 10 seconds, 60 in a minute, 600 in an hour for all who ask in the tenant",
        next_step="the same command later, or an export, which has no such limit: ./cfctl cost import PATH",
    )


def _odd(subscription: str, what: str) -> Fault:
    return Fault(
        where=f"subscription {subscription}",
        what=f"the answer of the Cost Management API has {what}",
        allowed=f"columns {', '.join(COLUMNS)}",
        next_step="report it with the answer's file; an export says the same: ./cfctl cost import PATH",
    )

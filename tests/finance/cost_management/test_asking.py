"""The Cost Management API asked over HTTP: one question, every page, every limit, every refusal; nothing is guessed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from cidr import FaultsError
from finance.cost_management import CostManagement, Kept, Quota
from tests.finance.cost_management.query_server import COLUMNS, Early, Server, serving

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
MONTH = date(2026, 11, 1)
ROWS = [
    [12.345678901234567, 20261101, "rg-cf-westeu-dev-1", "Azure Database for PostgreSQL", "USD"],
    [0.1, 20261102, "RG-CF-WESTEU-DEV-1", "Storage", "USD"],
    [-3, 20261102, "", "Azure Monitor", "USD"],
]
QPU = "x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after"


class Credential:
    """Signed in, whatever is asked for."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("token", 4_000_000_000)


@dataclass
class Asking:
    """A client of one server, with a clock that sleeping moves."""

    server: Server
    directory: Path
    now: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list[float])
    said: list[str] = field(default_factory=list[str])

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def client(self) -> CostManagement:
        return CostManagement(
            Credential(),
            Quota(self.directory / "quota.json", clock=lambda: self.now, sleep=self.sleep),
            Kept(self.directory / "kept", clock=lambda: self.now),
            endpoint=self.server.url,
            sleep=self.sleep,
            say=self.said.append,
        )

    def ask(self, way: Any = "ActualCost") -> Any:
        with self.client() as client:
            return client.sums(SUBSCRIPTION, MONTH, way)

    def refused(self) -> str:
        with pytest.raises(FaultsError) as refusal:
            self.ask()
        (fault,) = refusal.value.faults
        return f"{fault.where}: {fault.what}; {fault.allowed}; {fault.next_step}"


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    with serving(Server(rows={"ActualCost": ROWS, "AmortizedCost": ROWS[:1]})) as server:
        yield Asking(server, tmp_path)


def test_one_grouped_question_gives_a_subscriptions_month(asking: Asking) -> None:
    """By day, group and service, with the currency; who asks says so."""
    found = asking.ask().sums
    (asked,) = asking.server.asked
    assert asked.subscription == SUBSCRIPTION
    assert asked.body["dataset"]["granularity"] == "Daily"
    assert [it["name"] for it in asked.body["dataset"]["grouping"]] == ["ResourceGroupName", "ServiceName"]
    assert asked.body["timePeriod"] == {"from": "2026-11-01T00:00:00Z", "to": "2026-11-30T23:59:59Z"}
    assert asked.headers["clienttype"] == "complianceflow-cfctl"
    assert asked.headers["authorization"] == "Bearer token"
    assert [(it.day, it.group, it.currency) for it in found] == [
        (date(2026, 11, 1), "rg-cf-westeu-dev-1", "USD"),
        (date(2026, 11, 2), "rg-cf-westeu-dev-1", "USD"),
        (date(2026, 11, 2), "", "USD"),
    ]


def test_numbers_are_exactly_those_that_were_sent(asking: Asking) -> None:
    """Every digit of the text: the client's own model would make binary fractions of them."""
    assert [it.cost for it in asking.ask().sums] == [Decimal("12.345678901234567"), Decimal("0.1"), Decimal(-3)]


def test_every_page_is_asked_for_with_the_same_question(asking: Asking) -> None:
    """A long answer that ends with its first page would be a smaller bill."""
    asking.server.page = 1
    assert len(asking.ask().sums) == 3
    assert [it.token for it in asking.server.asked] == ["", "1", "2"]
    assert len({json.dumps(it.body) for it in asking.server.asked}) == 1


def test_a_link_that_leads_back_is_told(asking: Asking) -> None:
    """It would add the same charges for ever."""
    asking.server.endless = True
    assert "same page again" in asking.refused()


def test_cells_are_told_by_the_names_of_their_columns(asking: Asking) -> None:
    """In whatever order they come."""
    asking.server.columns = [COLUMNS[index] for index in (4, 3, 2, 1, 0)]
    asking.server.rows = {"ActualCost": [row[::-1] for row in ROWS]}
    assert [it.cost for it in asking.ask().sums] == [Decimal("12.345678901234567"), Decimal("0.1"), Decimal(-3)]


def test_a_missing_column_and_a_row_that_is_none_are_told(asking: Asking) -> None:
    """Nothing is taken for zero, and nothing of it is kept."""
    asking.server.columns = COLUMNS[:4]
    assert "no column Currency" in asking.refused()
    asking.server.columns = list(COLUMNS)
    asking.server.rows = {"ActualCost": [["dear", 20261101, "rg", "Storage", "USD"]]}
    assert "a row that cannot be read" in asking.refused()
    asking.server.rows = {"ActualCost": ROWS}
    assert len(asking.ask().sums) == 3


def test_a_month_without_charges_is_empty(asking: Asking) -> None:
    """Azure answers 204 for a scope that it has no data of."""
    asking.server.first = [(204, {}, b"")]
    assert asking.ask().sums == ()


def limited(**headers: str) -> Early:
    body = b'{"error": {"code": "429", "message": "Too many requests. Please retry."}}'
    return (429, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({QPU: "12"}, 12),
        ({"x-ms-ratelimit-microsoft.costmanagement-QPU-Retry-After": "7"}, 7),
        ({"x-ms-ratelimit-microsoft.costmanagement-entity-retry-after": "30", QPU: "12", "Retry-After": "5"}, 30),
        ({"x-ms-ratelimit-microsoft.costmanagement-clienttype-retry-after": "41"}, 41),
        ({"x-ms-ratelimit-microsoft.consumption-retry-after": "9"}, 9),
        ({"Retry-After": "3"}, 3),
        ({"x-ms-retry-after-ms": "2500"}, 2.5),
        ({}, 10),
        ({QPU: "soon"}, 10),
    ],
)
def test_it_waits_as_long_as_the_longest_limit_asks(asking: Asking, headers: dict[str, str], waits: float) -> None:
    """Every header of the family, in any case, and the documented window where there is none."""
    asking.server.first = [limited(**headers)]
    assert len(asking.ask().sums) == 3
    assert asking.slept == [waits]
    assert len(asking.server.asked) == 2
    assert "asks to wait" in asking.said[0]


def test_without_a_word_it_waits_longer_each_time(asking: Asking) -> None:
    """And gives up after the fifth answer, saying what has no such limit."""
    asking.server.first = [limited() for _ in range(5)]
    told = asking.refused()
    assert asking.slept == [10, 20, 40, 80]
    assert "it throttles" in told
    assert "./cfctl cost import PATH" in told


def test_who_must_wait_for_an_hour_is_told_at_once(asking: Asking) -> None:
    """Nobody sits before a terminal for so long."""
    asking.server.first = [limited(**{QPU: "3600"})]
    assert "for 3600 s more" in asking.refused()
    assert asking.slept == []


def test_a_service_that_is_away_is_asked_again(asking: Asking) -> None:
    """503 is Azure's word for later."""
    asking.server.first = [(503, {"Retry-After": "4"}, b"{}")]
    assert len(asking.ask().sums) == 3
    assert asking.slept == [4]


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_read_costs_is_told_the_role(asking: Asking, status: int) -> None:
    """At once: asking again gives no right."""
    asking.server.first = [(status, {}, b'{"error": {"code": "RBACAccessDenied", "message": "no access"}}')]
    told = asking.refused()
    assert "Cost Management Reader" in told
    assert SUBSCRIPTION in told
    assert len(asking.server.asked) == 1


def test_what_azure_refuses_is_told_in_its_words(asking: Asking) -> None:
    """A subscription that is none, a question that it does not take."""
    asking.server.first = [(404, {}, b'{"error": {"code": "SubscriptionNotFound", "message": "it was not found"}}')]
    assert "it was not found" in asking.refused()


def test_an_answer_is_kept_for_as_long_as_azure_has_nothing_newer(asking: Asking) -> None:
    """Four hours; each way of counting for itself."""
    first = asking.ask()
    again = asking.ask()
    assert (first.asked, again.asked, again.sums, again.given) == (True, False, first.sums, first.given)
    assert len(asking.ask("AmortizedCost").sums) == 1
    assert len(asking.server.asked) == 2
    asking.now += 4 * 3600
    assert asking.ask().asked
    assert len(asking.server.asked) == 3


def test_a_kept_answer_that_is_damaged_is_asked_for_again(asking: Asking) -> None:
    """Half a file is no answer."""
    asking.ask()
    (kept,) = (asking.directory / "kept").iterdir()
    kept.write_text(kept.read_text()[:40])
    assert asking.ask().asked


def test_questions_are_counted_before_they_are_asked(asking: Asking) -> None:
    """The seventh within ten seconds waits for the first to be ten seconds old."""
    asking.server.page = 1
    asking.server.rows = {"ActualCost": [ROWS[0]] * 8}
    asking.ask()
    assert asking.slept == [pytest.approx(10)]
    assert len(asking.server.asked) == 8

"""`cfctl cost fetch`: Azure's answers become charges of the ledger, counted once, or nothing is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError
from cli.failures import RefusedError
from cli.money.fetching import fetch
from cli.money.reports import ledger_of
from cli.options import PROJECT
from cli.screen import Screen
from finance.cost_management import CostManagement, NotSignedInError
from finance.ledger import Ledger
from sandbox.home import SandboxHome
from tests.finance.cost_management.query_server import Server, serving
from tests.finance.cost_management.test_asking import Credential

MONTH = "2026-10"
GROUP = "rg-cf-westeu-dev-1"
BILLED = [
    [12.5, 20261001, GROUP, "Azure Database for PostgreSQL", "USD"],
    [0.25, 20261002, GROUP, "Storage", "USD"],
    [100.0, 20261003, "", "Azure Monitor", "USD"],
]
AMORTISED = [[7.5, 20261001, GROUP, "Azure Database for PostgreSQL", "USD"], [3.0, 20261009, GROUP, "Storage", "USD"]]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server(rows={"ActualCost": BILLED, "AmortizedCost": AMORTISED})) as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> SandboxHome:
    return SandboxHome(tmp_path / "home")


def run(home: SandboxHome, server: Server, month: str | None = MONTH) -> int:
    def api(_: str, *parts: Any) -> CostManagement:
        quota, kept, say = parts
        return CostManagement(Credential(), quota, kept, endpoint=server.url, sleep=lambda _: None, say=say)

    return fetch(Screen.open(), home, PROJECT, month=month, api=api)


def charges(home: SandboxHome, question: str) -> list[tuple[Any, ...]]:
    with Ledger.open(ledger_of(home)) as ledger:
        return ledger.connection.execute(question).fetchall()


def test_every_subscription_is_asked_twice_and_no_deployment_by_itself(home: SandboxHome, server: Server) -> None:
    """Billed and amortised: the tenant's quota does not grow with the platform."""
    assert run(home, server) == 0
    asked = [(it.subscription, it.body["type"]) for it in server.asked]
    assert len(asked) == len(set(asked)) == 2 * len({subscription for subscription, _ in asked})


def test_both_ways_of_counting_are_in_one_row(home: SandboxHome, server: Server) -> None:
    """What only one of the answers has is nothing in the other, and totals are those of the answers."""
    run(home, server)
    subscriptions = len({it.subscription for it in server.asked})
    ((billed, amortised, rows),) = charges(home, "SELECT sum(BilledCost), sum(EffectiveCost), count(*) FROM costs")
    assert (billed, amortised) == (Decimal("112.75") * subscriptions, Decimal("10.5") * subscriptions)
    assert rows == 4 * subscriptions
    groups = charges(home, "SELECT DISTINCT x_ResourceGroup, x_Source, ServiceCategory FROM costs ORDER BY ALL")
    assert groups == [
        ("", "query", "Management and Governance"),
        (GROUP, "query", "Databases"),
        (GROUP, "query", "Storage"),
    ]


def test_asked_again_it_counts_once_and_asks_nobody(home: SandboxHome, server: Server) -> None:
    """The answers are kept for four hours; a newer one takes the older one's place."""
    run(home, server)
    before = len(server.asked)
    first = charges(home, "SELECT sum(BilledCost) FROM costs")
    run(home, server)
    assert len(server.asked) == before
    assert charges(home, "SELECT sum(BilledCost) FROM costs") == first


def test_what_such_rows_lack_is_said(home: SandboxHome, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Who reads a report by tag must know why all is unallocated there."""
    run(home, server)
    assert "no resource, no tag, no meter" in capsys.readouterr().err


def test_a_refusal_writes_nothing(home: SandboxHome, server: Server) -> None:
    """One subscription may not be read: the others are not taken for the whole."""
    fine = [(200, {}, b'{"properties": {"rows": [], "columns": []}}')] * 2
    server.first = [*fine, (403, {}, b'{"error": {"code": "RBACAccessDenied", "message": "no access"}}')]
    with pytest.raises(FaultsError, match="Cost Management Reader"):
        run(home, server)
    assert not ledger_of(home).exists()
    assert not (home.root / "costs" / "queries").exists()


def test_without_a_sign_in_it_is_refused(home: SandboxHome, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to type."""

    def nobody(*_: object) -> None:
        raise NotSignedInError("no credential has a token")

    monkeypatch.setattr(CostManagement, "sums", nobody)
    with pytest.raises(RefusedError) as refusal:
        run(home, server)
    assert refusal.value.fault.next_step == "az login"


def test_a_month_to_come_is_refused(home: SandboxHome, server: Server) -> None:
    """Nobody was charged for it yet."""
    with pytest.raises(FaultsError, match="has not begun"):
        run(home, server, f"{datetime.now(UTC).year + 1}-01")
    assert server.asked == []

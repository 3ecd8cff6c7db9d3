"""`cfctl cost report` and `cost close`: a month from its import to its frozen pack; and what is known of lives."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.money import following_inputs
from cli.money.following_inputs import Gathering, budgets_of
from cli.money.lives import lifetime_of, teardowns_of
from cli.money.metering import Story
from cli.money.reports import month_of
from cli.run_records import journals_of, notes_of, receipts_of
from finance.following.inputs import Followed, Inputs
from finance.ledger import Ledger
from finance.metering import Stood
from finance.money import Money
from lifecycle.ends.notes import Extended
from lifecycle.journal import Journals
from lifecycle.receipts import receipt_of
from stacks import load_stack, stack_file
from tests.cli.in_process import InProcess

DEV = "00000000-0000-0000-0000-0000000000d1"
GROUP = "rg-cf-westeu-dev-1"
REDIS = {
    "urn": "urn:pulumi:westeu-dev-1::complianceflow::azure-native:redisenterprise:RedisEnterprise::cache",
    "type": "azure-native:redisenterprise:RedisEnterprise",
    "custom": True,
    "id": f"/subscriptions/{DEV}/resourceGroups/{GROUP}/providers/Microsoft.Cache/redisEnterprise/redis",
    "inputs": {"sku": {"name": "Balanced_B0"}, "location": "westeurope", "clusterName": "redis"},
}
PASSPHRASE = {"type": "passphrase", "state": {"salt": "v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA"}}
TODAY = datetime.now(UTC).date()
THIS = TODAY.replace(day=1)
LAST = (THIS - timedelta(days=1)).replace(day=1)


def export(path: Path, month: date, amounts: list[str], group: str = GROUP) -> Path:
    """A FOCUS file: a charge a day from the month's first on."""
    end = (month + timedelta(days=32)).replace(day=1)
    rows = [
        {
            "BilledCost": amount,
            "EffectiveCost": amount,
            "ListCost": amount,
            "ContractedCost": amount,
            "BillingCurrency": "USD",
            "BillingPeriodStart": f"{month}T00:00:00Z",
            "BillingPeriodEnd": f"{end}T00:00:00Z",
            "ChargePeriodStart": f"{month + timedelta(days=at)}T00:00:00Z",
            "ChargePeriodEnd": f"{month + timedelta(days=at + 1)}T00:00:00Z",
            "ChargeCategory": "Usage",
            "ChargeClass": "",
            "ChargeDescription": "a day",
            "PricingQuantity": "24",
            "PricingUnit": "1 Hour",
            "ListUnitPrice": "1",
            "RegionId": "westeurope",
            "ResourceId": f"/subscriptions/{DEV}/resourceGroups/{group}/providers/x/y/redis",
            "ResourceName": "redis",
            "ServiceCategory": "Databases",
            "ServiceName": "Redis Cache",
            "SkuId": "sku",
            "SkuMeter": "B0 Cache Instance",
            "SkuPriceId": "price",
            "SubAccountId": f"/subscriptions/{DEV}",
            "Tags": json.dumps({"Deployment": "westeu-dev-1"}),
            "x_ResourceGroupName": group,
        }
        for at, amount in enumerate(amounts)
    ]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def here(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    return InProcess.of(cfctl, request)


@pytest.fixture
def imported(here: InProcess, tmp_path: Path) -> InProcess:
    """Last month's charges are in the ledger."""
    ended = here("cost", "import", str(export(tmp_path / "bill.csv", LAST, ["1.000000000001", "2.5", "-0.25"])))
    assert ended.status == 0, ended.err
    return here


def billed(document: dict[str, Any], name: str = "company") -> Decimal:
    [line] = [line for line in document["report"]["lines"] if line["name"] == name]
    return Decimal(line["billed"]["amount"])


def test_a_month_is_reported_in_every_form(imported: InProcess, tmp_path: Path) -> None:
    """From one import to all files; the document has the report too, to the last digit."""
    month, out = f"{LAST:%Y-%m}", tmp_path / "out"
    ended = imported("cost", "report", "--month", month, "--format", "all", "--output", str(out), "--json")
    assert ended.status == 0, ended.err
    assert billed(ended.document) == billed(ended.document, "westeu-dev-1") == Decimal("3.250000000001")
    files = [Path(it) for it in ended.document["files"]]
    assert all(it.is_file() and it.is_relative_to(out) for it in files)
    assert {it.suffix for it in files} == {".html", ".xlsx", ".json", ".csv"}
    scenarios = {row["x_Scenario"] for row in csv.DictReader((out / "focus.csv").read_text().splitlines())}
    assert scenarios == {"actual", "budget"}


def test_a_person_is_shown_the_tables(imported: InProcess) -> None:
    """Sentences first; nothing is written."""
    ended = imported("cost", "report", "--month", f"{LAST:%Y-%m}")
    assert "westeu-dev-1" in ended.out
    assert "Deployments against their budgets" in ended.out
    assert "reconciled to the last digit" in ended.out
    assert not (imported.home.root / "costs" / "reports").exists()


def test_files_go_into_the_home_by_themselves(imported: InProcess) -> None:
    """And where they are is the last line."""
    ended = imported("cost", "report", "--month", f"{LAST:%Y-%m}", "--format", "html")
    page = imported.home.root / "costs" / "reports" / f"{LAST:%Y-%m}" / "report.html"
    assert ended.out.splitlines()[-1] == str(page)
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("command", [["cost", "report"], ["cost", "close", "--month", f"{LAST:%Y-%m}"]])
def test_without_an_import_there_is_nothing_to_say(here: InProcess, command: list[str]) -> None:
    """What to type is told."""
    ended = here(*command)
    assert ended.status == 2
    assert "no cost was imported here" in ended.err
    assert "./cfctl cost import PATH" in ended.err


@pytest.mark.parametrize(
    ("text", "what"), [("2026-13", "is no month"), ("november", "is no month"), ("2999-01", "has not begun")]
)
def test_a_month_that_is_none_is_refused(here: InProcess, text: str, what: str) -> None:
    """Before anything is read."""
    ended = here("cost", "report", "--month", text)
    assert (ended.status, what in ended.err) == (2, True)
    assert month_of("2026-02", datetime(2026, 11, 22, tzinfo=UTC)) == date(2026, 2, 1)


def test_a_closed_month_stays_and_corrections_stand_beside_it(imported: InProcess, tmp_path: Path) -> None:
    """The close, a charge that comes later, and a file that somebody changed."""
    month = f"{LAST:%Y-%m}"
    closed = imported("cost", "close", "--month", month, "--json")
    assert closed.status == 0, closed.err
    assert closed.document["charges"]["rows"] == 3
    again = imported("cost", "close", "--month", month)
    assert (again.status, closed.document["sha256"] in again.err) == (2, True)
    report = imported("cost", "report", "--month", month, "--json").document["report"]
    assert report["closed"] == closed.document["sha256"]

    later = export(tmp_path / "later.csv", LAST, ["1.000000000001", "2.5", "-0.25", "40"])
    assert imported("cost", "import", str(later), "--as", "bill").status == 0
    verified = imported("cost", "close", "--verify", "--json")
    assert verified.status == 0
    [pack] = verified.document["packs"]
    assert (pack["month"], pack["broken"], pack["corrected"]) == (month, [], True)
    told = imported("cost", "report", "--json").document["report"]["corrections"]
    assert [(it["line"], Decimal(it["billed"]["amount"]), it["counted"]) for it in told] == [
        ("westeu-dev-1", Decimal(40), False)
    ]

    page = Path(closed.document["pack"]) / "report.html"
    page.chmod(0o644)
    page.write_text("better figures")
    spoiled = imported("cost", "close", "--verify", "--month", month)
    assert spoiled.status == 1
    assert f"{page} was changed" in spoiled.out


def test_a_month_that_runs_is_not_closed(imported: InProcess) -> None:
    """Nor is one that nobody named, or that was never closed and is to be verified."""
    assert "is not over" in imported("cost", "close", "--month", f"{THIS:%Y-%m}").err
    assert "no month is named" in imported("cost", "close").err
    assert "is not closed" in imported("cost", "close", "--verify", "--month", f"{LAST:%Y-%m}").err
    assert "no month is closed here" in imported("cost", "close", "--verify").out


def test_the_commands_of_the_guide_run(imported: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, with last month for the months that stand there."""
    monkeypatch.chdir(tmp_path)
    guide = (imported.cfctl.project / "docs" / "guides" / "cost-report.md").read_text()
    commands = re.findall(r"^\$ \./cfctl (.*)$", guide, re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["report", "report", "report", "close", "close"]
    for command in commands:
        ended = imported(*re.sub(r"2026-1[01]", f"{LAST:%Y-%m}", command).split())
        assert ended.status == 0, ended.err
    assert (tmp_path / "november" / "report.xlsx").is_file()
    assert (imported.home.root / "costs" / "closed" / f"{LAST:%Y-%m}" / "report.html").is_file()


def test_budgets_are_those_of_the_stack_files(cfctl: Any) -> None:
    """Each deployment's, each environment's as the account has it, and the sum of those."""
    found = budgets_of([load_stack(name, cfctl.project) for name in ("westeu-dev-1", "global-prod", "account")])
    assert found["westeu-dev-1"] == Money(Decimal(200), "USD")
    assert found["global-prod"] == Money(Decimal(1000), "USD")
    assert found["dev"] == Money(Decimal(550), "USD")
    assert found["company"] == found["dev"] + found["stg"] + found["prod"]
    assert stack_file("account", cfctl.project).is_file()


AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def run(home: Any, kind: Any, began: datetime, hours: int, *, end: bool = True, price: str = "") -> None:
    """A run's journal, and its receipt where it came to its end."""
    times = iter([began, began, began + timedelta(hours=hours)])
    journal = Journals(home.root / "runs", lambda: next(times)).begin("westeu-dev-1", kind)
    journal.begin_step("preflight")
    evidence = {"price": {"amount": price, "currency": "USD", "unpriced": 0}} if price else {}
    journal.end_step("preflight", evidence, 1.0)
    if end:
        journal.end("succeeded")
        receipts_of(home).keep(receipt_of(journal))


def test_lives_are_those_of_the_journals(here: InProcess) -> None:
    """From the up that made it to the end of the down; an up again and a down that was cut off change nothing."""
    run(here.home, "up", AT, 1)
    run(here.home, "up", AT + timedelta(days=1), 1)
    run(here.home, "down", AT + timedelta(days=2), 1, end=False)
    found = lifetime_of(here.home, "westeu-dev-1", None)
    assert found
    assert found.lived == ((AT, None),)
    run(here.home, "down", AT + timedelta(days=3), 2, price="365")
    run(here.home, "up", AT + timedelta(days=5), 1)
    found = lifetime_of(here.home, "westeu-dev-1", None)
    assert found
    assert [begun for begun, _ in found.lived] == [AT, AT + timedelta(days=5)]
    assert found.lived[0][1] == found.lived[1][0] - timedelta(days=2) + timedelta(hours=2)
    [teardown] = teardowns_of(here.home, "westeu-dev-1")
    assert teardown.per_day == Money(Decimal("12.00"), "USD")
    assert journals_of(here.home).of("eastus-dev-1") == []
    assert lifetime_of(here.home, "eastus-dev-1", None) is None


def test_what_was_meant_is_the_first_end(here: InProcess) -> None:
    """An end that was put off twice: the reasons are told, and what was planned is what it was made with."""
    run(here.home, "up", AT, 1)
    first, second, third = (f"2026-11-0{day}T08:00:00Z" for day in (4, 5, 6))
    for before, after, reason in ((first, second, "load test of Contoso"), (second, third, "once more")):
        note = Extended(at=before, who="Acme administrator", by="24h", reason=reason, before=before, after=after)
        notes_of(here.home).done("westeu-dev-1", note)
    found = lifetime_of(here.home, "westeu-dev-1", datetime.fromisoformat(third))
    assert found
    assert found.planned == ((AT, datetime.fromisoformat(first)),)
    assert (found.extensions, found.why) == (2, "by 24h (load test of Contoso), by 24h (once more)")


def gathered(here: InProcess, rows: list[dict[str, Any]], said: list[str]) -> Inputs:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with Ledger.of_rows(rows) as ledger:
        return Gathering(home=here.home, project=here.cfctl.project, notice=said.append, now=now).inputs(ledger)


def one(inputs: Inputs, name: str = "westeu-dev-1") -> Followed:
    [found] = [it for it in inputs.followed if it.name == name]
    return found


def charge(day: int, group: str) -> dict[str, Any]:
    return {
        "SubAccountId": DEV,
        "ChargePeriodStart": date(2026, 11, day),
        "BilledCost": Decimal(1),
        "x_ResourceGroup": group,
    }


def test_groups_are_known_by_their_names(here: InProcess) -> None:
    """Those that Azure keeps for a deployment too; another platform's and those of no deployment are nobody's."""
    rows = [charge(3, it) for it in (f"{GROUP}-apps", "rg-zz-westeu-dev-1-apps", "rg-playground", "rg-cf-state")]
    inputs = gathered(here, rows, [])
    assert one(inputs).groups == (GROUP, f"{GROUP}-apps")
    assert one(inputs, "account").groups == ("rg-cf-state",)
    assert {group for it in inputs.followed for group in it.groups}.isdisjoint({"rg-playground", "rg-zz-westeu-dev-1"})


def test_journals_that_tell_another_time_are_not_believed(here: InProcess) -> None:
    """`cost meter --as-if-since` charges days on which nothing ran here: said, and the life is not known."""
    run(here.home, "up", AT, 1)
    said: list[str] = []
    assert one(gathered(here, [charge(2, GROUP)], said)).lifetime is not None
    assert said == []
    assert one(gathered(here, [charge(1, GROUP)], said)).lifetime is None
    assert "before its first run here" in said[0]


def test_the_plan_is_the_estimate_of_what_stands(here: InProcess) -> None:
    """By the ids of Azure, so that charges find it; what was never up has none."""
    here.write_state("westeu-dev-1", {"resources": [REDIS], "secrets_providers": PASSPHRASE})
    inputs = gathered(here, [charge(3, GROUP)], [])
    plan = one(inputs).plan
    assert plan
    assert {item.resource for item in plan.items} == {str(REDIS["id"]).lower()}
    assert sum(item.cost for item in plan.items) == plan.month.expected.amount > 0
    assert one(inputs, "eastus-dev-1").plan is None


def test_what_is_gone_is_planned_as_it_stood_last(here: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the stand-in's meter, as it was when its teardown began; what went before that is not counted."""
    run(here.home, "up", AT, 1)
    run(here.home, "down", AT + timedelta(days=3), 1)
    stood = [
        Stood(id=f"{REDIS['id']}{name}", type=REDIS["type"], inputs=REDIS["inputs"], begun=AT, ended=AT + life)
        for name, life in (("", timedelta(days=3, hours=1)), ("-old", timedelta(days=1)))
    ]
    story = Story(of={"westeu-dev-1": tuple(stood)}, nobody=(), since=None, begun=AT)
    monkeypatch.setattr(following_inputs, "story_of", lambda *_: story)
    plan = one(gathered(here, [charge(3, GROUP)], [])).plan
    assert plan
    assert {item.resource for item in plan.items} == {str(REDIS["id"]).lower()}

"""`cfctl cost`, the price in previews and summaries, and prod kept from a price that nobody approved."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cidr import FaultsError
from cidr.yaml_source import REPOSITORY
from cli.documents import CostDocument
from cli.failures import RefusedError
from cli.money import price_refresh
from cli.money.run_prices import Prices, Pricing
from cli.presentation import price_lines
from cli.screen import Screen
from finance.prices import SHEET, load_sheet
from finance.prices.terms import NO_TERMS
from sandbox.engine.model.state import ResourceState, StackState
from tests.cli.in_process import InProcess
from tests.finance.prices_server import Prices as PriceServer
from tests.finance.prices_server import row, serving
from tests.finance.recording import load

DEAR = {"sku": {"name": "Balanced_B50"}, "location": "westeurope", "clusterName": "redis"}
"""2,184.16 a month with its two nodes."""
PROGRAM = """
import pulumi
from pulumi_azure_native import Provider, redisenterprise, resources

settings = pulumi.Config().require_object("settings")
azure = pulumi.ResourceOptions(provider=Provider("azure", subscription_id=settings["subscription_id"]))
name = f"rg-cf-{pulumi.get_stack()}"
group = resources.ResourceGroup("group", resource_group_name=name, location="westeurope", opts=azure)
redisenterprise.RedisEnterprise(
    "cache",
    cluster_name=f"redis-cf-{pulumi.get_stack()}",
    resource_group_name=group.name,
    location="westeurope",
    high_availability="Enabled",
    minimum_tls_version="1.2",
    public_network_access="Disabled",
    sku=redisenterprise.SkuArgs(name="Balanced_B50"),
    opts=azure,
)
"""


def state_of(deployment: str, *more: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """A state of the recorded resources, and of these (type, name, inputs)."""
    rows = [(it.type, it.name, dict(it.inputs.values)) for it in load(deployment)]
    return {
        "resources": [
            {
                "urn": f"urn:pulumi:{deployment}::complianceflow::{type_}::{name}",
                "type": type_,
                "custom": True,
                "id": "there",
                "inputs": inputs,
            }
            for type_, name, inputs in [*rows, *more]
        ]
    }


@pytest.fixture
def run(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    """Commands in this process."""
    return InProcess.of(cfctl, request)


def test_an_estimate_of_what_is_up_says_the_same_to_people_and_programs(run: InProcess) -> None:
    """Figures, share of the budget, and every resource with its lines."""
    run.write_state("global-dev", state_of("global-dev"))
    document = run("cost", "estimate", "global-dev", "--json").document
    (found,) = document["estimates"]
    cost = found["cost"]
    assert (found["deployment"], found["basis"], cost["budget"], cost["over"]) == ("global-dev", "up", "150.00", True)
    assert Decimal(cost["low"]) < Decimal(cost["expected"]) < Decimal(cost["high"])
    assert {it["kind"] for it in found["resources"]} == {"fixed", "usage", "free"}
    shown = run("cost", "estimate", "global-dev").out
    for word in (cost["low"], cost["expected"], cost["high"], f"{cost['share']} % over"):
        assert word in shown
    lines = run("cost", "estimate", "global-dev", "--lines").out
    assert "registry-premium: Premium" in lines
    assert "hubs-standard-unit: 1 throughput unit" in lines


def test_of_several_the_sum_is_told(run: InProcess) -> None:
    """Of the exact amounts, not of the rounded ones."""
    for name in ("global-dev", "westeu-dev-1"):
        run.write_state(name, state_of(name))
    document = run("cost", "estimate", "global-dev", "westeu-dev-1", "--json").document
    parts = [Decimal(it["cost"]["expected"]) for it in document["estimates"]]
    assert abs(Decimal(document["total"]["expected"]) - sum(parts)) <= Decimal("0.01")
    assert "together" in run("cost", "estimate", "global-dev", "westeu-dev-1").out


def test_what_has_no_price_is_listed_with_the_reason(run: InProcess) -> None:
    """In words and in the document, whatever else is asked for."""
    machine = ("azure-native:compute:VirtualMachine", "machine", {})
    run.write_state("global-dev", state_of("global-dev", machine))
    shown = run("cost", "estimate", "global-dev").out
    assert "unpriced  machine  compute:VirtualMachine: compute:VirtualMachine has no row" in shown
    document = run("cost", "estimate", "global-dev", "--json").document
    assert document["estimates"][0]["cost"]["unpriced"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cost", "estimate"], "no deployment is named"),
        (["cost", "estimate", "westeu-dev-99x"], "westeu-dev-99x"),
        (["cost", "estimate", "asia-*"], "no deployment with a stack file matches"),
        (["cost", "estimate", "account"], "priced by its state alone"),
        (["cost", "diff", "account"], "priced by its state alone"),
        (["cost", "diff", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_priced_is_refused_in_words(words: list[str], said: str, run: InProcess) -> None:
    """Status 2, nothing begun."""
    ended = run(*words)
    assert ended.status == 2
    assert said in ended.err


def test_a_refresh_asks_for_every_price_and_a_dry_run_writes_nothing(run: InProcess) -> None:
    """Through the entrance, against a server on this machine; the sheet of the repository stays as it is."""
    before = SHEET.read_bytes()
    with serving(PriceServer([row(retailPrice=0.5)])) as prices:
        ended = run("cost", "prices", "refresh", "--dry-run", "--json", COMPLIANCEFLOW_PRICES_ENDPOINT=prices.url)
    asked = ended.document["asked"]
    assert SHEET.read_bytes() == before
    assert not ended.document["written"]
    assert len(asked) == sum(len(meter.prices) for meter in load_sheet().meters)
    changed = [it for it in asked if it["outcome"] == "changed"]
    assert [(it["meter"], it["region"], it["before"], it["after"]) for it in changed] == [
        ("redis-b0", "westeurope", "0.019", "0.5")
    ]
    assert len(prices.asked) < len(asked)


def test_a_refresh_writes_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the sheet can be read afterwards."""
    path = tmp_path / "sheet.yaml"
    path.write_bytes(SHEET.read_bytes())
    with serving(PriceServer([row(retailPrice=0.5)])) as prices:
        monkeypatch.setenv(price_refresh.ENDPOINT, prices.url)
        price_refresh.refresh(Screen.open(as_json=True), dry_run=False, path=path)
    found = load_sheet(path).by_key["redis-b0"].prices
    assert found["westeurope"].steps == ((0, Decimal("0.5")),)
    assert found["westeurope"].source.startswith("api-")
    assert found["eastus"].source == "retail"


@pytest.mark.slow
def test_a_price_list_that_does_not_answer_changes_nothing(run: InProcess) -> None:
    """The address and the next step are told."""
    ended = run("cost", "prices", "refresh", COMPLIANCEFLOW_PRICES_ENDPOINT="http://127.0.0.1:9/x y")
    assert ended.status == 2
    assert "the Retail Prices API did not answer" in ended.err


def planned(deployment: str, inputs: dict[str, Any]) -> StackState:
    """A plan of one cache."""
    urn = f"urn:pulumi:{deployment}::complianceflow::azure-native:redisenterprise:RedisEnterprise::cache"
    return StackState([ResourceState(urn, "azure-native:redisenterprise:RedisEnterprise", custom=True, inputs=inputs)])


@pytest.fixture
def pricing(cfctl: Any) -> Any:
    """Prices around a run, in a home where nothing is up."""
    cfctl.home.prepare()
    return lambda deployment: Pricing(deployment, cfctl.home, REPOSITORY, print)


def test_a_price_of_prod_above_budget_and_approval_is_refused(pricing: Any) -> None:
    """With the price, the budget, and the three ways on."""
    with pytest.raises(RefusedError) as raised:
        pricing("global-prod").admit(planned("global-prod", DEAR), "")
    fault = raised.value.fault
    assert fault.what == (
        "global-prod would cost 2,184.16 USD a month expected, 218.4 % of the budget of 1,000.00 USD, "
        "and nobody approved that"
    )
    assert "--approve-cost REASON" in fault.allowed
    assert "finance/shortfalls.yaml" in fault.allowed


def test_a_reason_admits_it_and_is_kept_for_the_log(pricing: Any) -> None:
    """With the price that it admitted."""
    line = pricing("global-prod").admit(planned("global-prod", DEAR), "load test of Contoso")
    assert line.endswith("approved with --approve-cost: load test of Contoso")
    assert "2,184.16 USD" in line


@pytest.mark.parametrize(
    ("deployment", "size"),
    [("global-dev", "Balanced_B50"), ("westeu-prod-1", "Balanced_B50"), ("global-prod", "Balanced_B10")],
)
def test_dev_and_what_fits_pass_without_a_word(deployment: str, size: str, pricing: Any) -> None:
    """In dev it only warns; 2,184 fit the 5,000 of a prod regional, 548 the 1,000 of the global."""
    assert pricing(deployment).admit(planned(deployment, {**DEAR, "sku": {"name": size}}), "") is None


def test_what_does_not_get_dearer_is_never_refused(cfctl: Any, pricing: Any) -> None:
    """The way back under a budget is a price above it too."""
    cache = ("azure-native:redisenterprise:RedisEnterprise", "cache", DEAR)
    cfctl.write_state("global-prod", state_of("global-prod", cache))
    assert pricing("global-prod").admit(planned("global-prod", DEAR), "") is None


def test_prices_in_another_currency_than_the_budget_are_refused_before_the_run(
    pricing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words, and with what to write; no rate is made up."""
    euros = Prices.read().sheet.model_copy(update={"currency": "EUR"})
    monkeypatch.setattr(Prices, "read", lambda: Prices(euros, NO_TERMS, {}))
    with pytest.raises(FaultsError) as raised:
        pricing("westeu-dev-1")
    assert "EUR and USD are two currencies" in raised.value.faults[0].what
    assert raised.value.faults[0].where == "finance/prices/sheet.yaml currency"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ["12.30 USD a month expected (1.00 to 45.60 by use)", "6.2 % of the budget of 200.00"]),
        ({"difference": "1.00"}, ["12.30 USD a month expected (1.00 to 45.60 by use), +1.00 against before"]),
        ({"difference": "-1.00"}, ["12.30 USD a month expected (1.00 to 45.60 by use), -1.00 against before"]),
        (
            {"over": True, "share": "150.0", "approved": "300.00"},
            ["", "over budget: 150.0 % of the budget of 200.00; approved up to 300.00 (finance/shortfalls.yaml)"],
        ),
        ({"budget": None, "share": None}, ["12.30 USD a month expected (1.00 to 45.60 by use)"]),
        ({"unpriced": 3}, ["", "", "3 without a price, in no figure: ./cfctl cost estimate lists them"]),
    ],
)
def test_a_summary_says_price_change_and_share(changed: dict[str, Any], said: list[str]) -> None:
    """In at most three lines."""
    cost = {
        "currency": "USD",
        "low": "1.00",
        "expected": "12.30",
        "high": "45.60",
        "difference": None,
        "budget": "200.00",
        "share": "6.2",
        "over": False,
        "approved": None,
        "unpriced": 0,
        "sheet": "2026-11-22",
    }
    lines = price_lines(CostDocument(**{**cost, **changed}), planned=False)  # type: ignore[arg-type]
    assert len(lines) >= len(said)
    assert all(line == wanted for line, wanted in zip(lines, said, strict=False) if wanted)


def test_a_plan_knows_the_network_of_a_peering_by_its_neighbours() -> None:
    """In a first preview its name and id are not known yet, and its subnets stand between them."""
    network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/vnet-cf-global-dev"
    state = StackState(
        [
            ResourceState(
                "urn:pulumi:global-dev::p::azure-native:network:VirtualNetwork::net",
                "azure-native:network:VirtualNetwork",
                custom=True,
                id=network,
                inputs={"virtualNetworkName": "vnet-cf-global-dev", "location": "westeurope"},
            ),
            ResourceState(
                "urn:pulumi:global-dev::p::azure-native:network:Subnet::sub",
                "azure-native:network:Subnet",
                custom=True,
                id=f"{network}/subnets/a",
            ),
            ResourceState(
                "urn:pulumi:global-dev::p::azure-native:network:VirtualNetworkPeering::peer",
                "azure-native:network:VirtualNetworkPeering",
                custom=True,
                inputs={
                    "virtualNetworkName": None,
                    "remoteVirtualNetwork": {"id": network.replace("global-dev", "eastus-dev-1")},
                },
                property_dependencies={
                    "virtualNetworkName": [
                        "urn:pulumi:global-dev::p::azure-native:network:Subnet::sub",
                        "urn:pulumi:global-dev::p::azure-native:network:VirtualNetwork::net",
                    ]
                },
            ),
        ]
    )
    found = Prices.read().of_plan("global-dev", state)
    assert found.counts["unpriced"] == 0
    (peering,) = found.of_kind("usage")
    assert {line.meter for line in peering.lines} == {"peering-abroad-in", "peering-abroad-out"}


def examples(text: str) -> list[list[str]]:
    """The words of every command line in a page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line.removeprefix("$ ./cfctl ").split() for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_every_example_of_the_guide_runs(run: InProcess) -> None:
    """docs/guides/money.md: nothing is up, so plans are priced; prices are asked of this machine."""
    commands = examples((REPOSITORY / "docs" / "guides" / "money.md").read_text(encoding="utf-8"))
    assert len(commands) >= 4
    with serving(PriceServer([row()])) as prices:
        ends = [run(*words, COMPLIANCEFLOW_PRICES_ENDPOINT=prices.url) for words in commands]
    assert [(words, end.err) for words, end in zip(commands, ends, strict=True) if end.status] == []
    assert all("USD" in end.out for end in ends[:3])


@pytest.fixture
def dear(elsewhere: Any) -> Any:
    """Commands of a copy whose program is one dear cache."""
    cfctl = elsewhere()
    (cfctl.project / "__main__.py").unlink()
    (cfctl.project / "__main__.py").write_text(PROGRAM)
    return cfctl


@pytest.mark.slow
def test_prod_is_looked_at_before_it_is_brought_up(dear: Any) -> None:
    """Refused with nothing made; previewed with its price; with a reason brought up, and the log has the reason."""
    refused = dear("up", "global-prod", "--json")
    assert refused.status == 5
    assert "2,184.16 USD a month expected" in refused.document["errors"][0]["what"]
    assert dear("outputs", "global-prod", "--json").document["outputs"] == {}
    (previewed,) = dear("preview", "global-prod", "--json").document["runs"]
    assert (previewed["cost"]["expected"], previewed["cost"]["over"]) == ("2184.16", True)
    up = dear("up", "global-prod", "--json", "--approve-cost", "load test of Contoso")
    assert up.status == 0
    (ended,) = up.document["runs"]
    assert (ended["cost"]["expected"], ended["cost"]["difference"]) == ("2184.16", None)
    assert "approved with --approve-cost: load test of Contoso" in Path(ended["log"]).read_text()
    compared = dear("cost", "diff", "global-prod", "--json")
    assert json.loads(compared.out)["cost"]["difference"] == "0.00"


def test_dev_over_its_budget_is_warned_of_and_brought_up(dear: Any) -> None:
    """The summary says so."""
    ended = dear("up", "global-dev")
    assert ended.status == 0
    assert "over budget: 1456.1 % of the budget of 150.00" in ended.out

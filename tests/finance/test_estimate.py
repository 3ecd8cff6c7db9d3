"""The estimate of the recorded deployments: nothing left out, totals exact, differences told."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import ACCOUNT, FaultsError
from finance import Money
from finance.estimate import Estimate, Resource, compare, estimate, resources_of_export
from finance.estimate.estimating import KINDS
from finance.prices import load_sheet
from finance.prices.terms import NO_TERMS
from finance.ranges import Cost
from finance.usage import load_usage
from stacks import known_deployments
from tests.finance.recording import load, recorded, replayed

SHEET = load_sheet()
EVERY = [*map(str, known_deployments()), ACCOUNT]
DEV = load("westeu-dev-1")


def of(deployment: str, resources: list[Resource]) -> Estimate:
    """The estimate at the deployment's declared use."""
    return estimate(deployment, resources, SHEET, load_usage(deployment), NO_TERMS)


@pytest.mark.parametrize("deployment", EVERY)
def test_every_resource_of_the_platform_has_a_price_or_is_free(deployment: str) -> None:
    """All eleven and the account; each resource is of one of four kinds, and none is unpriced."""
    resources = load(deployment)
    found = of(deployment, resources)
    assert sum(found.counts[kind] for kind in KINDS) == len(found.priced) == len(resources)
    assert [(it.resource.name, it.why) for it in found.of_kind("unpriced")] == []
    assert found.total.low <= found.total.expected <= found.total.high


@pytest.mark.parametrize("deployment", EVERY)
def test_the_total_is_the_sum_of_all_lines_to_the_last_digit(deployment: str) -> None:
    """Added up once more, line by line."""
    found = of(deployment, load(deployment))
    lines = [line.cost for priced in found.priced for line in priced.lines if line.cost]
    for level in ("low", "expected", "high"):
        assert Money.total((cost.at(level) for cost in lines), "USD") == found.total.at(level)


def test_an_unpriced_resource_is_listed_and_in_no_figure() -> None:
    """A machine beside all the rest: the total stays, the list has it with the reason."""
    machine = Resource.of("urn::machine", "azure-native:compute:VirtualMachine", {})
    found = of("westeu-dev-1", [*DEV, machine])
    assert [(it.resource.name, it.kind) for it in found.of_kind("unpriced")] == [("machine", "unpriced")]
    assert found.total == of("westeu-dev-1", DEV).total


def test_of_a_resource_with_a_meter_that_has_no_price_the_others_are_still_counted() -> None:
    """And it is unpriced as a whole: its figure is not all of it."""
    server = {"sku": {"name": "Standard_D2xx_v9"}, "storage": {"storageSizeGB": 100}, "location": "westeurope"}
    found = of("westeu-dev-1", [Resource.of("urn::it", "azure-native:dbforpostgresql:Server", server)])
    assert found.counts["unpriced"] == 1
    assert found.total.low == Money(100 * Decimal("0.1369"), "USD")


def test_what_names_no_region_stands_where_its_deployment_does() -> None:
    """Front Door and its origin are global, and are priced in the region of the deployment's name."""
    vault = Resource.of("urn::it", "azure-native:keyvault:Vault", {"properties": {"sku": {"name": "standard"}}})
    assert [of(name, [vault]).priced[0].region for name in ("eastus-prod-1", "global-prod")] == ["eastus", "westeurope"]


def test_how_much_rests_on_derived_prices_is_told() -> None:
    """East US lacks some meters of its own; West Europe has them all but one for DNS."""
    east, west = (of(name, load(name)) for name in ("eastus-dev-1", "westeu-dev-1"))
    assert east.uncertain.expected > west.uncertain.expected
    assert east.uncertain.expected < east.total.expected


@given(st.data())
def test_a_difference_is_exactly_what_moved(data: st.DataObject) -> None:
    """Any resources taken from a deployment, and any added to it."""
    before = data.draw(st.lists(st.sampled_from(DEV), unique_by=lambda it: it.urn, max_size=20))
    after = data.draw(st.lists(st.sampled_from(DEV), unique_by=lambda it: it.urn, max_size=20))
    found = compare(of("westeu-dev-1", before), of("westeu-dev-1", after))
    total = Cost.zero("USD")
    for moved in found.moved:
        total += moved.cost
    assert total == found.total
    assert {moved.change for moved in found.moved} <= {"added", "removed"}


def test_a_change_of_size_is_told_with_what_it_costs() -> None:
    """Twice the vCores: the same resource, changed."""

    def server(size: str) -> list[Resource]:
        inputs = {"sku": {"name": size}, "storage": {"storageSizeGB": 64}, "location": "westeurope"}
        return [Resource.of("urn::it", "azure-native:dbforpostgresql:Server", inputs)]

    (moved,) = compare(
        of("westeu-stg-1", server("Standard_D2ds_v5")), of("westeu-stg-1", server("Standard_D4ds_v5"))
    ).moved
    assert moved.change == "changed"
    assert moved.cost.expected == Money(2 * 730 * Decimal("0.106"), "USD")


def test_a_resource_that_loses_its_price_is_told_though_its_cost_falls_to_nothing() -> None:
    """Else a saving would be shown that is none."""
    before = [Resource.of("urn::it", "azure-native:redisenterprise:RedisEnterprise", {"sku": {"name": "Balanced_B0"}})]
    after = [Resource.of("urn::it", "azure-native:redisenterprise:RedisEnterprise", {"sku": {"name": "Balanced_B9"}})]
    (moved,) = compare(of("westeu-dev-1", before), of("westeu-dev-1", after)).moved
    assert moved.shown.kind == "unpriced"


def test_recorded_resources_cost_what_the_real_ones_do() -> None:
    """What the recording leaves out no price hangs on: recording it once more changes nothing."""
    for deployment in ("global-prod", "westeu-dev-1"):
        resources = load(deployment)
        assert of(deployment, replayed(recorded(deployment, resources))).total == of(deployment, resources).total


EXPORT = {
    "deployment": {
        "resources": [
            {"urn": "a::s::p::pulumi:pulumi:Stack::s", "type": "pulumi:pulumi:Stack", "custom": False},
            {"urn": "a::p", "type": "pulumi:providers:azure-native", "custom": True},
            {"urn": "a::old", "type": "azure-native:keyvault:Vault", "custom": True, "delete": True, "inputs": {}},
            {"urn": "a::read", "type": "azure-native:keyvault:Vault", "custom": True, "external": True},
            {"urn": "a::new", "type": "azure-native:keyvault/v20241101:Vault", "custom": True, "inputs": {"a": 1}},
        ]
    }
}


def test_of_an_export_what_stands_is_priced_and_nothing_else() -> None:
    """Not the stack, its providers, what waits for deletion, what was only read."""
    (found,) = resources_of_export(EXPORT, "export.json")
    assert (found.name, found.kind) == ("new", "keyvault:Vault")


@pytest.mark.parametrize(
    "document",
    [{}, {"deployment": []}, {"deployment": {"resources": {}}}, {"deployment": {"resources": [{"urn": "a"}]}}],
)
def test_what_is_no_export_is_refused(document: dict[str, object]) -> None:
    """With the file's name, and what would be taken."""
    with pytest.raises(FaultsError, match="the export has") as raised:
        resources_of_export(document, "export.json")
    assert raised.value.faults[0].where == "export.json"

"""The network component: its subnets, their order, their groups."""

from itertools import pairwise

import pulumi
import pulumi_azure_native as azure_native
import pytest

from cidr import AddressPlan, load_map
from components.network.security_rules import Neighbours
from components.network.virtual_network import Network, NetworkArgs
from components.place import Place
from tests.components.recording import Recording, record

WORKSPACE = "/subscriptions/x/resourceGroups/y/providers/Microsoft.OperationalInsights/workspaces/log"
NEIGHBOURS = Neighbours(gateway=("10.0.6.0/24",), global_apps=("10.0.1.0/24",))


@pytest.fixture
def network(place: Place, plan: AddressPlan) -> Recording:
    """The network of westeu-dev-1, joined to global-dev."""

    def program() -> None:
        made = Network("network", NetworkArgs(place=place, plan=plan, workspace_id=WORKSPACE, neighbours=NEIGHBOURS))
        pulumi.export("ids", {"network": made.id, **made.subnet_ids})

    return record(program)


def test_subnets_are_written_one_after_another(network: Recording, plan: AddressPlan) -> None:
    """Azure takes one write at a time on a network; each subnet waits for the one before it."""
    slots = [slot.name for slot in plan.subnets]
    for before, after in pairwise(slots):
        assert f"network-subnet-{before}" in network[f"network-subnet-{after}"].dependencies
    assert not any("subnet" in name for name in network[f"network-subnet-{slots[0]}"].dependencies)


def test_each_slot_of_the_plan_is_a_subnet_behind_its_own_group(network: Recording, plan: AddressPlan) -> None:
    """Address, delegation and group come from the map, the name from the conventions or from Azure."""
    for slot in plan.subnets:
        subnet = network[f"network-subnet-{slot.name}"].inputs
        assert subnet["addressPrefix"] == str(slot.network)
        assert subnet["subnetName"] == (slot.subnet_name or f"snet-cf-westeu-dev-1-{slot.name}")
        assert [one["serviceName"] for one in subnet.get("delegations", [])] == [slot.delegation] * bool(
            slot.delegation
        )
        assert subnet["networkSecurityGroup"]["id"].endswith(f"nsg-cf-westeu-dev-1-{slot.name}")


def test_no_subnet_has_a_way_out_by_default(network: Recording) -> None:
    """What leaves does so by a rule and a route of ours."""
    assert {one.inputs["defaultOutboundAccess"] for one in network.of_type("network:Subnet")} == {False}


def test_private_endpoints_obey_the_group_of_their_subnet(network: Recording) -> None:
    """Azure's default lets an endpoint pass its group; the subnets that hold endpoints say otherwise."""
    for slot in ("redis", "storage"):
        assert network[f"network-subnet-{slot}"].inputs["privateEndpointNetworkPolicies"] == "Enabled"


def test_the_network_leaves_subnets_and_peerings_alone(network: Recording) -> None:
    """Read back into the network's own properties by a refresh, they must not be undone by it."""
    vnet = network["network-vnet"]
    assert list(vnet.request.ignoreChanges) == ["subnets", "virtualNetworkPeerings"]
    assert not set(vnet.request.ignoreChanges) & set(vnet.inputs)


def test_group_rules_go_over_the_wire_with_one_property_for_one_end_and_another_for_several(
    place: Place, plan: AddressPlan
) -> None:
    """ARM takes sourceAddressPrefix or sourceAddressPrefixes, a rule with both or neither is refused."""
    many = Neighbours(gateway=("10.0.6.0/24", "10.1.6.0/24"), global_apps=("10.0.1.0/24",))

    def program() -> None:
        Network("network", NetworkArgs(place=place, plan=plan, workspace_id=WORKSPACE, neighbours=many))

    for group in record(program).of_type("network:NetworkSecurityGroup"):
        for rule in group.inputs["securityRules"]:
            for end in ("sourceAddressPrefix", "destinationAddressPrefix"):
                assert (end in rule) != (f"{end}es" in rule)
            assert ("destinationPortRange" in rule) != ("destinationPortRanges" in rule)


def test_whoever_takes_an_id_waits_for_the_last_subnet(place: Place, plan: AddressPlan) -> None:
    """A link, a peering or a server joining the network writes to it too: never while a subnet is being written."""

    def program() -> None:
        made = Network("network", NetworkArgs(place=place, plan=plan, workspace_id=WORKSPACE))
        azure_native.managedidentity.UserAssignedIdentity("one", resource_group_name=made.id)
        azure_native.managedidentity.UserAssignedIdentity("two", resource_group_name=made.subnet_ids["apps"])

    recording = record(program)
    last = f"network-subnet-{plan.subnets[-1].name}"
    assert last in recording["one"].dependencies
    assert last in recording["two"].dependencies


def test_children_belong_to_the_component(network: Recording) -> None:
    """Parents come from the component alone, so that its resources move and go as one."""
    assert all("complianceflow:components:Network" in one.request.parent for one in network.custom())


def test_a_prod_network_has_the_gateway_subnet_too(place: Place) -> None:
    """Environments differ by data: the map gives prod one more slot."""

    def program() -> None:
        Network("network", NetworkArgs(place=place, plan=load_map().plan("westeu-prod-1"), workspace_id=WORKSPACE))

    assert record(program)["network-subnet-apim"].inputs["addressPrefix"] == "10.30.5.0/24"


def test_the_network_and_each_group_tell_the_workspace_what_they_can(network: Recording, plan: AddressPlan) -> None:
    """A group has logs and no metrics: a setting that asks for both is refused."""
    settings = network.of_type("monitor:DiagnosticSetting")
    groups = [one for one in settings if "logs" in one.inputs and "metrics" not in one.inputs]
    assert len(groups) == len([slot for slot in plan.subnets if slot.nsg])
    assert len(settings) == len(groups) + 1
    assert {one.inputs["workspaceId"] for one in settings} == {WORKSPACE}

"""The model says what stands where and who reaches what, of what stands and of what is planned."""

from dataclasses import replace

import pytest

from tests.topology.samples import Making, opening, platform, rule
from topology import Resource, Source, Topology, read
from topology.pages import crossings, topology_page


@pytest.fixture(scope="module")
def both() -> Topology:
    """The two deployments together."""
    return read(platform())


def ways(topology: Topology) -> set[tuple[str, str, str]]:
    return {(flow.source.label, flow.destination.label, flow.ports) for flow in topology.flows}


def test_resources_stand_in_their_subnets_with_what_lies_in_them(both: Topology) -> None:
    """Environment with its apps, server with its databases, subnets named by the address map in address order."""
    near, far = both.deployments
    assert [subnet.title for subnet in near.networks[0].subnets] == ["apps", "edge"]
    apps = near.networks[0].subnets[0]
    assert [(node.name, node.parts[0].names) for node in apps.nodes] == [("cae-cf-global-dev", ("tenant-registry",))]
    server = far.networks[0].subnets[1].nodes[0]
    assert server.facts == ("version 18", "size Standard_B1ms")
    assert server.parts[0].names == ("form_service", "user_service")
    assert far.networks[0].subnets[0].purpose == "Container Apps environment"


def test_services_beside_the_network_have_their_parts_and_an_unknown_type_is_drawn_by_its_token(both: Topology) -> None:
    """A hub lies in its namespace, a container below its account's blob service; nothing is lost for want of a row."""
    services = {node.name: node for deployment in both.deployments for node in deployment.services}
    assert services["evhns-cf-global-dev"].parts[0].names == (
        "file-ingestion-events",
        "masterdata-events",
        "tenant-events",
    )
    assert services["stcfwesteudev1"].parts[0].names == ("documents",)
    assert services["r2"].label == "toys:Robot"
    assert [(count.label, count.number) for count in both.deployments[0].counts] == [("diagnostic settings", 1)]


def test_who_reaches_what_needs_both_ends(both: Topology) -> None:
    """Ports are those that both allow; across deployments only with both halves of a peering."""
    assert ("westeu-dev-1 apps", "westeu-dev-1 db", "tcp 5432") in ways(both)
    assert ("global-dev edge", "westeu-dev-1 apps", "tcp 443") in ways(both)
    assert ("westeu-dev-1 apps", "AzureActiveDirectory", "tcp 443") in ways(both)
    assert not any(source == "westeu-dev-1 db" for source, _, _ in ways(both))


@pytest.mark.parametrize("tagged", [True, False])
def test_a_peering_without_the_tag_lets_pass_what_rules_name_and_is_whole(tagged: bool) -> None:
    """Peers: their apps reach each other by address; Bastion's rules, which say VirtualNetwork, reach nobody there."""
    one, other = Making("westeu-prod-1"), Making("westeu-prod-2")
    apps = "10.30.1.0/24", "10.31.1.0/24"
    for here, mine, theirs in ((one, *apps), (other, *apps[::-1])):
        tag = ("VirtualNetwork", "VirtualNetwork", "8080")
        here.network(
            {
                "apps": opening(
                    rule("In", "Inbound", theirs, mine, "443"), rule("Out", "Outbound", mine, theirs, "443")
                ),
                "bastion": opening(rule("HostsIn", "Inbound", *tag), rule("HostsOut", "Outbound", *tag)),
            }
        )
    other.peer(one, tagged=tagged)
    found = read([one.source, other.source])
    (peering,) = found.peerings
    assert (peering.both, peering.tagged, peering.state) == (True, tagged, "both sides")
    assert found.half_open == ()
    crossing = {way for way in ways(found) if way[0].split()[0] != way[1].split()[0]}
    between = {
        ("westeu-prod-1 apps", "westeu-prod-2 apps", "tcp 443"),
        ("westeu-prod-2 apps", "westeu-prod-1 apps", "tcp 443"),
    }
    assert between <= crossing
    bastions = {("westeu-prod-1 bastion", "westeu-prod-2 bastion", "tcp 8080")}
    assert (bastions <= crossing) is tagged
    assert tagged or crossing == between
    page = topology_page(found)
    assert "peering broken" not in page


def test_half_a_peering_lets_nothing_pass_and_the_rules_in_vain_are_named() -> None:
    """What an operator searches for: the rule is there, and still nothing comes through."""
    near, far = Making("global-dev"), Making("westeu-dev-1")
    out = rule("AllowOut", "Outbound", "10.10.1.0/24", "10.0.1.0/24", "443")
    near.network({"apps": opening(rule("AllowIn", "Inbound", "10.10.1.0/24", "10.0.1.0/24", "443"))})
    far.network({"apps": opening(out)})
    far.peer(near, back=False)
    found = read([near.source, far.source])
    assert [peering.state for peering in found.peerings] == ["one side only"]
    assert not any(flow.crosses for flow in found.flows)
    assert {(it.rule, it.why) for it in found.half_open} == {
        ("AllowIn", "the two networks are not joined by a peering with both its sides"),
        ("AllowOut", "the two networks are not joined by a peering with both its sides"),
    }


def test_a_rule_without_its_counterpart_is_half_open() -> None:
    """Inside one network the missing side is named."""
    near = Making("global-dev")
    near.network({"apps": opening(rule("AllowDb", "Outbound", "*", "10.0.2.0/24", "5432")), "db": opening()})
    [half] = read([near.source]).half_open
    assert (half.rule, half.why) == ("AllowDb", "no inbound rule of global-dev db allows it")


def test_peerings_do_not_add_up() -> None:
    """Two regionals that are both joined to the global one never see each other, whatever their rules say."""
    hub, one, two = Making("global-dev"), Making("westeu-dev-1"), Making("eastus-dev-1")
    for making in (hub, one, two):
        making.network({"apps": None})
    one.peer(hub)
    two.peer(hub)
    found = read([hub.source, one.source, two.source])
    assert {(flow.source.deployment, flow.destination.deployment) for flow in found.flows if flow.crosses} == {
        ("global-dev", "westeu-dev-1"),
        ("westeu-dev-1", "global-dev"),
        ("global-dev", "eastus-dev-1"),
        ("eastus-dev-1", "global-dev"),
    }


def test_addresses_of_a_deployment_that_is_not_shown_are_named_by_the_map() -> None:
    """The regional's rule for the global one, drawn alone."""
    _, far = platform()
    assert ("westeu-dev-1 apps", "global-dev apps (not shown here)", "tcp 443") in ways(read([far]))


def test_the_order_in_which_resources_came_does_not_show() -> None:
    """Resources are made side by side: the page of today can be compared with that of yesterday."""
    near, far = platform()
    subnets = [it for it in far.resources if it.kind == "network:Subnet"]
    others = [it for it in far.resources if it.kind != "network:Subnet"]
    turned = replace(far, resources=(*subnets, *reversed(others)))
    assert read([near, turned]) == read([near, far])


def test_addresses_outside_the_platform_are_told_as_they_are() -> None:
    """Also those that are private by another standard; a block of the platform that nobody owns is said to be one."""
    making = Making("global-dev")
    inbound = [rule(f"r{at}", "Inbound", end, "*", "443") for at, end in enumerate(["203.0.113.0/24", "10.77.1.0/24"])]
    making.network({"apps": opening(*inbound)})
    sources = {source for source, _, ports in ways(read([making.source])) if ports == "tcp 443"}
    assert sources == {"203.0.113.0/24", "10.77.1.0/24 (in no deployment's block)"}


def test_endpoints_lead_to_their_targets_with_zones_and_consent(both: Topology) -> None:
    """Also into another deployment; a connection that nobody approved lets nothing pass."""
    endpoints = {endpoint.name: endpoint for endpoint in both.endpoints}
    hubs = endpoints["pep-cf-westeu-dev-1-global-hubs"]
    assert (hubs.target_name, hubs.target_deployment, hubs.connection) == (
        "evhns-cf-global-dev",
        "global-dev",
        "Pending",
    )
    assert not hubs.passes
    registry = endpoints["pep-cf-westeu-dev-1-registry"]
    assert registry.zones == ("privatelink.azurecr.io",)
    assert registry.passes


def test_zones_tell_their_links_and_records(both: Topology) -> None:
    """Which networks resolve names by the zone, and who linked them."""
    [zone] = both.zones
    assert [(link.network, link.deployment, link.made_by) for link in zone.links] == [
        ("vnet-cf-global-dev", "global-dev", "westeu-dev-1"),
        ("vnet-cf-westeu-dev-1", "westeu-dev-1", "westeu-dev-1"),
    ]
    assert zone.records == ("@ → 10.10.4.9",)


def test_only_an_app_of_a_public_environment_is_a_way_in(both: Topology) -> None:
    """`external` in an internal environment means: from the network."""
    assert [(entry.app, entry.allowed) for entry in both.entries] == [("gateway", ("203.0.113.0/24",))]


def test_crossings_are_peerings_allowances_endpoints_and_links(both: Topology) -> None:
    """Everything that leads from one deployment to another stands in one table."""
    found = [(crossing.source, crossing.destination) for crossing in crossings(both)]
    assert found == [
        ("vnet-cf-global-dev", "vnet-cf-westeu-dev-1"),
        ("global-dev edge", "westeu-dev-1 apps"),
        ("westeu-dev-1 apps", "global-dev apps"),
        ("westeu-dev-1 pep-cf-westeu-dev-1-global-hubs", "global-dev evhns-cf-global-dev"),
        ("westeu-dev-1 pep-cf-westeu-dev-1-registry", "global-dev acrcfglobaldev"),
        ("global-dev vnet-cf-global-dev", "westeu-dev-1 privatelink.azurecr.io"),
    ]


def unknown_ids(source: Source) -> Source:
    """The same as a plan has it: ids inside properties are unknown, and what they were made from is recorded."""
    by_id = {resource.id: resource.urn for resource in source.resources}

    def planned(resource: Resource) -> Resource:
        needs: dict[str, tuple[str, ...]] = {}

        def hide(value: object, top: str) -> object:
            if isinstance(value, dict):
                return {key: hide(item, top or key) for key, item in value.items()}
            if isinstance(value, list):
                return [hide(item, top) for item in value]
            if value in by_id:
                needs[top] = (*needs.get(top, ()), by_id[str(value)])
                return None
            return value

        return replace(resource, inputs=hide(dict(resource.inputs), ""), needs=needs)

    return replace(source, status="planned", resources=tuple(map(planned, source.resources)))


def test_a_plan_tells_the_same_as_what_stands() -> None:
    """Where ids are not known yet, the resources that a property was made from lead on."""
    _, far = platform()
    standing, planned = read([far]), read([unknown_ids(far)])
    assert planned.deployments[0].networks == standing.deployments[0].networks
    assert planned.deployments[0].services == standing.deployments[0].services
    assert planned.flows == standing.flows
    assert planned.zones == standing.zones
    assert [it.target for it in planned.endpoints] == [it.target for it in standing.endpoints]


def test_of_several_that_a_planned_id_was_made_from_the_first_made_is_meant() -> None:
    """A component gives out a subnet's id only once later ones are written: both are recorded."""
    making = Making("global-dev", status="planned")
    making.network({"apps": None, "db": None})
    later, first = (
        f"urn:pulumi:global-dev::complianceflow::azure-native:network:Subnet::Microsoft.Network/virtualNetworks/vnet-cf-global-dev/subnets/snet-cf-global-dev-{slot}"
        for slot in ("db", "apps")
    )
    making.add(
        "app:ManagedEnvironment",
        "managedEnvironments/cae",
        {"vnetConfiguration": {"infrastructureSubnetId": None}},
        vnetConfiguration=(later, first),
    )
    apps, db = read([making.source]).deployments[0].networks[0].subnets
    assert [node.name for node in apps.nodes] == ["cae"]
    assert not db.nodes

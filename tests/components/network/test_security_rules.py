"""Who may speak to whom: what holds for the rules of every subnet of every deployment."""

from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidr import AddressPlan, DeploymentName, load_map
from components.network.security_rules import LAST_PRIORITY, TABLES, Neighbours, ResolvedRule, rules_for

DEPLOYMENTS = tuple(load_map().owned)
# From outside the network only Azure's own services, and people to the Bastion, whose group ARM demands so.
NEIGHBOURS = Neighbours(
    clients=("203.0.113.0/24",), gateway=("10.0.6.0/24",), regionals=("10.10.1.0/24",), global_apps=("10.0.1.0/24",)
)
SERVICES_LET_IN = {"AzureLoadBalancer", "ApiManagement", "GatewayManager", "VirtualNetwork"}
PREFIXES = st.lists(st.integers(0, 255).map(lambda n: f"10.{n}.1.0/24"), unique=True).map(tuple)


def every_group() -> Iterator[tuple[AddressPlan, str]]:
    """Each subnet of each deployment of the map."""
    for name in DEPLOYMENTS:
        plan = load_map().plan(name)
        for slot in plan.subnets:
            yield plan, slot.name


@pytest.mark.parametrize("name", DEPLOYMENTS, ids=str)
def test_every_group_ends_in_a_denial_of_everything_both_ways(name: DeploymentName) -> None:
    """Azure's own last rules let the whole network in and the whole Internet out; ours come before them."""
    plan = load_map().plan(name)
    for slot in plan.subnets:
        for direction in ("Inbound", "Outbound"):
            rules = [rule for rule in rules_for(slot.name, plan, NEIGHBOURS) if rule.direction == direction]
            last = max(rules, key=lambda rule: rule.priority)
            assert (last.access, last.protocol, last.sources, last.destinations, last.ports) == (
                "Deny",
                "*",
                ("*",),
                ("*",),
                ("*",),
            )
            assert [rule.access for rule in rules if rule is not last] == ["Allow"] * (len(rules) - 1)


@given(
    group=st.sampled_from(list(every_group())),
    neighbours=st.builds(Neighbours, clients=PREFIXES, gateway=PREFIXES, regionals=PREFIXES, global_apps=PREFIXES),
)
def test_rules_are_ones_that_arm_takes_whatever_the_neighbours(
    group: tuple[AddressPlan, str], neighbours: Neighbours
) -> None:
    """Priorities are unique a direction and within 100 to 4096, names unique in the group, ends never empty."""
    plan, slot = group
    rules = rules_for(slot, plan, neighbours)
    for direction in ("Inbound", "Outbound"):
        priorities = [rule.priority for rule in rules if rule.direction == direction]
        assert len(set(priorities)) == len(priorities)
        assert all(100 <= priority <= LAST_PRIORITY for priority in priorities)
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.sources and rule.destinations and rule.ports for rule in rules)


def test_nothing_comes_in_from_the_internet_except_people_to_the_bastion_and_clients_to_the_gateway() -> None:
    """An inbound allowance names slots, neighbours or a known service; "Internet" is in the Bastion's table alone."""
    for plan, slot in every_group():
        for rule in rules_for(slot, plan, NEIGHBOURS):
            if rule.direction == "Inbound" and rule.access == "Allow" and slot != "bastion":
                for source in rule.sources:
                    if slot == "edge" and source in NEIGHBOURS.clients:
                        assert rule.ports == ("443",)
                        continue
                    assert source in SERVICES_LET_IN or IPv4Network(source).is_private, (slot, rule)


def test_the_database_is_reached_from_the_apps_and_itself_only() -> None:
    """The db subnet lets in Postgres and PgBouncer from two slots of the same network, and no peer."""
    plan = load_map().plan("westeu-dev-1")
    allowed = _allowed(rules_for("db", plan, NEIGHBOURS), "Inbound")
    assert {source for rule in allowed for source in rule.sources} == {"10.10.1.0/24", "10.10.2.0/24"}
    assert {port for rule in allowed for port in rule.ports} == {"5432", "6432"}


def met(deployment: str, end: str) -> set[tuple[str, str, tuple[str, ...]]]:
    """The subnets, directions and ports by which a neighbour's prefix is met."""
    plan = load_map().plan(deployment)
    return {
        (slot.name, rule.direction, rule.ports)
        for slot in plan.subnets
        for rule in rules_for(slot.name, plan, NEIGHBOURS)
        if end in rule.sources + rule.destinations
    }


def test_only_the_gateway_comes_into_regional_apps_and_they_call_the_global_apps_only() -> None:
    """Nothing comes back the other way: the gateway is not called, the global apps do not call."""
    regional = Neighbours(gateway=NEIGHBOURS.gateway, global_apps=NEIGHBOURS.global_apps)
    plan, edge = load_map().plan("westeu-dev-1"), ("443", "31443")
    rules = [(slot.name, rule) for slot in plan.subnets for rule in rules_for(slot.name, plan, regional)]
    foreign = {
        (slot, rule.direction, rule.ports, end)
        for slot, rule in rules
        for end in ("10.0.6.0/24", "10.0.1.0/24")
        if end in rule.sources + rule.destinations
    }
    assert foreign == {("apps", "Inbound", edge, "10.0.6.0/24"), ("apps", "Outbound", edge, "10.0.1.0/24")}


def test_the_gateway_alone_is_met_by_clients_and_goes_on_to_apps() -> None:
    """The edge subnet of a global lets clients in at 443, and out to the apps of its regionals and its own."""
    edge = ("443", "31443")
    assert met("global-dev", "203.0.113.0/24") == {("edge", "Inbound", ("443",))}
    assert met("global-dev", "10.10.1.0/24") == {("edge", "Outbound", edge), ("apps", "Inbound", edge)}


def test_rules_about_neighbours_fall_away_where_there_are_none() -> None:
    """An empty list of prefixes would be refused by ARM."""
    plan = load_map().plan("global-dev")
    names = {rule.name for rule in rules_for("apps", plan, Neighbours())}
    assert not any("Regionals" in name or "Global" in name for name in names)


def test_a_slot_that_an_environment_lacks_is_in_none_of_its_rules() -> None:
    """A dev network has no API Management subnet, a prod one has."""
    by_environment = {
        environment: {rule.name for rule in rules_for("apps", load_map().plan(f"westeu-{environment}-1"), Neighbours())}
        for environment in ("dev", "prod")
    }
    assert by_environment["prod"] - by_environment["dev"] == {"AllowApimToAppsInbound"}


def test_every_slot_of_the_map_has_a_table() -> None:
    """A new slot without rules is refused in words, not opened silently."""
    assert {slot for _, slot in every_group()} == set(TABLES)
    with pytest.raises(ValueError, match="'attic' has no table of security rules"):
        rules_for("attic", load_map().plan("westeu-dev-1"), Neighbours())


def _allowed(rules: tuple[ResolvedRule, ...], direction: str) -> list[ResolvedRule]:
    return [rule for rule in rules if rule.direction == direction and rule.access == "Allow"]

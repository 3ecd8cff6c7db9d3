"""How long Azure takes at least: the graph of operations with the catalogue's seconds, and a reason for every link."""

from typing import Any

import pytest

from cidr import DeploymentName
from cli.azure_time import azure_seconds, kind, works_of
from cli.timing import Bound, bound_of
from lifecycle.durations.chains import Work
from lifecycle.durations.reasons import DATABASES_GATE, RESTART_GATE
from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.values import UNKNOWN, Secret

GROUP = "/subscriptions/s/resourceGroups/rg-cf-global-dev"
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
IN_NETWORK = {"vnetConfiguration": {"infrastructureSubnetId": UNKNOWN}}
GATE = "random:index/randomId:RandomId"


def urn(stack: str, type_: str, name: str) -> str:
    return f"urn:pulumi:{stack}::complianceflow::{type_}::{name}"


def made(name: str, token: str, *needs: ResourceState, stack: str = "global-dev", **more: Any) -> ResourceState:
    type_ = token if token.startswith(("random:", "complianceflow:")) else f"azure-native:{token}"
    custom = not type_.startswith("complianceflow:")
    dependencies = [need.urn for need in needs]
    return ResourceState(urn=urn(stack, type_, name), type=type_, custom=custom, dependencies=dependencies, **more)


def by_name(works: list[Work]) -> dict[str, Work]:
    return {work.name: work for work in works}


def needs(works: list[Work], name: str) -> set[str]:
    keys = {work.key: work.name for work in works}
    return {keys[key] for key in by_name(works)[name].needs}


def test_operations_take_what_the_catalogue_says() -> None:
    """Also of an environment whose subnet is not known yet, and nothing of what is no resource of Azure."""
    group = made("group", "resources:ResourceGroup")
    environment = made("apps", "app:ManagedEnvironment", group, inputs=IN_NETWORK)
    works = by_name(works_of([StackState([group, environment, made("suffix", "random:index:RandomString")])], "up"))
    assert {name: work.seconds for name, work in works.items()} == {"group": 15, "apps": 450, "suffix": 0}
    assert by_name(works_of([StackState([group, environment])], "down"))["apps"].seconds == 900
    assert azure_seconds("azure-native:app:ManagedEnvironment", {}, "delete") == 300
    assert azure_seconds("azure-native:nothing:Known", {}, "create") == 0


def test_what_comes_with_its_parent_is_updated_and_goes_with_it() -> None:
    """A parameter of a server is there before anybody sets it; it is deleted with the server, by no call."""
    server = made("server", "dbforpostgresql:Server")
    parameter = made("parameter", "dbforpostgresql:Configuration", server, deleted_with=server.urn)
    kept = made("role", "authorization:RoleAssignment", retain_on_delete=True)
    state = StackState([server, parameter, kept])
    assert by_name(works_of([state], "up"))["parameter"].seconds == 40
    gone = by_name(works_of([state], "down"))
    assert (gone["server"].seconds, gone["parameter"].seconds, gone["role"].seconds) == (90, 0, 0)


def test_gates_are_told_from_each_other_and_the_one_of_the_databases_takes_its_job() -> None:
    """Both are random ids; the job runs while the second one waits."""
    opened = made("opened", GATE, inputs={"keepers": {"job_id": Secret("id")}})
    restarted = made("restarted", GATE, inputs={"keepers": {"server_id": "id"}})
    assert (kind(opened), kind(restarted)) == (DATABASES_GATE, RESTART_GATE)
    works = by_name(works_of([StackState([opened, restarted])], "up"))
    assert (works["opened"].seconds, works["restarted"].seconds) == (60, 0)


def test_a_regional_waits_for_what_it_uses_of_its_global_and_for_nothing_else() -> None:
    """A peering for the whole network, a service for the environment whose domain it is told; a server for nothing."""
    vnet = made("vnet", "network:VirtualNetwork", id=VNET)
    subnet = made("subnet", "network:Subnet", vnet, id=f"{VNET}/subnets/apps")
    slow = made("env", "app:ManagedEnvironment", id=f"{GROUP}/providers/x/y/env", outputs={"defaultDomain": "a.b.io"})
    region = "westeu-dev-1"
    peering = made("peering", "network:VirtualNetworkPeering", stack=region, inputs={"remote": {"id": VNET.upper()}})
    back = made("back", "network:VirtualNetworkPeering", stack=region, id=f"{VNET}/virtualNetworkPeerings/back")
    app = made("app", "app:ContainerApp", stack=region, inputs={"env": [{"value": "https://registry.a.b.io"}]})
    server = made("server", "dbforpostgresql:Server", stack=region, inputs={"other": f"{VNET}-of-another"})
    works = works_of([StackState([vnet, subnet, slow]), StackState([peering, back, app, server])], "up")
    assert needs(works, "peering") == needs(works, "back") == {"vnet", "subnet"}
    assert needs(works, "app") == {"env"}
    assert needs(works, "server") == set()


def bound(direction: Any) -> Bound:
    group = made("group", "resources:ResourceGroup")
    vnet = made("vnet", "network:VirtualNetwork", group)
    component = made("data", "complianceflow:components:Postgres")
    server = made("server", "dbforpostgresql:Server", vnet, parent=component.urn)
    state = StackState([component, group, vnet, server])
    return bound_of([DeploymentName.parse("global-dev")], [state], direction)


def test_a_bound_tells_each_link_of_its_chains_with_why_it_waits() -> None:
    """Components take no time and are no links."""
    up, down = bound("up"), bound("down")
    assert [(step.name, step.begins) for step in up.chains[0]] == [("group", 0), ("vnet", 15), ("server", 27)]
    assert [step.why for step in up.chains[0]][:2] == ["it comes first", "everything lies in the group"]
    assert [step.name for step in down.chains[0]] == ["server", "vnet", "group"]
    assert down.chains[0][2].why == "everything lies in the group"
    assert (up.seconds, up.levels, down.seconds, down.levels_seconds) == (357, (), 138, 138)


@pytest.mark.slow
@pytest.mark.parametrize("down", [[], ["--down"]])
def test_every_link_of_the_chains_of_the_dev_deployments_has_a_reason_and_they_are_quick_enough(
    cfctl: Any, down: list[str]
) -> None:
    """What waits for no reason is not to wait; a regional goes up and down in half an hour, by the CLI's levels too."""
    document = cfctl("timing", "westeu-dev-1", *down, "--json").document
    for found in document["bounds"]:
        assert len(found["chains"]) == 3
        assert [step for chain in found["chains"] for step in chain if not step["why"]] == []
        assert 900 < found["seconds"] <= 1800
        assert found["levels_seconds"] <= 1800


@pytest.mark.slow
def test_a_regional_takes_no_longer_for_its_global_coming_up_beside_it(cfctl: Any) -> None:
    """Whatever it uses of the global stands before it needs it."""
    (together,) = cfctl("timing", "westeu-dev-1", "--json").document["bounds"]
    assert together["deployments"] == ["global-dev", "westeu-dev-1"]
    last = {step["name"] for step in together["chains"][0]}
    assert "postgres-database-analytics_service" in last, "the chain is the regional's own, all of it"

"""The entry deployed: the engine, the stand-in and its ARM endpoint, the gate's hook as it runs on Azure."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.catalog.private_link import DECISION
from sandbox.azure.store import Store
from sandbox.deployers import Operation, Request, RunResult
from sandbox.home import SandboxHome
from sandbox.runs import Sandbox
from sandbox.waiting import WaitingProgram
from stacks import load_settings

REPOSITORY = Path(__file__).parents[3]
STACK = "global-dev"
CONNECTION = "app:ManagedEnvironmentPrivateEndpointConnection"
PROGRAM = """
import json
import os

import pulumi
import pulumi_azure_native as azure
from pulumi_azure_native import app, network, operationalinsights

from cidr import DeploymentName
from components import retries
from components.conventions import Names, tags_for
from components.edge.domain import Domain, Zone
from components.edge.front_door import FrontDoor, FrontDoorArgs
from components.edge.public_zone import PublicZone, PublicZoneArgs
from components.resource_group import ResourceGroup, ResourceGroupArgs

settings = json.loads(pulumi.Config("complianceflow").require("settings"))
name = DeploymentName.parse("global-dev")
retries.attach_to_everything()
provider = azure.Provider("azure", subscription_id=settings["subscription_id"])
opts = pulumi.ResourceOptions(providers=[provider])
own = pulumi.ResourceOptions(provider=provider)
tags = tags_for(name, owner="DevOps", cost_center="Platform")
place = ResourceGroup("group", ResourceGroupArgs(location="westeurope", names=Names(name, "cf"), tags=tags), opts).place
logs = operationalinsights.Workspace(
    "logs", resource_group_name=place.group, workspace_name="log-test", location="westeurope", opts=own
)
vnet = network.VirtualNetwork(
    "network", resource_group_name=place.group, virtual_network_name="vnet", location="westeurope",
    address_space=network.AddressSpaceArgs(address_prefixes=["10.0.0.0/16"]), opts=own,
)
subnet = network.Subnet(
    "edge", resource_group_name=place.group, virtual_network_name=vnet.name, subnet_name="edge",
    address_prefix=os.environ["EDGE_PREFIX"],
    delegations=[network.DelegationArgs(name="apps", service_name="Microsoft.App/environments")],
    opts=pulumi.ResourceOptions(provider=provider, delete_before_replace=True),
)
edge = app.ManagedEnvironment(
    "environment", resource_group_name=place.group, environment_name="cae-edge", location="westeurope",
    vnet_configuration=app.VnetConfigurationArgs(infrastructure_subnet_id=subnet.id, internal=True),
    public_network_access="Disabled", zone_redundant=os.environ["ZONES"] == "yes",
    opts=pulumi.ResourceOptions(provider=provider, delete_before_replace=True),
)
zone = PublicZone("public", PublicZoneArgs(place=place, zone="example.com"), opts) if os.environ["ZONE"] else None
door = FrontDoor(
    "front-door",
    FrontDoorArgs(
        place=place,
        workspace_id=logs.id,
        environment_id=edge.id,
        environment_domain=edge.default_domain,
        gateway_url=pulumi.Output.concat("https://gateway.", edge.default_domain),
        health_path="/health",
        requests_per_minute=1200,
        provider=provider,
        kept=("/app",),
        domain=Domain(host_name="app.example.com", zone=Zone(name="example.com", group=place.group)) if zone else None,
    ),
    pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[zone] if zone else [])),
)
pulumi.export("url", door.url)
pulumi.export("domain", edge.default_domain)
"""


@dataclass
class Entry:
    """A sandbox with a project of its own; `said` is what its runs told."""

    sandbox: Sandbox
    store: Store
    said: list[str] = field(default_factory=list[str])

    def run(self, operation: Operation, request: Request | None = None) -> RunResult:
        return self.sandbox.run(operation, STACK, request or Request(), lambda event: self.said.append(str(event)))

    def live(self, token: str) -> list[Any]:
        return self.store.read(lambda tx: tx.of_type(token))

    @property
    def told(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entry]:
    project = tmp_path / "project"
    (project / "stacks").mkdir(parents=True)
    shutil.copy(REPOSITORY / "stacks" / f"Pulumi.{STACK}.yaml", project / "stacks")
    shutil.copy(REPOSITORY / "Pulumi.yaml", project)
    (project / "__main__.py").write_text(PROGRAM)
    for name, value in {"PYTHONPATH": str(REPOSITORY), "ZONES": "no", "ZONE": "", "EDGE_PREFIX": "10.0.6.0/24"}.items():
        monkeypatch.setenv(name, value)
    home = SandboxHome(tmp_path / "home")
    with WaitingProgram(project) as program, Sandbox(home, program) as sandbox:
        store = Store(home.azure_store)
        yield Entry(sandbox, store)
        store.close()


def test_the_way_is_approved_once_and_all_comes_down_in_an_order_that_azure_takes(entry: Entry) -> None:
    """An unchanged up does nothing; one after the way was cut off stops; a destroy needs no approval and no way."""
    assert entry.run("up").result == "succeeded", entry.told
    (connection,) = entry.live(CONNECTION)
    assert connection.inputs["privateLinkServiceConnectionState"]["status"] == "Approved"
    assert len(entry.live("cdn:Route")) == 2
    again = entry.run("up")
    assert again.result == "succeeded", entry.told
    assert set(again.changes) <= {"same"}, again.changes
    entry.store.set(DECISION, connection.arm_id, "Disconnected")
    assert entry.run("up").result == "failed"
    assert "is Disconnected, not Approved" in entry.told
    assert entry.run("destroy").result == "succeeded", entry.told
    assert not entry.live("cdn:Profile")
    assert not entry.live(CONNECTION)


@pytest.mark.slow
def test_a_domain_is_proved_by_the_records_of_the_same_up(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE", "yes")
    assert entry.run("up").result == "succeeded", entry.told
    assert {record.name for record in entry.live("dns:RecordSet")} == {"_dnsauth.app", "app"}
    (domain,) = entry.live("cdn:AFDCustomDomain")
    token = domain.outputs["validationProperties"]["validationToken"]
    (proof,) = [record for record in entry.live("dns:RecordSet") if record.name == "_dnsauth.app"]
    assert proof.inputs["txtRecords"] == [{"value": [token]}]
    monkeypatch.setenv("ZONE", "")  # and away again: the records first, then the domain; the zone is protected
    assert entry.run("up").result == "failed"
    assert not entry.live("cdn:AFDCustomDomain")
    assert "protected" in entry.told


def test_a_refused_way_leaves_nothing_served_and_the_next_up_finishes(entry: Entry) -> None:
    """The bad sample: the owner says no, for every endpoint of the environment."""
    group = f"/subscriptions/{load_settings(STACK).subscription_id}/resourceGroups/rg-cf-global-dev"
    environment = f"{group}/providers/Microsoft.App/managedEnvironments/cae-edge"
    entry.store.set(DECISION, environment, "Rejected")
    assert entry.run("up").result == "failed"
    assert "is Rejected, not Approved: nothing reaches the gateway" in entry.told
    assert not entry.live("cdn:Route")
    entry.store.set(DECISION, environment, "Approved")
    assert entry.run("up").result == "succeeded", entry.told
    assert len(entry.live("cdn:Route")) == 2


@pytest.mark.slow
def test_a_rebuilt_environment_gets_a_front_door_and_a_way_of_its_own(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same ids: the old way is dead, and only a new profile asks for another."""
    assert entry.run("up").result == "succeeded", entry.told
    (before,) = entry.live(CONNECTION)
    (profile,) = entry.live("cdn:Profile")
    monkeypatch.setenv("ZONES", "yes")
    assert entry.run("up").result == "succeeded", entry.told
    (after,) = entry.live(CONNECTION)
    assert after.arm_id != before.arm_id
    assert after.inputs["privateLinkServiceConnectionState"]["status"] == "Approved"
    assert entry.live("cdn:Profile")[0].outputs["frontDoorId"] != profile.outputs["frontDoorId"]
    assert len(entry.live("cdn:Route")) == 2

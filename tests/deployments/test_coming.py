"""A regional beside a global that is only being brought up: each fact is taken from Azure as soon as it stands."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pulumi
import pytest

from components.arm_action import MissingError
from deployments import coming
from deployments.blueprint import Blueprint
from deployments.coming import COMES, Coming
from deployments.contracts import GlobalFacts
from deployments.program import deploy
from stacks import load_settings
from tests.components.recording import Recording, record
from tests.deployments.conftest import REFERENCES

(GLOBAL,) = REFERENCES
FACTS = REFERENCES[GLOBAL]["contract"]
"""What the stack of the global says once it is up."""
BODIES: Mapping[str, Mapping[str, Any]] = {
    "managedEnvironments": {"defaultDomain": FACTS["environmentDomain"]},
    "virtualNetworks": {"resourceGuid": FACTS["networkGuid"]},
    "namespaces": {"createdAt": FACTS["eventHubsCreatedAt"]},
    "registries": {"creationDate": FACTS["registryCreatedAt"]},
}


@dataclass
class Azure:
    """Azure in which what is asked for is missing at first, then being made, then there. late: what never comes."""

    late: str = "\0"
    looks: dict[str, int] = field(default_factory=dict[str, int])
    waits: list[float] = field(default_factory=list[float])

    async def read(self, arm_id: str, _version: str, _provider: object) -> Mapping[str, Any]:
        self.looks[arm_id] = self.looks.get(arm_id, 0) + 1
        if self.late in arm_id or self.looks[arm_id] == 1:
            raise MissingError(f"{arm_id} was not found")
        state = "Updating" if self.looks[arm_id] == 2 else "Succeeded"
        kind = arm_id.split("/")[-2]
        known = FACTS.get("keystoneId", arm_id) if kind == "workbooks" else arm_id
        return {"id": known, "properties": {"provisioningState": state, **BODIES.get(kind, {})}}

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Azure:
    """The program sees it, and no time passes."""
    found = Azure()
    monkeypatch.setattr(coming, "read", found.read)
    monkeypatch.setattr(coming, "wait", found.wait)
    monkeypatch.setenv(COMES, "1")
    return found


def deployed(preview: bool = False) -> Recording:
    """westeu-dev-1, its global's stack made and empty."""
    settings = load_settings("westeu-dev-1")
    return record(lambda: deploy(settings).export(), preview=preview, references={GLOBAL: {}})


def told(recording: Recording) -> dict[str, Any]:
    return {one.name: (one.inputs, one.trigger, sorted(one.dependencies)) for one in recording.custom()}


def test_what_is_made_beside_a_global_is_what_is_made_after_it(azure: Azure, westeu_dev_1: Recording) -> None:
    """So the next run, which reads the outputs of the global's stack, finds nothing changed."""
    assert told(deployed()) == told(westeu_dev_1)
    assert set(azure.looks.values()) == {3}


def test_what_the_regional_uses_of_the_global_is_waited_for(azure: Azure) -> None:
    """Not the things alone that hold a fact: the last subnet, the zone, each hub, the rule by which images come."""
    deployed()
    asked = {arm_id.rpartition("/providers/")[2] for arm_id in azure.looks}
    domain = FACTS["environmentDomain"]
    for part in (
        "virtualNetworks/vnet-cf-global-dev/subnets/snet-cf-global-dev-management",
        f"privateDnsZones/{domain}",
        "namespaces/evhns-cf-global-dev/eventhubs/tenant-events-dead-letters",
        "registries/acrcfglobaldev/cacheRules/complianceflow",
    ):
        assert any(arm_id.endswith(part) for arm_id in asked), (part, asked)


def test_a_global_that_does_not_come_is_given_up(azure: Azure) -> None:
    """The error names what is missing and what to type; nothing that needs it was made, and all the rest was."""
    azure.late = "Microsoft.EventHub"
    recording = Recording()
    settings = load_settings("westeu-dev-1")
    with pytest.raises(pulumi.RunError, match=r"Microsoft.EventHub.* does not come: global-dev .*pulumi up -s global-"):
        record(lambda: deploy(settings).export(), references={GLOBAL: {}}, into=recording)
    made = {one.name for one in recording.custom()}
    assert "postgres-server" in made
    assert "way-hubs-global-dev-endpoint" not in made


def test_without_a_word_from_cfctl_nothing_is_waited_for(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain `pulumi up` of a regional without its global says at once what to do."""
    monkeypatch.delenv(COMES)
    with pytest.raises(pulumi.RunError, match="Bring it up first"):
        deployed()
    assert azure.looks == {}


def test_every_fact_of_a_global_can_be_looked_for(azure: Azure) -> None:
    """A fact that is added to the contract has to be found this way too."""
    blueprint = Blueprint.of(load_settings("westeu-dev-1"))
    assert blueprint.global_ids is not None
    found: dict[str, str] = {}

    def program() -> None:
        assert blueprint.global_ids is not None
        seen = Coming.of(blueprint, blueprint.global_ids, pulumi.ProviderResource("azure-native", "azure"))
        assert seen is not None
        for each in fields(GlobalFacts):
            pulumi.Output.from_input(seen.fact(each.name)).apply(
                lambda value, name=each.name: found.update({name: value})
            )

    record(program)
    assert set(found) == {each.name for each in fields(GlobalFacts)}
    assert all(found.values())

"""The contract between stacks: found, or unknown in a preview with a warning, or an error in an up; never None."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pytest

from cidr import DeploymentName, Environment
from components.conventions import Names
from deployments.contracts import GlobalFacts, GlobalIds
from tests.components.recording import UNKNOWN, Recording, record

GLOBAL = DeploymentName.of_global(Environment.DEV)
STACK = "organization/complianceflow/global-dev"
FACTS = {
    "environmentDomain": "nice.example",
    "networkGuid": "guid",
    "eventHubsCreatedAt": "hubs-made-at",
    "registryCreatedAt": "registry-made-at",
    "keystoneId": "/the/keystone",
}

# A stack that was made but never brought up has no outputs; a secret read with another passphrase is an empty object.
LACKING: list[Mapping[str, Any]] = [
    {},
    {"contract": None},
    {"contract": {}},
    {"contract": "text"},
    {"contract": {**FACTS, "networkGuid": None}},
    {"contract": {**FACTS, "networkGuid": ""}},
    {"contract": {**FACTS, "networkGuid": {}}},
    {"contract": {"environmentDomain": "nice.example"}},
]


def read(outputs: Mapping[str, Any], *, preview: bool) -> Recording:
    """A regional program that uses both facts."""

    def program() -> None:
        facts = GlobalFacts.read(GLOBAL)
        azure_native.resources.ResourceGroup(
            "user", tags={"domain": facts.environment_domain, "guid": facts.network_guid}
        )

    return record(program, preview=preview, references={STACK: outputs})


@pytest.mark.parametrize("preview", [True, False])
def test_facts_that_are_there_arrive_without_a_word(preview: bool) -> None:
    """The stack is named in full, in the one backend."""
    recording = read({"contract": FACTS}, preview=preview)
    assert recording["user"].inputs["tags"] == {"domain": "nice.example", "guid": "guid"}
    assert recording.warnings() == []


@pytest.mark.parametrize("outputs", LACKING, ids=str)
def test_a_missing_fact_is_unknown_in_a_preview_and_warned_about(outputs: Mapping[str, Any]) -> None:
    """The preview shows what would be made; None would show a wrong value."""
    recording = read(outputs, preview=True)
    # one unknown tag makes the whole map unknown on the wire, or stands in it
    tags = recording["user"].inputs["tags"]
    assert tags == UNKNOWN or tags["guid"] == UNKNOWN
    (warning,) = recording.warnings()
    assert "global-dev has no output" in warning
    assert "contract.networkGuid" in warning


@pytest.mark.parametrize("outputs", LACKING, ids=str)
def test_a_missing_fact_is_an_error_in_an_up_and_nothing_is_made_from_it(outputs: Mapping[str, Any]) -> None:
    """The error names stack, output, and what to type next."""
    recording = Recording()
    with pytest.raises(
        pulumi.RunError, match=r"global-dev has no output .*contract\.networkGuid.*pulumi up -s global-dev"
    ):
        _read_into(recording, outputs)
    assert recording.of_type("resources:ResourceGroup") == []


def test_a_fact_that_is_there_is_known_in_a_preview_beside_one_that_is_not() -> None:
    """A half-brought-up global hides nothing that it already tells."""

    def program() -> None:
        azure_native.resources.ResourceGroup("user", location=GlobalFacts.read(GLOBAL).environment_domain)

    outputs = {"contract": {"environmentDomain": "nice.example"}}
    recording = record(program, preview=True, references={STACK: outputs})
    assert recording["user"].inputs["location"] == "nice.example"


def test_what_a_global_publishes_is_what_a_regional_reads(global_dev: Recording) -> None:
    """Both sides are one table of keys."""
    recording = read(global_dev.outputs, preview=False)
    assert recording["user"].inputs["tags"] == {
        "domain": global_dev.outputs["contract"]["environmentDomain"],
        "guid": global_dev.outputs["contract"]["networkGuid"],
    }


def test_ids_need_no_stack() -> None:
    """They are functions of subscription, group and name."""
    ids = GlobalIds(
        names=Names(GLOBAL, "cf"), subscription_id="sub", apps_prefix="10.0.1.0/24", edge_prefix="10.0.6.0/24"
    )
    inside = "/subscriptions/sub/resourceGroups/rg-cf-global-dev/providers"
    assert ids.network_id == f"{inside}/Microsoft.Network/virtualNetworks/vnet-cf-global-dev"
    assert ids.event_hubs_id == f"{inside}/Microsoft.EventHub/namespaces/evhns-cf-global-dev"
    assert ids.registry_id == f"{inside}/Microsoft.ContainerRegistry/registries/acrcfglobaldev"
    assert (ids.kafka_bootstrap, ids.login_server) == (
        "evhns-cf-global-dev.servicebus.windows.net:9093",
        "acrcfglobaldev.azurecr.io",
    )


def _read_into(recording: Recording, outputs: Mapping[str, Any]) -> None:
    def program() -> None:
        facts = GlobalFacts.read(GLOBAL)
        azure_native.resources.ResourceGroup("user", tags={"guid": facts.network_guid})

    record(program, references={STACK: outputs}, into=recording)

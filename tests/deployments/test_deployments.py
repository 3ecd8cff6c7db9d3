"""Whole deployments: what holds for every resource of both kinds, and what each kind holds."""

import importlib
import inspect
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from components.conventions import tags_for
from components.retries import HOOK_NAME
from deployments.catalogue import DATABASES, SERVICES
from stacks import load_settings
from tests.components.recording import SUBSCRIPTION, Recording, Registration, record

CHECK = Path(__file__).resolve().parents[3] / "shared" / "arm" / "check.py"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how Pulumi marks a secret on the wire


def test_every_resource_that_can_carry_tags_carries_all_of_them(deployment: Recording) -> None:
    """Cost and ownership are read from them; whether a type has tags is asked of the SDK itself."""
    taggable = [one for one in _azure(deployment) if "tags" in _parameters(one)]
    assert len(taggable) > 15
    expected = _tags(deployment)
    for one in taggable:
        assert one.inputs.get("tags") == expected, one.name


def test_every_resource_of_azure_is_made_by_the_explicit_provider_with_retries(deployment: Recording) -> None:
    """Whatever the machine is signed in to, nothing lands in another subscription."""
    provider = deployment["azure"]
    assert provider.inputs["subscriptionId"] == SUBSCRIPTION
    for one in _azure(deployment):
        assert one.request.provider.startswith(provider.urn), one.name
        assert list(one.request.hooks.on_error) == [HOOK_NAME], one.name


def test_every_resource_has_the_component_that_made_it_as_parent(deployment: Recording) -> None:
    """Only the provider, the components and the one link in another group stand at the top."""
    top = {
        one.name
        for one in deployment.custom()
        if "$" not in one.request.parent and "components:" not in one.request.parent
    }
    assert top <= {"azure", "global-apps-link"}


def test_every_physical_name_is_given(deployment: Recording) -> None:
    """A random one overflows the limits of some types and changes from run to run."""
    for one in _azure(deployment):
        names = [key for key in one.inputs if key.endswith("Name") or key in {"name", "objectId"}]
        assert set(names) - {"resourceGroupName"} or one.type.endswith("ResourceGroup"), one.name


def test_nothing_that_crosses_stacks_or_screens_is_secret(deployment: Recording) -> None:
    """Under another passphrase a secret output arrives as an empty object."""
    assert deployment.outputs
    assert SECRET_SIGNATURE not in json.dumps(deployment.outputs)


def test_no_output_is_none(deployment: Recording) -> None:
    """None on the way to another stack is silent."""
    assert "null" not in json.dumps(deployment.outputs)
    assert "None" not in json.dumps(deployment.outputs)


@pytest.mark.skipif(not CHECK.exists(), reason="../shared/arm is not beside this repository")
def test_every_resource_is_one_that_azures_own_types_take(deployment: Recording, tmp_path: Path) -> None:
    """Held against the published ARM types: no violation, no type unknown, nothing to note."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps(deployment.as_export()))
    checked = subprocess.run([sys.executable, CHECK, export], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "note:" not in checked.stdout
    assert "0 violations, 0 without a type" in checked.stdout


@pytest.mark.skipif(not CHECK.exists(), reason="../shared/arm is not beside this repository")
def test_the_check_against_azures_types_sees_a_bad_sample(global_dev: Recording, tmp_path: Path) -> None:
    """A gate that cannot fail holds nothing."""
    export = global_dev.as_export()
    for resource in export["deployment"]["resources"]:
        if resource["type"] == "azure-native:keyvault:Vault":
            del resource["inputs"]["properties"]["tenantId"]
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(export))
    checked = subprocess.run([sys.executable, CHECK, bad], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "tenantId is required" in checked.stdout


def test_a_global_deployment_holds_its_foundations_and_the_registry(global_dev: Recording) -> None:
    """The list is the platform's; a type more or less is meant."""
    assert _counts(global_dev) == FOUNDATIONS | {"dbforpostgresql:Database": 3}
    assert global_dev.outputs["databases"] == list(DATABASES["global"])
    assert set(global_dev.outputs["serviceUrls"]) == {service.name for service in SERVICES["global"]}


def test_a_regional_deployment_holds_its_foundations_and_its_ways_to_global(westeu_dev_1: Recording) -> None:
    """Two sides of a peering, and a link each way between the zones and the networks."""
    extra = {"dbforpostgresql:Database": 8, "network:VirtualNetworkPeering": 2, "privatedns:VirtualNetworkLink": 4}
    assert _counts(westeu_dev_1) == FOUNDATIONS | extra
    assert westeu_dev_1.outputs["databases"] == [
        f"{name}_service"
        for name in ("user", "form", "rule", "declaration", "review", "case", "notification", "analytics")
    ]


def test_the_ways_to_global_are_made_anew_when_the_global_network_is(westeu_dev_1: Recording) -> None:
    """A rebuilt global has the ids of the old one, so the GUID in the contract is what tells."""
    for name in ("to-global-out", "to-global-back", "apps-dns-link-global"):
        registered = westeu_dev_1[name]
        assert "guid-of-global" in registered.trigger
        assert registered.request.deleteBeforeReplace


def test_ids_in_the_global_deployment_are_computed_from_names(westeu_dev_1: Recording, global_dev: Recording) -> None:
    """They are exactly what the global deployment itself calls its resources."""
    back = westeu_dev_1["to-global-back"].inputs
    group, network = global_dev["group"].inputs, global_dev["network-vnet"].inputs
    assert back["resourceGroupName"] == group["resourceGroupName"]
    assert back["virtualNetworkName"] == network["virtualNetworkName"]
    there = westeu_dev_1["to-global-out"].inputs["remoteVirtualNetwork"]["id"]
    assert there == (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group['resourceGroupName']}"
        f"/providers/Microsoft.Network/virtualNetworks/{network['virtualNetworkName']}"
    )


def test_the_regional_services_find_the_registry_by_the_contract(westeu_dev_1: Recording) -> None:
    """Its domain is known only once the global environment stands; its zone is linked to this network."""
    (container,) = westeu_dev_1["user-app"].inputs["template"]["containers"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["TENANT_REGISTRY_URL"] == "https://tenant-registry.nice-field-1.westeurope.azurecontainerapps.io"
    link = westeu_dev_1["global-apps-link"].inputs
    assert link["privateZoneName"] == "nice-field-1.westeurope.azurecontainerapps.io"
    assert link["resourceGroupName"] == "rg-cf-global-dev"


def test_the_rules_of_both_sides_let_the_same_traffic_through(westeu_dev_1: Recording, global_dev: Recording) -> None:
    """What one lets out the other lets in, and only between the two apps subnets."""
    ours, theirs = "10.10.1.0/24", "10.0.1.0/24"
    assert _https(westeu_dev_1) == {("Outbound", theirs), ("Inbound", theirs)}
    assert _https(global_dev) == {("Outbound", ours), ("Inbound", ours)}


def test_a_service_waits_for_its_database(westeu_dev_1: Recording) -> None:
    """It is told its name, which is known only once it is there."""
    assert "postgres-database-user_service" in westeu_dev_1["user-app"].dependencies


def test_the_server_waits_for_the_link_of_its_zone(deployment: Recording) -> None:
    """Azure refuses a zone that is not linked to the server's network."""
    assert "postgres-dns-link-own" in deployment["postgres-server"].dependencies


def test_the_placeholder_is_told(deployment: Recording) -> None:
    """A deployment without an image of its own is no finished one, and says so."""
    assert deployment.outputs["placeholders"] == list(deployment.outputs["serviceUrls"])


def test_a_preview_registers_what_an_up_does(deployment: Recording) -> None:
    """No resource depends on a value that only an up knows."""
    stack = _stack(deployment)
    previewed = record_again(stack, preview=True)
    assert {one.urn for one in previewed.registrations} == {one.urn for one in deployment.registrations}


FOUNDATIONS = {
    "resources:ResourceGroup": 1,
    "network:VirtualNetwork": 1,
    "network:Subnet": 6,
    "network:NetworkSecurityGroup": 6,
    "privatedns:PrivateZone": 2,
    "privatedns:VirtualNetworkLink": 2,
    "privatedns:PrivateRecordSet": 2,
    "keyvault:Vault": 1,
    "operationalinsights:Workspace": 1,
    "monitor:DiagnosticSetting": 3,
    "dbforpostgresql:Server": 1,
    "dbforpostgresql:Configuration": 3,
    "dbforpostgresql:AdministratorsMicrosoftEntra": 1,
    "app:ManagedEnvironment": 1,
    "app:ContainerApp": 1,
    "managedidentity:UserAssignedIdentity": 1,
    "authorization:RoleAssignment": 1,
    "consumption:Budget": 1,
}


def record_again(stack: str, *, preview: bool) -> Recording:
    """The same deployment once more."""
    from deployments.program import deploy

    references = {"organization/complianceflow/global-dev": {"contract": {}}}
    program = deploy
    return record(lambda: program(load_settings(stack)).export(), stack=stack, preview=preview, references=references)


def _azure(recording: Recording) -> list[Registration]:
    return [one for one in recording.custom() if one.type.startswith("azure-native:")]


def _counts(recording: Recording) -> Counter[str]:
    return Counter(one.type.removeprefix("azure-native:") for one in _azure(recording))


def _parameters(one: Registration) -> set[str]:
    _, module, name = one.type.split(":")
    made = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    return set(inspect.signature(made._internal_init).parameters)


def _stack(recording: Recording) -> str:
    return recording.registrations[0].urn.split("::")[0].removeprefix("urn:pulumi:")


def _tags(recording: Recording) -> dict[str, str]:
    settings = load_settings(_stack(recording))
    return tags_for(settings.deployment, owner=settings.owner, cost_center=settings.cost_center)


def _https(recording: Recording) -> set[tuple[str, str]]:
    """Direction and other end of the rules between this network's apps and another's."""
    rules = recording["network-nsg-apps"].inputs["securityRules"]
    own = recording["network-subnet-apps"].inputs["addressPrefix"]
    found: set[tuple[str, str]] = set()
    for rule in rules:
        ends = {rule.get("sourceAddressPrefix"), rule.get("destinationAddressPrefix")}
        for other in ends - {own}:
            if isinstance(other, str) and other.startswith("10.") and other.endswith(".1.0/24"):
                found.add((rule["direction"], other))
    return found

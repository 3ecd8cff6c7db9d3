"""Whole deployments: what holds for every resource of both kinds, and what each kind holds."""

import importlib
import inspect
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cidr import Kind
from components.conventions import tags_for
from components.retries import HOOK_NAME
from deployments.account_state import state_plan
from deployments.blueprint import Blueprint
from deployments.catalogue.databases import DATABASES
from deployments.catalogue.selection import Selection
from deployments.catalogue.services import services_of
from deployments.data import standby_of
from stacks import load_account, load_settings
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


def test_a_global_deployment_holds_what_the_platform_says(global_dev: Recording) -> None:
    """The list is the platform's; a type more or less is meant."""
    assert _counts(global_dev) == Counter(BOTH) + Counter(GLOBAL)
    assert global_dev.outputs["databases"] == list(DATABASES["global"])
    services = {"tenant-registry", "master-data", "file-ingestion", "front-end"}
    assert set(global_dev.outputs["serviceUrls"]) == services
    assert global_dev.outputs["gatewayUrl"].startswith("https://gateway.")


def test_a_regional_deployment_holds_what_the_platform_says(westeu_dev_1: Recording) -> None:
    """Two sides of a peering, a link each way between zones and networks, ways to the shared hubs and registry."""
    assert _counts(westeu_dev_1) == Counter(BOTH) + Counter(REGIONAL)
    assert westeu_dev_1.outputs["databases"] == [
        f"{name}_service"
        for name in ("user", "form", "rule", "declaration", "review", "case", "notification", "analytics")
    ]
    assert "gatewayUrl" not in westeu_dev_1.outputs


def test_whatever_leads_to_global_is_made_anew_when_what_it_leads_to_is(westeu_dev_1: Recording) -> None:
    """A rebuilt global has the ids of the old one, so the GUID in the contract is what tells."""
    triggers = {
        "to-global-out": "guid-of-global",
        "to-global-back": "guid-of-global",
        "apps-dns-link-global": "guid-of-global",
        "way-hubs-global-dev-endpoint": "hubs-made-at",
        "way-registry-global-dev-endpoint": "registry-made-at",
        "listen-tenant-events-rule": "hubs-made-at",
        "user-event-hubs-data-receiver-hub-tenant-events": "hubs-made-at",
        "user-acr-pull-registry": "registry-made-at",
    }
    for name, trigger in triggers.items():
        registered = westeu_dev_1[name]
        assert trigger in registered.trigger, name
        assert registered.request.deleteBeforeReplace, name


def test_ids_in_the_global_deployment_are_computed_from_names(westeu_dev_1: Recording, global_dev: Recording) -> None:
    """They are exactly what the global deployment itself calls its resources."""
    back = westeu_dev_1["to-global-back"].inputs
    group, network = global_dev["group"].inputs, global_dev["network-vnet"].inputs
    assert back["resourceGroupName"] == group["resourceGroupName"]
    assert back["virtualNetworkName"] == network["virtualNetworkName"]
    there = westeu_dev_1["to-global-out"].inputs["remoteVirtualNetwork"]["id"]
    inside = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group['resourceGroupName']}/providers"
    assert there == f"{inside}/Microsoft.Network/virtualNetworks/{network['virtualNetworkName']}"
    hubs = global_dev["hubs-namespace"].inputs["namespaceName"]
    registry = global_dev["registry-registry"].inputs["registryName"]
    assert _target(westeu_dev_1, "way-hubs-global-dev-endpoint") == f"{inside}/Microsoft.EventHub/namespaces/{hubs}"
    assert (
        _target(westeu_dev_1, "way-registry-global-dev-endpoint")
        == f"{inside}/Microsoft.ContainerRegistry/registries/{registry}"
    )
    assert westeu_dev_1["listen-tenant-events-rule"].inputs["namespaceName"] == hubs
    assert westeu_dev_1.outputs["registry"] == f"{registry}.azurecr.io"


def test_the_regional_services_find_the_registry_by_the_contract(westeu_dev_1: Recording) -> None:
    """Its domain is known only once the global environment stands; its zone is linked to this network."""
    (container,) = westeu_dev_1["user-app"].inputs["template"]["containers"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["TENANT_REGISTRY_URL"] == "https://tenant-registry.nice-field-1.westeurope.azurecontainerapps.io"
    link = westeu_dev_1["global-apps-link"].inputs
    assert link["privateZoneName"] == "nice-field-1.westeurope.azurecontainerapps.io"
    assert link["resourceGroupName"] == "rg-cf-global-dev"


def test_a_service_signs_in_as_itself_and_checks_tokens_as_the_gateway_does(deployment: Recording) -> None:
    """The job makes the role of that name; the audience is the environment's own. Each knows what its row needs."""
    above = load_settings("global-dev")
    assert above.gateway is not None
    for row in services_of(_kind(deployment)):
        (container,) = deployment[f"{row.name}-app"].inputs["template"]["containers"]
        variables = {one["name"]: one.get("value") for one in container["env"]}
        identity = deployment[f"{row.name}-as-identity"].inputs["resourceName"]
        assert variables.get("POSTGRES_USER") == (identity if row.databases else None)
        checks = (variables.get("ENTRA_TENANT_ID"), variables.get("ENTRA_AUDIENCE"))
        assert checks == ((above.tenant_id, above.gateway.audience) if row.http else (None, None))
    plan = next(
        json.loads(one["value"])
        for one in deployment["tenancy-job"].inputs["template"]["containers"][0]["env"]
        if one["name"] == "TENANCY_PLAN"
    )
    told = {principal["name"] for each in plan["databases"] for principal in each["principals"]}
    assert told == {f"id-cf-{_stack(deployment)}-{row.name}" for row in services_of(_kind(deployment)) if row.databases}


def test_only_the_gateway_comes_in_and_only_the_global_apps_are_called(
    westeu_dev_1: Recording, global_dev: Recording
) -> None:
    """What one network lets out the other lets in; the gateway stands in a subnet of its own, so rules know it."""
    edge, theirs, ours, east = "10.0.6.0/24", "10.0.1.0/24", "10.10.1.0/24", "10.11.1.0/24"
    assert _foreign(westeu_dev_1, "apps") == {("Inbound", edge), ("Outbound", theirs)}
    assert _foreign(global_dev, "apps") == {("Inbound", edge), ("Inbound", ours), ("Inbound", east)}
    regionals = {("Outbound", ours), ("Outbound", east)}
    assert _foreign(global_dev, "edge") == {("Outbound", theirs), ("Inbound", "203.0.113.0/24"), *regionals}


def test_every_service_waits_for_the_databases_to_be_ready(deployment: Recording) -> None:
    """The gate opens once the tenancy job has succeeded: until then no service is made."""
    for name in (service.name for service in services_of(_kind(deployment))):
        assert "databases-opened" in deployment[f"{name}-app"].dependencies, name
    gate = deployment["databases-opened"]
    assert "tenancy-job" in gate.dependencies
    databases = [one.name for one in deployment.of_type("dbforpostgresql:Database")]
    assert set(databases) <= set(gate.dependencies)


def test_the_tenancy_job_is_told_every_database_and_who_may_do_what(deployment: Recording) -> None:
    """By object id, since a rebuilt identity has the name of the old one."""
    (container,) = deployment["tenancy-job"].inputs["template"]["containers"]
    plan = json.loads(next(one["value"] for one in container["env"] if one["name"] == "TENANCY_PLAN"))
    services = services_of(_kind(deployment))
    assert [each["name"] for each in plan["databases"]] == list(DATABASES[_kind(deployment)])
    for each in plan["databases"]:
        expected = {
            (f"id-cf-{_stack(deployment)}-{one.name}", one.duty) for one in services if each["name"] in one.databases
        }
        assert {(one["name"], one["duty"]) for one in each["principals"]} == expected
        assert all(one["object_id"] for one in each["principals"])


def test_the_tenancy_job_administers_the_databases_and_no_application_does(deployment: Recording) -> None:
    """People by one Entra group, and the job's own identity."""
    kinds = [one.inputs["principalType"] for one in deployment.of_type("dbforpostgresql:AdministratorsMicrosoftEntra")]
    assert kinds == ["Group", "ServicePrincipal"]
    assert deployment["postgres-admin-tenancy"].inputs["principalName"] == f"id-cf-{_stack(deployment)}-tenancy"


def test_every_workload_has_an_identity_and_exactly_the_roles_of_its_rows(deployment: Recording) -> None:
    """No role above what a row names, and none that no row asks for."""
    expected = {
        f"{name}-{grant.role.name.lower().replace('_', '-')}-{grant.on.replace(':', '-')}"
        for name, grants in Selection(kind=_kind(deployment)).grants.items()
        for grant in grants
    }
    assert {name for name in expected if name.startswith("tenancy-")} == {
        "tenancy-acr-pull-registry",
        f"tenancy-{EVERYONE}",
        EXPORTS,
        "tenancy-key-vault-secrets-officer-vault",
        *(f"tenancy-storage-blob-data-contributor-container-{name}" for name in _originals(deployment)),
    }
    assert {one.name for one in deployment.of_type("authorization:RoleAssignment")} == expected
    for one in deployment.of_type("authorization:RoleAssignment"):
        assert len(one.inputs["scope"].split("/")) > 5, "a role stands on a resource, never on a group"
        assert one.inputs["principalType"] == "ServicePrincipal"


def test_exports_go_to_the_accounts_container_by_a_way_of_the_deployments_own(deployment: Recording) -> None:
    """The role is on that container alone; it stays behind at a teardown, where the account's lock keeps it."""
    account = state_plan(load_account())
    role = deployment[EXPORTS]
    assert role.inputs["scope"] == account.container_id("exports-dev")
    assert role.request.retainOnDelete
    assert not deployment["tenancy-acr-pull-registry"].request.retainOnDelete
    assert _target(deployment, "way-blob-account-endpoint") == account.account_id
    job = deployment["tenancy-job"]
    variables = {it["name"]: it["value"] for it in job.inputs["template"]["containers"][0]["env"]}
    assert variables["TENANCY_STORE"] == f"https://stcfstate.blob.core.windows.net/exports-dev/{_stack(deployment)}"
    assert deployment["way-blob-account-endpoint"].urn in job.request.dependencies


def test_the_job_is_told_where_originals_and_secrets_are_that_an_export_has_too(deployment: Recording) -> None:
    """Nothing of blobs where a deployment has no originals."""
    job = deployment["tenancy-job"]
    variables = {it["name"]: it["value"] for it in job.inputs["template"]["containers"][0]["env"]}
    assert variables["TENANCY_VAULT"].startswith("https://")
    urls = variables.get("TENANCY_BLOBS", "").split()
    assert [url.rpartition("/")[2] for url in urls] == _originals(deployment)


def test_the_job_is_told_whose_tenants_the_deployment_takes(westeu_dev_1: Recording, global_dev: Recording) -> None:
    """A global takes those of every zone; dev goes to the newest revision, so none is named."""
    plans: list[dict[str, object]] = []
    for recording in (westeu_dev_1, global_dev):
        env = recording["tenancy-job"].inputs["template"]["containers"][0]["env"]
        plan = json.loads(next(it["value"] for it in env if it["name"] == "TENANCY_PLAN"))
        plans.append({key: value for key, value in plan.items() if key != "databases"})
    assert plans == [{"deployment": "westeu-dev-1", "zone": "EU"}, {"deployment": "global-dev"}]


def test_a_consumer_is_scaled_by_its_lag_with_a_key_that_can_only_listen(deployment: Recording) -> None:
    """The key is in the vault, the app names it by reference, and only its identity may read that one secret."""
    for service in services_of(_kind(deployment)):
        app = deployment[f"{service.name}-app"].inputs
        rules = {
            rule["custom"]["metadata"]["topic"]: rule["custom"]
            for rule in app["template"]["scale"].get("rules", [])
            if rule.get("custom", {}).get("type") == "kafka"
        }
        assert set(rules) == set(service.receives)
        for topic, rule in rules.items():
            assert rule["metadata"]["consumerGroup"] == f"{_stack(deployment)}.{service.name}"
            secret = next(one["secretRef"] for one in rule["auth"] if one["triggerParameter"] == "password")
            assert secret == f"listen-{topic}"
            assert deployment[f"listen-{topic}-rule"].inputs["rights"] == ["Listen"]


def test_every_app_runs_with_probes_its_own_identity_and_revisions_side_by_side(deployment: Recording) -> None:
    """As the platform says of each service; a worker that nobody may ask has no way in, and one revision at a time."""
    workers = {one.name for one in services_of(_kind(deployment)) if not one.http}
    for name in _services(deployment):
        app = deployment[f"{name}-app"].inputs
        (container,) = app["template"]["containers"]
        assert {probe["type"] for probe in container["probes"]} == {"Startup", "Liveness", "Readiness"}
        assert len(app["identity"]["userAssignedIdentities"]) == 1
        assert app["configuration"]["activeRevisionsMode"] == ("Single" if name in workers else "Multiple")
        assert ("ingress" not in app["configuration"]) == (name in workers)


def test_nobody_but_the_gateway_is_asked_from_the_internet(deployment: Recording) -> None:
    """One public environment in a global of dev, with one app in it, for the listed addresses."""
    public = [
        one
        for one in deployment.of_type("app:ManagedEnvironment")
        if one.inputs["publicNetworkAccess"] != "Disabled" or not one.inputs["vnetConfiguration"]["internal"]
    ]
    assert [one.name for one in public] == (["edge-environment"] if _kind(deployment) == "global" else [])
    for one in public:
        there = [app for app in deployment.of_type("app:ContainerApp") if one.name in app.dependencies]
        assert [app.name for app in there] == ["gateway-app"]
        (allowed,) = there[0].inputs["configuration"]["ingress"]["ipSecurityRestrictions"]
        assert allowed["ipAddressRange"] == "203.0.113.0/24"
    for type_ in ("storage:StorageAccount", "eventhub:Namespace", "containerregistry:Registry"):
        assert {one.inputs["publicNetworkAccess"] for one in deployment.of_type(type_)} <= {"Disabled"}


def test_the_outbox_is_emptied_by_one_who_never_sleeps(westeu_dev_1: Recording) -> None:
    """Nothing wakes it when a row appears; two at once would send out of order."""
    scale = westeu_dev_1["outbox-publisher-app"].inputs["template"]["scale"]
    assert (scale["minReplicas"], scale["maxReplicas"]) == (1, 1)


def test_the_server_waits_for_the_link_of_its_zone(deployment: Recording) -> None:
    """Azure refuses a zone that is not linked to the server's network."""
    assert "postgres-dns-link-own" in deployment["postgres-server"].dependencies


def test_a_standby_is_in_another_zone_where_the_region_offers_one() -> None:
    """By the table of regions: West Europe takes no new zone-redundant servers; a region without zones has none."""
    prod = Blueprint.of(load_settings("westeu-prod-1"))
    assert standby_of(prod) == "SameZone"
    offering = prod.region.model_copy(update={"not_offered": ()})
    assert standby_of(replace(prod, region=offering)) == "ZoneRedundant"
    assert standby_of(replace(prod, region=offering.model_copy(update={"zones": ()}))) == "SameZone"
    assert standby_of(Blueprint.of(load_settings("westeu-dev-1"))) == "Disabled"


def test_the_placeholder_is_told(deployment: Recording) -> None:
    """A deployment without an image of its own is no finished one, and says so."""
    assert deployment.outputs["placeholders"] == _services(deployment)


def test_a_preview_registers_what_an_up_does(deployment: Recording) -> None:
    """No resource depends on a value that only an up knows."""
    stack = _stack(deployment)
    previewed = record_again(stack, preview=True)
    assert {one.urn for one in previewed.registrations} == {one.urn for one in deployment.registrations}


EVERYONE = "monitoring-metrics-publisher-insights"
EXPORTS = "tenancy-storage-blob-data-contributor-exports"
# What a global and a regional have alike.
BOTH = {
    "resources:ResourceGroup": 1,
    "network:VirtualNetwork": 1,
    "network:Subnet": 6,
    "network:NetworkSecurityGroup": 6,
    "privatedns:PrivateZone": 7,
    "privatedns:VirtualNetworkLink": 7,
    "privatedns:PrivateRecordSet": 2,
    "network:PrivateEndpoint": 5,
    "network:PrivateDnsZoneGroup": 5,
    "keyvault:Vault": 1,
    "operationalinsights:Workspace": 1,
    "applicationinsights:Component": 1,
    "applicationinsights:Workbook": 1,
    "monitor:ActionGroup": 1,
    "dbforpostgresql:Server": 1,
    "dbforpostgresql:Configuration": 3,
    "dbforpostgresql:AdministratorsMicrosoftEntra": 2,
    "redisenterprise:RedisEnterprise": 1,
    "redisenterprise:Database": 1,
    "storage:StorageAccount": 1,
    "storage:BlobServiceProperties": 1,
    "storage:ManagementPolicy": 1,
    "eventhub:Namespace": 1,
    "eventhub:NamespaceNetworkRuleSet": 1,
    "app:ManagedEnvironment": 1,
    "app:Job": 1,
    "consumption:Budget": 1,
}
# The registry with its way, the edge subnet and environment, the gateway; and what its few services need.
GLOBAL = {
    "containerregistry:Registry": 1,
    "containerregistry:CacheRule": 1,
    "network:PrivateEndpoint": 1,
    "network:PrivateDnsZoneGroup": 1,
    "network:Subnet": 1,
    "network:NetworkSecurityGroup": 1,
    "app:ManagedEnvironment": 1,
    "app:ContainerApp": 5,
    "managedidentity:UserAssignedIdentity": 6,
    "authorization:RoleAssignment": 26,
    "dbforpostgresql:Database": 3,
    "redisenterprise:AccessPolicyAssignment": 3,
    "storage:BlobContainer": 3,
    "eventhub:EventHub": 6,
    "eventhub:EventHubAuthorizationRule": 2,
    "keyvault:Secret": 2,
    "monitor:DiagnosticSetting": 25,
    "monitor:MetricAlert": 11,
    "monitor:ScheduledQueryRule": 4,
}
# Ways to the hubs and the registry of the global deployment, the peering's two sides, a link each way.
REGIONAL = {
    "network:PrivateEndpoint": 2,
    "network:PrivateDnsZoneGroup": 2,
    "network:VirtualNetworkPeering": 2,
    "privatedns:VirtualNetworkLink": 2,
    "app:ContainerApp": 10,
    "managedidentity:UserAssignedIdentity": 11,
    "authorization:ManagementLockByScope": 1,
    "authorization:RoleAssignment": 85,
    "dbforpostgresql:Database": 8,
    "redisenterprise:AccessPolicyAssignment": 8,
    "storage:BlobContainer": 6,
    "eventhub:EventHub": 8,
    "eventhub:EventHubAuthorizationRule": 6,
    "keyvault:Secret": 6,
    "monitor:DiagnosticSetting": 27,
    "monitor:MetricAlert": 17,
    "monitor:ScheduledQueryRule": 5,
}


def record_again(stack: str, *, preview: bool) -> Recording:
    """The same deployment once more."""
    from deployments.program import deploy

    references = {f"organization/complianceflow/global-{env}": {"contract": {}} for env in ("dev", "stg", "prod")}
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


def _originals(recording: Recording) -> list[str]:
    """The containers of blobs that nobody can make again."""
    return {"global": [], "regional": ["documents", "media"]}[_kind(recording)]


def _kind(recording: Recording) -> Kind:
    return load_settings(_stack(recording)).deployment.kind


def _services(recording: Recording) -> list[str]:
    """The container apps that run an image of ours, in the order of the catalogue, the gateway last."""
    own = [service.name for service in services_of(_kind(recording))]
    return [*own, "gateway"] if _kind(recording) == "global" else own


def _target(recording: Recording, name: str) -> str:
    (connection,) = recording[name].inputs["privateLinkServiceConnections"]
    return connection["privateLinkServiceId"]


def _foreign(recording: Recording, slot: str) -> set[tuple[str, str]]:
    """Direction and other end of a subnet's rules about other apps, the gateway and clients."""
    own = recording[f"network-subnet-{slot}"].inputs["addressPrefix"]
    found: set[tuple[str, str]] = set()
    for rule in recording[f"network-nsg-{slot}"].inputs["securityRules"]:
        ends = [rule.get("sourceAddressPrefix"), rule.get("destinationAddressPrefix")]
        ends += [*rule.get("sourceAddressPrefixes", []), *rule.get("destinationAddressPrefixes", [])]
        for other in {end for end in ends if end is not None} - {own}:
            if other.endswith((".1.0/24", ".6.0/24")) or other == "203.0.113.0/24":
                found.add((rule["direction"], other))
    return found

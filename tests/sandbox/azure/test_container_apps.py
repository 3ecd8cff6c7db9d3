"""Environments, apps and jobs refuse what Azure refuses."""

import pytest

from sandbox.azure.catalog.containers import SIZES
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live, container

APP, JOB, ENVIRONMENT = "app:ContainerApp", "app:Job", "app:ManagedEnvironment"
DELEGATION = "Microsoft.App/environments"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}"


def environment_inputs(**more: object) -> dict[str, object]:
    return {"resourceGroupName": GROUP, "environmentName": "cae-test", **more}


def job_inputs(environment: Live, **configuration: object) -> dict[str, object]:
    return {
        "resourceGroupName": GROUP,
        "jobName": "tenancy",
        "environmentId": environment.id,
        "configuration": {"replicaTimeout": 600, "triggerType": "Manual", **configuration},
        "template": {"containers": [container()]},
    }


# Environments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "delegation", "code"),
    [
        ("10.10.1.0/24", "", "ManagedEnvironmentSubnetDelegationError"),
        ("10.10.1.0/24", "Microsoft.Web/serverFarms", "ManagedEnvironmentSubnetDelegationError"),
        ("10.10.1.0/28", DELEGATION, "ManagedEnvironmentInvalidNetworkConfiguration"),
        ("172.30.1.0/24", DELEGATION, "ManagedEnvironmentInvalidNetworkConfiguration"),
    ],
)
def test_an_environments_subnet_fits(grounds: Cloud, prefix: str, delegation: str, code: str) -> None:
    grounds.network("vnet", "10.10.0.0/16", "172.30.0.0/16")
    subnet = grounds.subnet("apps", prefix, delegation)
    told = grounds.refused(
        ENVIRONMENT, "e", **environment_inputs(vnetConfiguration={"infrastructureSubnetId": subnet.id})
    )
    assert f'Status=400 Code="{code}"' in told


def test_a_subnet_holds_one_environment(grounds: Cloud) -> None:
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", DELEGATION)
    grounds.environment("cae-one", vnetConfiguration={"infrastructureSubnetId": subnet.id})
    told = grounds.refused(
        ENVIRONMENT, "e", **environment_inputs(vnetConfiguration={"infrastructureSubnetId": subnet.id})
    )
    assert 'Code="ManagedEnvironmentSubnetInUse"' in told


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"vnetConfiguration": {"internal": True}}, "ManagedEnvironmentInvalidNetworkConfiguration"),
        ({"zoneRedundant": True}, "ManagedEnvironmentInvalidNetworkConfiguration"),
        ({"environmentName": "Upper"}, "ManagedEnvironmentInvalidName"),
        ({"appLogsConfiguration": {"destination": "elsewhere"}}, "InvalidRequestParameterWithDetails"),
        ({"appLogsConfiguration": {"destination": "log-analytics"}}, "InvalidRequestParameterWithDetails"),
        (
            {"workloadProfiles": [{"name": "c", "workloadProfileType": "Consumption", "minimumCount": 0}]},
            "WorkloadProfilePropertyNotSupported",
        ),
        ({"workloadProfiles": [{"name": "x", "workloadProfileType": "D5"}]}, "InvalidWorkloadProfileType"),
        ({"workloadProfiles": [{"name": "d", "workloadProfileType": "D4"}]}, "InvalidWorkloadProfileType"),
    ],
)
def test_an_environment_refuses(grounds: Cloud, more: dict[str, object], code: str) -> None:
    assert f'Status=400 Code="{code}"' in grounds.refused(ENVIRONMENT, "e", **environment_inputs(**more))


def test_an_environment_in_a_network_has_a_group_of_azures_own(grounds: Cloud) -> None:
    """It is made with the environment, belongs to it, and goes with it."""
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", DELEGATION)
    network = {"infrastructureSubnetId": subnet.id, "internal": True}
    environment = grounds.environment(vnetConfiguration=network, infrastructureResourceGroup="rg-apps")
    group_id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-apps"
    group = grounds.provider.arm.read(group_id)
    assert group is not None
    assert group["managedBy"] == environment.id
    assert environment.outputs["staticIp"] == "10.10.1.16"
    grounds.delete(environment)
    assert grounds.provider.arm.read(group_id) is None


def test_an_environments_group_must_not_exist(grounds: Cloud) -> None:
    grounds.network()
    subnet = grounds.subnet("apps", "10.10.1.0/24", DELEGATION)
    grounds.group("rg-apps")
    inputs = environment_inputs(
        vnetConfiguration={"infrastructureSubnetId": subnet.id}, infrastructureResourceGroup="rg-apps"
    )
    assert 'Code="ManagedEnvironmentInfrastructureResourceGroupExists"' in grounds.refused(ENVIRONMENT, "e", **inputs)


def test_an_environment_keeps_its_network(grounds: Cloud) -> None:
    grounds.network()
    one = grounds.subnet("one", "10.10.1.0/24", DELEGATION)
    two = grounds.subnet("two", "10.10.2.0/24", DELEGATION)
    environment = grounds.environment(vnetConfiguration={"infrastructureSubnetId": one.id})
    told = grounds.update_refused(environment, vnetConfiguration={"infrastructureSubnetId": two.id})
    assert 'Code="ManagedEnvironmentInvalidNetworkConfiguration"' in told
    assert "cannot be changed" in told


def test_a_domain_stays_for_life_and_is_new_after_a_recreation(grounds: Cloud) -> None:
    environment = grounds.environment()
    domain = environment.outputs["defaultDomain"]
    assert domain.endswith(".westeurope.azurecontainerapps.io")
    assert grounds.update(environment, tags={"a": "b"}).outputs["defaultDomain"] == domain
    grounds.delete(environment)
    assert grounds.environment().outputs["defaultDomain"] != domain


def test_an_environment_with_apps_or_jobs_is_not_deleted(grounds: Cloud) -> None:
    environment = grounds.environment()
    app = grounds.app(environment)
    told = grounds.delete_refused(environment)
    assert 'Status=409 Code="ManagedEnvironmentHasContainerApps"' in told
    assert "still contains 1 ContainerApps" in told
    grounds.delete(app)
    job = grounds.create(JOB, "j", **job_inputs(environment))
    assert 'Code="ManagedEnvironmentHasContainerAppsJobs"' in grounds.delete_refused(environment)
    grounds.delete(job)
    grounds.delete(environment)


def test_a_region_holds_so_many_environments(grounds: Cloud) -> None:
    grounds.store.set("quota", "app:ManagedEnvironment/westeurope", "1")
    grounds.environment("cae-one")
    told = grounds.refused(ENVIRONMENT, "e", **environment_inputs())
    assert 'Code="MaxNumberOfRegionalEnvironmentsInSubExceeded"' in told


# Apps -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Upper", "1digit", "two--dashes", "ends-", "x" * 33, "a"])
def test_an_app_has_a_name_that_azure_takes(grounds: Cloud, name: str) -> None:
    told = grounds.refused(APP, "a", **grounds.app_inputs(grounds.environment(), name))
    assert 'Status=400 Code="ContainerAppInvalidName"' in told


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"template": {"containers": []}}, "ContainerAppCreateMustContainContainer"),
        ({"template": {"containers": [container(resources={"cpu": 0.25, "memory": "1Gi"})]}},
         "ContainerAppInvalidResourceTotal"),
        ({"template": {"containers": [container(resources={"cpu": 4.25, "memory": "8.5Gi"})]}},
         "ContainerAppInvalidResourceTotal"),
        ({"template": {"containers": [container(resources={"cpu": 0.25, "memory": "512Mi"})]}},
         "InvalidParameterValueInContainerTemplate"),
        ({"template": {"containers": [container(image="nowhere.example/app:1")]}},
         "InvalidParameterValueInContainerTemplate"),
        ({"template": {"containers": [container(env=[{"name": "A", "secretRef": "none"}])]}},
         "ContainerAppSecretRefNotFound"),
        ({"workloadProfileName": "D4"}, "WorkloadProfileNotFound"),
        ({"location": "northeurope"}, "ContainerAppLocationMismatch"),
        ({"configuration": {"ingress": {"targetPort": 70000}}}, "ContainerAppInvalidIngressTargetPort"),
        ({"configuration": {"ingress": {"traffic": [{"latestRevision": True, "weight": 90}]}}},
         "ContainerAppInvalidTrafficWeight"),
        ({"configuration": {"ingress": {"traffic": [
            {"latestRevision": True, "weight": 50}, {"revisionName": "user--a", "weight": 50}]}}},
         "ContainerAppInvalidTrafficWeight"),
        ({"configuration": {"activeRevisionsMode": "Multiple", "ingress": {"traffic": [
            {"revisionName": "user--none", "weight": 100}]}}}, "RevisionNotFound"),
        ({"template": {"containers": [container()], "scale": {"minReplicas": 3, "maxReplicas": 2}}},
         "ContainerAppInvalidScaleSpec"),
        ({"template": {"containers": [container()], "scale": {"maxReplicas": 1001}}}, "ContainerAppInvalidScaleSpec"),
        ({"template": {"containers": [container(probes=[{"type": "Liveness", "failureThreshold": 11}])]}},
         "ContainerAppProbeInvalid"),
        ({"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/x/none"]}},
         "FailedIdentityOperation"),
        ({"configuration": {"registries": [{"server": "a.azurecr.io", "identity": "/subscriptions/x/none"}]}},
         "ContainerAppRegistryIdentityNotAssigned"),
    ],
)  # fmt: skip
def test_an_app_refuses(grounds: Cloud, more: dict[str, object], code: str) -> None:
    told = grounds.refused(APP, "a", **grounds.app_inputs(grounds.environment(), **more))
    assert f'Status=400 Code="{code}"' in told


def test_an_app_needs_a_live_environment(grounds: Cloud) -> None:
    gone = grounds.environment()
    grounds.delete(gone)
    told = grounds.refused(APP, "a", **grounds.app_inputs(gone))
    assert 'Code="InvalidParameterValueInContainerTemplate"' in told


@pytest.mark.parametrize(("cpu", "memory"), list(SIZES.items()))
def test_every_listed_size_is_taken(grounds: Cloud, cpu: float, memory: str) -> None:
    size = container(resources={"cpu": cpu, "memory": memory})
    grounds.app(grounds.environment(), template={"containers": [size]})


def test_sizes_are_counted_over_all_containers(grounds: Cloud) -> None:
    two = [container(), container(name="side", resources={"cpu": 0.5, "memory": "1Gi"})]
    grounds.app(grounds.environment(), template={"containers": two})


def test_a_dedicated_profile_takes_any_size(grounds: Cloud) -> None:
    profile = {"name": "big", "workloadProfileType": "D4", "minimumCount": 1, "maximumCount": 2}
    environment = grounds.environment(workloadProfiles=[profile])
    odd = container(resources={"cpu": 1.3, "memory": "3Gi"})
    grounds.app(environment, workloadProfileName="big", template={"containers": [odd]})


def test_an_image_of_the_sandbox_is_known_when_it_is_told(grounds: Cloud) -> None:
    image = "upstream.example/tenancy@sha256:0"
    grounds.store.set("image", image, "")
    grounds.app(grounds.environment(), template={"containers": [container(image=image)]})


def test_a_host_name_says_who_can_reach_an_app(grounds: Cloud) -> None:
    environment = grounds.environment()
    domain = environment.outputs["defaultDomain"]
    hidden = grounds.app(environment, "hidden", configuration={"ingress": {"targetPort": 80}})
    assert grounds.app(environment).outputs["configuration"]["ingress"]["fqdn"] == f"user.{domain}"
    assert hidden.outputs["configuration"]["ingress"]["fqdn"] == f"hidden.internal.{domain}"
    assert "fqdn" not in str(grounds.app(environment, "mute", configuration={}).outputs["configuration"])


def test_a_new_template_is_a_new_revision_and_nothing_else_is(grounds: Cloud) -> None:
    app = grounds.app(grounds.environment())
    first = app.outputs["latestRevisionName"]
    assert grounds.update(app, tags={"a": "b"}).outputs["latestRevisionName"] == first
    changed = grounds.update(app, template={"containers": [container(env=[{"name": "A", "value": "1"}])]})
    assert changed.outputs["latestRevisionName"] != first
    named = grounds.update(app, template={"containers": [container()], "revisionSuffix": "blue"})
    assert named.outputs["latestRevisionName"] == "user--blue"


def test_traffic_can_go_to_any_revision_there_was(grounds: Cloud) -> None:
    app = grounds.app(
        grounds.environment(),
        configuration={"activeRevisionsMode": "Multiple", "ingress": {"targetPort": 80}},
        template={"containers": [container()], "revisionSuffix": "blue"},
    )
    split = [{"revisionName": "user--blue", "weight": 90}, {"latestRevision": True, "weight": 10}]
    grounds.update(
        app,
        configuration={"activeRevisionsMode": "Multiple", "ingress": {"targetPort": 80, "traffic": split}},
        template={"containers": [container()], "revisionSuffix": "green"},
    )


def test_a_name_is_unique_in_an_environment_across_groups(grounds: Cloud) -> None:
    environment = grounds.environment()
    grounds.app(environment)
    grounds.group("rg-other")
    told = grounds.refused(APP, "b", **{**grounds.app_inputs(environment), "resourceGroupName": "rg-other"})
    assert 'Code="ContainerAppNameAlreadyInUse"' in told


def test_a_vault_secret_must_be_readable_by_an_identity_of_the_app(grounds: Cloud) -> None:
    """Nothing but the role is missing, then nothing but the secret: each alone refuses the app."""
    environment, vault, identity = grounds.environment(), grounds.vault(), grounds.identity()
    uri = "https://kv-test.vault.azure.net/secrets/s"
    inputs = grounds.app_inputs(
        environment,
        identity={"type": "UserAssigned", "userAssignedIdentities": [identity.id]},
        configuration={"secrets": [{"name": "s", "keyVaultUrl": uri, "identity": identity.id}]},
    )
    secret = {"resourceGroupName": GROUP, "vaultName": "kv-test", "secretName": "s", "properties": {"value": "v"}}
    grounds.create("keyvault:Secret", "s", **secret)
    told = grounds.refused(APP, "a", **inputs)
    assert 'Code="InvalidParameterValueInContainerTemplate"' in told
    assert "Unable to get value using Managed identity" in told
    grounds.create(
        "authorization:RoleAssignment",
        "ra",
        scope=vault.id,
        principalId=identity.outputs["principalId"],
        principalType="ServicePrincipal",
        roleDefinitionId=ROLE,
    )
    missing = {
        **inputs,
        "configuration": {"secrets": [{"name": "s", "keyVaultUrl": uri + "x", "identity": identity.id}]},
    }
    assert "Unable to get value" in grounds.refused(APP, "a", **missing)
    unassigned = {**inputs, "identity": {"type": "None"}}
    assert "Unable to get value" in grounds.refused(APP, "a", **unassigned)
    app = grounds.create(APP, "a", **inputs)
    assigned = app.outputs["identity"]["userAssignedIdentities"][identity.id]
    assert assigned["principalId"] == identity.outputs["principalId"]


# Jobs -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("configuration", [{"triggerType": "Never"}, {"triggerType": "Schedule"}])
def test_a_job_has_a_trigger_that_is_complete(grounds: Cloud, configuration: dict[str, object]) -> None:
    told = grounds.refused(JOB, "j", **job_inputs(grounds.environment(), **configuration))
    assert 'Status=400 Code="JobTriggerInvalid"' in told


def test_a_job_is_ready_when_it_is_made(grounds: Cloud) -> None:
    job = grounds.create(JOB, "j", **job_inputs(grounds.environment()))
    assert job.outputs["runningState"] == "Ready"
    assert job.outputs["template"]["containers"][0]["resources"]["ephemeralStorage"] == "1Gi"

"""A job: as whom it runs, what it is told, how often and how long it may try."""

from typing import Any

import pulumi
import pytest

from components.apps.container_job import ContainerJob, ContainerJobArgs
from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.place import Place
from tests.components.recording import Recording, record


def args(place: Place, **changes: Any) -> ContainerJobArgs:
    """The tenancy job, with `changes`."""
    given: dict[str, Any] = {
        "place": place,
        "job": "tenancy",
        "environment_id": "/environment",
        "workspace_id": "/workspace",
        "image": "tenancy@sha256:0",
        "registry": "acr.azurecr.io",
        "variables": {"TENANCY_PLAN": "{}"},
        "timeout_seconds": 900,
        "retry_limit": 1,
        **changes,
    }
    if "identity" not in given:
        given["identity"] = WorkloadIdentity("identity", WorkloadIdentityArgs(place=place, workload="tenancy"))
    return ContainerJobArgs(**given)


@pytest.fixture
def job(place: Place) -> Recording:
    """The tenancy job as it is registered."""

    def program() -> None:
        role = WorkloadIdentity("waited-for", WorkloadIdentityArgs(place=place, workload="other"))
        ContainerJob("tenancy", args(place), pulumi.ResourceOptions(depends_on=[role]))

    return record(program)


def test_it_is_started_by_hand_and_never_twice_side_by_side(job: Recording) -> None:
    """It changes databases."""
    configuration = job["tenancy-job"].inputs["configuration"]
    assert configuration["triggerType"] == "Manual"
    assert configuration["manualTriggerConfig"] == {"parallelism": 1, "replicaCompletionCount": 1}
    assert (configuration["replicaTimeout"], configuration["replicaRetryLimit"]) == (900, 1)


def test_it_runs_an_image_of_the_registry_as_its_own_identity(job: Recording) -> None:
    """Both as services do; it is told what to do by variables alone."""
    inputs = job["tenancy-job"].inputs
    (container,) = inputs["template"]["containers"]
    assert container["image"] == "acr.azurecr.io/tenancy@sha256:0"
    assert {it["name"] for it in container["env"]} == {"AZURE_CLIENT_ID", "TENANCY_PLAN"}
    (identity,) = inputs["identity"]["userAssignedIdentities"]
    assert inputs["configuration"]["registries"] == [{"server": "acr.azurecr.io", "identity": identity}]
    assert identity.endswith("/id-cf-westeu-dev-1-tenancy")


def test_the_job_itself_waits_for_what_it_depends_on(job: Recording) -> None:
    """Azure looks the image up when the job is written, so its role on the registry stands before."""
    assert "waited-for-identity" in job["tenancy-job"].dependencies


def test_metrics_of_the_job_go_to_the_workspace(job: Recording) -> None:
    """Its logs go by the environment."""
    setting = job["tenancy-metrics"].inputs
    assert setting["workspaceId"] == "/workspace"
    assert "logs" not in setting


def test_a_secret_is_read_from_the_vault_as_the_jobs_identity(place: Place) -> None:
    """A variable refers to it; neither job nor state has its value. Without one nothing is said of secrets."""
    uri = "https://kv-x.vault.azure.net/secrets/y"
    given = {"secrets": {"keys": uri}, "secret_variables": {"SIGNING_KEYS": "keys"}}
    inputs = record(lambda: ContainerJob("tenancy", args(place, **given)) and None)["tenancy-job"].inputs
    (identity,) = inputs["identity"]["userAssignedIdentities"]
    assert inputs["configuration"]["secrets"] == [{"name": "keys", "keyVaultUrl": uri, "identity": identity}]
    (container,) = inputs["template"]["containers"]
    assert {"name": "SIGNING_KEYS", "secretRef": "keys"} in container["env"]
    without = record(lambda: ContainerJob("tenancy", args(place)) and None)["tenancy-job"].inputs
    assert "secrets" not in without["configuration"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"timeout_seconds": 0}, "timeout of 0 s"),
        ({"retry_limit": -1}, "-1 tries more"),
        ({"cpu": 0.3}, r"cpu 0\.3"),
        ({"secret_variables": {"KEYS": "keys"}}, "variable KEYS names the secret 'keys'; secrets has none"),
    ],
)
def test_what_no_job_can_have_is_refused(place: Place, changes: dict[str, Any], told: str) -> None:
    """Before anything is declared."""
    with pytest.raises(ValueError, match=told):
        args(place, identity=None, **changes)

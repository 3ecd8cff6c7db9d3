"""A service: its identity, probes, revisions, scale."""

import pulumi
import pytest

from components.container_service import MEMORY_FOR_CPU, ContainerService, ContainerServiceArgs
from components.place import Place
from components.workload import Image, Scale
from tests.components.recording import SUBSCRIPTION, Recording, record

IMAGE = Image(reference="ghcr.io/x/user@sha256:0", port=8080, liveness_path="/health/live", readiness_path="/health")


def args(place: Place, **changes: object) -> ContainerServiceArgs:
    """The user service, with `changes`."""
    given = {
        "place": place,
        "service": "user",
        "subscription_id": SUBSCRIPTION,
        "environment_id": "/environment",
        "default_domain": "example.azurecontainerapps.io",
        "vault_id": "/vault",
        "image": IMAGE,
        "scale": Scale(least=0, most=3),
        "variables": {"POSTGRES_HOST": "host"},
    }
    return ContainerServiceArgs(**{**given, **changes})


@pytest.fixture
def service(place: Place) -> Recording:
    """The user service as it is registered."""

    def program() -> None:
        made = ContainerService("user", args(place, vault_id=pulumi.Output.from_input("/vault")))
        pulumi.export("url", made.url)

    return record(program)


def test_the_identity_is_the_services_own_and_may_read_secrets_before_the_app_starts(service: Recording) -> None:
    """An app that starts before its role stands fails on its first secret."""
    app = service["user-app"]
    identity = app.inputs["identity"]
    assert identity["type"] == "UserAssigned"
    assert [one.rpartition("/")[2] for one in identity["userAssignedIdentities"]] == ["id-cf-westeu-dev-1-user"]
    assert "user-reads-secrets" in app.dependencies
    assert service["user-reads-secrets"].inputs["scope"] == "/vault"


def test_the_service_knows_its_identity_by_its_client_id(service: Recording) -> None:
    """A user-assigned identity must be named to be used."""
    variables = _container(service)["env"]
    assert {one["name"] for one in variables} == {"AZURE_CLIENT_ID", "POSTGRES_HOST"}
    assert all(one["value"] for one in variables)


def test_revisions_live_side_by_side_and_the_newest_has_the_traffic(service: Recording) -> None:
    """A first deployment has no revision to name, so the traffic goes to the latest."""
    configuration = service["user-app"].inputs["configuration"]
    assert configuration["activeRevisionsMode"] == "Multiple"
    assert configuration["ingress"]["traffic"] == [{"latestRevision": True, "weight": 100}]
    assert configuration["ingress"]["allowInsecure"] is False


def test_liveness_asks_for_no_dependency(service: Recording) -> None:
    """A database that is down must not make every service restart."""
    probes = {one["type"]: one for one in _container(service)["probes"]}
    assert set(probes) == {"Startup", "Liveness", "Readiness"}
    assert {one["httpGet"]["port"] for one in probes.values()} == {8080}
    assert probes["Liveness"]["httpGet"]["path"] == probes["Startup"]["httpGet"]["path"] == "/health/live"
    assert probes["Readiness"]["httpGet"]["path"] == "/health"
    for one in probes.values():  # https://learn.microsoft.com/azure/container-apps/health-probes
        assert 1 <= one["failureThreshold"] <= 10
        assert 1 <= one["periodSeconds"] <= 240


def test_the_url_is_https_under_the_environments_domain(service: Recording) -> None:
    """Known only once the environment is there."""
    assert service.outputs["url"] == "https://user.example.azurecontainerapps.io"


def test_replicas_and_sizes_that_azure_does_not_have_are_refused(place: Place) -> None:
    """Consumption pairs a number of vCPUs with one size of memory."""
    with pytest.raises(ValueError, match="not 3 to 2"):
        Scale(least=3, most=2)
    with pytest.raises(ValueError, match="not 0 to 0"):
        Scale(least=0, most=0)
    with pytest.raises(ValueError, match=r"cpu 0\.3"):
        args(place, cpu=0.3)
    assert (MEMORY_FOR_CPU[0.25], MEMORY_FOR_CPU[1.0], MEMORY_FOR_CPU[4.0]) == ("0.5Gi", "2Gi", "8Gi")


def _container(recording: Recording) -> dict[str, list[dict[str, object]]]:
    (container,) = recording["user-app"].inputs["template"]["containers"]
    return container

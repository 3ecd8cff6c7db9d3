"""A service: as whom it runs, what it may be asked by, its secrets, probes, revisions, scale."""

from typing import Any

import pulumi
import pytest

from components.apps.container_service import ContainerService, ContainerServiceArgs, KafkaTrigger
from components.apps.containers import MEMORY_FOR_CPU
from components.apps.workload import Image, Ingress, Reach, Scale
from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.place import Place
from tests.components.recording import Recording, record

IMAGE = Image(reference="user@sha256:0", port=8080, liveness_path="/health/live", readiness_path="/health")
SECRETS = {"user-events": "https://kv.vault.azure.net/secrets/user-events"}
TRIGGER = KafkaTrigger(
    name="user-events",
    bootstrap="ns.servicebus.windows.net:9093",
    topic="user-events",
    consumer_group="westeu-dev-1.user",
    secret="user-events",  # noqa: S106 - its name
    lag=20,
)


def args(place: Place, **changes: Any) -> ContainerServiceArgs:
    """The user service, with `changes`."""
    given: dict[str, Any] = {
        "place": place,
        "service": "user",
        "environment_id": "/environment",
        "default_domain": "example.azurecontainerapps.io",
        "workspace_id": "/workspace",
        "image": IMAGE,
        "registry": "acr.azurecr.io",
        "ingress": Ingress.NETWORK,
        "scale": Scale(least=0, most=3),
        "variables": {"POSTGRES_HOST": "host"},
        **changes,
    }
    if "identity" not in given:
        given["identity"] = WorkloadIdentity("identity", WorkloadIdentityArgs(place=place, workload="user"))
    return ContainerServiceArgs(**given)


def service(place: Place, **changes: Any) -> Recording:
    """The user service as it is registered."""

    def program() -> None:
        gate = WorkloadIdentity("waited-for", WorkloadIdentityArgs(place=place, workload="gate"))
        made = ContainerService("user", args(place, **changes), pulumi.ResourceOptions(depends_on=[gate]))
        pulumi.export("url", made.url)

    return record(program)


def configuration(recording: Recording) -> dict[str, Any]:
    return recording["user-app"].inputs["configuration"]


def rules(recording: Recording) -> dict[str, dict[str, Any]]:
    scale = recording["user-app"].inputs["template"]["scale"]
    return {rule["name"]: rule for rule in scale.get("rules", [])}


def container(recording: Recording) -> dict[str, Any]:
    (found,) = recording["user-app"].inputs["template"]["containers"]
    return found


def test_it_runs_as_its_own_identity_alone(place: Place) -> None:
    """And knows it by its client id: a user-assigned identity must be named to be used."""
    recording = service(place)
    identity = recording["user-app"].inputs["identity"]
    assert identity["type"] == "UserAssigned"
    assert [one.rpartition("/")[2] for one in identity["userAssignedIdentities"]] == ["id-cf-westeu-dev-1-user"]
    variables = {one["name"]: one["value"] for one in container(recording)["env"]}
    assert set(variables) == {"AZURE_CLIENT_ID", "POSTGRES_HOST"}
    assert all(variables.values())


def test_the_app_itself_waits_for_what_the_service_depends_on(place: Place) -> None:
    """Children do not inherit it: without this an app would start before its roles and its databases stand."""
    assert "waited-for-identity" in service(place)["user-app"].dependencies


def test_the_image_is_pulled_from_the_environments_registry_as_the_identity(place: Place) -> None:
    """No password: the registry has none, and the address is known only once it is there."""
    recording = service(place)
    assert container(recording)["image"] == "acr.azurecr.io/user@sha256:0"
    (registry,) = configuration(recording)["registries"]
    assert set(registry) == {"server", "identity"}
    assert registry["identity"] == recording["user-app"].inputs["identity"]["userAssignedIdentities"][0]


def test_a_public_image_needs_no_registry(place: Place) -> None:
    """The placeholder comes from Microsoft's; credentials for a registry that has none would be refused."""
    recording = service(place, registry=None)
    assert container(recording)["image"] == "user@sha256:0"
    assert "registries" not in configuration(recording)


def test_revisions_live_side_by_side_and_the_newest_has_the_traffic(place: Place) -> None:
    """A first deployment has no revision to name, so the traffic goes to the latest."""
    given = configuration(service(place))
    assert given["activeRevisionsMode"] == "Multiple"
    assert given["maxInactiveRevisions"] == 10
    assert given["ingress"]["traffic"] == [{"latestRevision": True, "weight": 100}]
    assert given["ingress"]["allowInsecure"] is False


def test_liveness_asks_for_no_dependency(place: Place) -> None:
    """A database that is down must not make every service restart."""
    probes = {one["type"]: one for one in container(service(place))["probes"]}
    assert set(probes) == {"Startup", "Liveness", "Readiness"}
    assert {one["httpGet"]["port"] for one in probes.values()} == {8080}
    assert probes["Liveness"]["httpGet"]["path"] == probes["Startup"]["httpGet"]["path"] == "/health/live"
    assert probes["Readiness"]["httpGet"]["path"] == "/health"
    for one in probes.values():  # https://learn.microsoft.com/azure/container-apps/health-probes
        assert 1 <= one["failureThreshold"] <= 10
        assert 1 <= one["periodSeconds"] <= 240


def test_the_url_is_https_under_the_environments_domain(place: Place) -> None:
    """Known only once the environment is there."""
    assert service(place).outputs["url"] == "https://user.example.azurecontainerapps.io"


def test_a_service_that_nobody_asks_has_no_ingress_no_url_and_no_rule_for_requests(place: Place) -> None:
    """A consumer of a hub is started by what it has to read."""
    recording = service(place, ingress=Ingress.NONE, triggers=[TRIGGER], secrets=SECRETS)
    assert "ingress" not in configuration(recording)
    assert recording.outputs.get("url") is None
    assert set(rules(recording)) == {"user-events"}


def test_an_ingress_from_the_internet_lets_in_the_listed_addresses_alone(place: Place) -> None:
    """Rules are all Allow or all Deny; with one Allow everybody else is out."""
    allowed = Ingress.public(["203.0.113.0/24", "198.51.100.7/32"])
    ingress = configuration(service(place, ingress=allowed))["ingress"]
    assert ingress["external"] is True
    assert [(it["action"], it["ipAddressRange"]) for it in ingress["ipSecurityRestrictions"]] == [
        ("Allow", "203.0.113.0/24"),
        ("Allow", "198.51.100.7/32"),
    ]
    assert "ipSecurityRestrictions" not in configuration(service(place))["ingress"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Ingress.public([]), "an allow list is for the internet, which needs one"),
        (lambda: Ingress(reach=Reach.NETWORK, allow_list=("203.0.113.0/24",)), "an allow list is for the internet"),
        (lambda: Ingress.public(["0.0.0.0/0"]), "lets in everybody"),
        (lambda: Ingress.public(["203.0.113.7/24"]), "host bits set"),
        (lambda: Ingress.public(["2001:db8::/32"]), "2001:db8::"),
    ],
)
def test_an_allow_list_that_is_none_is_refused(make: Any, told: str) -> None:
    """Azure takes an empty one as "everybody", and IPv4 only."""
    with pytest.raises(ValueError, match=told):
        make()


def test_replicas_follow_requests_and_the_lag_of_topics(place: Place) -> None:
    """By CPU and memory nothing scales to zero, so where nothing may run they have no rule."""
    recording = service(place, triggers=[TRIGGER], secrets=SECRETS)
    assert set(rules(recording)) == {"http", "user-events"}
    assert rules(recording)["http"]["http"]["metadata"] == {"concurrentRequests": "50"}
    custom = rules(recording)["user-events"]["custom"]
    assert custom["type"] == "kafka"
    assert custom["metadata"] == {
        "bootstrapServers": "ns.servicebus.windows.net:9093",
        "consumerGroup": "westeu-dev-1.user",
        "topic": "user-events",
        "lagThreshold": "20",
        "sasl": "plaintext",
        "tls": "enable",
    }
    assert {it["triggerParameter"]: it["secretRef"] for it in custom["auth"]} == {
        "username": "kafka-user",
        "password": "user-events",
    }


def test_where_a_replica_always_runs_cpu_and_memory_count_too(place: Place) -> None:
    """A percentage of what a replica has."""
    found = rules(service(place, scale=Scale(least=1, most=5)))
    assert set(found) == {"http", "cpu", "memory"}
    assert found["cpu"]["custom"] == {"type": "cpu", "metadata": {"type": "Utilization", "value": "70"}}


def test_secrets_are_references_to_the_vault(place: Place) -> None:
    """The app's own body holds no secret; the user's name is the same word for every connection string there is."""
    recording = service(place, triggers=[TRIGGER], secrets=SECRETS)
    identity = recording["user-app"].inputs["identity"]["userAssignedIdentities"][0]
    assert configuration(recording)["secrets"] == [
        {"name": "user-events", "keyVaultUrl": SECRETS["user-events"], "identity": identity},
        {"name": "kafka-user", "value": "$ConnectionString"},
    ]
    assert "secrets" not in configuration(service(place))


def test_a_trigger_without_its_secret_is_refused(place: Place) -> None:
    """Azure would take the rule, and the consumer would never scale."""
    with pytest.raises(ValueError, match="trigger user-events names the secret 'user-events'; secrets has other"):
        args(place, identity=None, triggers=[TRIGGER], secrets={"other": "https://kv.vault.azure.net/secrets/other"})


def test_a_service_that_nothing_could_start_is_refused(place: Place) -> None:
    """https://learn.microsoft.com/azure/container-apps/scale-app: without ingress or rule it stays at zero for ever."""
    with pytest.raises(ValueError, match="user could never start"):
        args(place, identity=None, ingress=Ingress.NONE)
    assert args(place, identity=None, ingress=Ingress.NONE, scale=Scale(least=1, most=1)).scale.least == 1


def test_metrics_of_the_app_go_to_the_workspace(place: Place) -> None:
    """Its logs go by the environment: an app has metrics only."""
    setting = service(place)["user-metrics"].inputs
    assert setting["workspaceId"] == "/workspace"
    assert [it["category"] for it in setting["metrics"]] == ["AllMetrics"]
    assert "logs" not in setting


def test_replicas_and_sizes_that_azure_does_not_have_are_refused(place: Place) -> None:
    """Consumption pairs a number of vCPUs with one size of memory."""
    with pytest.raises(ValueError, match="not 3 to 2"):
        Scale(least=3, most=2)
    with pytest.raises(ValueError, match="not 0 to 0"):
        Scale(least=0, most=0)
    with pytest.raises(ValueError, match=r"cpu 0\.3"):
        args(place, identity=None, cpu=0.3)
    assert (MEMORY_FOR_CPU[0.25], MEMORY_FOR_CPU[1.0], MEMORY_FOR_CPU[4.0]) == ("0.5Gi", "2Gi", "8Gi")

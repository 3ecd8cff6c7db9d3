"""An image is pulled when an app is written: from upstream, or from a registry that covers, lets in and is reached."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.catalog.images import Reference
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, Cloud, Live, container
from tests.sandbox.azure.test_container_registry import registry, rule_inputs

APP, JOB = "app:ContainerApp", "app:Job"
HOST = "acrtest.azurecr.io"
DIGEST = "sha256:" + "0" * 64
IMAGE = f"{HOST}/user@{DIGEST}"
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
PULL, PUBLISHER = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "3913510d-42f4-4e42-8a64-420c390055eb"


class Stage:
    """A registry with a cache rule, an identity that may pull, an environment; one thing at a time is taken away."""

    def __init__(self, cloud: Cloud, **registry_more: object) -> None:
        self.cloud = cloud
        self.registry = registry(cloud, **registry_more)
        self.identity = cloud.identity()
        self.environment = cloud.environment()

    def rule(self, source: str = "ghcr.io/acme/*", target: str = "*", name: str = "rule-one") -> Live:
        return self.cloud.create("containerregistry:CacheRule", name, **rule_inputs(name, source, target))

    def may(self, role: str = PULL) -> None:
        self.cloud.create(
            "authorization:RoleAssignment",
            role,
            scope=self.registry.id,
            principalId=self.identity.outputs["principalId"],
            principalType="ServicePrincipal",
            roleDefinitionId=ROLES + role,
        )

    def inputs(self, image: str = IMAGE, registries: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        named = [{"server": HOST, "identity": self.identity.id}] if registries is None else registries
        return self.cloud.app_inputs(
            self.environment,
            identity={"type": "UserAssigned", "userAssignedIdentities": [self.identity.id]},
            configuration={"registries": named},
            template={"containers": [container(image=image)]},
            **more,
        )

    def pull(self, image: str = IMAGE, **more: Any) -> Live:
        return self.cloud.create(APP, "a", **self.inputs(image, **more))

    def refused(self, image: str = IMAGE, **more: Any) -> str:
        told = self.cloud.refused(APP, "a", **self.inputs(image, **more))
        assert 'Status=400 Code="InvalidParameterValueInContainerTemplate"' in told
        return told


@pytest.fixture
def stage(grounds: Cloud) -> Stage:
    """Everything is there that a pull needs."""
    made = Stage(grounds)
    made.rule()
    made.may()
    return made


def test_a_digest_below_a_cache_rule_is_taken_as_there(stage: Stage) -> None:
    """No upstream registry can be asked from a sandbox."""
    stage.pull()


def test_a_tag_below_a_cache_rule_is_there_once_the_sandbox_was_told(stage: Stage) -> None:
    """By its upstream name, as a release would put it there."""
    assert "MANIFEST_UNKNOWN" in stage.refused(f"{HOST}/user:1")
    stage.cloud.store.set("image", "ghcr.io/acme/user:1", "")
    stage.pull(f"{HOST}/user:1")


@pytest.mark.parametrize("name", [f"ghcr.io/acme/user@{DIGEST}", IMAGE])
def test_a_digest_that_is_said_to_be_missing_is_not_there(stage: Stage, name: str) -> None:
    stage.cloud.store.set("image-missing", name, "")
    assert "MANIFEST_UNKNOWN" in stage.refused()


def test_a_repository_that_no_rule_covers_is_empty(grounds: Cloud) -> None:
    """Nothing is pushed into a registry, unless the sandbox was told."""
    stage = Stage(grounds)
    stage.rule("ghcr.io/acme/*", "acme/*")
    stage.may()
    assert "MANIFEST_UNKNOWN" in stage.refused()
    stage.pull(f"{HOST}/acme/user@{DIGEST}", containerAppName="other")
    grounds.store.set("image", IMAGE, "")
    stage.pull()


def test_the_rule_without_a_star_wins(stage: Stage) -> None:
    stage.rule("quay.io/other/user", "user", name="exact-one")
    stage.cloud.store.set("image-missing", f"ghcr.io/acme/user@{DIGEST}", "")
    stage.pull()
    stage.cloud.store.set("image-missing", f"quay.io/other/user@{DIGEST}", "")
    assert "MANIFEST_UNKNOWN" in stage.refused(containerAppName="other")


def test_docker_hub_serves_no_cache_without_credentials(grounds: Cloud) -> None:
    """The rule can be made; the pull fails."""
    stage = Stage(grounds)
    stage.rule("docker.io/library/*", "*", name="from-docker")
    stage.may()
    assert "authentication required with source registry for cache rule 'from-docker'" in stage.refused()


@pytest.mark.parametrize("registries", [[], [{"server": "acrother.azurecr.io"}], [{"server": HOST}]])
def test_an_app_names_an_identity_for_the_registry(stage: Stage, registries: list[dict[str, Any]]) -> None:
    """A role that nobody uses opens nothing."""
    assert "UNAUTHORIZED: authentication required" in stage.refused(registries=registries)


def test_the_identity_may_pull(grounds: Cloud) -> None:
    """Another role on the same registry is none."""
    stage = Stage(grounds)
    stage.rule()
    stage.may(PUBLISHER)
    assert "UNAUTHORIZED: authentication required" in stage.refused()
    stage.may()
    stage.pull()


def test_a_job_pulls_as_an_app_does(stage: Stage) -> None:
    inputs = stage.inputs(f"{HOST}/tenancy@{DIGEST}", registries=[])
    job = {key: value for key, value in inputs.items() if key != "containerAppName"}
    configuration = {"replicaTimeout": 600, "triggerType": "Manual"}
    told = stage.cloud.refused(JOB, "j", **{**job, "jobName": "tenancy", "configuration": configuration})
    assert "UNAUTHORIZED" in told
    registries = [{"server": HOST, "identity": stage.identity.id}]
    job = {**job, "jobName": "tenancy", "configuration": {**configuration, "registries": registries}}
    stage.cloud.create(JOB, "j", **job)


def test_a_registry_that_is_not_there_has_no_host(grounds: Cloud) -> None:
    told = grounds.refused(
        APP, "a", **grounds.app_inputs(grounds.environment(), template={"containers": [container(image=IMAGE)]})
    )
    assert "no such host" in told


def test_sign_in_with_a_password_is_not_modelled_and_says_so(stage: Stage) -> None:
    registries = [{"server": HOST, "username": "u", "passwordSecretRef": "p"}]
    told = stage.cloud.refused(APP, "a", **stage.inputs(registries=registries))
    assert "sign-in with a password is not modelled" in told


# The network ----------------------------------------------------------------------------------------------------------


class ShutStage(Stage):
    """A registry without public access, an environment in a network, and the ways in between one by one."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, publicNetworkAccess="Disabled")
        self.rule()
        self.may()
        self.network = cloud.network()
        apps = cloud.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
        self.ways = cloud.subnet("ways", "10.10.4.0/24")
        self.environment = cloud.environment("cae-inside", vnetConfiguration={"infrastructureSubnetId": apps.id})

    def endpoint(self, subnet: Live) -> Live:
        return self.cloud.create(
            "network:PrivateEndpoint",
            "e",
            resourceGroupName=GROUP,
            privateEndpointName="pep-acr",
            subnet={"id": subnet.id},
            privateLinkServiceConnections=[
                {"name": "acr", "privateLinkServiceId": self.registry.id, "groupIds": ["registry"]}
            ],
        )

    def named(self, zone: Live) -> Live:
        return self.cloud.create(
            "network:PrivateDnsZoneGroup",
            "g",
            resourceGroupName=GROUP,
            privateEndpointName="pep-acr",
            privateDnsZoneGroupName="default",
            privateDnsZoneConfigs=[{"name": "acr", "privateDnsZoneId": zone.id}],
        )


def test_a_registry_without_public_access_is_reached_by_an_endpoint_with_a_name(grounds: Cloud) -> None:
    """Each of the three alone is no way: the endpoint, the zone's records, the zone's link."""
    stage = ShutStage(grounds)
    assert "DENIED: client with IP is not allowed" in stage.refused()
    stage.endpoint(stage.ways)
    assert "DENIED" in stage.refused()
    zone = grounds.zone("privatelink.azurecr.io")
    stage.named(zone)
    assert "DENIED" in stage.refused()
    grounds.link(zone, stage.network)
    stage.pull()


def test_an_endpoint_that_is_refused_or_in_another_network_is_no_way(grounds: Cloud) -> None:
    stage = ShutStage(grounds)
    grounds.network("elsewhere", "10.20.0.0/16")
    stage.endpoint(grounds.subnet("ways-there", "10.20.4.0/24", network="elsewhere"))
    zone = grounds.zone("privatelink.azurecr.io")
    stage.named(zone)
    grounds.link(zone, stage.network)
    assert "DENIED" in stage.refused()


def test_an_approval_that_is_taken_back_shuts_the_way(grounds: Cloud) -> None:
    stage = ShutStage(grounds)
    stage.endpoint(stage.ways)
    zone = grounds.zone("privatelink.azurecr.io")
    stage.named(zone)
    grounds.link(zone, stage.network)
    grounds.store.set("endpoint-approval", stage.registry.id, "Rejected")
    assert "DENIED" in stage.refused()


# References -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (IMAGE, (HOST, "user", f"@{DIGEST}")),
        ("GHCR.io/a/b:1", ("ghcr.io", "a/b", ":1")),
        ("localhost:5000/a", ("localhost:5000", "a", ":latest")),
        ("library/python", ("docker.io", "library/python", ":latest")),
        (f"ghcr.io/a:1@{DIGEST}", ("ghcr.io", "a", f"@{DIGEST}")),
    ],
)
def test_a_reference_is_read_as_runtimes_read_it(text: str, parts: tuple[str, str, str]) -> None:
    """A first part without a dot or a port is no host; a digest wins over a tag."""
    reference = Reference.parse(text)
    assert (reference.host, reference.repository, reference.version) == parts


@given(
    st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9}){1,2}", fullmatch=True),
    st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9}){0,2}", fullmatch=True),
    st.sampled_from(["", ":1", f"@{DIGEST}", f":1@{DIGEST}"]),
)
def test_the_parts_of_a_reference_make_it_again(host: str, repository: str, version: str) -> None:
    """Reading what was put together gives the same, whatever the names are."""
    reference = Reference.parse(f"{host}/{repository}{version}")
    assert Reference.parse(reference.text) == reference
    assert reference.by_digest == ("@" in version)

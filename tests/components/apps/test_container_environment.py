"""The environment: internal, with its logs, its own second group and the zone of its domain."""

import pulumi
import pytest

from components.apps.container_environment import ContainerEnvironment, ContainerEnvironmentArgs
from components.network.private_dns import NetworkLink
from components.place import Place
from tests.components.recording import Recording, record


@pytest.fixture
def environment(place: Place) -> Recording:
    """The environment of westeu-dev-1."""

    def program() -> None:
        ContainerEnvironment(
            "apps",
            ContainerEnvironmentArgs(
                place=place,
                subnet_id="/subnets/apps",
                workspace_id="/logs",
                links={"own": NetworkLink(name="dnslink", network_id="/network")},
            ),
        )

    return record(program)


def test_it_is_internal_to_its_network(environment: Recording) -> None:
    """Nothing answers from outside."""
    inputs = environment["apps-environment"].inputs
    assert inputs["vnetConfiguration"] == {"infrastructureSubnetId": "/subnets/apps", "internal": True}
    assert inputs["publicNetworkAccess"] == "Disabled"


def test_the_consumption_profile_has_no_counts(environment: Recording) -> None:
    """Azure refuses them there: WorkloadProfilePropertyNotSupported."""
    (profile,) = environment["apps-environment"].inputs["workloadProfiles"]
    assert (profile["name"], profile["workloadProfileType"]) == ("Consumption", "Consumption")
    assert not {"minimumCount", "maximumCount"} & set(profile)


def test_logs_go_by_a_diagnostic_setting(environment: Recording) -> None:
    """The destination azure-monitor alone sends nothing anywhere."""
    assert environment["apps-environment"].inputs["appLogsConfiguration"] == {"destination": "azure-monitor"}
    setting = environment["apps-logs"]
    assert setting.inputs["workspaceId"] == "/logs"
    assert setting.dependencies == {"apps-environment"}


def test_the_group_that_azure_keeps_has_a_name_that_the_budget_knows(environment: Recording) -> None:
    """Left unnamed, it would be ME_..., which no filter of ours counts."""
    assert environment["apps-environment"].inputs["infrastructureResourceGroup"] == "rg-cf-westeu-dev-1-apps"


def test_its_domain_resolves_to_its_address(environment: Recording) -> None:
    """Azure makes no zone for an internal environment: name and address are known only once it is there."""
    zone, apex = environment["apps-dns-zone"].inputs, environment["apps-dns-a-apex"].inputs
    assert zone["privateZoneName"] == "cae-cf-westeu-dev-1.westeurope.azurecontainerapps.io"
    assert apex["aRecords"] == [{"ipv4Address": "10.10.1.9"}]
    assert environment["apps-dns-link-own"].inputs["virtualNetwork"] == {"id": "/network"}


@pytest.fixture
def edge(place: Place) -> Recording:
    """A further environment that the internet may ask."""
    args = ContainerEnvironmentArgs(
        place=place, subnet_id="/subnets/edge", workspace_id="/logs", descriptor="edge", public=True
    )

    def program() -> None:
        made = ContainerEnvironment("edge", args)
        pulumi.export("zone", made.zone)
        pulumi.export("domain", made.default_domain)

    return record(program)


def test_a_public_environment_is_told_from_the_other_by_its_descriptor(edge: Recording) -> None:
    """Both stand in one group, and Azure's own groups of both are counted by name."""
    inputs = edge["edge-environment"].inputs
    assert inputs["environmentName"] == "cae-cf-westeu-dev-1-edge"
    assert inputs["infrastructureResourceGroup"] == "rg-cf-westeu-dev-1-edge"
    assert edge["edge-logs"].inputs["workspaceId"] == "/logs"


def test_a_public_environment_is_open_to_the_internet_and_has_no_zone_of_ours(edge: Recording) -> None:
    """A private zone of its name would hide its public address from the network."""
    inputs = edge["edge-environment"].inputs
    assert inputs["vnetConfiguration"] == {"infrastructureSubnetId": "/subnets/edge", "internal": False}
    assert inputs["publicNetworkAccess"] == "Enabled"
    assert edge.of_type("privatedns:PrivateZone") == []
    assert edge.outputs["zone"] == edge.outputs["domain"]


def test_a_link_to_a_public_environment_is_refused(place: Place) -> None:
    """There is no zone that it could lead to."""
    links = {"own": NetworkLink(name="dnslink", network_id="/network")}
    with pytest.raises(ValueError, match="no zone to link: leave out own"):
        ContainerEnvironmentArgs(place=place, subnet_id="/s", workspace_id="/logs", public=True, links=links)

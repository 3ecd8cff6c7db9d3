"""NAT gateway, Bastion and flow logs: how a network is left, entered and watched."""

import pulumi
import pytest

from components.network.bastion import Bastion, BastionArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.nat_gateway import NatGateway, NatGatewayArgs
from components.place import Place
from tests.components.recording import SUBSCRIPTION, Recording, record

ZONES = ("1", "2", "3")


def gateway(place: Place, zones: tuple[str, ...] = ZONES, *, preview: bool = False) -> Recording:
    """A NAT gateway; its address is the stack's output."""

    def program() -> None:
        made = NatGateway("egress", NatGatewayArgs(place=place, workspace_id="/logs", zones=zones))
        pulumi.export("address", made.address)

    return record(program, preview=preview)


def flow_logs(place: Place, **changes: object) -> Recording:
    """Flow logs that differ in `changes` from those of a month."""
    given = {
        "place": place,
        "subscription_id": SUBSCRIPTION,
        "network_id": "/networks/vnet",
        "storage_id": "/accounts/st",
        "workspace_id": "/logs",
        "kept_days": 30,
        **changes,
    }
    return record(lambda: FlowLogs("flows", FlowLogsArgs(**given)) and None)


def test_the_way_out_has_one_standard_static_address(place: Place) -> None:
    recording = gateway(place)
    address = recording["egress-address"].inputs
    assert (address["publicIpAddressName"], address["sku"]["name"]) == ("pip-cf-westeu-dev-1-nat", "Standard")
    assert (address["publicIPAllocationMethod"], address["zones"]) == ("Static", list(ZONES))
    made = recording["egress-gateway"].inputs
    assert (made["natGatewayName"], made["sku"]["name"]) == ("ng-cf-westeu-dev-1", "Standard")
    assert "zones" not in made
    assert "egress-address" in recording["egress-gateway"].dependencies
    assert recording.outputs["address"] == "203.0.113.9"


def test_where_a_region_has_no_zones_the_address_names_none(place: Place) -> None:
    """Azure refuses a zone in a region that has none."""
    assert "zones" not in gateway(place, ())["egress-address"].inputs


def test_a_preview_does_not_know_the_address(place: Place) -> None:
    assert "None" not in str(gateway(place, preview=True).outputs)


def test_bastion_stands_in_its_subnet_and_tells_who_was_where(place: Place) -> None:
    args = BastionArgs(place=place, subnet_id="/subnets/AzureBastionSubnet", workspace_id="/logs", zones=ZONES)
    recording = record(lambda: Bastion("bastion", args) and None)
    inputs = recording["bastion-host"].inputs
    assert (inputs["bastionHostName"], inputs["sku"]["name"]) == ("bas-cf-westeu-dev-1", "Standard")
    (configuration,) = inputs["ipConfigurations"]
    assert configuration["subnet"] == {"id": "/subnets/AzureBastionSubnet"}
    assert inputs["disableCopyPaste"] is True
    assert recording["bastion-logs"].inputs["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert recording["bastion-address"].inputs["publicIpAddressName"] == "pip-cf-westeu-dev-1-bastion"


def test_flow_logs_hang_on_the_watcher_of_the_region_that_nobody_makes_here(place: Place) -> None:
    recording = flow_logs(place)
    inputs = recording["flows-log"].inputs
    assert (inputs["resourceGroupName"], inputs["networkWatcherName"]) == (
        "NetworkWatcherRG",
        "NetworkWatcher_westeurope",
    )
    assert inputs["flowLogName"] == "fl-cf-westeu-dev-1"
    assert inputs["retentionPolicy"] == {"enabled": True, "days": 30}
    assert recording.of_type("network:NetworkWatcher") == []


def test_traffic_is_read_into_the_workspace_once_an_hour(place: Place) -> None:
    analytics = flow_logs(place)["flows-log"].inputs["flowAnalyticsConfiguration"]
    assert analytics["networkWatcherFlowAnalyticsConfiguration"] == {
        "enabled": True,
        "trafficAnalyticsInterval": 60,
        "workspaceResourceId": "/logs",
    }


def test_an_identity_writes_the_blobs_for_the_account_takes_no_keys(place: Place) -> None:
    recording = flow_logs(place)
    assert "flows-may-write" in recording["flows-log"].dependencies
    assert recording["flows-may-write"].inputs["scope"] == "/accounts/st"
    assert len(recording["flows-log"].inputs["identity"]["userAssignedIdentities"]) == 1


@pytest.mark.parametrize("days", [0, 366])
def test_flow_logs_are_kept_for_a_time_that_azure_takes(place: Place, days: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 365 days, not {days}"):
        flow_logs(place, kept_days=days)


@pytest.mark.parametrize("protected", [False, True])
def test_a_bastions_address_is_protected_where_it_shall_be(place: Place, protected: bool) -> None:
    """It takes connections from everywhere; nobody pays for it where deployments come and go."""
    args = BastionArgs(
        place=place, subnet_id="/subnets/AzureBastionSubnet", workspace_id="/logs", zones=ZONES, protected=protected
    )
    address = record(lambda: Bastion("bastion", args) and None)["bastion-address"].inputs
    assert address.get("ddosSettings") == ({"protectionMode": "Enabled"} if protected else None)

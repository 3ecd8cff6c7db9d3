"""Peerings: both sides, no transit, and made anew when a network is."""

import pulumi_azure_native as azure_native
import pytest

from components.network.peering import Peering, PeeringArgs, Side
from tests.components.recording import Recording, record


def side(which: str, provider: azure_native.Provider | None = None) -> Side:
    """One network of two."""
    return Side(
        group=f"rg-{which}",
        network_name=f"vnet-{which}",
        network_id=f"/networks/{which}",
        resource_guid=f"guid-{which}",
        peering_name=f"peer-{which}",
        provider=provider,
    )


@pytest.fixture
def peering() -> Recording:
    """Two networks, joined."""
    return record(lambda: Peering("join", PeeringArgs(near=side("near"), far=side("far"))) and None)


def test_each_side_points_at_the_other(peering: Recording) -> None:
    """A peering on one side alone carries nothing."""
    out, back = peering["join-out"].inputs, peering["join-back"].inputs
    assert (out["virtualNetworkName"], out["remoteVirtualNetwork"]["id"]) == ("vnet-near", "/networks/far")
    assert (back["virtualNetworkName"], back["remoteVirtualNetwork"]["id"]) == ("vnet-far", "/networks/near")
    assert back["resourceGroupName"] == "rg-far"


def test_nothing_passes_through(peering: Recording) -> None:
    """Two regionals joined to one global never see each other."""
    for one in peering.of_type("network:VirtualNetworkPeering"):
        assert one.inputs["allowVirtualNetworkAccess"] is True
        for transit in ("allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways"):
            assert one.inputs[transit] is False


def test_a_peering_may_be_left_out_of_the_tag() -> None:
    """Then a rule with the tag VirtualNetwork, as Bastion's group must have, lets nothing of the other network in."""
    args = PeeringArgs(near=side("near"), far=side("far"), named_alone=True)
    recording = record(lambda: Peering("join", args) and None)
    for one in recording.of_type("network:VirtualNetworkPeering"):
        assert one.inputs["allowVirtualNetworkAccess"] is False


def test_a_peering_waits_for_what_comes_first() -> None:
    """A network takes one write at a time: so one peering of it after the other."""

    def program() -> None:
        first = Peering("first", PeeringArgs(near=side("near"), far=side("far")))
        Peering("second", PeeringArgs(near=side("near"), far=side("third"), after=[first]))

    assert {"first-out", "first-back"} <= record(program)["second-out"].dependencies


def test_both_sides_are_made_anew_when_either_network_is(peering: Recording) -> None:
    """A network made anew has its old id; the name of the peering stays, so the old one goes first."""
    for name in ("join-out", "join-back"):
        assert peering[name].trigger == "guid-near/guid-far"
        assert peering[name].request.deleteBeforeReplace


def test_the_state_that_azure_keeps_is_left_alone(peering: Recording) -> None:
    """A refresh reads "Connected" into the inputs, and the next up must not take it away."""
    assert {tuple(one.request.ignoreChanges) for one in peering.of_type("network:VirtualNetworkPeering")} == {
        ("peeringState",)
    }


def test_the_second_side_waits_for_the_first(peering: Recording) -> None:
    """Both write to both networks."""
    assert peering["join-back"].dependencies == {"join-out"}


def test_a_side_in_another_subscription_is_made_by_its_own_provider() -> None:
    """A dedicated customer's deployment may lie in a subscription of its own."""

    def program() -> None:
        other = azure_native.Provider("other", subscription_id="00000000-0000-0000-0000-0000000000d9")
        Peering("join", PeeringArgs(near=side("near"), far=side("far", other)))

    recording = record(program)
    assert "::other::" in recording["join-back"].request.provider
    assert "::other::" not in recording["join-out"].request.provider

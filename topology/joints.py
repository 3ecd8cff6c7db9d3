"""What joins: peerings, private endpoints, DNS zones with their links, and the ways in from the Internet."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, cast

from topology.model import Endpoint, Entry, Link, Peering, Zone
from topology.resources import Estate, Resource

NETWORK = "network:VirtualNetwork"
ZONE = "privatedns:PrivateZone"
CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")


def peerings(estate: Estate) -> list[Peering]:
    """The peerings, each once although it is made of two halves."""
    halves: dict[tuple[str, str], Resource] = {}
    names: dict[str, str] = {}
    for half in estate.of_kind("network:VirtualNetworkPeering"):
        near = estate.holder(half) or estate.led_to(half, None, "virtualNetworkName", NETWORK)
        far = estate.target(half, "remoteVirtualNetwork.id", NETWORK)
        near_key, near_name = _network(near, half.text("virtualNetworkName"))
        far_key, far_name = _network(far, half.text("remoteVirtualNetwork.id").rpartition("/")[2])
        names |= {near_key: near_name, far_key: far_name}
        halves[near_key, far_key] = half
    found: list[Peering] = []
    for (near_key, far_key), half in sorted(halves.items(), key=lambda it: (names[it[0][0]], names[it[0][1]])):
        back = halves.get((far_key, near_key))
        if back is not None and any(near_key == it.far and far_key == it.near for it in found):
            continue
        sides = [half, *([back] if back else [])]
        found.append(
            Peering(
                near=near_key,
                far=far_key,
                near_name=names[near_key],
                far_name=names[far_key],
                both=back is not None,
                tagged=all(side.value("allowVirtualNetworkAccess") is not False for side in sides),
                transit=any(side.value(path) is True for side in sides for path in _TRANSIT),
                state="both sides" if back else "one side only",
                made_by=tuple(dict.fromkeys(side.deployment for side in sides)),
            )
        )
    return found


_TRANSIT = ("allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways")


def _network(network: Resource | None, name: str) -> tuple[str, str]:
    """Key and name of a network; one that is not looked at has its name for a key that no box has."""
    return (network.urn, network.name) if network else (f"?{name}", name or "a network not known yet")


def endpoints(estate: Estate) -> Iterator[Endpoint]:
    """The private endpoints, with what they lead to."""
    zones = _zones_by_endpoint(estate)
    for resource in estate.of_kind("network:PrivateEndpoint"):
        top, connection = _connection(resource)
        target = estate.led_to(resource, connection.get("privateLinkServiceId"), top)
        subnet = estate.target(resource, "subnet.id", "network:Subnet")
        said = connection.get("privateLinkServiceConnectionState")
        state = cast("Mapping[str, Any]", said).get("status") if isinstance(said, Mapping) else None
        arm_id = connection.get("privateLinkServiceId")
        yield Endpoint(
            key=resource.urn,
            deployment=resource.deployment,
            name=resource.name,
            subnet=subnet.urn if subnet else "",
            target=target.urn if target else "",
            target_name=target.name if target else str(arm_id or "not known yet").rpartition("/")[2],
            target_deployment=target.deployment if target else "",
            groups=tuple(str(group) for group in connection.get("groupIds") or ()),
            zones=tuple(zones.get(resource.urn, ())),
            connection=str(state) if state else "planned",
        )


def _connection(resource: Resource) -> tuple[str, Mapping[str, Any]]:
    """The endpoint's one connection, and the property that it stands in."""
    for top in CONNECTIONS:
        for body in resource.items(top):
            if isinstance(body, Mapping):
                return top, cast("Mapping[str, Any]", body)
    return CONNECTIONS[0], {}


def _zones_by_endpoint(estate: Estate) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for group in estate.of_kind("network:PrivateDnsZoneGroup"):
        endpoint = estate.holder(group) or estate.led_to(group, None, "privateEndpointName", "network:PrivateEndpoint")
        for config in group.items("privateDnsZoneConfigs"):
            arm_id = cast("Mapping[str, Any]", config).get("privateDnsZoneId") if isinstance(config, Mapping) else None
            zone = estate.led_to(group, arm_id, "privateDnsZoneConfigs", ZONE)
            name = zone.name if zone else str(arm_id or "").rpartition("/")[2]
            if endpoint is not None and name:
                found[endpoint.urn].append(name)
    return found


def zones(estate: Estate) -> Iterator[Zone]:
    """The private DNS zones, also those of deployments that are not looked at when a link here leads to them."""
    links: defaultdict[str, list[Link]] = defaultdict(list)
    records: defaultdict[str, list[str]] = defaultdict(list)
    elsewhere: dict[str, str] = {}
    for resource in estate.of_kind("privatedns:VirtualNetworkLink"):
        key, name = _zone_of(estate, resource)
        network = estate.target(resource, "virtualNetwork.id", NETWORK)
        arm_id = resource.text("virtualNetwork.id")
        links[key].append(
            Link(
                network=network.name if network else arm_id.rpartition("/")[2] or "not known yet",
                deployment=network.deployment if network else "",
                made_by=resource.deployment,
            )
        )
        if estate.find(key) is None and key.startswith("?"):
            elsewhere[key] = name
    for resource in estate.of_kind("privatedns:PrivateRecordSet"):
        key, _ = _zone_of(estate, resource)
        records[key].append(_record(resource))
    for zone in estate.of_kind(ZONE):
        yield Zone(
            name=zone.name,
            deployment=zone.deployment,
            links=tuple(sorted(links[zone.urn], key=_by_network)),
            records=tuple(sorted(records[zone.urn])),
        )
    for key, name in elsewhere.items():
        yield Zone(
            name=name,
            deployment="",
            links=tuple(sorted(links[key], key=_by_network)),
            records=tuple(sorted(records[key])),
        )


def _by_network(link: Link) -> str:
    return link.network


def _zone_of(estate: Estate, resource: Resource) -> tuple[str, str]:
    """Key and name of the zone that a link or a record belongs to."""
    zone = estate.holder(resource) or estate.led_to(resource, None, "privateZoneName", ZONE)
    if zone is not None:
        return zone.urn, zone.name
    name = resource.text("privateZoneName") or "a zone not known yet"
    return f"?{name}", name


def _record(resource: Resource) -> str:
    addresses = [str(record.get("ipv4Address") or "not known yet") for record in resource.items("aRecords")]
    return f"{resource.text('relativeRecordSetName') or resource.name} → {', '.join(addresses) or 'not known yet'}"


def entries(estate: Estate) -> Iterator[Entry]:
    """Container apps that the Internet reaches: their environment is not internal, their ingress external."""
    for app in estate.of_kind("app:ContainerApp"):
        environment = estate.target(app, "environmentId", "app:ManagedEnvironment")
        if environment is None or app.value("configuration.ingress.external") is not True:
            continue
        if environment.value("vnetConfiguration.internal") is True:
            continue
        subnet = estate.target(environment, "vnetConfiguration.infrastructureSubnetId", "network:Subnet")
        allowed = [
            str(rule.get("ipAddressRange"))
            for rule in app.items("configuration.ingress.ipSecurityRestrictions")
            if str(rule.get("action")).lower() == "allow"
        ]
        yield Entry(
            node=environment.urn,
            subnet=subnet.urn if subnet else "",
            deployment=environment.deployment,
            environment=environment.name,
            app=app.name,
            allowed=tuple(allowed),
        )

"""The private ways of a deployment: one row for each kind of target, and the zones that its network finds them in.

Every deployment has its own zones, with its own endpoints' addresses, also for what lies in its global deployment: a
zone shared by two networks would have the one address overwrite the other.
https://learn.microsoft.com/azure/private-link/private-endpoint-dns
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components.network.private_dns import NetworkLink, PrivateDnsZone, PrivateDnsZoneArgs
from components.network.private_endpoint import PrivateEndpoint, PrivateEndpointArgs
from components.network.virtual_network import Network
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class Way:
    """A kind of target. `group_id`: the part that is reached; `zone`: where its names lie; `slot`: of the endpoint."""

    group_id: str
    zone: str
    slot: str = "storage"


WAYS: Final[Mapping[str, Way]] = {
    "vault": Way(group_id="vault", zone="privatelink.vaultcore.azure.net"),
    "blob": Way(group_id="blob", zone="privatelink.blob.core.windows.net"),
    "hubs": Way(group_id="namespace", zone="privatelink.servicebus.windows.net"),
    "registry": Way(group_id="registry", zone="privatelink.azurecr.io"),
    "search": Way(group_id="searchService", zone="privatelink.search.windows.net"),
    "queue": Way(group_id="queue", zone="privatelink.queue.core.windows.net"),
    "redis": Way(group_id="redisEnterprise", zone="privatelink.redis.azure.net", slot="redis"),
}


class PrivateWays:
    """Makes the endpoints of one deployment, and each zone with the first endpoint that needs it."""

    def __init__(self, place: Place, network: Network, own_link: NetworkLink, opts: pulumi.ResourceOptions) -> None:
        self._place, self._network, self._link, self._opts = place, network, own_link, opts
        self._zones: dict[str, PrivateDnsZone] = {}
        self._made: list[PrivateEndpoint] = []

    @property
    def made(self) -> list[pulumi.Resource]:
        """Every endpoint so far: what calls through them starts after them."""
        return [*self._made]

    def to(
        self,
        kind: str,
        target_id: pulumi.Input[str],
        *,
        beyond: str | None = None,
        replaced_with: pulumi.Input[str] | None = None,
    ) -> PrivateEndpoint:
        """An endpoint to a target of this kind. `beyond`: the deployment that it belongs to, where not this one."""
        way = WAYS[kind]
        name = f"{kind}-{beyond}" if beyond else kind
        endpoint = PrivateEndpoint(
            f"way-{name}",
            PrivateEndpointArgs(
                place=self._place,
                subnet_id=self._network.subnet_ids[way.slot],
                target=name,
                target_id=target_id,
                group_id=way.group_id,
                zone_id=self._zone(kind).id,
                replaced_with=replaced_with,
            ),
            self._opts,
        )
        self._made.append(endpoint)
        return endpoint

    def _zone(self, kind: str) -> PrivateDnsZone:
        if kind not in self._zones:
            args = PrivateDnsZoneArgs(place=self._place, zone=WAYS[kind].zone, links={"own": self._link})
            self._zones[kind] = PrivateDnsZone(f"{kind}-dns", args, self._opts)
        return self._zones[kind]

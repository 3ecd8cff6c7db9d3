"""The model made from resources: networks with what stands in them, services beside them, who reaches what."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Network

from cidr import AllocationMap, DeploymentName, FaultsError, load_map
from cidr.plan import Slot
from topology import joints
from topology.flows import Place, flows, half_open, seen_by
from topology.kinds import look_of
from topology.model import Count, Deployment, End, Node, Part, Peering, Subnet, Topology, VirtualNetwork
from topology.resources import Estate, Resource, Source
from topology.security import UNGUARDED, network_of, rules_of


def read(sources: Iterable[Source], allocations: AllocationMap | None = None) -> Topology:
    """The topology of the deployments together. `allocations`: names slots and addresses (default: the map)."""
    return _Reader(Estate(sources), allocations or load_map()).topology()


class _Reader:
    def __init__(self, estate: Estate, allocations: AllocationMap) -> None:
        self._estate = estate
        self._map = allocations

    def topology(self) -> Topology:
        estate = self._estate
        peerings = joints.peerings(estate)
        whole = [peering for peering in peerings if peering.both and peering.far]
        joined, tagged = _joined(whole), _joined(peering for peering in whole if peering.tagged)
        subnets = estate.of_kind("network:Subnet")
        places = [place for subnet in subnets if (place := self._place(subnet, joined, tagged))]
        found = flows(places, self._words)
        return Topology(
            deployments=tuple(self._deployment(source) for source in estate.sources),
            endpoints=tuple(sorted(joints.endpoints(estate), key=lambda it: (it.deployment, it.name))),
            zones=tuple(sorted(joints.zones(estate), key=lambda it: (it.deployment, it.name))),
            peerings=tuple(sorted(peerings, key=lambda it: (it.near_name, it.far_name))),
            flows=tuple(found),
            half_open=tuple(half_open(places, found)),
            entries=tuple(sorted(joints.entries(estate), key=lambda it: (it.deployment, it.app))),
        )

    def _deployment(self, source: Source) -> Deployment:
        own = [resource for resource in source.resources if look_of(resource.kind).shown == "box"]
        beside = [
            resource for resource in own if resource.urn not in self._standing and self._box_above(resource) is None
        ]
        counted = Counter(
            look.label for resource in source.resources if (look := look_of(resource.kind)).shown == "counted"
        )
        return Deployment(
            name=source.deployment,
            status=source.status,
            networks=tuple(
                self._network(source.deployment, resource)
                for resource in source.resources
                if resource.kind == "network:VirtualNetwork"
            ),
            services=tuple(self._node(resource) for resource in sorted(beside, key=_by_family)),
            counts=tuple(Count(label=label, number=number) for label, number in sorted(counted.items())),
        )

    def _network(self, deployment: str, network: Resource) -> VirtualNetwork:
        subnets = [it for it in self._estate.of_kind("network:Subnet") if self._network_of(it) is network]
        return VirtualNetwork(
            key=network.urn,
            name=network.name,
            prefixes=tuple(str(prefix) for prefix in network.items("addressSpace.addressPrefixes")),
            subnets=tuple(self._subnet(deployment, subnet) for subnet in sorted(subnets, key=_by_address)),
        )

    def _subnet(self, deployment: str, subnet: Resource) -> Subnet:
        slot = self._slot(deployment, subnet.text("addressPrefix"))
        group = self._estate.target(subnet, "networkSecurityGroup.id", "network:NetworkSecurityGroup")
        delegations = [str(it.get("serviceName")) for it in subnet.items("delegations")]
        return Subnet(
            key=subnet.urn,
            name=subnet.name,
            title=slot.name if slot else subnet.name,
            prefix=subnet.text("addressPrefix"),
            purpose=slot.purpose if slot else "",
            delegation=", ".join(delegations),
            group=group.name if group else "",
            nodes=tuple(self._node(self._by_urn[urn]) for urn, holds in self._standing.items() if holds == subnet.urn),
        )

    @cached_property
    def _by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self._estate.resources}

    @cached_property
    def _standing(self) -> Mapping[str, str]:
        """URN of what stands in a subnet -> URN of the subnet."""
        found: dict[str, str] = {}
        for resource in self._estate.resources:
            path = look_of(resource.kind).subnet
            subnet = self._estate.target(resource, path, "network:Subnet") if path else None
            if subnet is not None:
                found[resource.urn] = subnet.urn
        return found

    @cached_property
    def _parts(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """URN of a box -> label -> names of the parts that lie in it."""
        found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for resource in self._estate.resources:
            look = look_of(resource.kind)
            above = self._box_above(resource) if look.shown in ("part", "box") else None
            if above is not None:
                found[above.urn][look.label].append(resource.name)
        return found

    def _box_above(self, resource: Resource) -> Resource | None:
        """The box that a resource lies in; None for what lies in none."""
        inside = look_of(resource.kind).inside
        above = self._estate.target(resource, inside) if inside else self._estate.holder(resource)
        while above is not None and look_of(above.kind).shown != "box":
            above = self._estate.holder(above)
        return above

    def _node(self, resource: Resource) -> Node:
        look = look_of(resource.kind)
        facts = ((label, resource.value(path)) for label, path in look.facts.items())
        return Node(
            key=resource.urn,
            name=resource.name,
            label=look.label,
            family=look.family,
            sign=look.sign,
            facts=tuple(f"{label} {value}" for label, value in facts if isinstance(value, (str, int)) and value != ""),
            parts=tuple(
                Part(label=label, names=tuple(sorted(names)))
                for label, names in sorted(self._parts.get(resource.urn, {}).items())
            ),
        )

    def _network_of(self, subnet: Resource) -> Resource | None:
        kind = "network:VirtualNetwork"
        return self._estate.holder(subnet) or self._estate.led_to(subnet, None, "virtualNetworkName", kind)

    def _place(
        self, subnet: Resource, joined: Mapping[str, Iterable[str]], tagged: Mapping[str, Iterable[str]]
    ) -> Place | None:
        """A subnet as rules see it; None where its addresses or its network are unknown."""
        prefix, network = network_of(subnet.text("addressPrefix")), self._network_of(subnet)
        if prefix is None or network is None:
            return None
        group = self._estate.target(subnet, "networkSecurityGroup.id", "network:NetworkSecurityGroup")
        slot = self._slot(subnet.deployment, str(prefix))
        label = f"{subnet.deployment} {slot.name if slot else subnet.name}"
        return Place(
            end=End(key=subnet.urn, label=label, deployment=subnet.deployment),
            network=network.urn,
            sees=seen_by(network.urn, joined),
            tagged=seen_by(network.urn, tagged),
            prefix=prefix,
            rules=rules_of(group.items("securityRules")) if group else UNGUARDED,
        )

    def _slot(self, deployment: str, prefix: str) -> Slot | None:
        try:
            plan = self._map.plan(deployment)
        except FaultsError:
            return None
        return next((slot for slot in plan.subnets if str(slot.network) == prefix), None)

    def _words(self, prefix: IPv4Network) -> str:
        """What addresses outside the drawn subnets are by the map."""
        for owner, block in self._map.owned.items():
            if prefix.subnet_of(block.network):
                return f"{owner} {self._slot_words(owner, prefix)} (not shown here)"
        platform = self._map.file.platform
        inside = platform.first.network_address <= prefix.network_address <= platform.last.broadcast_address
        return f"{prefix} (in no deployment's block)" if inside else str(prefix)

    def _slot_words(self, owner: DeploymentName, prefix: IPv4Network) -> str:
        slot = next((slot for slot in self._map.plan(owner).subnets if prefix.subnet_of(slot.network)), None)
        return slot.name if slot else str(prefix)


def _joined(peerings: Iterable[Peering]) -> Mapping[str, Iterable[str]]:
    """Key of a network -> the networks that it is joined to."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for peering in peerings:
        found[peering.near].add(peering.far)
        found[peering.far].add(peering.near)
    return found


def _by_family(resource: Resource) -> tuple[str, str, str]:
    look = look_of(resource.kind)
    return look.family, look.label, resource.name


def _by_address(subnet: Resource) -> tuple[int, str]:
    network = network_of(subnet.text("addressPrefix"))
    return (int(network.network_address) if network else 0), subnet.name

"""The network of one deployment or several as a person thinks of it: what stands where, and who reaches what."""

from dataclasses import dataclass

from topology.kinds import Family
from topology.resources import Status


@dataclass(frozen=True, kw_only=True)
class Part:
    """What lies in a node, by kind: `databases`, with their names."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One resource that has a box. `key`: tells it from every other. `facts`: short texts, such as "version 18"."""

    key: str
    name: str
    label: str
    family: Family
    sign: str
    facts: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """`title`: its slot of the address plan ("db"), else its name. `group`: its network security group, empty for none.

    `prefix`: such as 10.10.2.0/24, empty where it is unknown. `delegation`: the resource type it is given to.
    """

    key: str
    name: str
    title: str
    prefix: str
    purpose: str
    delegation: str
    group: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class VirtualNetwork:
    """A virtual network and its subnets in address order."""

    key: str
    name: str
    prefixes: tuple[str, ...]
    subnets: tuple[Subnet, ...]


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many there are of what is counted and not drawn."""

    label: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployment: its networks, and the services that stand in none."""

    name: str
    status: Status
    networks: tuple[VirtualNetwork, ...]
    services: tuple[Node, ...]
    counts: tuple[Count, ...]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A private endpoint. `subnet`, `target`: keys, empty for what is not among the deployments looked at.

    `connection`: what the target's owner said: Approved, Pending, Rejected, Disconnected, or "planned".
    """

    key: str
    deployment: str
    name: str
    subnet: str
    target: str
    target_name: str
    target_deployment: str
    groups: tuple[str, ...]
    zones: tuple[str, ...]
    connection: str

    @property
    def passes(self) -> bool:
        """Whether anything can pass, or will once it is made."""
        return self.connection in ("Approved", "planned")


@dataclass(frozen=True, kw_only=True)
class Link:
    """A zone's link to a network: `deployment` is that of the network, empty when it is not looked at."""

    network: str
    deployment: str
    made_by: str


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A private DNS zone, and the networks that resolve names by it. `records`: names with what they lead to."""

    name: str
    deployment: str
    links: tuple[Link, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Peering:
    """Two networks joined. `both`: each side has its half; only then does anything pass. `made_by`: deployments.

    `tagged`: the tag VirtualNetwork takes the other network in; else only rules that name its addresses let it pass.
    `far` is a key; empty, with the name in `far_name`, when that network is not looked at.
    """

    near: str
    far: str
    near_name: str
    far_name: str
    both: bool
    tagged: bool
    transit: bool
    state: str
    made_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of an allowance: a subnet that is drawn (`key`), or the words for what is not."""

    key: str
    label: str
    deployment: str = ""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Who reaches what: both ends allow it. `ports`: "tcp 5432, 6432". `reasons`: the rules that allow it."""

    source: End
    destination: End
    ports: str
    reasons: tuple[str, ...]

    @property
    def crosses(self) -> bool:
        """Whether it goes from one deployment to another."""
        ends = {self.source.deployment, self.destination.deployment}
        return len(ends) == 2 and "" not in ends


@dataclass(frozen=True, kw_only=True)
class HalfOpen:
    """A rule that names an end, and nothing passes all the same; `why` says what is missing."""

    source: End
    destination: End
    ports: str
    rule: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A way in from the Internet: `node` is the environment's key. `allowed`: prefixes, empty when everyone may."""

    node: str
    subnet: str
    deployment: str
    environment: str
    app: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Everything that a page tells."""

    deployments: tuple[Deployment, ...]
    endpoints: tuple[Endpoint, ...]
    zones: tuple[Zone, ...]
    peerings: tuple[Peering, ...]
    flows: tuple[Flow, ...]
    half_open: tuple[HalfOpen, ...]
    entries: tuple[Entry, ...]

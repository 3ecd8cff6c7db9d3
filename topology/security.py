"""What a network security group lets through, by Azure's rules: the lowest priority that fits decides.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
Only TCP and UDP are told. A rule fits two subnets when it names some address of each; so what is told may pass between
some of their addresses, and a denial counts only where it covers them whole: nothing that passes is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final, Literal, cast

Direction = Literal["Inbound", "Outbound"]
Ports = tuple[int, int]
"""First and last port."""
ALL_PORTS: Final[Ports] = (0, 65535)
ANYWHERE: Final = frozenset({"*", "0.0.0.0/0"})
NETWORK_TAG: Final = "VirtualNetwork"
PROTOCOLS: Final = ("tcp", "udp")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a group; ends are prefixes, service tags or "*"."""

    name: str
    priority: int
    direction: Direction
    allows: bool
    protocols: tuple[str, ...]
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[Ports, ...]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Ports that one rule lets through in one direction."""

    protocol: str
    ports: Ports
    rule: str


def _default(name: str, priority: int, direction: Direction, source: str, destination: str, *, allows: bool) -> Rule:
    return Rule(
        name=name,
        priority=priority,
        direction=direction,
        allows=allows,
        protocols=PROTOCOLS,
        sources=(source,),
        destinations=(destination,),
        ports=(ALL_PORTS,),
    )


DEFAULT_RULES: Final = (
    _default("AllowVnetInBound", 65000, "Inbound", NETWORK_TAG, NETWORK_TAG, allows=True),
    _default("AllowAzureLoadBalancerInBound", 65001, "Inbound", "AzureLoadBalancer", "*", allows=True),
    _default("DenyAllInBound", 65500, "Inbound", "*", "*", allows=False),
    _default("AllowVnetOutBound", 65000, "Outbound", NETWORK_TAG, NETWORK_TAG, allows=True),
    _default("AllowInternetOutBound", 65001, "Outbound", "*", "Internet", allows=True),
    _default("DenyAllOutBound", 65500, "Outbound", "*", "*", allows=False),
)
"""What Azure adds to every group."""
UNGUARDED: Final = tuple(
    _default("(no security group)", 100, direction, "*", "*", allows=True) for direction in ("Inbound", "Outbound")
)
"""A subnet without a group lets everything through."""


def rules_of(bodies: Iterable[Any]) -> tuple[Rule, ...]:
    """The rules of a group's `securityRules` and Azure's own, in the order in which they are asked."""
    own = [_rule(cast("Mapping[str, Any]", body)) for body in bodies if isinstance(body, Mapping)]
    return tuple(sorted([*own, *DEFAULT_RULES], key=lambda rule: rule.priority))


def _rule(body: Mapping[str, Any]) -> Rule:
    protocol = str(body.get("protocol", "*")).lower()
    return Rule(
        name=str(body.get("name", "")),
        priority=int(body.get("priority") or 0),
        direction="Inbound" if str(body.get("direction")).lower() == "inbound" else "Outbound",
        allows=str(body.get("access")).lower() == "allow",
        protocols=PROTOCOLS if protocol == "*" else (protocol,),
        sources=_several(body, "sourceAddressPrefix", "sourceAddressPrefixes"),
        destinations=_several(body, "destinationAddressPrefix", "destinationAddressPrefixes"),
        ports=tuple(_ports(text) for text in _several(body, "destinationPortRange", "destinationPortRanges")),
    )


def _several(body: Mapping[str, Any], one: str, many: str) -> tuple[str, ...]:
    """ARM has one property for a single value and another for several."""
    return tuple(str(value) for value in (body.get(one), *(body.get(many) or ())) if value)


def _ports(text: str) -> Ports:
    if text == "*":
        return ALL_PORTS
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def network_of(prefix: str) -> IPv4Network | None:
    """The network that a prefix or an address writes; None for a service tag and for what is unknown."""
    try:
        return IPv4Network(prefix, strict=False)
    except ValueError:
        return None


def passes(
    rules: Sequence[Rule], direction: Direction, source: IPv4Network, destination: IPv4Network, *, tagged: bool = True
) -> Iterator[Pass]:
    """What the rules let through from one subnet to another, both of networks that see each other.

    tagged: whether the tag VirtualNetwork of the rules' own network takes the other one in.
    """
    left: dict[str, list[Ports]] = {protocol: [ALL_PORTS] for protocol in PROTOCOLS}
    inbound = direction == "Inbound"
    for rule in rules:
        fits = (
            _fit(rule.sources, source, tagged=tagged or not inbound),
            _fit(rule.destinations, destination, tagged=tagged or inbound),
        )
        if rule.direction != direction or "no" in fits:
            continue
        for protocol in rule.protocols:
            for cut in common(left.get(protocol, []), rule.ports):
                if rule.allows:
                    yield Pass(protocol=protocol, ports=cut, rule=rule.name)
            if fits == ("whole", "whole"):
                left[protocol] = without(left.get(protocol, []), rule.ports)


def _fit(prefixes: Iterable[str], network: IPv4Network, *, tagged: bool) -> Literal["no", "part", "whole"]:
    found: Literal["no", "part", "whole"] = "no"
    for prefix in prefixes:
        named = network_of(prefix)
        by_tag = prefix == NETWORK_TAG and tagged
        if by_tag or prefix in ANYWHERE or (named is not None and network.subnet_of(named)):
            return "whole"
        if named is not None and named.overlaps(network):
            found = "part"
    return found


def common(some: Iterable[Ports], others: Sequence[Ports]) -> list[Ports]:
    """The ports that are in both."""
    return [(max(a, c), min(b, d)) for a, b in some for c, d in others if max(a, c) <= min(b, d)]


def without(some: Iterable[Ports], others: Iterable[Ports]) -> list[Ports]:
    """The ports of `some` that are in none of `others`."""
    rest = list(some)
    for first, last in others:
        rest = [
            piece
            for low, high in rest
            for piece in ((low, min(high, first - 1)), (max(low, last + 1), high))
            if piece[0] <= piece[1]
        ]
    return rest


def told(passed: Iterable[tuple[str, Ports]]) -> str:
    """Ports for people: `tcp 443, 31443`, `udp 123`, `any port`; neighbours and overlaps are joined."""
    by_protocol: dict[str, list[Ports]] = {}
    for protocol, ports in passed:
        by_protocol.setdefault(protocol, []).append(ports)
    merged = {protocol: _merged(ports) for protocol, ports in by_protocol.items()}
    if set(merged) == set(PROTOCOLS) and merged["tcp"] == merged["udp"]:
        merged = {"tcp+udp": merged["tcp"]}
    if merged == {"tcp+udp": [ALL_PORTS]}:
        return "any port"
    return "; ".join(f"{protocol} {', '.join(map(_port_text, ports))}" for protocol, ports in merged.items())


def _merged(ports: Iterable[Ports]) -> list[Ports]:
    joined: list[Ports] = []
    for first, last in sorted(ports):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _port_text(ports: Ports) -> str:
    if ports == ALL_PORTS:
        return "any port"
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"

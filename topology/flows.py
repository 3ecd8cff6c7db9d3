"""Who reaches what: the rules of both ends together, over the networks that see each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import product

from topology.model import End, Flow, HalfOpen
from topology.security import ANYWHERE, NETWORK_TAG, Pass, Ports, Rule, common, network_of, passes, told

WordsOf = Callable[[IPv4Network], str]
"""What a prefix outside the drawn subnets is, for people: its deployment and slot by the address map."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A subnet as rules see it. `sees`: keys of the networks whose addresses reach it: its own and peered ones.

    `tagged`: those of them that the tag VirtualNetwork takes in.
    """

    end: End
    network: str
    sees: frozenset[str]
    tagged: frozenset[str]
    prefix: IPv4Network
    rules: tuple[Rule, ...]


def flows(places: Sequence[Place], words_of: WordsOf) -> list[Flow]:
    """Every allowance that both ends give, and those to and from what is no subnet here."""
    found = [flow for near, far in product(places, places) for flow in _between(near, far)]
    for place in places:
        found += _with_others(place, places, words_of)
    return found


def _between(near: Place, far: Place) -> Iterator[Flow]:
    if far.network not in near.sees or near.network not in far.sees:
        return
    tagged = far.network in near.tagged, near.network in far.tagged
    sent = list(passes(near.rules, "Outbound", near.prefix, far.prefix, tagged=tagged[0]))
    taken = list(passes(far.rules, "Inbound", near.prefix, far.prefix, tagged=tagged[1]))
    both = [(a, b, cut) for a, b in product(sent, taken) for cut in _cut(a, b)]
    if both:
        yield Flow(
            source=near.end,
            destination=far.end,
            ports=told((a.protocol, cut) for a, _, cut in both),
            reasons=tuple(dict.fromkeys(rule for a, b, _ in both for rule in (a.rule, b.rule))),
        )


def _cut(sent: Pass, taken: Pass) -> list[Ports]:
    return common([sent.ports], [taken.ports]) if sent.protocol == taken.protocol else []


def _with_others(place: Place, places: Sequence[Place], words_of: WordsOf) -> Iterator[Flow]:
    """Allowances whose other end is a service tag, the Internet, or addresses that no drawn subnet has."""
    for rule in place.rules:
        if not rule.allows or _is_shadowed(rule, place.rules):
            continue
        inbound = rule.direction == "Inbound"
        for other in rule.sources if inbound else rule.destinations:
            if other == NETWORK_TAG or _drawn(other, places):
                continue
            outside = End(key="", label=_words(other, words_of))
            ports = told(product(rule.protocols, rule.ports))
            source, destination = (outside, place.end) if inbound else (place.end, outside)
            yield Flow(source=source, destination=destination, ports=ports, reasons=(rule.name,))


def _drawn(prefix: str, places: Iterable[Place]) -> bool:
    named = network_of(prefix)
    return named is not None and any(named.overlaps(place.prefix) for place in places) and prefix not in ANYWHERE


def _is_shadowed(rule: Rule, rules: Iterable[Rule]) -> bool:
    """Whether an earlier rule denies all that this one allows."""
    return any(
        other.priority < rule.priority
        and not other.allows
        and other.direction == rule.direction
        and _covers(other.sources, rule.sources)
        and _covers(other.destinations, rule.destinations)
        and set(rule.protocols) <= set(other.protocols)
        and all(any(low <= first and last <= high for low, high in other.ports) for first, last in rule.ports)
        for other in rules
    )


def _covers(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    return bool(ANYWHERE & set(wide)) or set(narrow) <= set(wide)


def _words(other: str, words_of: WordsOf) -> str:
    if other in ANYWHERE:
        return "any address"
    named = network_of(other)
    if named is None:
        return other
    if named == IPv4Network(PLATFORM_ADDRESS):
        return f"Azure's own DNS ({other})"
    return words_of(named)


PLATFORM_ADDRESS = IPv4Address("168.63.129.16")
"""https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"""


def half_open(places: Sequence[Place], found: Sequence[Flow]) -> list[HalfOpen]:
    """Rules that name a drawn subnet by its addresses, although nothing that they allow passes."""
    open_ways = {(flow.source.key, flow.destination.key): flow for flow in found}
    half: list[HalfOpen] = []
    for place, other in product(places, places):
        if place is other:
            continue
        for rule in place.rules:
            inbound = rule.direction == "Inbound"
            named = rule.sources if inbound else rule.destinations
            if not rule.allows or not any(_names(prefix, other.prefix) for prefix in named):
                continue
            source, destination = (other.end, place.end) if inbound else (place.end, other.end)
            way = open_ways.get((source.key, destination.key))
            if way is None or rule.name not in way.reasons:
                why = _why(place, other, inbound=inbound)
                ports = told(product(rule.protocols, rule.ports))
                half.append(HalfOpen(source=source, destination=destination, ports=ports, rule=rule.name, why=why))
    return half


def _names(prefix: str, network: IPv4Network) -> bool:
    named = network_of(prefix)
    return named is not None and prefix not in ANYWHERE and named.overlaps(network)


def _why(place: Place, other: Place, *, inbound: bool) -> str:
    if other.network not in place.sees or place.network not in other.sees:
        return "the two networks are not joined by a peering with both its sides"
    side = "outbound" if inbound else "inbound"
    return f"no {side} rule of {other.end.label} allows it"


def seen_by(own: str, joined: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The networks that one sees: itself and those it is joined with; peerings do not add up."""
    return frozenset({own, *joined.get(own, ())})

"""What a network security group says of traffic between two subnets: the first rule that fits, by priority, decides.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

from typing import Final

from sandbox.azure.bodies import Body, objects_at, text_at
from sandbox.azure.model import Record, World

from .addresses import inside, prefix, prefixes

# Tags that hold every address of networks that are joined; a group's own last rules allow those.
_JOINED: Final = ("*", "virtualnetwork")


def lets_through(subnet: Record, other: Record, direction: str, port: int, world: World) -> bool:
    """Whether the group of `subnet` allows TCP at `port` from (Inbound) or to (Outbound) the subnet `other`.

    The two lie in one network or in two that are joined; a subnet without a group allows everything.
    """
    group = world.find(text_at(subnet.inputs, "networkSecurityGroup.id") or "")
    rules = objects_at(group.inputs, "securityRules") if group else []
    of_direction = [rule for rule in rules if rule.get("direction") == direction]
    inbound = direction == "Inbound"
    source, destination = (other, subnet) if inbound else (subnet, other)
    for rule in sorted(of_direction, key=lambda rule: int(rule.get("priority", 0))):
        if (
            str(rule.get("protocol", "*")).lower() in ("*", "tcp")
            and _covers_port(rule, port)
            and _covers(rule, "source", source)
            and _covers(rule, "destination", destination)
        ):
            return rule.get("access") == "Allow"
    return True


def _several(rule: Body, name: str) -> list[str]:
    """A property that has one form for a single value and another for a list."""
    single = {"Prefixes": "Prefix", "Ranges": "Range"}
    end = next(word for word in single if name.endswith(word))
    one = rule.get(name.removesuffix(end) + single[end])
    return [str(one)] if one else [str(item) for item in rule.get(name) or []]


def _covers_port(rule: Body, port: int) -> bool:
    for text in _several(rule, "destinationPortRanges"):
        first, _, last = text.partition("-")
        if text == "*" or int(first) <= port <= int(last or first):
            return True
    return False


def _covers(rule: Body, end: str, subnet: Record) -> bool:
    """Whether an end of a rule holds every address of the subnet; tags of Azure's services hold none."""
    for text in _several(rule, f"{end}AddressPrefixes"):
        if text.lower() in _JOINED:
            return True
        if text[0].isdigit() and all(
            inside(found, [prefix(text, subnet.name)]) for found in prefixes(subnet.inputs, subnet.name)
        ):
            return True
    return False

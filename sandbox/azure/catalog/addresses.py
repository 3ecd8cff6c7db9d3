"""Address ranges as Azure's network provider judges them."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from sandbox.azure.bodies import Body, at
from sandbox.azure.errors import ArmError

Network = IPv4Network | IPv6Network


def prefix(text: str, owner: str) -> Network:
    """The network of an address prefix; refused when it is no CIDR or has host bits set.

    https://learn.microsoft.com/azure/virtual-network/manage-virtual-network#add-or-remove-an-address-range
    """
    try:
        network = ip_network(text)
    except ValueError as error:
        try:
            meant = f" For the given prefix length, the address prefix should be {ip_network(text, strict=False)}."
        except ValueError:
            meant = ""
        raise ArmError(
            400,
            "InvalidCIDRNotation",
            f"The address prefix {text} in resource {owner} has an invalid CIDR notation.{meant}",
        ) from error
    return network


def prefixes(body: Body, owner: str) -> list[Network]:
    """The address prefixes of a subnet's body: one of `addressPrefix`, or all of `addressPrefixes`."""
    texts = [body["addressPrefix"]] if body.get("addressPrefix") else list(body.get("addressPrefixes") or [])
    return [prefix(str(text), owner) for text in texts]


def address_space(body: Body, owner: str) -> list[Network]:
    """The address space of a virtual network's body."""
    return [prefix(str(text), owner) for text in at(body, "addressSpace.addressPrefixes") or []]


def inside(network: Network, space: Iterable[Network]) -> bool:
    """True if one range of the space holds the network."""
    return any(
        (isinstance(network, IPv4Network) and isinstance(outer, IPv4Network) and network.subnet_of(outer))
        or (isinstance(network, IPv6Network) and isinstance(outer, IPv6Network) and network.subnet_of(outer))
        for outer in space
    )


def overlap(one: Iterable[Network], other: Iterable[Network]) -> list[Network]:
    """The ranges of `one` that share addresses with a range of `other`."""
    others = list(other)
    return [network for network in one if any(network.overlaps(found) for found in others)]

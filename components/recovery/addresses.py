"""The two halves of a deployment's block: the network of its own region, and the standby one in the paired region.

The standby network repeats the subnets of the first one at the same places of its half, so that 10.30.2.0/24 has its
standby at 10.30.130.0/24 and no second table of subnets can part from the first. Two networks that are joined must not
overlap (https://learn.microsoft.com/azure/virtual-network/virtual-network-peering-overview): so the first network has
its own half alone, also where there is no standby yet.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import Final, Self

from cidr import AddressPlan, AllocationMap, Fault, FaultsError
from cidr.schema import SetAsideRow

STANDBY: Final = "standby"  # the row of `set_aside` in the map of addresses


@dataclass(frozen=True, kw_only=True)
class Halves:
    """The plans of the two networks; `block` of each is its address space."""

    own: AddressPlan
    standby: AddressPlan

    @classmethod
    def of(cls, allocations: AllocationMap, plan: AddressPlan) -> Self:
        """The halves of a deployment's block.

        Raises FaultsError where the map sets nothing aside for a standby, or not one whole half with all subnets in
        the other.
        """
        row = next((row for row in allocations.set_aside if row.name == STANDBY), None)
        if row is None:
            raise _fault("has no row `standby`", "one row of that name", "add it under `set_aside`")
        own, standby = plan.block.subnets(prefixlen_diff=1)
        if list(summarize_address_range(*_ends(plan.block, row))) != [standby]:
            what = f"the row `standby` is {row.first} to {row.last}"
            raise _fault(what, "the second half of every block", "write `first: 0.0.128.0` and `last: 0.0.255.255`")
        if outside := [slot.name for slot in plan.subnets if not slot.network.subnet_of(own)]:
            what = f"{', '.join(outside)} of {plan.deployment} lie in the half that is set aside for a standby"
            raise _fault(what, f"slots inside {own}", "move them below 0.0.128.0")
        shift = int(standby.network_address) - int(own.network_address)
        moved = tuple(replace(slot, network=_shifted(slot.network, shift)) for slot in plan.subnets)
        return cls(own=replace(plan, block=own), standby=replace(plan, block=standby, subnets=moved))


def _ends(block: IPv4Network, row: SetAsideRow) -> tuple[IPv4Address, IPv4Address]:
    base = int(block.network_address)
    return IPv4Address(base + int(row.first)), IPv4Address(base + int(row.last))


def _shifted(network: IPv4Network, by: int) -> IPv4Network:
    return IPv4Network((int(network.network_address) + by, network.prefixlen))


def _fault(what: str, allowed: str, next_step: str) -> FaultsError:
    return FaultsError([Fault(where="cidr/allocations.yaml", what=what, allowed=allowed, next_step=next_step)])

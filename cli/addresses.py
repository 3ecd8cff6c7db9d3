"""Whose an address or a prefix is: by the map its block and slot, by what stands who names it."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, cast

from cidr import DeploymentName, load_map
from cidr.schema import FreeBlock, HeldBlock, OwnedBlock, RetiredBlock
from cli.known import Known, Match, kind_of


def of_address(known: Known, network: IPv4Network) -> Iterator[Match]:
    """Each owned block that the address or prefix touches, with its slot and the resources that name it; the others
    together.
    """
    text = str(network.network_address) if network.prefixlen == 32 else str(network)
    others: list[str] = []
    for block in load_map().blocks:
        if not block.network.overlaps(network):
            continue
        if isinstance(block, OwnedBlock):
            name = str(block.deployment)
            detail, holders = _slots(block.deployment, network), tuple(_holders(known, name, text))
            yield known.owned(Match(what=text, kind="address", detail=detail, holders=holders), name)
        else:
            others.append(f"{block.network} is {_whose(block)}")
    if others:
        yield Match(what=text, kind="address", detail="; ".join(others))


def _whose(block: HeldBlock | RetiredBlock | FreeBlock) -> str:
    if isinstance(block, HeldBlock):
        return f"held for growth of {block.held_for}"
    return f"retired: it was {block.was}'s" if isinstance(block, RetiredBlock) else "free"


def _slots(deployment: DeploymentName, network: IPv4Network) -> str:
    """The slots or set-aside ranges that the addresses lie in."""
    allocations = load_map()
    plan = allocations.plan(deployment)
    if plan.block.subnet_of(network):
        return f"the whole block {plan.block}"
    base = int(plan.block.network_address)
    first, last = int(network.network_address) - base, int(network.broadcast_address) - base
    found = [
        f"slot {slot.name} {slot.network}: {slot.purpose}" for slot in plan.subnets if slot.network.overlaps(network)
    ]
    found += [
        f"set aside as {row.name}: {row.purpose}"
        for row in allocations.set_aside
        if int(row.first) <= last and first <= int(row.last)
    ]
    return "; ".join(found) or f"in {plan.block}, between its slots: no subnet has it"


def _holders(known: Known, deployment: str, text: str) -> Iterator[str]:
    """Resources whose properties name exactly this address or prefix."""
    for resource in known.resources:
        if resource.deployment == deployment and (text in _texts(resource.outputs) or text in _texts(resource.inputs)):
            yield f"{kind_of(resource)} {resource.name}"


def _texts(value: object) -> Iterator[str]:
    """Every text at any depth of a property value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in cast("Sequence[Any]", value):
            yield from _texts(item)

"""What the map says once it is sound: blocks, and the address plan of each deployment."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network

from cidr.faults import Fault, FaultsError, nearest
from cidr.names import DeploymentName
from cidr.schema import Block, Kinship, MapFile, OwnedBlock, SetAsideRow, SubnetRow, kinship


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One subnet of one deployment.

    `subnet_name` is the name where Azure fixes it (AzureBastionSubnet), else None and the naming rules give it;
    `delegation` the resource type that the subnet is given to; `nsg` whether a network security group guards it.
    """

    name: str
    network: IPv4Network
    purpose: str
    delegation: str | None
    nsg: bool
    subnet_name: str | None


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """The addresses of one deployment: its block and the subnets that it has, in address order."""

    deployment: DeploymentName
    block: IPv4Network
    subnets: tuple[Slot, ...]

    def slot(self, name: str) -> Slot:
        """The subnet of that name. Raises FaultsError where the deployment has none, naming those it has."""
        for slot in self.subnets:
            if slot.name == name:
                return slot
        names = [slot.name for slot in self.subnets]
        fault = Fault(
            where=f"slot of {self.deployment}",
            what=f"{self.deployment} has no slot {name!r}",
            allowed=", ".join(names),
            next_step=f"name {nearest(name, names) or names[0]!r}, or give it the slot in the map of addresses",
        )
        raise FaultsError([fault])


@dataclass(frozen=True)
class AllocationMap:
    """The sound map: built by `load_map` only, so that whoever holds one need not check it again."""

    file: MapFile

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block of the platform, in the order of the file."""
        return self.file.blocks

    @property
    def set_aside(self) -> tuple[SetAsideRow, ...]:
        """The addresses of every block that hold no subnet now."""
        return self.file.set_aside

    @cached_property
    def owned(self) -> Mapping[DeploymentName, OwnedBlock]:
        """The blocks that a deployment owns, live or reserved, by its name, in the order of the map."""
        return {block.deployment: block for block in self.blocks if isinstance(block, OwnedBlock)}

    @cached_property
    def by_kinship(self) -> Mapping[Kinship | None, tuple[Block, ...]]:
        """The blocks that serve one kind, region and environment, lowest first; under None those that nobody has."""
        found: defaultdict[Kinship | None, list[Block]] = defaultdict(list)
        for block in sorted(self.blocks, key=lambda block: int(block.network.network_address)):
            found[kinship(block)].append(block)
        return {key: tuple(blocks) for key, blocks in found.items()}

    def plan(self, deployment: str | DeploymentName) -> AddressPlan:
        """The address plan of a deployment, live or reserved.

        Raises FaultsError for a text that is no deployment name and for a deployment not in the map.
        """
        name = DeploymentName.parse(deployment) if isinstance(deployment, str) else deployment
        if name not in self.owned:
            raise FaultsError([self.unknown(name)])
        block = self.owned[name].network
        return AddressPlan(deployment=name, block=block, subnets=self._subnets(block, name))

    def unknown(self, name: DeploymentName, where: str = "deployment") -> Fault:
        """The fault of a deployment that owns no block; it lists those that do."""
        known = [str(owner) for owner in self.owned]
        guess = nearest(str(name), known)
        step = f"write {guess!r}, " if guess else ""
        return Fault(
            where=where,
            what=f"{str(name)!r} is not in the map of addresses",
            allowed=", ".join(known),
            next_step=f"{step}or give it a block in cidr/allocations.yaml",
        )

    def _subnets(self, block: IPv4Network, deployment: DeploymentName) -> tuple[Slot, ...]:
        base = int(block.network_address)
        return tuple(
            Slot(
                name=row.name,
                network=IPv4Network((base + int(row.range.network_address), row.range.prefixlen)),
                purpose=row.purpose,
                delegation=row.delegation,
                nsg=row.nsg,
                subnet_name=row.subnet_name,
            )
            for row in sorted(subnet_rows(self.file), key=lambda row: row.range)
            if row.belongs_to(deployment)
        )


def subnet_rows(file: MapFile) -> list[SubnetRow]:
    """The subnets of every block: undivided slots, and the parts of divided ones."""
    return [row for slot in file.slots for row in (slot.subnets or (slot,))]

"""The shape of allocations.yaml: Pydantic models, from which allocations.schema.json is generated.

Each model is also the value that the program works with; what one row cannot know of another is in `checks`.
"""

import json
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from cidr.faults import Fault
from cidr.names import KINDS, DeploymentName, Environment, Kind
from cidr.validation import refuse

BLOCK_PREFIX = 16  # every deployment owns one /16
INSIDE_A_BLOCK = IPv4Network((0, BLOCK_PREFIX))  # where the ranges of slots lie, relative to the block


def _network(value: object) -> object:
    """An IPv4 network from its text; host bits are refused with the network that was probably meant."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str) or "/" not in value:
        return _refuse_network(f"{value!r} is no IPv4 network", "10.0.0.0/16")
    try:
        meant = IPv4Network(value, strict=False)
    except (AddressValueError, NetmaskValueError) as error:
        return _refuse_network(f"{value!r} is no IPv4 network: {error}", "10.0.0.0/16")
    if str(meant) != value:
        return _refuse_network(f"{value!r} has host bits set or is not in its plain form", str(meant))
    return meant


def _refuse_network(what: str, example: str) -> object:
    allowed = "address/prefix length, all bits after the prefix 0"
    raise refuse(Fault(where="", what=what, allowed=allowed, next_step=f"write `{example}`"))


def _address(value: object) -> object:
    """An IPv4 address from its text; a number or a switch would be one to the standard library, but not to a reader."""
    try:
        return IPv4Address(value if isinstance(value, str) else repr(value))
    except AddressValueError as error:
        fault = Fault(where="", what=f"{value!r}: {error}", allowed="an IPv4 address", next_step="write four numbers")
        raise refuse(fault) from None


_NETWORK_PATTERN = r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$"
Network: TypeAlias = Annotated[
    IPv4Network, BeforeValidator(_network), WithJsonSchema({"type": "string", "pattern": _NETWORK_PATTERN})
]
Address: TypeAlias = Annotated[
    IPv4Address, BeforeValidator(_address), WithJsonSchema({"type": "string", "pattern": r"^(\d{1,3}\.){3}\d{1,3}$"})
]


def _day(value: object) -> object:
    """A day from its text; numbers are refused, which Pydantic would read as seconds."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else repr(value))
    except ValueError:
        fault = Fault(where="", what=f"{value!r} is no day", allowed="year-month-day", next_step="write `2026-11-22`")
        raise refuse(fault) from None


Day: TypeAlias = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
SlotName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]


class Row(BaseModel):
    """One mapping of the file; unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Block(Row):
    network: Network = Field(description="the block, a /16 written in full", examples=["10.60.0.0/16"])


class OwnedBlock(_Block):
    """A block that a deployment owns: `live` where the deployment has a stack file, `reserved` before."""

    status: Literal["live", "reserved"]
    deployment: DeploymentName = Field(description="the deployment that owns the block", examples=["westeu-dev-1"])
    since: Day | None = Field(
        default=None,
        description="the day on which the block was taken; none for those that were there from the start",
        examples=["2026-11-22"],
    )


class HeldBlock(_Block):
    """A block kept beside a deployment's own for the growth of its region and environment; taken first for it."""

    status: Literal["held"]
    held_for: DeploymentName = Field(description="the deployment whose growth it serves", examples=["westeu-dev-1"])


class RetiredBlock(_Block):
    """A block that a removed deployment had; logs and allow-lists may still name it, so it is given to no other."""

    status: Literal["retired"]
    was: DeploymentName = Field(description="the deployment that had the block", examples=["westeu-dev-1"])
    since: Day | None = Field(
        default=None,
        description="the day on which the block was taken; none for those that were there from the start",
        examples=["2026-11-22"],
    )


class FreeBlock(_Block):
    """A block that nobody has."""

    status: Literal["free"]


Block: TypeAlias = Annotated[OwnedBlock | HeldBlock | RetiredBlock | FreeBlock, Field(discriminator="status")]
Kinship: TypeAlias = tuple[str, str, str]  # kind, region, environment: blocks of one kinship stand side by side


def kinship(block: Block) -> Kinship | None:
    """What kind of deployment, region and environment a block serves; None for a free one."""
    match block:
        case OwnedBlock():
            name = block.deployment
        case HeldBlock():
            name = block.held_for
        case RetiredBlock():
            name = block.was
        case FreeBlock():
            return None
    return name.kind, name.region, name.environment


class Platform(Row):
    """The range that belongs to the platform; each of its blocks has exactly one row."""

    first: Network = Field(description="first block of the platform", examples=["10.0.0.0/16"])
    last: Network = Field(description="last block of the platform", examples=["10.99.0.0/16"])


class SubnetRow(Row):
    """One subnet, the same in every block."""

    name: SlotName = Field(description="name of the slot: lower-case letters and digits", examples=["apps"])
    range: Network = Field(
        description="the range inside the block: the first two numbers stand for the block's own and are 0",
        examples=["0.0.1.0/24"],
    )
    purpose: str = Field(min_length=1, description="what lives there, for people", examples=["Redis"])
    delegation: str | None = Field(
        default=None,
        description="resource type that the subnet is given to",
        examples=["Microsoft.App/environments"],
    )
    subnet_name: str | None = Field(
        default=None, description="the subnet's name where Azure fixes it", examples=["AzureBastionSubnet"]
    )
    nsg: bool = Field(default=True, description="whether a network security group guards the subnet", examples=["true"])
    environments: tuple[Environment, ...] = Field(
        default=tuple(Environment),
        min_length=1,
        description="the environments that have the subnet; all, when not given",
        examples=["[prod]"],
    )
    kinds: tuple[Kind, ...] = Field(
        default=KINDS,
        min_length=1,
        description="the kinds of deployment that have the subnet; both, when not given",
        examples=["[global]"],
    )

    def belongs_to(self, deployment: DeploymentName) -> bool:
        """Whether a deployment has this subnet."""
        return deployment.environment in self.environments and deployment.kind in self.kinds


class SlotRow(SubnetRow):
    """A named slot of every block: one subnet, or divided into several, which then say all but name and range."""

    subnets: tuple[SubnetRow, ...] = Field(default=(), description="the subnets that the slot is divided into")


class SetAsideRow(Row):
    """Addresses of every block that hold no subnet now; `first` and `last` lie inside the block as in a slot."""

    name: SlotName = Field(description="name of the range: lower-case letters and digits", examples=["standby"])
    first: Address = Field(description="first address inside the block", examples=["0.0.128.0"])
    last: Address = Field(description="last address inside the block", examples=["0.0.255.255"])
    purpose: str = Field(min_length=1, description="what it is kept for, for people", examples=["standby"])


class MapFile(Row):
    """The one map of the platform's addresses: every block of the range, and the slots that all blocks share."""

    platform: Platform = Field(description="the range that belongs to the platform")
    slots: tuple[SlotRow, ...] = Field(min_length=1, description="the named slots of every block")
    set_aside: tuple[SetAsideRow, ...] = Field(
        description="the addresses of every block that hold no subnet now", examples=["[]"]
    )
    blocks: tuple[Block, ...] = Field(min_length=1, description="every block of the platform, one row each")


SCHEMA_FILE = Path(__file__).with_name("allocations.schema.json")


def schema_text() -> str:
    """The text of allocations.schema.json, which editors use: generated, so that models and schema cannot part."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **MapFile.model_json_schema()}
    return json.dumps(schema, indent=2) + "\n"

"""A row of the catalogue: all that the stand-in knows of one Azure resource type, as data and small checks.

Behaviour common to all types is in `manager`; what differs between them is here, so that a further type is a row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .bodies import Body


@dataclass(frozen=True, kw_only=True)
class Record:
    """A live resource: `inputs` the last body sent, `outputs` what ARM returns, `hidden` what it never returns."""

    token: str
    arm_id: str
    parent: str
    name: str
    subscription: str
    location: str
    unique_key: str
    inputs: Body
    outputs: Body
    hidden: Body
    created_at: float
    ready_at: float


@dataclass(frozen=True)
class Referrer:
    """A resource whose body holds an id: the resource and the dotted path of the id in it."""

    record: Record
    path: str


class World(Protocol):
    """What a check may ask of the store, within the transaction of the write that it judges."""

    def find(self, arm_id: str) -> Record | None:
        """The live resource with this id."""
        ...

    def children(self, parent: str, token: str = "") -> list[Record]:
        """Resources directly in this one; of one type when a token is given."""
        ...

    def of_type(self, token: str) -> list[Record]:
        """Every resource of a type."""
        ...

    def referrers(self, arm_id: str) -> list[Referrer]:
        """The resources that hold this id in their bodies."""
        ...

    def setting(self, kind: str, name: str) -> str | None:
        """One fact of this sandbox."""
        ...

    def tenant(self, subscription: str) -> str:
        """The tenant of a subscription, "" when there is no such subscription."""
        ...

    def digest(self, *parts: str) -> bytes:
        """32 bytes that depend on the store and the parts alone."""
        ...


class Editor(World, Protocol):
    """What a row may change beyond its own resource once its write or delete has passed all checks."""

    def put(self, record: Record) -> None:
        """Write a resource."""
        ...

    def remove(self, arm_id: str) -> None:
        """Remove a resource; what lies in it stays."""
        ...


@dataclass(frozen=True, kw_only=True)
class Write:
    """A PUT under way: `body` as sent (no path parameters), `old` what is there, `now` seconds since the epoch."""

    kind: "ResourceType"
    arm_id: str
    name: str
    parent: str
    parameters: Mapping[str, str]
    body: Body
    old: Record | None
    world: World
    now: float
    seed: str

    @property
    def subscription(self) -> str:
        """The subscription's GUID."""
        return self.arm_id.split("/")[2] if self.arm_id.startswith("/subscriptions/") else ""

    @property
    def resource_group(self) -> str:
        """The resource group's name."""
        return self.parameters.get("resourceGroupName", "")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check that raises ArmError with one of `codes`; `source` is a link, or says what of it is unverified."""

    codes: tuple[str, ...]
    check: Callable[[Write], None]
    source: str


@dataclass(frozen=True, kw_only=True)
class NameRule:
    """What a name may be. `spec`: the pattern that the provider itself checks before any call, "" for none."""

    pattern: str
    least: int
    most: int
    code: str
    allowed: str
    source: str
    spec: str = ""


@dataclass(frozen=True, kw_only=True)
class Unique:
    """A name that exists once in the world. `key` gives what must differ; `held` also while soft-deleted."""

    key: Callable[[str], str]
    code: str
    message: str
    source: str
    status: int = 409


@dataclass(frozen=True, kw_only=True)
class SoftDelete:
    """A deleted resource is kept for `days` and holds its name.

    recreate: "refuse" answers a new PUT with `code`; "recover" gives the old resource back. recover_mode: the property
    and value of a body by which a PUT asks for recovery; without anything to recover it is refused with recover_code.
    protected: True where a purge is refused.
    """

    days: Callable[[Record, World], int]
    recreate: Literal["refuse", "recover"]
    code: str
    message: str
    source: str
    status: int = 409
    recover_mode: tuple[str, str] | None = None
    recover_code: str = ""
    recover_message: str = ""
    protected: Callable[[Record], bool] = lambda _: False


@dataclass(frozen=True, kw_only=True)
class Serial:
    """Writes that exclude each other while one is in flight.

    scope: gives the ARM id of the thing that is busy; exclusive: False lets others of the same kind pass, and is
    refused only while an exclusive write (of the thing itself) runs.
    """

    scope: Callable[[str, Body], str]
    code: str
    message: str
    source: str
    exclusive: bool = True
    status: int = 409


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A property that holds the id of another resource, which must exist and be of one of `tokens`."""

    path: str
    tokens: tuple[str, ...]
    code: str
    source: str
    status: int = 400
    same_region: bool = False
    message: str = (
        "Resource {id} referenced by resource {referrer} was not found. Please make sure that the referenced resource "
        "exists, and that both resources are in the same region."
    )


@dataclass(frozen=True, kw_only=True)
class InUse:
    """Who forbids a delete: resources of `tokens` that hold this id (or, with `nested`, lie directly in it)."""

    tokens: tuple[str, ...]
    code: str
    message: str
    source: str
    nested: bool = False
    status: int = 409


@dataclass(frozen=True, kw_only=True)
class Immutable:
    """Properties that ARM refuses to change on an existing resource."""

    paths: tuple[str, ...]
    code: str
    message: str
    source: str
    status: int = 400


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many a subscription may have in one region."""

    limit: int
    code: str
    message: str
    source: str
    status: int = 400


@dataclass(frozen=True)
class Computed:
    """An output that Azure sets. `keep`: the value of the creation stays; else it is made anew by every write."""

    value: Callable[[Write], Any]
    keep: bool = True


@dataclass(frozen=True)
class Companion:
    """A resource that Azure makes along with another."""

    token: str
    parameters: Mapping[str, str]
    body: Body


Seconds = float | Callable[[Body], float]


@dataclass(frozen=True, kw_only=True)
class Durations:
    """How long Azure takes, in seconds; `source` says how that is known."""

    create: Seconds
    update: Seconds
    delete: Seconds
    source: str


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One row of the catalogue.

    token: the SDK's token without its package (`network:Subnet`).
    path: ARM's path with the SDK's parameter names.
    location: "regional", "global" or "none".
    replace_on: body properties whose change the provider answers with a replacement (path parameters always do).
    hidden: what ARM takes and never returns.
    maintained: lists that are resources of their own, kept when a body lacks them.
    refused: properties that the stand-in does not model, with what to do instead.
    live: outputs read off other resources at every GET.
    companions: what Azure makes along with it; after, after_delete: what a write or a delete changes besides.
    preset: the resource comes with its parent; gives its first body by name and parent, None when there is none such.
    singleton: a preset that a create takes over and a delete resets.
    outlives_parent: stays when its parent goes, unseen until the parent is back.
    provisioning_state: the output that says "Succeeded", "" for a type that has none.
    """

    token: str
    path: str
    name: NameRule
    durations: Durations
    source: str
    location: Literal["regional", "global", "none"] = "regional"
    replace_on: tuple[str, ...] = ()
    immutable: tuple[Immutable, ...] = ()
    hidden: tuple[str, ...] = ()
    maintained: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    defaults: Body = field(default_factory=dict[str, Any])
    computed: Mapping[str, Computed] = field(default_factory=dict[str, Computed])
    live: Mapping[str, Callable[[Record, World], Any]] = field(default_factory=dict[str, Any])
    references: tuple[Reference, ...] = ()
    unique: Unique | None = None
    soft_delete: SoftDelete | None = None
    serial: tuple[Serial, ...] = ()
    in_use: tuple[InUse, ...] = ()
    quota: Quota | None = None
    rules: tuple[Rule, ...] = ()
    companions: Callable[[Write], list[Companion]] | None = None
    after: Callable[[Record, Editor], None] | None = None
    after_delete: Callable[[Record, Editor], None] | None = None
    preset: Callable[[str, Record], Body | None] | None = None
    singleton: bool = False
    outlives_parent: bool = False
    provisioning_state: str = "provisioningState"

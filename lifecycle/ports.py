"""What runs ask of the world: one small interface each for deploying, for data and for what stands in Azure.

Commands implement them for the sandbox and for Azure; tests with doubles that can be made to fail anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Server:
    """The PostgreSQL server of a deployment. made_at: Azure's creation time, which tells a rebuilt one from the old.

    prepared: whether its databases were ever made ready (the tenancy job ended well), so that there may be data.
    """

    id: str
    made_at: str
    prepared: bool


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An export in the store.

    manifest: SHA-256 of its manifest, which holds those of every part. rows: in all; databases: rows of each.
    blobs: how many are kept with them; secrets: names of those of the vault that no program makes.
    """

    name: str
    manifest: str
    rows: int
    databases: Mapping[str, int]
    blobs: int = 0
    secrets: Sequence[str] = field(default_factory=list[str])


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An export that nobody has brought back or given up. ended: when it was whole, ISO 8601 with its zone."""

    export: Exported
    ended: str


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left in Azure of a deployment that is down. until: ISO 8601, or empty when no date ends it."""

    name: str
    type: str
    why: str
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What an engine did. changes: operation → number of resources, as Pulumi counts; seconds: of this machine.

    left: what Azure keeps of what was deleted, or of what was told to be kept. azure: seconds that Azure takes at least
    for what was done; scale: of these, how many wall seconds one took here.
    """

    changes: Mapping[str, int]
    seconds: float
    left: tuple[Left, ...] = ()
    azure: float = 0.0
    scale: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Health:
    """A service's health: its latest revision's, and that of what it hangs on. parts: those that were asked for."""

    service: str
    healthy: bool
    detail: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Price:
    """What stands costs a month at expected use. amount: a decimal; unpriced: resources that no price is known of."""

    amount: str
    currency: str
    unpriced: int


class Engine(Protocol):
    """Deploys and destroys. Raises StepError when it ends otherwise than well."""

    def up(self) -> Ran:
        """Bring the deployment to its settings."""
        ...

    def destroy(self) -> Ran:
        """Take all of it away."""
        ...

    def unprotect(self) -> int:
        """Lift the protection that the state has of what holds data; how many resources had it."""
        ...


class Data(Protocol):
    """The deployment's data, through jobs inside its network. Every call raises StepError with the job's own faults."""

    def export(self, name: str) -> Exported:
        """Write everything to the store under a name that is not there yet."""
        ...

    def verify(self, name: str) -> Exported:
        """Read an export back from the store, every byte against its manifest."""
        ...

    def import_(self, name: str) -> Exported:
        """Put an export into empty databases; what it counted there afterwards."""
        ...

    def waiting(self, before: str) -> Waiting | None:
        """The newest export of everything, whoever made it, that ended before a server was made and is not in it."""
        ...

    def give_up(self, reason: str) -> None:
        """Say in the store that nobody wants back what was exported until now."""
        ...


class Cloud(Protocol):
    """What stands in Azure."""

    def server(self) -> Server | None:
        """The deployment's database server; None where there is none."""
        ...

    def fresh_backup(self) -> Mapping[str, str]:
        """A backup of the database server that is not older than a day, made where there is none: its name, when.

        Raises StepError where it cannot be had.
        """
        ...

    def resources(self) -> int:
        """How many resources of the deployment stand, by its state."""
        ...

    def orphans(self) -> Sequence[str]:
        """ARM ids in the deployment's resource groups that its state does not know."""
        ...

    def price(self) -> Price | None:
        """What stands costs; None where nobody can tell."""
        ...

    def health(self) -> Sequence[Health]:
        """Every service's health."""
        ...

"""What is examined, what a check is and what it finds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from cidr import DeploymentName, Fault
from components.conventions import Names, RegionInfo
from preflight.asking import Answer
from preflight.requests import Request
from preflight.signing_in import Caller
from stacks import AccountSettings, Settings

Command: TypeAlias = Literal["up", "preview", "refresh", "down"]
Status: TypeAlias = Literal["ok", "warn", "fail", "not checked"]
ANY: Final[frozenset[Command]] = frozenset({"up", "preview", "refresh", "down"})
MAKING: Final[frozenset[Command]] = frozenset({"up", "preview"})
"""Commands that make resources, or show what would be made."""
CHANGING: Final[frozenset[Command]] = frozenset({"up", "preview", "down"})
"""Commands that change Azure, or show what would change."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where the stack's state lies: a container of a storage account, and the key that its secrets are sealed with.

    `url`, `secrets_provider`: as `pulumi login` and `pulumi stack init` take them. `project`: the name in Pulumi.yaml.
    """

    url: str
    secrets_provider: str
    account: str
    container: str
    vault: str
    key: str
    project: str


@dataclass(frozen=True, kw_only=True)
class Sibling:
    """Another deployment of the environment: where its resource group is."""

    stack: str
    subscription_id: str
    group: str


@dataclass(frozen=True, kw_only=True)
class PulumiCli:
    """The official CLI on PATH: where, and what `pulumi version` says; `version` is empty where it does not run."""

    path: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One stack before one command, in plain values.

    `images`: references in their upstream registries, by workload. `registry_logins`: hosts that this machine has a
    login for. `siblings`: deployments that need this one and are not part of the command. `caller`: None where nobody
    is signed in, and then `not_signed_in` says why.
    """

    stack: str
    command: Command
    settings: Settings | AccountSettings
    backend: Backend
    cli: PulumiCli | None
    caller: Caller | None
    not_signed_in: str = ""
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    registry_logins: frozenset[str] = frozenset()
    siblings: Sequence[Sibling] = ()

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Every subscription that the stack deploys into."""
        return self.settings.subscriptions

    @property
    def where(self) -> str:
        """The stack's file."""
        return f"stacks/Pulumi.{self.stack}.yaml"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What only a deployment has: its settings, its region, its names."""

    settings: Settings
    region: RegionInfo
    names: Names

    @property
    def deployment(self) -> DeploymentName:
        """Its name."""
        return self.settings.deployment

    @property
    def subscription(self) -> str:
        """The path of its subscription."""
        return f"/subscriptions/{self.settings.subscription_id}"

    @property
    def group(self) -> str:
        """The path of its resource group."""
        return f"{self.subscription}/resourceGroups/{self.names.of('resource_group')}"


@dataclass(frozen=True)
class Fine:
    """What was asked is as it should be."""

    detail: str


@dataclass(frozen=True)
class NotChecked:
    """It could not be asked, or the answer says nothing; never taken for fine."""

    reason: str


Verdict: TypeAlias = Fine | NotChecked | Fault
Answers: TypeAlias = Mapping[Request, Answer]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A row: what is asked, how it is judged.

    `asks`: requests by a word that the judge knows them by. `judge`: the verdicts, told by these words. `understood`:
    statuses that the judge reads itself, beside those of success; any other makes the row `not checked`. `stops`: a
    fault keeps `pulumi` from being run; otherwise it is a warning. `needed`: not to know stops too. `commands`: before
    which the row is of use.
    """

    name: str
    asks: Callable[[Subject], Mapping[str, Request]]
    judge: Callable[[Subject, Mapping[str, Answer]], Iterable[Verdict]]
    understood: frozenset[int] = frozenset()
    stops: bool = True
    needed: bool = False
    commands: frozenset[Command] = MAKING
    applies: Callable[[Subject], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report. `where`, `allowed`, `next_step`: of a fault, else empty."""

    stack: str
    check: str
    status: Status
    detail: str
    where: str = ""
    allowed: str = ""
    next_step: str = ""

"""What the analysis is told beside the ledger: plain data, gathered by a command from settings, state and receipts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from cidr import ACCOUNT, DeploymentName
from finance.following.plan import Plan
from finance.money import Money

Interval = tuple[datetime, datetime | None]
"""From, included, until, not included; None is not over yet. Both with a time zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lifetime:
    """When a deployment lived. lived: as it was. planned: as it was meant to be when it was brought up, with its first
    ExpiresOn; None where nobody planned an end, and time is no reason for a difference then. expires: the ExpiresOn
    that holds now. extensions: how often it was put off; why: the reasons, as they were given.
    """

    lived: tuple[Interval, ...]
    planned: tuple[Interval, ...] | None = None
    expires: datetime | None = None
    extensions: int = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Teardown:
    """What a receipt says. at: when it was gone, with a time zone; per_day: what it saves a day from then on."""

    at: datetime
    per_day: Money


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """A deployment, or the account. groups: its resource groups, with those that Azure keeps for it. plan: None where
    nobody estimated. lifetime: None where nobody knows; it is as long as its charges then.
    """

    name: str
    groups: tuple[str, ...]
    plan: Plan | None = None
    lifetime: Lifetime | None = None
    teardowns: tuple[Teardown, ...] = ()

    @property
    def environment(self) -> str:
        """Its environment; empty for the account. Raises FaultsError for a name that is none."""
        return "" if self.name == ACCOUNT else str(DeploymentName.parse(self.name).environment)

    @property
    def section(self) -> str:
        """Global, regional or account: what declared use and split rules call it. Raises FaultsError as above."""
        return ACCOUNT if self.name == ACCOUNT else DeploymentName.parse(self.name).kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """A month that was closed. month: its first day. hash: SHA-256 of the pack. lines: leaf -> billed and amortised,
    as they were frozen.
    """

    month: date
    hash: str
    lines: Mapping[str, tuple[Money, Money]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """currency: of the report; charges in another one are told and left out. now: in UTC; its day is not whole yet.
    budgets: line -> a month's (deployments, environments, "company"). invoices: subscription -> what Azure itself says
    that the month comes to. use: deployment -> weight of its use, for splits by use. closed: earlier months.
    """

    currency: str
    now: datetime
    followed: tuple[Followed, ...]
    budgets: Mapping[str, Money]
    invoices: Mapping[str, Money] = field(default_factory=lambda: MappingProxyType({}))
    use: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    closed: tuple[Closed, ...] = ()

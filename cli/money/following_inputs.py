"""What the analysis of a month is told beside the ledger: from settings, states, journals, receipts and closed months.

Where a sandbox's charges were told as of another time (`cost meter --as-if-since`), its journals tell of this one: a
deployment with charges before its first run has no lifetime then, and is taken to have lived all the time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from cidr import ACCOUNT, FaultsError
from cli.deployed import Notice, known_stacks, standing_resources
from cli.expiry.ground import SandboxGround
from cli.money.lives import last_stood, lifetime_of, teardowns_of
from cli.money.metering import story_of
from cli.money.run_prices import Prices
from components.conventions import AccountNames, Names, parse_name
from finance.estimate import estimate
from finance.following.inputs import Followed, Inputs
from finance.following.plan import Plan, plan_of
from finance.following.report import COMPANY
from finance.ledger import Ledger
from finance.money import Money
from finance.reports.closing import closed_months
from finance.reports.pack import Packs
from finance.usage import load_usage
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import AccountSettings, Settings, load_stack, stack_file
from stacks.settings import Budget
from stacks.ttl import EXPIRES_ON, read_moment

_GROUPS: Final = """
SELECT x_ResourceGroup, min(ChargePeriodStart) FROM costs
WHERE x_ResourceGroup <> '' AND ChargeCategory = 'Usage' GROUP BY x_ResourceGroup
"""


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """Where things are looked for. notice: told what a person should know."""

    home: SandboxHome
    project: Path
    notice: Notice
    now: datetime

    def inputs(self, ledger: Ledger) -> Inputs:
        """All of it. Raises FaultsError for settings or a price sheet that cannot be taken, and StateError."""
        prices = Prices.read()
        settings = {name: load_stack(name, self.project) for name in self._names()}
        charged = _charged(ledger, {its.application_code for its in settings.values()})
        return Inputs(
            currency=prices.sheet.currency,
            now=self.now,
            followed=tuple(self._followed(name, its, charged, prices) for name, its in settings.items()),
            budgets=budgets_of(settings.values()),
            closed=closed_months(packs_of(self.home)),
        )

    def _names(self) -> list[str]:
        return [name for name in known_stacks() if stack_file(name, self.project).is_file()]

    def _followed(
        self,
        name: str,
        settings: Settings | AccountSettings,
        charged: Mapping[str, Mapping[str, date]],
        prices: Prices,
    ) -> Followed:
        groups = charged.get(name, {})
        first = min(groups.values(), default=None)
        lifetime = lifetime_of(self.home, name, self._expires(settings))
        teardowns = teardowns_of(self.home, name)
        if lifetime and first and first < lifetime.lived[0][0].astimezone(UTC).date():
            self.notice(
                f"{name} has charges from {first} on, before its first run here: when it lived is not known, "
                "and it is taken to have lived all the time"
            )
            lifetime, teardowns = None, ()
        return Followed(
            name=name,
            groups=tuple(dict.fromkeys([own_group(settings), *groups])),
            plan=self._plan(name, prices),
            lifetime=lifetime,
            teardowns=teardowns,
        )

    def _expires(self, settings: Settings | AccountSettings) -> datetime | None:
        """Its ExpiresOn as Azure has it; one that cannot be read is `cost report`'s business no more than reap's."""
        if not isinstance(settings, Settings):
            return None
        tags = SandboxGround(self.home, self.notice).tags(settings) or {}
        try:
            return read_moment(tags[EXPIRES_ON], f"tag {EXPIRES_ON}") if EXPIRES_ON in tags else None
        except FaultsError as error:
            self.notice(f"{settings.deployment}: {error.faults[0].what}; it counts as one without an end")
            return None

    def _plan(self, name: str, prices: Prices) -> Plan | None:
        """The estimate of what stands; of what is gone, as it stood last; None where it never did."""
        usage = load_usage(name)
        if standing_of(self.home, name).maybe_up:
            drawn = standing_resources(self.home, name, self.notice)
            ids = {it.urn: it.id for it in drawn if it.id}
            return plan_of(prices.of(name, drawn), ids, prices.sheet, usage, prices.terms)
        stood_last = last_stood(self.home, name)
        if stood_last is None:
            return None
        resources = [it.resource for it in story_of(self.home, self.now).of.get(name, ()) if it.holds(stood_last)]
        found = estimate(name, resources, prices.sheet, usage, prices.terms)
        return plan_of(found, {it.urn: it.urn for it in resources}, prices.sheet, usage, prices.terms)


def packs_of(home: SandboxHome) -> Packs:
    """Where the packs of closed months lie."""
    return Packs(home.root / "costs" / "closed")


def own_group(settings: Settings | AccountSettings) -> str:
    """The resource group that a deployment, or the account, has made for itself."""
    if isinstance(settings, Settings):
        return Names(settings.deployment, settings.application_code).of("resource_group")
    return AccountNames(settings.application_code).of("resource_group")


def budgets_of(settings: Iterable[Settings | AccountSettings]) -> dict[str, Money]:
    """A month's budgets by line: of each deployment, of each environment as the account watches it, of all of those."""
    found: dict[str, Money] = {}
    environments: list[Money] = []
    for its in settings:
        if isinstance(its, Settings):
            found[str(its.deployment)] = _money(its.budget)
            continue
        for environment, watched in its.environments.items():
            found[str(environment)] = _money(watched.budget)
            environments.append(_money(watched.budget))
    if environments:
        found[COMPANY] = Money.total(environments, environments[0].currency)
    return found


def _money(budget: Budget) -> Money:
    return Money(Decimal(str(budget.amount)), budget.currency)


def _charged(ledger: Ledger, codes: Collection[str]) -> dict[str, dict[str, date]]:
    """Deployment -> its resource groups in the ledger, by their names, each with the day of its first charge.

    codes: the platform's application codes; a group with another one is somebody else's.
    """
    found: dict[str, dict[str, date]] = defaultdict(dict)
    for group, first in ledger.connection.execute(_GROUPS).fetchall():
        try:
            parsed = parse_name(group)
        except FaultsError:
            continue
        if parsed.kind == "resource_group" and parsed.application_code in codes:
            found[ACCOUNT if parsed.deployment is None else str(parsed.deployment)][group] = first
    return found

"""`cfctl cost fetch`: a month's charges asked of Azure, for who has no export yet, into the ledger."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cidr import Fault
from cli import documents
from cli.deployed import known_stacks
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.money.reports import ledger_of, month_of
from cli.screen import Screen
from cli.tables import plain_table, show_table
from finance.actuals import import_exports
from finance.cost_management import WITHOUT, CostManagement, Kept, NotSignedInError, Quota, Sum, rows_of
from finance.focus_files import write_exports
from finance.money import Money
from sandbox.home import SandboxHome
from stacks import load_stack, stack_file

SOURCE: Final = "query"
"""First part of the names of what is asked for, and x_Source of every row."""
Api = Callable[[str, Quota, Kept, Callable[[str], None]], AbstractContextManager[CostManagement]]
"""The API of a tenant, signed in to."""


@dataclass(frozen=True, kw_only=True)
class _Fetched:
    """A subscription's month. asked: whether Azure was asked now; given: when it answered."""

    subscription: str
    billed: Sequence[Sum]
    amortised: Sequence[Sum]
    asked: bool
    given: datetime


def signed_in(
    tenant: str, quota: Quota, kept: Kept, say: Callable[[str], None]
) -> AbstractContextManager[CostManagement]:
    """The API as who is signed in on this machine: environment, workload or managed identity, Azure CLI."""
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - 0.3 s that only a sign-in pays

    logging.getLogger("azure").setLevel(logging.CRITICAL)  # it logs what every way to sign in lacked
    return CostManagement(DefaultAzureCredential(additionally_allowed_tenants=[tenant]), quota, kept, say=say)


def fetch(screen: Screen, home: SandboxHome, project: Path, *, month: str | None, api: Api = signed_in) -> ExitCode:
    """Ask for the month's charges of every subscription that a stack file names, write them as exports, import them.

    Nothing is written unless all were answered. The document adds `month`, `subscriptions`: [{subscription, rows,
    billed: [{currency, amount}], asked, given}], `exports`, `without` (what such rows lack). Raises FaultsError for a
    month that is none or to come, and for what Azure does not answer; RefusedError where nobody is signed in.
    """
    now = datetime.now(UTC)
    wanted = month_of(month, now)
    directory = home.prepare().root / "costs" / "queries"
    try:
        fetched = list(_fetched(home, project, wanted, api, screen.say))
    except NotSignedInError as error:
        raise RefusedError(_not_signed_in(str(error))) from None
    rows = [row for it in fetched for row in rows_of(it.subscription, it.billed, it.amortised, SOURCE)]
    exports = write_exports(rows, directory, source=SOURCE, at=now, whole=False, dataset="Query")
    _ = import_exports(ledger_of(home), [path.parent for path in exports], lambda _: None) if exports else None
    _show(screen, fetched)
    screen.say(f"without     {WITHOUT}", style="yellow")
    screen.document(
        documents.document(
            "cost fetch",
            ExitCode.OK,
            month=f"{wanted:%Y-%m}",
            subscriptions=[_described(it) for it in fetched],
            exports=[str(path) for path in exports],
            without=WITHOUT,
        )
    )
    return ExitCode.OK


def _fetched(home: SandboxHome, project: Path, month: date, api: Api, say: Callable[[str], None]) -> Iterator[_Fetched]:
    """One after the other: they share their tenant's quota."""
    for tenant, subscriptions in _tenants(project).items():
        quota = Quota(home.root / "costs" / f"quota-{tenant}.json")
        with api(tenant, quota, Kept(home.root / "costs" / "answers"), say) as asking:
            for subscription in subscriptions:
                billed = asking.sums(subscription, month, "ActualCost")
                amortised = asking.sums(subscription, month, "AmortizedCost")
                yield _Fetched(
                    subscription=subscription,
                    billed=billed.sums,
                    amortised=amortised.sums,
                    asked=billed.asked or amortised.asked,
                    given=datetime.fromtimestamp(min(billed.given, amortised.given), UTC),
                )


def _tenants(project: Path) -> dict[str, list[str]]:
    """Tenant -> its subscriptions, each once, as the stack files name them."""
    found: dict[str, dict[str, None]] = {}
    for name in known_stacks():
        if stack_file(name, project).is_file():
            settings = load_stack(name, project)
            found.setdefault(settings.tenant_id, {}).update(dict.fromkeys(settings.subscriptions))
    return {tenant: list(subscriptions) for tenant, subscriptions in found.items()}


def _show(screen: Screen, fetched: Sequence[_Fetched]) -> None:
    table = plain_table(("subscription", "billed", "rows", "as of"), right=("billed", "rows"))
    for it in fetched:
        billed = ", ".join(map(str, _billed(it))) or "nothing"
        said = f"{it.given:%Y-%m-%d %H:%M} UTC{'' if it.asked else ', kept'}"
        table.add_row(it.subscription, billed, str(len(it.billed)), said)
    show_table(screen, table)


def _billed(it: _Fetched) -> list[Money]:
    currencies = sorted({each.currency for each in it.billed})
    return [
        Money(sum((each.cost for each in it.billed if each.currency == currency), Decimal(0)), currency)
        for currency in currencies
    ]


def _described(it: _Fetched) -> dict[str, Any]:
    return {
        "subscription": it.subscription,
        "rows": len(it.billed),
        "billed": [{"currency": money.currency, "amount": str(money.rounded().amount)} for money in _billed(it)],
        "asked": it.asked,
        "given": it.given.isoformat(timespec="seconds"),
    }


def _not_signed_in(said: str) -> Fault:
    return Fault(
        where="Azure",
        what=f"nobody is signed in on this machine: {said}",
        allowed="an environment, workload or managed identity, or the Azure CLI",
        next_step="az login",
    )

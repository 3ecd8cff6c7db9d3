"""`cfctl cost import`: export files of charges into the ledger of this home."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cidr import Fault
from cli import documents
from cli.exit_codes import ExitCode
from cli.money.reports import ledger_of
from cli.screen import Screen
from cli.tables import plain_table, show_table
from finance.actuals import Imported, import_exports
from finance.ledger import Ledger
from finance.money import Money
from sandbox.home import SandboxHome

_STATES: Final = {
    "imported": "imported",
    "unchanged": "unchanged: the ledger has these files already",
    "older": "left out: the ledger has a later run",
}


def import_costs(screen: Screen, home: SandboxHome, paths: Sequence[Path], source: str | None) -> ExitCode:
    """Read the exports under these paths into the home's ledger, all of them or none.

    The document adds `imported`: [{source, where, state (imported, unchanged or older), dialect, dataset, rows, months:
    [{subscription, month, currency, rows, billed, effective, first, last}], notices}], `notices`: of what lies beside
    them and of the whole ledger. Amounts are texts with every digit. Raises FaultsError with everything that keeps one
    of them out.
    """
    home.prepare()
    imported, beside = import_exports(
        ledger_of(home), paths, lambda line: screen.say(f"  {line}", style="dim"), source or None
    )
    with Ledger.open(ledger_of(home)) as ledger:
        told = {notice for it in ledger.deliveries for notice in it.notices}
        whole = (*beside, *(notice for notice in ledger.notices if notice not in told))
    _show(screen, imported)
    _show_notices(screen, (notice for it in imported if it.state == "imported" for notice in it.notices))
    _show_notices(screen, whole)
    screen.document(
        documents.document(
            "cost import",
            ExitCode.OK,
            imported=[_described(it) for it in imported],
            notices=[asdict(notice) for notice in whole],
        )
    )
    return ExitCode.OK


def _show(screen: Screen, imported: Sequence[Imported]) -> None:
    table = plain_table(("source", "form", "subscription", "month", "rows", "billed"), right=("rows", "billed"))
    for it in imported:
        for index, found in enumerate(it.found):
            head = (it.export.source, f"{it.dialect} ({it.dataset})") if not index else ("", "")
            billed = str(Money(found.totals["BilledCost"] + found.carried["BilledCost"], found.currency))
            table.add_row(*head, found.subscription, found.month, f"{found.rows:,}", billed)
    if table.row_count:
        show_table(screen, table)
    for it in imported:
        if it.state != "imported" or not it.found:
            state = _STATES[it.state] if it.state != "imported" else "no charge"
            screen.result(f"{it.export.source} {it.export.period}".strip() + f": {state}")


def _show_notices(screen: Screen, notices: Iterable[Fault]) -> None:
    for notice in notices:
        screen.result(f"{notice.where}: {notice.what}", style="yellow")
        if notice.next_step != "nothing":
            screen.result(f"    {notice.next_step}", style="dim")


def _described(it: Imported) -> dict[str, Any]:
    return {
        "source": it.export.source,
        "where": str(it.export.where),
        "state": it.state,
        "dialect": it.dialect,
        "dataset": it.dataset,
        "rows": sum(found.rows for found in it.found),
        "months": [
            {
                "subscription": found.subscription,
                "month": found.month,
                "currency": found.currency,
                "rows": found.rows,
                "billed": _exact(found.totals["BilledCost"] + found.carried["BilledCost"]),
                "effective": _exact(found.totals["EffectiveCost"] + found.carried["EffectiveCost"]),
                "first": str(found.first),
                "last": str(found.last),
            }
            for found in it.found
        ],
        "notices": [asdict(notice) for notice in it.notices],
    }


def _exact(amount: Decimal) -> str:
    return f"{amount:f}"

"""`cfctl cost prices refresh`: the price sheet with every price asked of Azure anew."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from cidr.yaml_source import label_of, read_text
from cli import documents
from cli.exit_codes import ExitCode
from cli.screen import Screen
from finance.prices import SHEET, parse_sheet
from finance.prices.refreshing import ask_all, rewritten
from finance.prices.retail_api import URL, RetailPrices

ENDPOINT: Final = "COMPLIANCEFLOW_PRICES_ENDPOINT"
"""Where the Retail Prices API is asked; absent it is Azure's own."""


def refresh(screen: Screen, *, dry_run: bool, path: Path = SHEET) -> ExitCode:
    """Ask for every price, and write those that were found into the sheet; what was not found stays, with its day.

    The document adds `asked`: [{meter, region, outcome (changed, confirmed, not found or unclear), before, after, why}]
    and `written`. Raises FaultsError when the API cannot be asked, and for a sheet whose form cannot be taken; then
    nothing is written.
    """
    text, today = read_text(path), datetime.now(UTC).date()
    sheet = parse_sheet(text, label_of(path))
    with RetailPrices(os.environ.get(ENDPOINT, URL)) as api:
        asked = ask_all(sheet, api.items, today, lambda line: screen.say(f"  {line}", style="dim"))
    changed = rewritten(text, asked, today)
    parse_sheet(changed, label_of(path))
    write = not dry_run and changed != text
    if write:
        path.write_text(changed, encoding="utf-8", newline="")
    for it in asked:
        if it.outcome == "changed":
            screen.result(f"{it.meter} in {it.region}: {_shown(it.before)} -> {_shown(it.steps)}")
        elif not it.found:
            screen.result(
                f"{it.meter} in {it.region}: {it.outcome}, {it.why}; stays {_shown(it.before)}", style="yellow"
            )
    counts = {
        outcome: sum(it.outcome == outcome for it in asked) for outcome in dict.fromkeys(it.outcome for it in asked)
    }
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    screen.result(f"{said}; {'written to ' + label_of(path) if write else 'nothing was written'}")
    described = [
        {
            "meter": it.meter,
            "region": it.region,
            "outcome": it.outcome,
            "before": _shown(it.before),
            "after": _shown(it.steps),
            "why": it.why,
        }
        for it in asked
    ]
    screen.document(documents.document("cost prices", ExitCode.OK, asked=described, written=write))
    return ExitCode.OK


def _shown(steps: Sequence[tuple[Decimal, Decimal]]) -> str:
    """`0.02`, or `0.02, 0.0188 from 51200` for tiers."""
    return ", ".join(f"{price:f}" + (f" from {begin:f}" if begin else "") for begin, price in steps)

"""`cfctl cost estimate` and `cfctl cost diff`: a month's price of what is up, or of what a preview plans."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from cli import documents, presentation
from cli.exit_codes import ExitCode
from cli.money import run_prices
from cli.money.run_prices import Prices, cents
from cli.orders import Words
from cli.screen import Screen
from cli.selection import selected
from cli.tables import plain_table, show_table
from finance.estimate import Difference, Estimate, Priced, compare
from finance.ranges import Cost
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of

_SHOWN: Final = 15
"""Resources of a difference that a person is shown; the document has all."""


def estimate(screen: Screen, home: SandboxHome, project: Path, words: Words, *, with_lines: bool) -> ExitCode:
    """Write the month's price of each deployment, and of all together.

    The document adds `estimates`: [{deployment, basis ("up" or "plan"), cost (see cli.documents.CostDocument),
    uncertain, resources: [{urn, type, kind, region, low, expected, high, why, lines}]}] and `total`: {currency, low,
    expected, high}. Raises FaultsError for a name that is none, and for a preview that fails.
    """
    prices = Prices.read()
    names = selected(words, "cost estimate", project)
    found = _estimates(screen, home, project, prices, names)
    described = [run_prices.document_of(prices, project, None, estimated) for _, estimated in found]
    table = plain_table(
        ("deployment", "of", "low", "expected", "high", "budget", "share", "unpriced"),
        right=("low", "expected", "high", "budget", "share", "unpriced"),
    )
    for (basis, estimated), cost in zip(found, described, strict=True):
        share = f"{cost.share} %{' over' if cost.over else ''}" if cost.share else ""
        money = (cost.low, cost.expected, cost.high, cost.budget or "")
        table.add_row(estimated.deployment, basis, *money, share, str(cost.unpriced or ""))
    total = _sum([estimated.total for _, estimated in found], prices.sheet.currency)
    if len(found) > 1:
        table.add_row("together", "", cents(total.low), cents(total.expected), cents(total.high))
    show_table(screen, table)
    for _, estimated in found:
        _show_resources(screen, estimated, with_lines=with_lines)
    screen.result(f"{prices.sheet.currency} a month of 730 hours, price sheet of {prices.sheet.sheet}")
    screen.document(
        documents.document(
            "cost estimate",
            ExitCode.OK,
            estimates=[
                {
                    "deployment": estimated.deployment,
                    "basis": basis,
                    "cost": asdict(cost),
                    "uncertain": cents(estimated.uncertain.expected),
                    "resources": [_described(priced, estimated.currency) for priced in estimated.priced],
                }
                for (basis, estimated), cost in zip(found, described, strict=True)
            ],
            total={"currency": prices.sheet.currency, **_amounts(total)},
        )
    )
    return ExitCode.OK


def diff(screen: Screen, home: SandboxHome, project: Path, deployment: str) -> ExitCode:
    """Write what the plan costs more or less than what is up. The document adds `cost` and `moved`: [{urn, type,
    change, low, expected, high, why}], the dearest change first. Raises as `estimate`.
    """
    prices = Prices.read()
    (name,) = selected(Words((deployment,)), "cost diff", project)
    if name == ACCOUNT:
        raise FaultsError([_not_planned()])
    before = prices.of_standing(name, home, screen.say)
    after = prices.of_plan(name, _planned(screen, home, project, [name])[name])
    difference = compare(before, after)
    cost = run_prices.document_of(prices, project, before, after)
    screen.result(f"{name}  plan against what is up", style="bold")
    for line in presentation.price_lines(cost, planned=True):
        screen.result(f"  {line}")
    _show_moved(screen, difference)
    moved = [
        {
            "urn": it.urn,
            "type": it.shown.resource.type,
            "change": it.change,
            **_amounts(it.cost),
            "why": it.shown.why,
        }
        for it in difference.moved
    ]
    screen.document(documents.document("cost diff", ExitCode.OK, deployment=name, cost=asdict(cost), moved=moved))
    return ExitCode.OK


def _estimates(
    screen: Screen, home: SandboxHome, project: Path, prices: Prices, names: Sequence[str]
) -> list[tuple[str, Estimate]]:
    """Each with what it is an estimate of: what is up, else the plan."""
    planned = [name for name in names if not standing_of(home, name).maybe_up]
    if ACCOUNT in planned:
        raise FaultsError([_not_planned()])
    plans = _planned(screen, home, project, planned) if planned else {}
    return [
        ("plan", prices.of_plan(name, plans[name]))
        if name in plans
        else ("up", prices.of_standing(name, home, screen.say))
        for name in names
    ]


def _planned(screen: Screen, home: SandboxHome, project: Path, names: Sequence[str]) -> dict[str, StackState]:
    from cli.planned import plan  # noqa: PLC0415 - imports the engine, and with it Pulumi

    parsed = [DeploymentName.parse(name) for name in names]
    return {str(name): state for name, state in plan(home, project, parsed, screen.say).items()}


def _show_resources(screen: Screen, estimated: Estimate, *, with_lines: bool) -> None:
    """The resources with a price, the dearest first, where asked for; those without one always."""
    counts = estimated.counts
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    screen.result(f"{estimated.deployment}: {said}", style="bold")
    if with_lines:
        shown = [it for it in estimated.priced if it.kind in ("fixed", "usage")]
        shown.sort(key=lambda it: -it.cost(estimated.currency).expected.amount)
        for priced in shown:
            cost = priced.cost(estimated.currency)
            screen.result(f"  {cents(cost.expected):>10}  {priced.resource.name}  {priced.resource.kind}")
            for line in priced.lines:
                basis = f" ({line.basis})" if line.basis not in ("", "found") else ""
                amount = cents(line.cost.expected) if line.cost else "no price"
                screen.result(f"  {amount:>12}    {line.meter}: {line.what}{basis}", style="dim")
    for priced in estimated.of_kind("unpriced"):
        screen.result(f"  unpriced  {priced.resource.name}  {priced.resource.kind}: {priced.why}", style="yellow")


def _show_moved(screen: Screen, difference: Difference) -> None:
    for it in difference.moved[:_SHOWN]:
        amount = cents(it.cost.expected)
        signed = amount if amount.startswith("-") else f"+{amount}"
        why = f": {it.shown.why}" if it.shown.kind == "unpriced" else ""
        screen.result(f"  {signed:>12}  {it.change:<8} {it.shown.resource.name}  {it.shown.resource.kind}{why}")
    if len(difference.moved) > _SHOWN:
        screen.result(f"  and {len(difference.moved) - _SHOWN} more, with less: --json has all")


def _described(priced: Priced, currency: str) -> dict[str, Any]:
    return {
        "urn": priced.resource.urn,
        "type": priced.resource.type,
        "kind": priced.kind,
        "region": priced.region,
        **_amounts(priced.cost(currency)),
        "why": priced.why,
        "lines": [
            {
                "meter": line.meter,
                "unit": line.unit,
                "units": {
                    level: str(units) for level, units in zip(("low", "expected", "high"), line.units, strict=True)
                },
                "what": line.what,
                "by_use": line.by_use,
                "basis": line.basis,
                **({} if line.cost is None else _amounts(line.cost)),
                "why": line.why,
            }
            for line in priced.lines
        ],
    }


def _amounts(cost: Cost) -> dict[str, str]:
    return {"low": cents(cost.low), "expected": cents(cost.expected), "high": cents(cost.high)}


def _sum(costs_: Sequence[Cost], currency: str) -> Cost:
    total = Cost.zero(currency)
    for cost in costs_:
        total += cost
    return total


def _not_planned() -> Fault:
    return Fault(
        where=ACCOUNT,
        what="the account is priced by its state alone, and it is not up",
        allowed="deployments; the account once it is up, by `cost estimate`",
        next_step="./cfctl up account",
    )

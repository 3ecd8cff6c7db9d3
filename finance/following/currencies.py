"""Inputs in the one currency of a report: what is in another one is left out, and told."""

from collections.abc import Iterator
from dataclasses import replace

from finance.following.findings import Notice
from finance.following.inputs import Inputs


def in_one(inputs: Inputs) -> tuple[Inputs, tuple[Notice, ...]]:
    """The inputs without amounts of another currency, and what was left out: there is no rate here that would do."""
    own = inputs.currency
    followed = tuple(
        replace(
            it,
            plan=it.plan if it.plan and it.plan.month.expected.currency == own else None,
            teardowns=tuple(gone for gone in it.teardowns if gone.per_day.currency == own),
        )
        for it in inputs.followed
    )
    kept = replace(
        inputs,
        followed=followed,
        budgets={line: budget for line, budget in inputs.budgets.items() if budget.currency == own},
        invoices={it.lower(): total for it, total in inputs.invoices.items() if total.currency == own},
    )
    return kept, tuple(Notice("currency", f"{what}: left out, the report is in {own}") for what in _others(inputs))


def _others(inputs: Inputs) -> Iterator[str]:
    own = inputs.currency
    for it in inputs.followed:
        if it.plan and it.plan.month.expected.currency != own:
            yield f"the estimate of {it.name} is in {it.plan.month.expected.currency}"
        for currency in sorted({gone.per_day.currency for gone in it.teardowns} - {own}):
            yield f"what teardowns of {it.name} save is in {currency}"
    for name, amounts in (("budget", inputs.budgets), ("invoice", inputs.invoices)):
        for of, amount in amounts.items():
            if amount.currency != own:
                yield f"the {name} of {of} is in {amount.currency}"

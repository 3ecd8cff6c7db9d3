"""The monthly budget of a deployment: who is told when its resource groups cost too much.

It stands at the scope of the subscription and counts the deployment's own groups by a filter: so it also sees the group
that Azure keeps for the Container Apps environment. A budget tells, it stops nothing, and its figures are 8 to 24 hours
old. https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets

The period begins on the first of the month in which the budget is made, which Azure demands, and is then left alone: a
date from the clock would change every month, a fixed one could not be used again after a teardown.

A budget is never changed: Azure takes a change only with the latest eTag of the budget, which no plan knows before
(https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update, and
https://github.com/MicrosoftDocs/azure-docs/issues/34023 for what it answers else). So one with another content is
another budget, with a name of its own, made before the old one goes: its `revision` is in both of its names.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import pulumi
from pulumi_azure_native import consumption

from components.conventions import Names

# Percent of the amount, and whether what is spent or what the month will come to; Azure takes five at most.
ALERTS: Final[tuple[tuple[int, consumption.ThresholdType], ...]] = (
    (50, consumption.ThresholdType.ACTUAL),
    (80, consumption.ThresholdType.ACTUAL),
    (100, consumption.ThresholdType.ACTUAL),
    (100, consumption.ThresholdType.FORECASTED),
)


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """`amount`: a month, in the subscription's billing currency. `action_group_id`: told beside the contacts.

    Raises ValueError for an amount that is not above 0, and where nobody is told or nothing counted.
    """

    names: Names
    subscription_id: str
    resource_groups: Sequence[pulumi.Input[str]]
    amount: float
    contact_emails: Sequence[str]
    action_group_id: pulumi.Input[str]

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"a budget is more than 0, not {self.amount}")
        if not self.contact_emails or not self.resource_groups:
            raise ValueError("a budget needs somebody to tell and a resource group to count")


def first_of_month(day: date) -> str:
    """The start of that day's month as the Consumption API writes it, in UTC."""
    return f"{day:%Y-%m}-01T00:00:00Z"


def notifications_to(
    contact_emails: Sequence[str], action_groups: Sequence[pulumi.Input[str]] = ()
) -> dict[str, consumption.NotificationArgs]:
    """The alerts of a budget, by the name that each has in it.

    They go to the contacts by the budget's own mail, which comes whatever becomes of an action group, and to groups.
    """
    return {
        f"{kind.value}{percent}": consumption.NotificationArgs(
            enabled=True,
            operator=consumption.OperatorType.GREATER_THAN_OR_EQUAL_TO,
            threshold=percent,
            threshold_type=kind,
            contact_emails=list(contact_emails),
            contact_groups=list(action_groups) or None,
        )
        for percent, kind in ALERTS
    }


def revision_of(*content: object) -> str:
    """What tells budgets of different content apart: `r` and six hexadecimal digits. content: all that may change, as
    JSON takes it; in another order it is another content.
    """
    written = json.dumps([content, [(percent, kind.value) for percent, kind in ALERTS]])
    return f"r{hashlib.sha256(written.encode()).hexdigest()[:6]}"


class Budget(pulumi.ComponentResource):
    """A monthly budget with its alerts."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Budget", name, None, opts)
        # Of the groups it is enough how many they are: their names are the deployment's.
        revision = revision_of(float(args.amount), list(args.contact_emails), len(args.resource_groups))
        budget = consumption.Budget(
            f"{name}-monthly-{revision}",
            scope=f"/subscriptions/{args.subscription_id}",
            budget_name=args.names.of("budget", revision),
            category=consumption.CategoryType.COST,
            amount=args.amount,
            time_grain=consumption.TimeGrainType.MONTHLY,
            time_period=consumption.BudgetTimePeriodArgs(start_date=first_of_month(datetime.now(UTC).date())),
            filter=consumption.BudgetFilterArgs(
                dimensions=consumption.BudgetComparisonExpressionArgs(
                    name="ResourceGroupName",
                    operator=consumption.BudgetOperatorType.IN_,
                    values=list(args.resource_groups),
                )
            ),
            notifications=notifications_to(args.contact_emails, [args.action_group_id]),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["time_period"]),
        )
        self.id = budget.id
        self.register_outputs({"id": self.id})

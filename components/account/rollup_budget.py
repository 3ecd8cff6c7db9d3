"""The monthly budget of an environment: of all that bears its tag, whichever deployment it belongs to.

It stands beside the budgets of the deployments (components/watching/budget.py) and sees what none of them counts. It
counts by tag, so what cannot carry one is not in it; Azure knows a tag in costs from the day on which it was set.
https://learn.microsoft.com/azure/cost-management-billing/costs/understand-work-scopes
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi
from pulumi_azure_native import consumption

from cidr import Environment
from components.conventions import AccountNames
from components.watching.budget import first_of_month, notifications_to, revision_of


@dataclass(frozen=True, kw_only=True)
class RollupBudgetArgs:
    """`amount`: a month, in the subscription's billing currency. Raises ValueError for one that is not above 0."""

    names: AccountNames
    environment: Environment
    subscription_id: str
    amount: float
    contact_emails: Sequence[str]

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"a budget is more than 0, not {self.amount}")
        if not self.contact_emails:
            raise ValueError("a budget needs somebody to tell")


class RollupBudget(pulumi.ComponentResource):
    """A monthly budget with its alerts."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: RollupBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:RollupBudget", name, None, opts)
        revision = revision_of(float(args.amount), list(args.contact_emails))
        budget = consumption.Budget(
            f"{name}-monthly-{revision}",
            scope=f"/subscriptions/{args.subscription_id}",
            budget_name=args.names.of("budget", f"{args.environment}-{revision}"),
            category=consumption.CategoryType.COST,
            amount=args.amount,
            time_grain=consumption.TimeGrainType.MONTHLY,
            time_period=consumption.BudgetTimePeriodArgs(start_date=first_of_month(datetime.now(UTC).date())),
            filter=consumption.BudgetFilterArgs(
                tags=consumption.BudgetComparisonExpressionArgs(
                    name="Environment",
                    operator=consumption.BudgetOperatorType.IN_,
                    values=[str(args.environment)],
                )
            ),
            notifications=notifications_to(args.contact_emails),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["time_period"]),
        )
        self.id = budget.id
        self.register_outputs({"id": self.id})

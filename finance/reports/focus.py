"""Budget, estimate and actual as rows of FOCUS 1.2 in one file: what differs is the column `x_Scenario`.

`actual` rows are the month's charges, each of them; `estimate` rows are the plan of a whole month (730 hours) at
expected use, a row a resource and meter; `budget` rows are a row a deployment. Amounts of two scenarios are never
added: a reader filters by the scenario first. `x_Deployment` says whose a row is, as the report has it.
https://focus.finops.org/focus-specification/v1-2/
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from finance.focus_files.columns import SCENARIO
from finance.following.charges import Charges
from finance.following.inputs import Followed, Inputs
from finance.following.report import Report
from finance.ledger import COLUMNS, COSTS, NAMES, Ledger
from finance.money import Money

DEPLOYMENT: Final = "x_Deployment"
_PLANNED: Final = "CREATE OR REPLACE TEMP TABLE planned (x_Scenario VARCHAR, x_Deployment VARCHAR, {columns})"
_INSERT: Final = "INSERT INTO planned SELECT {values}"
_DEFINED: Final = ", ".join(f'"{column.name}" {column.type}' for column in COLUMNS)
_NAMES: Final = ", ".join(f'"{name}"' for name in NAMES)
_COPY: Final = """
COPY (
    SELECT x_Scenario, x_Deployment, (BillingPeriodStart + INTERVAL 1 MONTH)::DATE AS BillingPeriodEnd,
        (ChargePeriodStart + CASE x_Scenario WHEN 'actual' THEN INTERVAL 1 DAY ELSE INTERVAL 1 MONTH END)::DATE
            AS ChargePeriodEnd,
        {names}
    FROM (
        SELECT 'actual' AS x_Scenario, line AS x_Deployment, {names}
        FROM costs JOIN places ON g = x_ResourceGroup AND t = Tags WHERE BillingPeriodStart = DATE '{month}'
        UNION ALL
        SELECT x_Scenario, x_Deployment, {names} FROM planned
    )
) TO '{path}' (FORMAT csv, HEADER)
"""


def write_focus(path: Path, report: Report, ledger: Ledger, inputs: Inputs) -> None:
    """Write the file. ledger, inputs: those that the report was made of."""
    _ = Charges(ledger, report.month, inputs)  # places every charge: the table `places` of the connection
    connection = ledger.connection
    connection.execute(_PLANNED.format(columns=_DEFINED))
    rows = [*_budgets(report), *_estimates(report, inputs)]
    if rows:
        types = {column.name: column.type for column in COLUMNS}
        columns = (SCENARIO, DEPLOYMENT, *NAMES)
        unnested = ", ".join(
            f"CAST(unnest(${at}::VARCHAR[]) AS {types.get(name, 'VARCHAR')})" for at, name in enumerate(columns, 1)
        )
        values = [[row[name] for row in rows] for name in columns]
        connection.execute(_INSERT.format(values=unnested), values)
    where = str(path).replace("'", "''")
    connection.execute(_COPY.format(names=_NAMES, month=report.month.isoformat(), path=where))


def _budgets(report: Report) -> Iterator[Mapping[str, str]]:
    for line in report.leaves:
        if line.budget is not None:
            yield _row(report.month, "budget", line.name, line.budget, ChargeDescription=f"Budget of {line.name}")


def _estimates(report: Report, inputs: Inputs) -> Iterator[Mapping[str, str]]:
    for followed in inputs.followed:
        for item in followed.plan.items if followed.plan else ():
            more = {
                "ResourceId": item.resource if item.resource.startswith("/") else "",
                "ResourceName": item.name,
                "ServiceName": item.service,
                "ChargeDescription": item.key,
                "SkuMeter": item.meter,
                "PricingQuantity": f"{item.units:f}",
                "PricingUnit": item.unit,
                "x_ResourceGroup": _group_of(followed),
            }
            yield _row(report.month, "estimate", followed.name, Money(item.cost, report.currency), **more)


def _row(month: date, scenario: str, deployment: str, amount: Money, **more: str) -> dict[str, Any]:
    """A row of what is planned: every column of the ledger, those that are not told with their defaults."""
    return {
        **{column.name: column.default or "" for column in COLUMNS},
        "BillingPeriodStart": month.isoformat(),
        "ChargePeriodStart": month.isoformat(),
        "BillingCurrency": amount.currency,
        "Tags": json.dumps({"Deployment": deployment}),
        "x_Source": "cfctl",
        SCENARIO: scenario,
        DEPLOYMENT: deployment,
        **dict.fromkeys(COSTS, f"{amount.amount:f}"),
        **more,
    }


def _group_of(followed: Followed) -> str:
    """The resource group, where it is only one."""
    return followed.groups[0].lower() if len(followed.groups) == 1 else ""

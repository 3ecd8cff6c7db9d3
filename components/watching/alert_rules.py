"""Alerts as data: what is watched, from which value on somebody is told, and what that means. No Azure SDK in here.

A rule on a metric watches one resource; a rule on logs asks a query of the deployment's workspace. Windows and
frequencies are ISO 8601 durations, of those that Azure takes:
https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-metric-alert-rule and
https://github.com/hashicorp/terraform-provider-azurerm/blob/main/website/docs/r/monitor_scheduled_query_rules_alert_v2.html.markdown
Thresholds are whole numbers: Azure's own types have no others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

Aggregation = Literal["Average", "Count", "Maximum", "Minimum", "Total"]
Operator = Literal["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"]

# Durations in minutes.
METRIC_FREQUENCIES: Final[Mapping[str, int]] = {"PT1M": 1, "PT5M": 5, "PT15M": 15, "PT30M": 30, "PT1H": 60}
METRIC_WINDOWS: Final[Mapping[str, int]] = {**METRIC_FREQUENCIES, "PT6H": 360, "PT12H": 720, "P1D": 1440}
_HOURS: Final[Mapping[str, int]] = {f"PT{hours}H": hours * 60 for hours in range(1, 7)}
LOG_FREQUENCIES: Final[Mapping[str, int]] = {
    **{f"PT{minutes}M": minutes for minutes in (1, 5, 10, 15, 30, 45)},
    **_HOURS,
    "P1D": 1440,
}
LOG_WINDOWS: Final[Mapping[str, int]] = {**LOG_FREQUENCIES, "P2D": 2880}
# A log alert that resolves by itself is asked at least this often.
_STATEFUL_MINUTES: Final = 12 * 60

TARGET: Final = "{target}"
"""The value of a dimension that is the logical name of the watched resource."""


class Severity(IntEnum):
    """How bad it is (https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview)."""

    CRITICAL = 0
    ERROR = 1
    WARNING = 2
    INFORMATIONAL = 3


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One dimension of a metric or column of a query's answer; `values`: those that count, "*" for each by itself."""

    name: str
    values: tuple[str, ...] = ("*",)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """When a metric is out of bounds: its aggregate over the window, against the threshold."""

    metric: str
    aggregation: Aggregation
    operator: Operator
    threshold: int
    dimensions: tuple[Dimension, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricRule:
    """Tells when all `conditions` hold for a resource, and again when they do no longer.

    `watches`: the key of its targets; each target gets a rule of its own. `namespace`: of the metrics, as Azure writes
    it. `why`: what it means and what to do, at most 2,048 characters: the alert's description. Raises ValueError for
    what Azure refuses.
    """

    name: str
    watches: str
    why: str
    severity: Severity
    namespace: str
    conditions: tuple[Condition, ...]
    window: str
    frequency: str

    def __post_init__(self) -> None:
        _check_times(self.name, self.window, self.frequency, METRIC_WINDOWS, METRIC_FREQUENCIES)
        if not 1 <= len(self.conditions) <= 5:
            raise ValueError(f"alert {self.name}: {len(self.conditions)} conditions; a metric alert has 1 to 5")
        several = len(self.conditions) > 1
        values = [item.values for condition in self.conditions for item in condition.dimensions]
        if several and any(len(found) != 1 or "*" in found for found in values):
            raise ValueError(f"alert {self.name}: with several conditions each dimension names one value")


@dataclass(frozen=True, kw_only=True)
class LogRule:
    """Tells when the answer of a query is out of bounds.

    `query`: KQL over `tables`. `measure`: the column whose aggregate counts; None counts rows. `dimensions`: columns
    by which the answer is told apart, an alert for each. `resolves`: the alert ends by itself when the condition does;
    not for what happened once and stays true, nor for rules that are asked less often than every 12 hours. `why`: at
    most 4,096 characters. Raises ValueError for what Azure refuses.
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
    """

    name: str
    why: str
    severity: Severity
    tables: tuple[str, ...]
    query: str
    operator: Operator
    threshold: int
    window: str
    frequency: str
    measure: str | None = None
    aggregation: Aggregation = "Count"
    dimensions: tuple[Dimension, ...] = ()
    resolves: bool = True

    def __post_init__(self) -> None:
        _check_times(self.name, self.window, self.frequency, LOG_WINDOWS, LOG_FREQUENCIES)
        if self.resolves and LOG_FREQUENCIES[self.frequency] > _STATEFUL_MINUTES:
            raise ValueError(f"alert {self.name}: asked every {self.frequency} it cannot resolve by itself")
        if (self.measure is None) != (self.aggregation == "Count"):
            raise ValueError(f"alert {self.name}: Count counts rows, every other aggregation needs a column")
        missing = [table for table in self.tables if not re.search(rf"\b{re.escape(table)}\b", self.query)]
        if not self.tables or missing:
            raise ValueError(f"alert {self.name}: its query does not read {', '.join(missing) or 'any table'}")
        if len(self.dimensions) > 6:
            raise ValueError(f"alert {self.name}: {len(self.dimensions)} dimensions; a log alert has 6 at most")


Rule = MetricRule | LogRule


def _check_times(
    name: str, window: str, frequency: str, windows: Mapping[str, int], frequencies: Mapping[str, int]
) -> None:
    if window not in windows or frequency not in frequencies:
        raise ValueError(
            f"alert {name}: window {window}, frequency {frequency}; Azure takes windows of {', '.join(windows)} and "
            f"frequencies of {', '.join(frequencies)}"
        )
    if frequencies[frequency] > windows[window]:
        raise ValueError(f"alert {name}: asked every {frequency} about {window} only, it would miss what is between")

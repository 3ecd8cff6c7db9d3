"""The alerts of a deployment: every rule of a table, on every resource that it watches, told to one action group.

- A rule on a metric is free of any agent and quick. It is stateful: it ends when its conditions do.
- A rule on logs is checked without its query being run (skip_query_validation): a table appears with its first record,
  and a new deployment has none yet. It is asked with the permissions of who wrote it last, so with the deployer's.
  Whether it resolves by itself is said by its row: what lasts does, what happened once does not.
  https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
- Azure keeps metric rules as global resources; rules on logs stand where their workspace is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.place import Place
from components.watching.alert_rules import TARGET, Condition, Dimension, LogRule, MetricRule, Rule

Targets = Mapping[str, Sequence[tuple[str, pulumi.Input[str]]]]
"""By key what can be watched: resources of one type, each with its logical name and its id."""


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """`rows`: the rules; `targets`: what those on metrics watch; `workspace_id`: of whom those on logs are asked.

    Raises ValueError for a rule that watches what is not among the targets, and for two rules of one name.
    """

    place: Place
    action_group_id: pulumi.Input[str]
    rows: Sequence[Rule]
    targets: Targets
    workspace_id: pulumi.Input[str]

    def __post_init__(self) -> None:
        names = [row.name for row in self.rows]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"alerts of the same name: {', '.join(twice)}")
        for row in self.rows:
            if isinstance(row, MetricRule) and row.watches not in self.targets:
                known = ", ".join(sorted(self.targets)) or "none"
                raise ValueError(f"alert {row.name} watches {row.watches!r}, which is no target; targets are: {known}")


class Alerts(pulumi.ComponentResource):
    """Alert rules."""

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Alerts", name, None, opts)
        for row in args.rows:
            if isinstance(row, LogRule):
                self._on_logs(f"{name}-{row.name}", row, args)
            else:
                for target, target_id in args.targets[row.watches]:
                    self._on_metric(f"{name}-{row.name}-{target}", row, target, target_id, args)
        self.register_outputs({})

    def _on_metric(
        self, name: str, row: MetricRule, target: str, target_id: pulumi.Input[str], args: AlertsArgs
    ) -> None:
        place = args.place
        monitor.MetricAlert(
            name,
            resource_group_name=place.group,
            rule_name=place.names.of("metric_alert", f"{row.name}-{target}"),
            location="global",
            description=row.why,
            severity=int(row.severity),
            enabled=True,
            scopes=[target_id],
            evaluation_frequency=row.frequency,
            window_size=row.window,
            auto_mitigate=True,
            criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                all_of=[
                    _criterion(f"condition-{number}", row.namespace, condition, target)
                    for number, condition in enumerate(row.conditions, start=1)
                ],
            ),
            actions=[monitor.MetricAlertActionArgs(action_group_id=args.action_group_id)],
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _on_logs(self, name: str, row: LogRule, args: AlertsArgs) -> None:
        place = args.place
        rule_name = place.names.of("log_alert", row.name)
        condition = monitor.ConditionArgs(
            criterion_type=monitor.CriterionType.STATIC_THRESHOLD_CRITERION,
            query=row.query,
            time_aggregation=row.aggregation,
            metric_measure_column=row.measure,
            dimensions=[
                monitor.DimensionArgs(name=item.name, operator=monitor.DimensionOperator.INCLUDE, values=[*item.values])
                for item in row.dimensions
            ],
            operator=row.operator,
            threshold=row.threshold,
        )
        monitor.ScheduledQueryRule(
            name,
            resource_group_name=place.group,
            rule_name=rule_name,
            location=place.location,
            kind=monitor.Kind.LOG_ALERT,
            display_name=rule_name,
            description=row.why,
            severity=int(row.severity),
            enabled=True,
            scopes=[args.workspace_id],
            evaluation_frequency=row.frequency,
            window_size=row.window,
            auto_mitigate=row.resolves,
            skip_query_validation=True,
            criteria=monitor.ScheduledQueryRuleCriteriaArgs(all_of=[condition]),
            actions=monitor.ActionsArgs(action_groups=[args.action_group_id]),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _criterion(name: str, namespace: str, condition: Condition, target: str) -> monitor.MetricCriteriaArgs:
    return monitor.MetricCriteriaArgs(
        name=name,
        criterion_type="StaticThresholdCriterion",
        metric_namespace=namespace,
        metric_name=condition.metric,
        time_aggregation=condition.aggregation,
        operator=condition.operator,
        threshold=condition.threshold,
        dimensions=[
            monitor.MetricDimensionArgs(name=item.name, operator="Include", values=_values(item, target))
            for item in condition.dimensions
        ],
    )


def _values(dimension: Dimension, target: str) -> list[str]:
    return [target if value == TARGET else value for value in dimension.values]

"""Alerts on the services: restarts, errors, latency, availability, notifications that fail.

Rules on logs read what the ingress of Container Apps writes of every request (ContainerAppHTTPLogs), whether or not a
service tells of itself. https://learn.microsoft.com/azure/container-apps/log-monitoring
Metrics: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-app-containerapps-metrics
"""

from typing import Final

from cidr import Environment
from components.watching.alert_rules import Condition, Dimension, LogRule, MetricRule, Severity
from deployments.catalogue.alert_row import NEVER_ASLEEP, AlertRow, kql

_APPS: Final = "Microsoft.App/containerApps"

APP_ALERTS: Final = (
    AlertRow(
        rule=MetricRule(
            name="restarts",
            watches="apps",
            why="A replica was started again more than three times since it was made: its process ends or its liveness "
            "probe fails. Read its last console logs. The count is a replica's own: the alert ends with the replica.",
            severity=Severity.WARNING,
            namespace=_APPS,
            conditions=(Condition(metric="RestartCount", aggregation="Maximum", operator="GreaterThan", threshold=3),),
            window="PT15M",
            frequency="PT5M",
        )
    ),
    AlertRow(
        rule=LogRule(
            name="server-errors",
            why="More than 5 % of an app's answers in half an hour were 5xx, of 20 requests or more. Look at the "
            "newest revision first: traffic can go back to the one before.",
            severity=Severity.ERROR,
            tables=("ContainerAppHTTPLogs",),
            query=kql(
                "ContainerAppHTTPLogs",
                "summarize Requests = count(), Failed = countif(StatusCode >= 500) by ContainerAppName",
                "where Requests >= 20",
                "project ContainerAppName, Percent = 100.0 * Failed / Requests",
            ),
            measure="Percent",
            aggregation="Maximum",
            operator="GreaterThan",
            threshold=5,
            dimensions=(Dimension(name="ContainerAppName"),),
            window="PT30M",
            frequency="PT15M",
        )
    ),
    AlertRow(
        rule=LogRule(
            name="latency",
            why="One request in twenty took longer than a second in half an hour, of 20 requests or more. Compare with "
            "the database's CPU and with the replicas of the app.",
            severity=Severity.WARNING,
            tables=("ContainerAppHTTPLogs",),
            query=kql(
                "ContainerAppHTTPLogs",
                "summarize Requests = count(), P95 = percentile(RequestDuration, 95) by ContainerAppName",
                "where Requests >= 20",
            ),
            measure="P95",
            aggregation="Maximum",
            operator="GreaterThan",
            threshold=1_000,
            dimensions=(Dimension(name="ContainerAppName"),),
            window="PT30M",
            frequency="PT15M",
        ),
        environments=NEVER_ASLEEP,
    ),
    AlertRow(
        # Of the target of 99.9 % a month an hour at 14 times the allowed errors spends 2 %: a page is due.
        # https://sre.google/workbook/alerting-on-slos/
        rule=LogRule(
            name="availability",
            why="In an hour 14 times as many requests failed as 99.9 % a month allows, of 100 requests or more: at "
            "this rate the month's error budget is gone in two days.",
            severity=Severity.CRITICAL,
            tables=("ContainerAppHTTPLogs",),
            query=kql(
                "ContainerAppHTTPLogs",
                "summarize Requests = count(), Failed = countif(StatusCode >= 500)",
                "where Requests >= 100",
                "project BurnRate = 1000.0 * Failed / Requests",
            ),
            measure="BurnRate",
            aggregation="Maximum",
            operator="GreaterThan",
            threshold=14,
            window="PT1H",
            frequency="PT5M",
        ),
        environments=frozenset({Environment.PROD}),
    ),
    AlertRow(
        rule=MetricRule(
            name="no-replica",
            watches="apps",
            why="An app that never sleeps has had no replica for five minutes: nothing answers. Look at the system "
            "logs of its newest revision.",
            severity=Severity.CRITICAL,
            namespace=_APPS,
            conditions=(Condition(metric="Replicas", aggregation="Maximum", operator="LessThan", threshold=1),),
            window="PT5M",
            frequency="PT1M",
        ),
        environments=NEVER_ASLEEP,
    ),
    AlertRow(
        rule=LogRule(
            name="notification-failures",
            why="More than five calls of the notification service to those that deliver (mail, text, push) failed in "
            "half an hour. Its messages wait in their hub or lie among the dead letters.",
            severity=Severity.WARNING,
            tables=("AppDependencies",),
            query=kql(
                "AppDependencies",
                'where AppRoleName == "notification" and DependencyType has "http" and Success == false',
            ),
            operator="GreaterThan",
            threshold=5,
            window="PT30M",
            frequency="PT15M",
        ),
        kinds=frozenset({"regional"}),
    ),
)

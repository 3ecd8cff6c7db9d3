"""Alerts on what keeps data: the database, the hubs with their consumers and dead letters, the vault.

Consumer lag has no metric on Event Hubs, and its log (ApplicationMetricsLogs) is of Premium and Dedicated alone. So two
rows watch it: what consumers tell of themselves, silent until they do; and a namespace that takes messages in and gives
none out, which sees a standstill of all consumers and not that of one: metrics reach a workspace without their
dimensions. https://learn.microsoft.com/azure/event-hubs/monitor-event-hubs-reference
Metrics: https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
"""

from typing import Final

from components.watching.alert_rules import TARGET, Condition, Dimension, LogRule, MetricRule, Severity
from deployments.catalogue.alert_row import AlertRow, kql

_POSTGRES: Final = "Microsoft.DBforPostgreSQL/flexibleServers"
_HUBS: Final = "Microsoft.EventHub/namespaces"

DATA_ALERTS: Final = (
    AlertRow(
        rule=MetricRule(
            name="database-down",
            watches="postgres",
            why="The database server has not answered for five minutes.",
            severity=Severity.CRITICAL,
            namespace=_POSTGRES,
            conditions=(Condition(metric="is_db_alive", aggregation="Maximum", operator="LessThan", threshold=1),),
            window="PT5M",
            frequency="PT1M",
        )
    ),
    AlertRow(
        rule=MetricRule(
            name="database-cpu",
            watches="postgres",
            why="The database server's CPU was above 70 % for a quarter of an hour. Look for the longest queries, then "
            "at the size of the server.",
            severity=Severity.WARNING,
            namespace=_POSTGRES,
            conditions=(Condition(metric="cpu_percent", aggregation="Average", operator="GreaterThan", threshold=70),),
            window="PT15M",
            frequency="PT5M",
        )
    ),
    AlertRow(
        # https://learn.microsoft.com/azure/postgresql/compute-storage/concepts-storage-premium-ssd
        rule=MetricRule(
            name="database-storage",
            watches="postgres",
            why="The database server's disk is more than 80 % full; at 95 %, or with 5 GiB left, it takes no more "
            "writes. Raise storage_gb in the stack file: a disk can grow and never shrink.",
            severity=Severity.WARNING,
            namespace=_POSTGRES,
            conditions=(
                Condition(metric="storage_percent", aggregation="Average", operator="GreaterThan", threshold=80),
            ),
            window="PT1H",
            frequency="PT15M",
        )
    ),
    AlertRow(
        # The name and attributes are OpenTelemetry's, of the Kafka receiver of its collector:
        # https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/receiver/kafkametricsreceiver
        rule=LogRule(
            name="consumer-lag",
            why="A consumer group was more than 1,000 messages behind its hub for all of half an hour, as consumers "
            "tell of themselves (kafka.consumer_group.lag). Look at its replicas and at its errors.",
            severity=Severity.WARNING,
            tables=("AppMetrics",),
            query=kql(
                "AppMetrics",
                'where Name == "kafka.consumer_group.lag"',
                'extend Group = tostring(Properties["group"]), Topic = tostring(Properties["topic"])',
                'extend Partition = tostring(Properties["partition"])',
                "summarize Behind = max(Max) by bin(TimeGenerated, 5m), Group, Topic, Partition",
                "summarize Behind = sum(Behind) by TimeGenerated, Group, Topic",
                "summarize Behind = min(Behind) by Group, Topic",
            ),
            measure="Behind",
            aggregation="Maximum",
            operator="GreaterThan",
            threshold=1_000,
            dimensions=(Dimension(name="Group"), Dimension(name="Topic")),
            window="PT30M",
            frequency="PT15M",
        )
    ),
    AlertRow(
        rule=LogRule(
            name="consumers-stalled",
            why="For an hour the Event Hubs namespace took messages in and nobody took one out: no consumer works. "
            "Look at the system logs for scale rules that fail, and at the consumers' own.",
            severity=Severity.ERROR,
            tables=("AzureMetrics",),
            query=kql(
                "AzureMetrics",
                'where ResourceProvider == "MICROSOFT.EVENTHUB"',
                'summarize Incoming = sumif(Total, MetricName == "IncomingMessages"),'
                ' Outgoing = sumif(Total, MetricName == "OutgoingMessages") by Resource',
                "where Incoming > 0 and Outgoing == 0",
            ),
            operator="GreaterThan",
            threshold=0,
            window="PT1H",
            frequency="PT15M",
        ),
        about="event_hubs",
    ),
    AlertRow(
        rule=MetricRule(
            name="dead-letters",
            watches="dead_letters",
            why="A message was given up and written to this hub of dead letters. It lies in the container dead-letters "
            "too, for 14 days: read why, mend the cause, replay it.",
            severity=Severity.WARNING,
            namespace=_HUBS,
            conditions=(
                Condition(
                    metric="IncomingMessages",
                    aggregation="Total",
                    operator="GreaterThan",
                    threshold=0,
                    dimensions=(Dimension(name="EntityName", values=(TARGET,)),),
                ),
            ),
            window="PT15M",
            frequency="PT5M",
        )
    ),
    AlertRow(
        # Key Vault logs these operations when it publishes the events, 30 days before an end and at it; that it does so
        # without a subscriber is documented for changes of access policies alone.
        # https://learn.microsoft.com/azure/key-vault/general/logging and
        # https://learn.microsoft.com/azure/event-grid/event-schema-key-vault
        rule=LogRule(
            name="expiring-secrets",
            why="A secret, key or certificate of the vault ends within 30 days, or has ended. Renew it; services read "
            "the newest version within half an hour.",
            severity=Severity.WARNING,
            tables=("AZKVAuditLogs",),
            query=kql(
                "AZKVAuditLogs",
                'where OperationName endswith "NearExpiryEventGridNotification"'
                ' or OperationName endswith "ExpiredEventGridNotification"',
            ),
            operator="GreaterThan",
            threshold=0,
            resolves=False,
            window="P1D",
            frequency="P1D",
        )
    ),
)

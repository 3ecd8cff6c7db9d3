"""How many replicas of a service run: by its requests, by the lag of Kafka topics, by CPU and memory.

By CPU and memory nothing scales to zero, so they count only where at least one replica runs.
https://learn.microsoft.com/azure/container-apps/scale-app
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import app

from components.apps.workload import Scale

REQUESTS_PER_REPLICA: Final = "50"
# Percent of what a replica has, over all replicas; where more are used another is started.
CPU_UTILIZATION, MEMORY_UTILIZATION = "70", "80"
# What Event Hubs takes as the user of every connection string:
# https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview#shared-access-signature-sas
_KAFKA_USER, _KAFKA_USER_SECRET = "$ConnectionString", "kafka-user"


@dataclass(frozen=True, kw_only=True)
class KafkaTrigger:
    """Another replica for every `lag` messages that a consumer group has not read yet of a topic.

    `bootstrap`: host and port of the brokers. `secret`: the app secret with the connection string of a rule that may
    listen to the topic. https://keda.sh/docs/latest/scalers/apache-kafka/
    """

    name: str
    bootstrap: pulumi.Input[str]
    topic: str
    consumer_group: str
    secret: str
    lag: int


def scaled(scale: Scale, triggers: Sequence[KafkaTrigger], *, asked: bool) -> app.ScaleArgs:
    """The scale of an app. `asked`: whether it has an ingress, whose requests count."""
    rules: list[app.ScaleRuleArgs] = []
    if asked:
        http = app.HttpScaleRuleArgs(metadata={"concurrentRequests": REQUESTS_PER_REPLICA})
        rules.append(app.ScaleRuleArgs(name="http", http=http))
    if scale.least >= 1:
        rules += [_used("cpu", CPU_UTILIZATION), _used("memory", MEMORY_UTILIZATION)]
    rules += map(_lagging, triggers)
    return app.ScaleArgs(min_replicas=scale.least, max_replicas=scale.most, rules=rules or None)


def secrets_of(triggers: Sequence[KafkaTrigger]) -> list[app.SecretArgs]:
    """What triggers name beside secrets of the vault: the user of Kafka, which KEDA takes as a secret only."""
    return [app.SecretArgs(name=_KAFKA_USER_SECRET, value=_KAFKA_USER)] if triggers else []


def _used(what: str, percent: str) -> app.ScaleRuleArgs:
    metadata = {"type": "Utilization", "value": percent}
    return app.ScaleRuleArgs(name=what, custom=app.CustomScaleRuleArgs(type=what, metadata=metadata))


def _lagging(trigger: KafkaTrigger) -> app.ScaleRuleArgs:
    """Without `tls` the rule never reaches Event Hubs: https://github.com/microsoft/azure-container-apps/issues/157."""
    return app.ScaleRuleArgs(
        name=trigger.name,
        custom=app.CustomScaleRuleArgs(
            type="kafka",
            metadata={
                "bootstrapServers": trigger.bootstrap,
                "consumerGroup": trigger.consumer_group,
                "topic": trigger.topic,
                "lagThreshold": str(trigger.lag),
                "sasl": "plaintext",
                "tls": "enable",
            },
            auth=[
                app.ScaleRuleAuthArgs(secret_ref=_KAFKA_USER_SECRET, trigger_parameter="username"),
                app.ScaleRuleAuthArgs(secret_ref=trigger.secret, trigger_parameter="password"),
            ],
        ),
    )

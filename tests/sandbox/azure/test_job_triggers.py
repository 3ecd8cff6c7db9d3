"""What starts a job: each rule is fed what it is there for."""

from typing import Any

import pytest

from tests.sandbox.azure.cloud import GROUP, Cloud, Live, container

JOB, APP = "app:Job", "app:ContainerApp"
COUNTED = {"accountName": "stcftest", "queueName": "media", "queueLength": "1"}
SCALE, TRIGGER = "ContainerAppInvalidScaleSpec", "JobTriggerInvalid"
CPU = {"type": "cpu", "metadata": {"type": "Utilization", "value": "70"}}


def waiting(name: str = "queue", metadata: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """A rule by the length of a queue."""
    return {"name": name, "type": "azure-queue", "metadata": metadata or COUNTED, **more}


def event(*rules: dict[str, Any], **scale: Any) -> dict[str, Any]:
    """The configuration of a job that events start."""
    return {
        "triggerType": "Event",
        "replicaTimeout": 1800,
        "eventTriggerConfig": {"parallelism": 1, "replicaCompletionCount": 1, "scale": {"rules": list(rules), **scale}},
    }


def job(environment: Live, configuration: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceGroupName": GROUP,
        "jobName": "media-processor",
        "environmentId": environment.id,
        "configuration": configuration,
        "template": {"containers": [container()]},
        **more,
    }


def runs_as(identity: Live) -> dict[str, Any]:
    return {"identity": {"type": "UserAssigned", "userAssignedIdentities": [identity.id]}}


def test_what_the_platform_writes_is_taken(grounds: Cloud) -> None:
    """A rule that refused everything would pass every test below."""
    identity = grounds.identity()
    rule = waiting(identity=identity.id)
    scale = {"minExecutions": 0, "maxExecutions": 3, "pollingInterval": 30}
    made = grounds.create(JOB, "j", **job(grounds.environment(), event(rule, **scale), **runs_as(identity)))
    assert made.outputs["configuration"]["eventTriggerConfig"]["scale"] == {**scale, "rules": [rule]}


def test_azure_fills_in_how_many_and_how_often(grounds: Cloud) -> None:
    """And an identity of the job's own does as well."""
    system = {"identity": {"type": "SystemAssigned"}}
    made = grounds.create(JOB, "j", **job(grounds.environment(), event(waiting(identity="system")), **system))
    scale = made.outputs["configuration"]["eventTriggerConfig"]["scale"]
    assert (scale["minExecutions"], scale["maxExecutions"], scale["pollingInterval"]) == (0, 100, 30)


@pytest.mark.parametrize(
    ("configuration", "code", "says"),
    [
        (event(), TRIGGER, "needs a scale rule"),
        (event(waiting(), maxExecutions=0), TRIGGER, "those from 1"),
        (event(waiting(), minExecutions=5, maxExecutions=3), TRIGGER, "minExecutions (5) from 0 to its maxExecutions"),
        (event(waiting(), minExecutions=-1), TRIGGER, "minExecutions (-1)"),
        (event(waiting(), pollingInterval=0), TRIGGER, "pollingInterval from 1 second"),
        (event(waiting(), waiting()), TRIGGER, "needs a name that no other rule of it has"),
        (event(waiting("")), TRIGGER, "needs a name that no other rule of it has"),
        (event({"name": "cpu", **CPU}), TRIGGER, "scaler cpu measures replicas, it starts no job"),
        (event(waiting(metadata={"accountName": "stcftest"})), SCALE, "needs metadata queueName"),
        (event(waiting(metadata={"queueName": "media"}, identity="system")), SCALE, "needs metadata accountName"),
        (event(waiting(identity="/subscriptions/s/other")), SCALE, "/subscriptions/s/other is not assigned"),
        (event(waiting(identity="system")), SCALE, "the identity system is not assigned"),
        (event({**waiting(), "type": "kafka", "metadata": {"bootstrapServers": "b", "consumerGroup": "g"},
                "identity": "system"}), SCALE, "scaler kafka cannot sign in as an identity"),
        (event(waiting(auth=[{"secretRef": "key", "triggerParameter": "connection"}])),
         "ContainerAppSecretRefNotFound", "SecretRef 'key'"),
        ({"triggerType": "Event", "replicaTimeout": 60}, TRIGGER, "needs configuration.eventTriggerConfig"),
        ({"triggerType": "Whenever", "replicaTimeout": 60}, TRIGGER, "is none of Manual, Schedule, Event"),
    ],
)  # fmt: skip
def test_a_job_is_refused(grounds: Cloud, configuration: dict[str, Any], code: str, says: str) -> None:
    """Everything else of the body is what the platform writes."""
    told = grounds.refused(JOB, "j", **job(grounds.environment(), configuration))
    assert f'Status=400 Code="{code}"' in told
    assert says in told


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"name": "q", "type": "azure-servicebus"}, "KEDA's scaler 'azure-servicebus'"),
        (waiting(metadata={**COUNTED, "queuelength": "5"}), "scaler azure-queue has no queuelength here"),
    ],
)
def test_what_the_sandbox_does_not_model_says_so(grounds: Cloud, rule: dict[str, Any], told: str) -> None:
    """KEDA passes over a key that it does not know, and the job never starts: here the slip is told."""
    assert told in grounds.refused(JOB, "j", **job(grounds.environment(), event(rule)))


def test_an_app_takes_a_queue_as_an_identity_too(grounds: Cloud) -> None:
    """The rules of apps and of jobs are read by one table."""
    identity, environment = grounds.identity(), grounds.environment()

    def body(**custom: Any) -> dict[str, Any]:
        rule = {"name": "q", "custom": {"type": "azure-queue", "metadata": COUNTED, **custom}}
        template = {"containers": [container()], "scale": {"maxReplicas": 3, "rules": [rule]}}
        return grounds.app_inputs(environment, **runs_as(identity), template=template)

    assert f'Code="{SCALE}"' in grounds.refused(APP, "a", **body(identity="system"))
    grounds.create(APP, "a", **body(identity=identity.id))

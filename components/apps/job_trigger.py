"""What starts a job by itself: messages that wait in a queue of a storage account.

The environment (KEDA) counts the messages, signed in as the job's own identity: no key of the account exists. It counts
those too that a running execution has taken and not yet deleted, and takes the running executions off: so a message is
deleted when its work is done, never before.
https://learn.microsoft.com/azure/container-apps/jobs#event-driven-jobs and
https://keda.sh/docs/latest/scalers/azure-storage-queue/
"""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import app

from components.apps.workload_identity import WorkloadIdentity

# Seconds between two counts: what waits for an execution waits so long at most.
_POLLED_EVERY: Final = 30


@dataclass(frozen=True, kw_only=True)
class QueueTrigger:
    """An execution for every message of `queue`, `most` of them side by side.

    `account`: name of the storage account. The job's identity needs the role Storage Queue Data Reader on the queue,
    for its length. Raises ValueError for a `most` below 1.
    """

    account: pulumi.Input[str]
    queue: pulumi.Input[str]
    most: int

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError(f"1 execution or more side by side, not {self.most}")


def started_by(trigger: QueueTrigger, identity: WorkloadIdentity) -> app.JobConfigurationEventTriggerConfigArgs:
    """The trigger of a job: none runs while nothing waits, one replica works off one message."""
    rule = app.JobScaleRuleArgs(
        name="queue",
        type="azure-queue",
        identity=identity.id,
        metadata={"accountName": trigger.account, "queueName": trigger.queue, "queueLength": "1"},
    )
    return app.JobConfigurationEventTriggerConfigArgs(
        parallelism=1,
        replica_completion_count=1,
        scale=app.JobScaleArgs(
            min_executions=0, max_executions=trigger.most, polling_interval=_POLLED_EVERY, rules=[rule]
        ),
    )

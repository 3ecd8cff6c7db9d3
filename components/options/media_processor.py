"""The media processor: a job that works off a queue, an execution for each message, none while nothing waits.

An execution takes one message, works on the blob that it names, writes what it finds as blobs and tells a hub; it knows
no database: the scheduler service alone writes that (platform.md, section 5). So a stage can be killed, come twice or
come late, and nothing but a blob is written over.

What the job is told of its queue: a message that it has taken stays its own for longer than it may run; a replica is
never tried again by the environment, since the message comes back by itself; and after the fifth time the job puts it
aside. https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#poison-messages
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.apps.container_job import ContainerJob, ContainerJobArgs
from components.apps.job_trigger import QueueTrigger
from components.apps.workload_identity import WorkloadIdentity
from components.options.queue_names import poison
from components.place import Place

# Seconds that a message stays away beyond the time that a replica has: it starts after it was counted.
_MARGIN: Final = 300
# The longest that Azure keeps a taken message away: https://learn.microsoft.com/rest/api/storageservices/get-messages
_LONGEST: Final = 7 * 24 * 3600 - _MARGIN
_MOST_DEQUEUES: Final = 5


@dataclass(frozen=True, kw_only=True)
class MediaProcessorArgs:
    """`job`: its name, which is that of its image. `queue`: the queue that it works off, of `account_name`.

    `executions`: side by side at most. `timeout_seconds`: after so long one is ended and its message comes back.
    `variables`: what it is told beside its queue, nothing secret.

    Raises ValueError for a timeout that no message waits for (a week), for no execution and for a `cpu` that
    Consumption does not have.
    """

    place: Place
    job: str
    identity: WorkloadIdentity
    environment_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    image: str
    registry: pulumi.Input[str] | None
    account_name: pulumi.Input[str]
    queue: str
    queue_endpoint: pulumi.Input[str]
    executions: int
    timeout_seconds: int
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    cpu: float = 2.0

    def __post_init__(self) -> None:
        if not 1 <= self.timeout_seconds <= _LONGEST:
            raise ValueError(f"{self.job}: an execution has 1 to {_LONGEST} seconds, not {self.timeout_seconds}")


class MediaProcessor(pulumi.ComponentResource):
    """The job. `id`: ARM's. What the options depend on (roles, private ways) the job waits for."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: MediaProcessorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:MediaProcessor", name, None, opts)
        job = ContainerJob(
            name,
            ContainerJobArgs(
                place=args.place,
                job=args.job,
                identity=args.identity,
                environment_id=args.environment_id,
                workspace_id=args.workspace_id,
                image=args.image,
                registry=args.registry,
                timeout_seconds=args.timeout_seconds,
                retry_limit=0,
                cpu=args.cpu,
                trigger=QueueTrigger(account=args.account_name, queue=args.queue, most=args.executions),
                variables={
                    **args.variables,
                    "QUEUE_ENDPOINT": args.queue_endpoint,
                    "QUEUE_NAME": args.queue,
                    "QUEUE_POISON_NAME": poison(args.queue),
                    "QUEUE_VISIBILITY_SECONDS": str(args.timeout_seconds + _MARGIN),
                    "QUEUE_MOST_DEQUEUES": str(_MOST_DEQUEUES),
                },
            ),
            pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        self.id = job.id
        self.register_outputs({"id": self.id})

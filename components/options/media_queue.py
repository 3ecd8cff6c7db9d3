"""Queues on a deployment's storage account: work that waits, and beside each the messages that nobody could work off.

- A queue keeps a message until it is deleted; whoever takes one has it for a time (its visibility timeout) and then it
  is there again. It counts how often it was taken: after some times it belongs aside, into the queue of that name with
  `-poison` behind it, where a person can look at it. The queue does not do that by itself, the worker does.
  https://learn.microsoft.com/azure/storage/queues/storage-queues-introduction
- Signed in to by role on one queue, reached by a private endpoint of its own (group `queue`): the account has neither
  keys nor a public door. https://learn.microsoft.com/azure/storage/queues/authorize-access-azure-active-directory
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.data.service_logs import send_service_logs
from components.options.queue_names import poison
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class MediaQueueArgs:
    """`account_name`: of the storage account. `queues`: names; each gets one for its poison messages.

    Raises ValueError for no queue, and for one name twice.
    """

    place: Place
    workspace_id: pulumi.Input[str]
    account_name: pulumi.Input[str]
    queues: Sequence[str]

    def __post_init__(self) -> None:
        every = [name for queue in self.queues for name in (queue, poison(queue))]
        if not every or len(set(every)) < len(every):
            raise ValueError(f"queues have names of their own, one at least: {', '.join(every) or 'none'}")


class MediaQueue(pulumi.ComponentResource):
    """The queues. `queue_ids`: full ARM ids by name, for roles; `endpoint`: address for clients."""

    queue_ids: Mapping[str, pulumi.Output[str]]
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: MediaQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:MediaQueue", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        account = pulumi.Output.from_input(args.account_name)
        service = storage.QueueServiceProperties(
            f"{name}-service",
            resource_group_name=place.group,
            account_name=account,
            queue_service_name="default",
            opts=child,
        )
        self.queue_ids = {
            queue: storage.Queue(
                f"{name}-{queue}",
                resource_group_name=place.group,
                account_name=account,
                queue_name=place.names.of("storage_queue", queue),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
            ).id
            for each in args.queues
            for queue in (each, poison(each))
        }
        send_service_logs(f"{name}-logs", place, service.id, args.workspace_id, child)
        self.endpoint = pulumi.Output.concat("https://", account, ".queue.core.windows.net/")
        self.register_outputs({"queueIds": dict(self.queue_ids), "endpoint": self.endpoint})

"""What options let workloads do: what services are told of search and queues, and the jobs that queues start."""

from typing import Final

import pulumi

from components.options.media_processor import MediaProcessor, MediaProcessorArgs
from deployments.catalogue.options import SEARCH, QueuedJob, on_queue
from deployments.permissions import Roles
from deployments.world import World

# Pieces of media worked on side by side, and seconds for one.
_EXECUTIONS: Final = 3
_TIMEOUT: Final = 1_800


def told_by_options(world: World, workload: str) -> dict[str, pulumi.Input[str]]:
    """Variables of a service that has roles on what options add."""
    targets = {grant.on for grant in world.runs.grants[workload]}
    found: dict[str, pulumi.Input[str]] = {}
    if world.additions.search is not None and SEARCH in targets:
        found["SEARCH_ENDPOINT"] = world.additions.search.endpoint
    queues = [name for name in world.runs.queues if on_queue(name) in targets]
    if world.additions.queue is not None and queues:
        found["QUEUE_ENDPOINT"] = world.additions.queue.endpoint
        found["QUEUE_NAMES"] = ",".join(queues)
    return found


def work_off(world: World, roles: Roles, opts: pulumi.ResourceOptions) -> None:
    """Declare the jobs that queues start."""
    base, blueprint, queue = world.base, world.blueprint, world.additions.queue
    if queue is None:
        return
    for job in world.runs.jobs:
        before = pulumi.ResourceOptions(depends_on=[*roles[job.name], *base.ways.made])
        MediaProcessor(
            job.name,
            MediaProcessorArgs(
                place=base.place,
                job=job.name,
                identity=world.identities[job.name],
                environment_id=base.environment.id,
                workspace_id=base.logs.id,
                image=blueprint.job_images[job.name],
                registry=world.registry.login_server,
                account_name=world.data.storage.name,
                queue=job.queue,
                queue_endpoint=queue.endpoint,
                executions=_EXECUTIONS,
                timeout_seconds=_TIMEOUT,
                variables=_variables(world, job),
            ),
            pulumi.ResourceOptions.merge(opts, before),
        )


def _variables(world: World, job: QueuedJob) -> dict[str, pulumi.Input[str]]:
    """What a job is told beside its queue: what its row names and no more."""
    hubs = [pulumi.Output.concat(name, "=", world.topics[name].bootstrap) for name in job.sends]
    return {
        "DEPLOYMENT": str(world.blueprint.settings.deployment),
        "APPLICATIONINSIGHTS_CONNECTION_STRING": world.base.insights.connection_string,
        "BLOB_ENDPOINT": world.data.storage.blob_endpoint,
        "BLOB_READS": ",".join(job.reads),
        "BLOB_WRITES": ",".join(job.writes),
        "KAFKA_SENDS": pulumi.Output.all(*hubs).apply(lambda each: ",".join(map(str, each))),
    }

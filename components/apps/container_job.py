"""A job inside the network that runs to its end, as its own identity.

Started by hand (`arm_action`, cfctl), one replica at a time: what it does must not run twice side by side. Or by what
waits for it (`job_trigger`), several at a time: each works off something of its own.
https://learn.microsoft.com/azure/container-apps/jobs
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import app

from components.apps.container_environment import CONSUMPTION
from components.apps.containers import (
    check_cpu,
    credentials,
    environment_of,
    pulled,
    resources,
    runs_as,
    vault_secrets,
)
from components.apps.job_trigger import QueueTrigger, started_by
from components.apps.workload_identity import WorkloadIdentity
from components.diagnostics import Telemetry, send_logs
from components.place import Place

_BY_HAND = app.JobConfigurationManualTriggerConfigArgs(parallelism=1, replica_completion_count=1)


@dataclass(frozen=True, kw_only=True)
class ContainerJobArgs:
    """`job`: its name. `image`: `{repository}@{digest}` in `registry`, or the whole reference where that is None.

    `timeout_seconds`: after so long a replica is ended and has failed. `retry_limit`: tries after the first.
    `variables`: plain environment variables, nothing secret. `secrets`: app secret → URI of the vault's secret, without
    a version; `secret_variables`: environment variable → app secret. `trigger`: what starts it; None: a person or a
    program.

    Raises ValueError for a `cpu` that Consumption does not have, a timeout below 1, a retry limit below 0 and a
    variable whose secret is not among `secrets`.
    """

    place: Place
    job: str
    identity: WorkloadIdentity
    environment_id: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    image: str
    registry: pulumi.Input[str] | None
    timeout_seconds: int
    retry_limit: int
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_variables: Mapping[str, str] = field(default_factory=dict[str, str])
    cpu: float = 0.5
    trigger: QueueTrigger | None = None

    def __post_init__(self) -> None:
        check_cpu(self.cpu)
        if self.timeout_seconds < 1 or self.retry_limit < 0:
            given = f"timeout of {self.timeout_seconds} s and {self.retry_limit} tries more"
            raise ValueError(f"{self.job}: a job takes a timeout from 1 s and 0 or more tries more, not a {given}")
        for variable, secret in self.secret_variables.items():
            if secret not in self.secrets:
                raise ValueError(
                    f"{self.job}: variable {variable} names the secret {secret!r}; secrets has "
                    f"{', '.join(self.secrets) or 'none'}: add the URI of the vault's secret there"
                )


class ContainerJob(pulumi.ComponentResource):
    """A job; `POST {id}/start` starts it. What the options depend on (roles) the job itself waits for."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ContainerJob", name, None, opts)
        place = args.place
        container = app.ContainerArgs(
            name=args.job,
            image=pulled(args.image, args.registry),
            resources=resources(args.cpu),
            env=environment_of(args.variables, args.identity, args.secret_variables),
        )
        job = app.Job(
            f"{name}-job",
            resource_group_name=place.group,
            job_name=place.names.of("container_app_job", args.job),
            location=place.location,
            environment_id=args.environment_id,
            workload_profile_name=CONSUMPTION,
            identity=runs_as(args.identity),
            configuration=app.JobConfigurationArgs(
                trigger_type=app.TriggerType.EVENT if args.trigger else app.TriggerType.MANUAL,
                manual_trigger_config=None if args.trigger else _BY_HAND,
                event_trigger_config=started_by(args.trigger, args.identity) if args.trigger else None,
                replica_timeout=args.timeout_seconds,
                replica_retry_limit=args.retry_limit,
                registries=credentials(args.registry, args.identity),
                secrets=vault_secrets(args.secrets, args.identity) or None,
            ),
            template=app.JobTemplateArgs(containers=[container]),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        own = pulumi.ResourceOptions(parent=self)
        send_logs(f"{name}-metrics", place, job.id, args.workspace_id, own, telemetry=Telemetry.METRICS)
        self.id = job.id
        self.name = job.name
        self.register_outputs({"id": self.id, "name": self.name})

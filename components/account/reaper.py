"""What takes down deployments whose time is over: a job on a schedule, outside of everything that it deletes.

`./cfctl reap --target azure` in a container (images/cfctl), as an identity of its own:

- On the subscriptions of dev and stg a role that reads and deletes and makes nothing (reaper_role.py), on condition: of
  roles it takes away the platform's own alone.
- Storage Blob Data Contributor, on condition, on the containers of dev's and stg's states: reads them all and writes
  the paths of their stacks alone. Key Vault Crypto User on their keys. Of prod's state and key it has nothing.

The container signs in as that identity twice over: azure-identity reads AZURE_CLIENT_ID, Pulumi's provider ARM_*.
https://www.pulumi.com/registry/packages/azure-native/installation-configuration/

The environment has no network of its own and no app: nothing comes in, and what the job asks are Azure's public
endpoints, as a pipeline does. It costs while it runs and nothing between.
https://learn.microsoft.com/azure/container-apps/jobs#scheduled-jobs
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import app, authorization, managedidentity

from components.account import role_conditions
from components.account.ci_identity import stack_paths
from components.account.reaper_role import ReaperRole, ReaperRoleArgs
from components.apps.container_environment import CONSUMPTION
from components.apps.containers import resources
from components.conventions.roles import AccountRole, Role, assignment_name, definition_id
from components.diagnostics import Telemetry, send_logs
from components.place import AccountPlace

JOB: Final = "reap"
SCHEDULE: Final = "*/15 * * * *"
"""UTC. The last warning comes half an hour before the end, so it must be looked at more often than that."""
_TIMEOUT: Final = 4 * 3600
"""Seconds: several deployments one after the other, each half an hour by the table of durations."""
_CPU: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class ReapedState:
    """Where the states of an environment lie. `stacks`: its deployments."""

    container_id: pulumi.Input[str]
    key_id: pulumi.Input[str]
    stacks: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ReaperArgs:
    """`image`: the whole reference, by digest. `states`: by environment, ephemeral ones alone.

    `subscriptions`: of their deployments, with no persistent one in them. `state_subscription_id`: of the states.
    `project`: name of the Pulumi project.

    Raises ValueError for no environment.
    """

    place: AccountPlace
    application_code: str
    workspace_id: pulumi.Input[str]
    image: str
    states: Mapping[str, ReapedState]
    subscriptions: Sequence[str]
    state_subscription_id: str
    tenant_id: str
    project: str

    def __post_init__(self) -> None:
        if not self.states:
            raise ValueError("who reaps has the state of one environment at least")


class Reaper(pulumi.ComponentResource):
    """The job and its identity. `job_id`: ARM's; `client_id`: what it signs in with."""

    job_id: pulumi.Output[str]
    client_id: pulumi.Output[str]

    def __init__(self, name: str, args: ReaperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Reaper", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=place.group,
            resource_name_=place.names.of("user_assigned_identity", "reaper"),
            location=place.location,
            tags=place.tags,
            opts=child,
        )
        grants = self._grants(name, args, identity)
        environment = app.ManagedEnvironment(
            f"{name}-environment",
            resource_group_name=place.group,
            environment_name=place.names.of("container_apps_environment"),
            location=place.location,
            public_network_access=app.PublicNetworkAccess.DISABLED,
            workload_profiles=[app.WorkloadProfileArgs(name=CONSUMPTION, workload_profile_type=CONSUMPTION)],
            app_logs_configuration=app.AppLogsConfigurationArgs(destination="azure-monitor"),
            zone_redundant=False,
            tags=place.tags,
            opts=child,
        )
        send_logs(f"{name}-logs", place, environment.id, args.workspace_id, child)
        container = app.ContainerArgs(
            name=JOB,
            image=args.image,
            args=["reap", "--target", "azure", "--no-color"],
            resources=resources(_CPU),
            env=[
                app.EnvironmentVarArgs(name=variable, value=value)
                for variable, value in {
                    "AZURE_CLIENT_ID": identity.client_id,
                    "ARM_CLIENT_ID": identity.client_id,
                    "ARM_TENANT_ID": args.tenant_id,
                    "ARM_USE_MSI": "true",
                }.items()
            ],
        )
        job = app.Job(
            f"{name}-job",
            resource_group_name=place.group,
            job_name=place.names.of("container_app_job", JOB),
            location=place.location,
            environment_id=environment.id,
            workload_profile_name=CONSUMPTION,
            identity=app.ManagedServiceIdentityArgs(
                type=app.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
            ),
            configuration=app.JobConfigurationArgs(
                trigger_type=app.TriggerType.SCHEDULE,
                schedule_trigger_config=app.JobConfigurationScheduleTriggerConfigArgs(
                    cron_expression=SCHEDULE, parallelism=1, replica_completion_count=1
                ),
                replica_timeout=_TIMEOUT,
                replica_retry_limit=0,  # the next run of the schedule is the next try
            ),
            template=app.JobTemplateArgs(containers=[container]),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=grants),
        )
        send_logs(f"{name}-metrics", place, job.id, args.workspace_id, child, telemetry=Telemetry.METRICS)
        self.job_id = job.id
        self.client_id = identity.client_id
        self.register_outputs({"jobId": self.job_id, "clientId": self.client_id})

    def _grants(
        self, name: str, args: ReaperArgs, identity: managedidentity.UserAssignedIdentity
    ) -> list[authorization.RoleAssignment]:
        role = ReaperRole(
            f"{name}-role",
            ReaperRoleArgs(application_code=args.application_code, subscriptions=args.subscriptions),
            pulumi.ResourceOptions(parent=self),
        )
        there = args.state_subscription_id
        grants = [
            self._give(
                f"{name}-{subscription}",
                role.guid,
                f"/subscriptions/{subscription}",
                subscription,
                identity,
                role_conditions.takes_away_only(Role),
                after=[role],
            )
            for subscription in args.subscriptions
        ]
        for environment, state in args.states.items():
            own = [path for stack in state.stacks for path in stack_paths(args.project, stack)]
            blobs, keys = AccountRole.STORAGE_BLOB_DATA_CONTRIBUTOR, AccountRole.KEY_VAULT_CRYPTO_USER
            writes = role_conditions.writes_only(own)
            grants += [
                self._give(f"{name}-state-{environment}", blobs, state.container_id, there, identity, writes),
                self._give(f"{name}-secrets-{environment}", keys, state.key_id, there, identity),
            ]
        return grants

    def _give(  # noqa: PLR0917
        self,
        name: str,
        role: str,
        scope: pulumi.Input[str],
        subscription_id: str,
        identity: managedidentity.UserAssignedIdentity,
        condition: str | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> authorization.RoleAssignment:
        """Give it a role, built-in or of our own, by its GUID. subscription_id: of the scope."""

        def named(values: list[str]) -> str:
            return assignment_name(values[0], role, values[1])

        return authorization.RoleAssignment(
            name,
            role_assignment_name=pulumi.Output.all(scope, identity.principal_id).apply(named),
            scope=scope,
            role_definition_id=definition_id(role, subscription_id),
            principal_id=identity.principal_id,
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            condition=condition,
            condition_version=role_conditions.VERSION if condition else None,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=list(after)),
        )

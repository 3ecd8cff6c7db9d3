"""The gate between the databases and whatever uses them: open once the tenancy job has run to its end.

A RandomId stands for "the databases have what this release needs". Its keepers are the schema revision, the job's
image, the server (told apart from a rebuilt one of the same id by its creation time), a digest of the plan, which says
who may do what in which database, and the id of the key that tenant contexts are signed with, if they are. When one
changes the gate is made anew, and before that its hook starts the job and waits for the execution; where data stays, a
backup not older than a day comes first. One that fails leaves the gate unmade: up is red, nothing that depends on the
gate is made, and the next up runs the job again; an unchanged up does nothing. The hook is asynchronous (others go on
meanwhile) and runs before, never after: a failed after-hook counts as done. It has none on delete: taking down needs no
database.

https://learn.microsoft.com/rest/api/resource-manager/containerapps/jobs/start
https://learn.microsoft.com/rest/api/resource-manager/containerapps/job-execution
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_random

from components import arm_action
from components.data.fresh_backup import require_fresh_backup

API_VERSION: Final = "2025-07-01"
DEADLINE: Final = 5_400.0  # seconds: two tries of half an hour each, and pulling the image
# https://learn.microsoft.com/dotnet/api/azure.resourcemanager.appcontainers.models.jobexecutionrunningstate
EXECUTION: Final = arm_action.Started(
    collection="executions",
    succeeded=frozenset({"Succeeded"}),
    failed=frozenset({"Failed", "Stopped", "Degraded"}),
)

_JOB_ID: Final = "job_id"
_SERVER_ID: Final = "server_id"


@dataclass(frozen=True, kw_only=True)
class DatabaseGateArgs:
    """`job_id`: the job that prepares the databases; `image`: what it runs, by digest; `plan`: what it is told to make.

    `schema_revision`: of this release. `server_created_at`: tells a rebuilt server from the one before. `provider`: the
    azure-native provider as whose identity the job is started. `depends`: what must stand before the job runs, beside
    what the values above come from. `after_backup`: whether the server has data that stays. `signing_key`: id of the
    key that the job brings to the databases; None where tenant contexts are not signed.
    """

    job_id: pulumi.Input[str]
    server_id: pulumi.Input[str]
    server_created_at: pulumi.Input[str]
    schema_revision: str
    image: str
    plan: pulumi.Input[str]
    provider: pulumi.ProviderResource
    depends: Sequence[pulumi.Resource] = ()
    after_backup: bool = False
    signing_key: pulumi.Input[str] | None = None


class DatabaseGate(pulumi.ComponentResource):
    """A gate: what uses the databases depends on it."""

    def __init__(self, name: str, args: DatabaseGateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:DatabaseGate", name, None, opts)

        deployment = pulumi.get_stack()

        async def prepare(hook: pulumi.ResourceHookArgs) -> None:
            keepers: Mapping[str, str] = (hook.new_inputs or {})["keepers"]
            action = arm_action.ArmAction(
                resource_id=keepers[_JOB_ID],
                name="start",
                api_version=API_VERSION,
                deadline=DEADLINE,
                starts=EXECUTION,
            )
            if args.after_backup:
                await require_fresh_backup(keepers[_SERVER_ID], args.provider)
            try:
                await arm_action.run(action, args.provider)
            except arm_action.ArmActionError as error:
                read = f"./cfctl logs {deployment} {action.resource_id.rpartition('/')[2]}"
                raise arm_action.ArmActionError(f"{error}. Read why: {read}; then run up again") from None

        prepared = pulumi.ResourceHook(f"{name}-prepare", prepare)
        pulumi_random.RandomId(
            f"{name}-opened",
            byte_length=4,
            keepers={
                _JOB_ID: args.job_id,
                "image": args.image,
                "plan": pulumi.Output.from_input(args.plan).apply(_digest),
                "schema_revision": args.schema_revision,
                "server_created_at": args.server_created_at,
                _SERVER_ID: args.server_id,
                **({} if args.signing_key is None else {"signing_key": args.signing_key}),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.depends),
                hooks=pulumi.ResourceHookBinding(before_create=[prepared], before_update=[prepared]),
            ),
        )
        self.register_outputs({})


def _digest(plan: str) -> str:
    return hashlib.sha256(plan.encode()).hexdigest()

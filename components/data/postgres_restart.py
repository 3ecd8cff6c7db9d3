"""The gate that a Postgres server passes before its databases: the restart that static parameters need.

Azure takes a static parameter at once and applies it at the next restart, for which azure-native has no resource. A
RandomId stands for "restarted with these values": its keepers are the static values and the server, told apart from a
rebuilt one of the same id by its creation time. When they change, the gate is made anew, and before that its hook
restarts the server. A failed restart leaves the gate unmade, so the next up tries again; an unchanged up does nothing.
The hook is asynchronous (others go on meanwhile) and runs before, never after: a failed after-hook counts as done.
A preview that changes the server does not know its creation time, and shows the gate as replaced; the up leaves it.

https://learn.microsoft.com/rest/api/postgresql/servers/restart
https://learn.microsoft.com/azure/postgresql/server-parameters/concepts-server-parameters
"""

from collections.abc import Mapping

import pulumi
import pulumi_random

from components import arm_action

API_VERSION = "2025-08-01"  # that of dbforpostgresql.Server in azure-native 3.29
DEADLINE = 1_200.0  # seconds; a restart takes one to a few minutes, more after much uncommitted work

_SERVER_ID, _CREATED_AT = "server_id", "created_at"


def restart_gate(
    name: str,
    *,
    server_id: pulumi.Input[str],
    created_at: pulumi.Input[str],
    static_values: Mapping[str, str],
    provider: pulumi.ProviderResource,
    opts: pulumi.ResourceOptions,
) -> pulumi_random.RandomId:
    """A resource that exists once the server runs with `static_values` (parameter → value).

    What needs the values depends on it. `provider`: the azure-native provider as whose identity the restart is asked.
    """

    async def restart(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        keepers: Mapping[str, str] = inputs["keepers"]
        action = arm_action.ArmAction(
            resource_id=keepers[_SERVER_ID], name="restart", api_version=API_VERSION, deadline=DEADLINE
        )
        await arm_action.run(action, provider)

    hook = pulumi.ResourceHook(f"{name}-restart", restart)
    gate = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]))
    return pulumi_random.RandomId(
        name,
        byte_length=4,
        keepers={**static_values, _SERVER_ID: server_id, _CREATED_AT: created_at},
        opts=pulumi.ResourceOptions.merge(opts, gate),
    )

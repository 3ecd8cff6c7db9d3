"""The owner's yes to Front Door's private way: a gate, and the question in every run whether it still stands.

Front Door asks for a connection on the environment; it waits (Pending) until the environment's owner approves it, and
nothing passes before. azure-native has a resource for such a connection, which cannot be used: Front Door draws the
connection's name, and a create is refused because the connection is there. So a RandomId stands for "approved"; its
keepers are the profile and the environment, each told apart from one rebuilt under the same id. Before it is made, its
hook waits for the connection and approves it by a PUT (components/arm_action.py). It approves what waits, and nothing
else: a connection that its owner has refused stays refused, and up is red. A failed hook leaves the gate unmade, so
the next up tries again; an unchanged up approves nothing. Before, never after: a failed after-hook counts as done.

https://learn.microsoft.com/azure/frontdoor/private-link
https://learn.microsoft.com/rest/api/resource-manager/containerapps/managed-environment-private-endpoint-connections
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_random
from pulumi_azure_native import app

from components import arm_action
from components.answers import asked
from components.waiting import wait

API_VERSION: Final = "2025-07-01"
# Seconds of Azure's time: the connection appears a minute or two after the origin, if at all.
DEADLINE: Final = 900.0
PAUSE: Final = 15.0

_APPROVED, _PENDING = "Approved", "Pending"
_ENVIRONMENT, _REQUEST = "environment_id", "request"
_APPROVE: Final = "az network private-endpoint-connection"

_Connection = app.outputs.PrivateEndpointConnectionResponse


def approval_gate(
    name: str,
    *,
    environment_id: pulumi.Input[str],
    request: str,
    between: Mapping[str, pulumi.Input[str]],
    provider: pulumi.ProviderResource,
    opts: pulumi.ResourceOptions,
) -> pulumi_random.RandomId:
    """A resource that exists once the connection which asks with the text `request` is approved.

    `between`: what else tells this connection from an earlier one, by name. `opts`: waits for the origin that asks.
    `provider`: the azure-native provider as whose identity it is approved; its role needs
    Microsoft.App/managedEnvironments/privateEndpointConnections/write.
    """

    async def approve(hook: pulumi.ResourceHookArgs) -> None:
        keepers: Mapping[str, str] = (hook.new_inputs or {})["keepers"]
        await _approve(keepers[_ENVIRONMENT], keepers[_REQUEST], provider)

    hook = pulumi.ResourceHook(f"{name}-approve", approve)
    gate = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]))
    return pulumi_random.RandomId(
        name,
        byte_length=4,
        keepers={_ENVIRONMENT: environment_id, _REQUEST: request, **between},
        opts=pulumi.ResourceOptions.merge(opts, gate),
    )


def approved(
    environment_id: pulumi.Input[str], request: str, gate: pulumi_random.RandomId, opts: pulumi.InvokeOptions
) -> pulumi.Output[str]:
    """The id of the environment once the connection is approved, asked anew in every run.

    RunError in an up for a connection that is not; a preview warns and goes on without the id. Before the gate is there
    nothing is asked.
    """
    known = pulumi.Output.all(environment_id, gate.id).apply(lambda values: str(values[0]))
    live = asked(_environment(known, opts), "the environment of the gateway")

    def judged(found: app.GetManagedEnvironmentResult) -> Any:
        states = [_status(connection) for connection in _ours(found, request)]
        if states and all(state == _APPROVED for state in states):
            return found.id
        told = _told(found.id, request, ", ".join(states) or "gone")
        if not pulumi.runtime.is_dry_run():
            raise pulumi.RunError(told)
        pulumi.log.warn(f"{told}\nThe preview goes on without the routes; an up would stop here.")
        return pulumi.UNKNOWN

    return live.apply(judged)


async def _approve(environment_id: str, request: str, provider: pulumi.ProviderResource) -> None:
    """Wait for the connections that ask with this text and approve them; raises ArmActionError for any other end."""
    waited, answered = 0.0, set[str]()
    while True:
        found = await _environment(environment_id, pulumi.InvokeOptions(provider=provider)).future()
        connections = _ours(found, request) if found is not None else []
        states = {_status(connection) for connection in connections}
        if states == {_APPROVED}:
            return
        if states - {_APPROVED, _PENDING}:
            raise arm_action.ArmActionError(_told(environment_id, request, ", ".join(sorted(states))))
        if waited >= DEADLINE:
            state = f"still {_PENDING}" if connections else "not there"
            raise arm_action.ArmActionError(_told(environment_id, request, f"{state} after {waited:.0f} s"))
        new = [it.id for it in connections if _status(it) == _PENDING and it.id not in answered]
        for connection_id in new:
            await arm_action.run(_approval(connection_id, request), provider)
        answered.update(new)
        if not new:  # what was just approved is looked at without a pause
            await wait(PAUSE)
            waited += PAUSE


def _approval(connection_id: str, request: str) -> arm_action.ArmAction:
    """The text stays: it is what the connection is known by."""
    state = {"status": _APPROVED, "description": request}
    return arm_action.ArmAction(
        resource_id=connection_id,
        name="",
        api_version=API_VERSION,
        body={"properties": {"privateLinkServiceConnectionState": state}},
        deadline=DEADLINE,
    )


def _environment(
    environment_id: pulumi.Input[str], opts: pulumi.InvokeOptions
) -> pulumi.Output[app.GetManagedEnvironmentResult]:
    parts = pulumi.Output.from_input(environment_id).apply(lambda text: text.split("/"))
    return app.get_managed_environment_output(
        resource_group_name=parts.apply(lambda found: found[4]),
        environment_name=parts.apply(lambda found: found[-1]),
        opts=opts,
    )


def _ours(environment: app.GetManagedEnvironmentResult, request: str) -> Sequence[_Connection]:
    """The connections that ask with this text; others are not this component's to approve."""
    return [
        connection
        for connection in environment.private_endpoint_connections or ()
        if connection.private_link_service_connection_state.description == request
    ]


def _status(connection: _Connection) -> str:
    return connection.private_link_service_connection_state.status or _PENDING


def _told(environment_id: str, request: str, state: str) -> str:
    return (
        f"the connection {request!r} of {environment_id} is {state}, not {_APPROVED}: nothing reaches the gateway. "
        f"`{_APPROVE} list --id {environment_id}` shows it, `{_APPROVE} approve --id ID --description {request!r}` "
        f"approves it; one that is gone comes again with a new origin (az afd origin delete, then refresh). Then up "
        f"{pulumi.get_stack()} again"
    )

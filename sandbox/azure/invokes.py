"""The functions of the provider that the stand-in models, by token: another is another row."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from . import arm_ids
from .admission import locks_on, not_found
from .catalog import by_token
from .catalog.event_hub_rules import keys_of
from .errors import ArmError, NotModelledError
from .representation import represent
from .store import Store
from .transaction import Transaction
from .writes import live

Arguments = Mapping[str, Any]
Invoke = Callable[[Store, str, Arguments], Mapping[str, Any]]


def _client_config(store: Store, subscription: str, _: Arguments) -> Mapping[str, Any]:
    tenant, digest = store.read(lambda tx: (tx.tenant(subscription), tx.digest("principal", tx.tenant(subscription))))
    return {
        "clientId": str(uuid.UUID(bytes=digest[16:32], version=4)),
        "objectId": str(uuid.UUID(bytes=digest[:16], version=4)),
        "subscriptionId": subscription,
        "tenantId": tenant,
    }


def client_token(store: Store) -> str:
    """The bearer token that ARM over HTTP takes: one for each store, drawn from its seed."""
    return store.read(lambda tx: tx.digest("token").hex())


def _client_token(store: Store, _subscription: str, _args: Arguments) -> Mapping[str, Any]:
    return {"token": client_token(store)}


def _resource(token: str) -> Invoke:
    """A function that gets one resource of a type, as its GET answers."""

    def read(store: Store, subscription: str, args: Arguments) -> Mapping[str, Any]:
        kind, now = by_token(token), time.time()
        arm_id = arm_ids.fill(kind.path, args, subscription)

        def answer(tx: Transaction) -> Mapping[str, Any]:
            record = live(kind, arm_id, tx, now)
            if record is None:
                raise not_found(arm_id)
            return represent(kind, record, tx, now)

        return store.read(answer)

    return read


def _event_hub_keys(token: str) -> Invoke:
    """A function that lists the keys of a shared access rule; a read-only lock forbids it, since it is a POST.

    https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
    """

    def list_keys(store: Store, subscription: str, args: Arguments) -> Mapping[str, Any]:
        kind = by_token(token)
        arm_id = arm_ids.fill(kind.path, args, subscription)

        def answer(tx: Transaction) -> Mapping[str, Any]:
            rule = live(kind, arm_id, tx, time.time())
            if rule is None:
                raise not_found(arm_id)
            if any(lock.inputs.get("level") == "ReadOnly" for lock in locks_on(arm_id, tx, below=False)):
                raise ArmError(
                    409,
                    "ScopeLocked",
                    f"The scope '{arm_id}' cannot perform write operation because following scope(s) are locked. "
                    "Please remove the lock and try again.",
                )
            return keys_of(rule, tx)

        return store.read(answer)

    return list_keys


INVOKES: Mapping[str, Invoke] = {
    "azure-native:app:getManagedEnvironment": _resource("app:ManagedEnvironment"),
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:authorization:getClientToken": _client_token,
    "azure-native:eventhub:listEventHubKeys": _event_hub_keys("eventhub:EventHubAuthorizationRule"),
    "azure-native:eventhub:listNamespaceKeys": _event_hub_keys("eventhub:NamespaceAuthorizationRule"),
    "azure-native:network:getPrivateEndpoint": _resource("network:PrivateEndpoint"),
}


def invoke(token: str, store: Store, subscription: str, args: Arguments) -> Mapping[str, Any]:
    """The answer of a function. Raises NotModelledError for one without a row, ArmError for what Azure refuses."""
    found = INVOKES.get(token)
    if found is None:
        raise NotModelledError(
            f"the stand-in for Azure does not model the function {token}: add a row to sandbox/azure/invokes.py"
        )
    return found(store, subscription, args)

"""The functions of the provider that the stand-in models, by token: another is another row."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from .errors import NotModelledError
from .store import Store

Invoke = Callable[[Store, str, Mapping[str, Any]], Mapping[str, Any]]


def _client_config(store: Store, subscription: str, _: Mapping[str, Any]) -> Mapping[str, Any]:
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


def _client_token(store: Store, _subscription: str, _args: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"token": client_token(store)}


INVOKES: Mapping[str, Invoke] = {
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:authorization:getClientToken": _client_token,
}


def invoke(token: str, store: Store, subscription: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer of a function. Raises NotModelledError for one without a row."""
    found = INVOKES.get(token)
    if found is None:
        raise NotModelledError(
            f"the stand-in for Azure does not model the function {token}: add a row to sandbox/azure/invokes.py"
        )
    return found(store, subscription, args)

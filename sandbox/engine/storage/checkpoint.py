"""A stack's state as the JSON of a Pulumi deployment, and back.

As DeploymentV3 in github.com/pulumi/pulumi, sdk/go/common/apitype/core.go, and the features of version 4 in
pkg/resource/stack/deployment.go.
"""

import hashlib
import importlib.metadata
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

from sandbox.engine.model.state import PendingOperation, StackState
from sandbox.engine.model.times import now, time_text
from sandbox.engine.storage.resource_json import Json, decode_resource, encode_resource
from sandbox.engine.storage.secrets import PassphraseSecrets
from sandbox.engine.storage.state_errors import DamagedStateError, StateVersionError
from sandbox.engine.storage.state_values import ValueCodec

# A resource field whose presence asks a reader for a feature; the deployment then says version 4 and lists them.
_FEATURES: Final[Mapping[str, str]] = {
    "refreshBeforeUpdate": "refreshBeforeUpdate",
    "viewOf": "views",
    "resourceHooks": "hooks",
    "taint": "taint",
    "replaceWith": "replaceWith",
    "extensionRef": "extensionParameterization",
    "snippetID": "snippets-prototype",
}
_KNOWN_FEATURES: Final = frozenset(_FEATURES.values()) | {"byteString"}


@cache
def engine_version() -> str:
    """The version that a state's manifest names: that of the Pulumi SDK whose protocol the engine speaks."""
    return f"v{importlib.metadata.version('pulumi')}"


def new_manifest() -> Json:
    """The manifest of a state written now; `magic` lets a reader see that `version` was not edited."""
    version = engine_version()
    return {"time": time_text(now()), "magic": magic_of(version), "version": version}


def magic_of(version: str) -> str:
    """What `magic` must be for a manifest's version."""
    return hashlib.sha256(version.encode()).hexdigest() if version else ""


def to_deployment(
    state: StackState,
    secrets: PassphraseSecrets | None,
    show_secrets: bool = False,  # noqa: FBT001, FBT002
) -> Json:
    """The inner `deployment` object (DeploymentV3) of a state.

    The manifest that the state was read with is written again; a state that has none gets a new one. show_secrets
    writes secrets as plain text: only for an export that the user asked for.
    """
    return _encode_state(state, ValueCodec(secrets, show_secrets=show_secrets), secrets)


def to_export(state: StackState, secrets: PassphraseSecrets | None, *, show_secrets: bool = False) -> Json:
    """A whole `pulumi stack export`: `{"version": 3, "deployment": ...}`, or 4 and `features` where some are used."""
    codec = ValueCodec(secrets, show_secrets=show_secrets)
    deployment = _encode_state(state, codec, secrets)
    found = {_FEATURES[name] for item in deployment.get("resources", ()) for name in _FEATURES.keys() & item.keys()}
    if codec.byte_strings:
        found.add("byteString")
    if deployment.get("snippets"):
        found.add("snippets-prototype")
    if not found:
        return {"version": 3, "deployment": deployment}
    return {"version": 4, "features": sorted(found), "deployment": deployment}


def _encode_state(state: StackState, codec: ValueCodec, secrets: PassphraseSecrets | None) -> Json:
    extra = dict(state.extra)
    document: Json = {"manifest": extra.pop("manifest", None) or new_manifest()}
    if secrets is not None:
        document["secrets_providers"] = {"type": secrets.type, "state": secrets.state}
    if state.resources:
        document["resources"] = [encode_resource(resource, codec) for resource in state.resources]
    if state.pending_operations:
        document["pending_operations"] = [
            {"resource": encode_resource(operation.resource, codec), "type": operation.type}
            for operation in state.pending_operations
        ]
    document["metadata"] = state.metadata
    document.update(extra)
    return document


def from_deployment(document: Mapping[str, Any], secrets: PassphraseSecrets | None) -> StackState:
    """The state of a deployment object; DamagedStateError or SecretsError naming the place that cannot be read."""
    codec = ValueCodec(secrets)
    known = {"secrets_providers", "resources", "pending_operations", "metadata"}
    state = StackState(
        metadata=_object(document, "metadata"),
        extra={name: value for name, value in document.items() if name not in known},
    )
    for index, item in enumerate(_items(document, "resources")):
        state.resources.append(decode_resource(item, codec, f"resources[{index}]"))
    for index, item in enumerate(_items(document, "pending_operations")):
        place = f"pending_operations[{index}]"
        if not isinstance(item, dict) or not isinstance(cast("Json", item).get("type"), str):
            raise DamagedStateError(f"{place} lacks its type")
        operation = cast("Json", item)
        resource = decode_resource(operation.get("resource"), codec, f"{place}.resource")
        state.pending_operations.append(PendingOperation(resource, operation["type"]))
    return state


def _items(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if value is not None and not isinstance(value, list):
        raise DamagedStateError(f"`{name}` is no list")
    return cast("list[Any]", value or [])


def _object(document: Mapping[str, Any], name: str) -> Json:
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise DamagedStateError(f"`{name}` is no object")
    return cast("Json", value or {})


def deployment_of(export: Mapping[str, Any]) -> Json:
    """The deployment inside an export; StateVersionError or DamagedStateError if this engine cannot read it."""
    version, deployment = export.get("version"), export.get("deployment")
    if not isinstance(version, int) or isinstance(version, bool):
        raise DamagedStateError("this is no export of a stack: `version` is missing")
    check_version(version, export.get("features") or ())
    if not isinstance(deployment, dict):
        raise DamagedStateError("this is no export of a stack: `deployment` is missing")
    return cast("Json", deployment)


def check_version(version: int, features: object) -> None:
    """Raise StateVersionError unless this engine reads a deployment of this version with these features."""
    if version < 3:
        raise StateVersionError(
            f"deployment version {version} is older than 3",
            next_step="let the Pulumi CLI bring it up to date: pulumi stack export, then pulumi stack import",
        )
    if version > 4:
        raise StateVersionError(
            f"deployment version {version} is newer than 4, the last one known here",
            next_step="use the newer release that wrote it",
        )
    unknown = sorted(set(cast("list[str]", features)) - _KNOWN_FEATURES) if isinstance(features, (list, tuple)) else []
    if unknown:
        raise StateVersionError(
            f"the deployment needs features unknown here: {', '.join(unknown)}",
            next_step="use the newer release that wrote it",
        )


def secrets_state_of(deployment: Mapping[str, Any]) -> Json | None:
    """The passphrase manager's state that a deployment names; None if it names no manager."""
    provider = _object(deployment, "secrets_providers")
    if not provider.get("type"):
        return None
    if provider["type"] != "passphrase":
        raise StateVersionError(
            f"the secrets are kept by the manager {provider['type']!r}; only `passphrase` is known here",
            next_step="export with `pulumi stack export --show-secrets` and import that",
        )
    return _object(provider, "state")

"""What ARM returns for a resource: the body as sent, Azure's defaults under it, what Azure computes on top."""

from collections.abc import Mapping
from typing import Any

from . import arm_ids, shapes
from .bodies import Body, at, merged, put_at, without
from .model import Record, ResourceType, World, Write
from .sdk_types import SdkResource, load


def sdk_of(kind: ResourceType) -> SdkResource:
    """What the SDK says of a type."""
    return load().resources[kind.token]


def kept_body(kind: ResourceType, body: Body, old: Record | None) -> Body:
    """The body with what a PUT leaves untouched when it does not speak of it.

    Lists that are resources of their own (https://github.com/pulumi/pulumi-azure-native, "Sub-resources"), and
    properties that cannot be changed.
    """
    stays = [*kind.maintained, *(path for immutable in kind.immutable for path in immutable.paths)]
    for path in stays if old is not None else ():
        before = at(old.inputs, path) if old else None
        if at(body, path) is None and before is not None:
            body = put_at(body, path, before)
    return body


def split_hidden(kind: ResourceType, body: Body, old: Record | None) -> tuple[Body, Body]:
    """The body without what ARM never returns, and that part; what a PUT leaves out of it stays as it was."""
    hidden = dict(old.hidden) if old else {}
    for path in kind.hidden:
        if (value := at(body, path)) is not None:
            hidden[path.rpartition(".")[2]] = value
            body = without(body, path)
    return body, hidden


def outputs(write: Write) -> Body:
    """The outputs that a write leaves behind, without what is read off other resources."""
    kind, sdk = write.kind, sdk_of(write.kind)
    found = merged(kind.defaults, shapes.as_outputs(sdk, write.body))
    for path, computed in kind.computed.items():
        before = at(write.old.outputs, path) if write.old is not None and computed.keep else None
        value = before if before is not None else computed.value(write)
        if value is not None:
            found = put_at(found, path, value)
        elif at(found, path) is not None:
            found = without(found, path)
    return {**found, **_envelope(write, sdk)}


def _envelope(write: Write, sdk: SdkResource) -> Mapping[str, Any]:
    """What every resource has: name, type, API version, and its location in Azure's short form."""
    envelope: Body = {"name": write.name, "type": arm_ids.arm_type(write.arm_id), "azureApiVersion": sdk.api_version}
    if location := at(write.body, "location"):
        envelope["location"] = location_of(location)
    return {key: value for key, value in envelope.items() if key in sdk.outputs}


def location_of(text: Any) -> str:
    """A location in Azure's short form: "West Europe" is "westeurope"."""
    return str(text).replace(" ", "").lower()


def represent(kind: ResourceType, record: Record, world: World, now: float) -> Body:
    """What a GET answers, in the SDK's shape: with its id, its state and what is read off other resources."""
    found: Body = {"id": record.arm_id, **with_live(kind, record, world)}
    if kind.provisioning_state:
        found = put_at(found, kind.provisioning_state, "Succeeded" if now >= record.ready_at else "Updating")
    return found


def with_live(kind: ResourceType, record: Record, world: World) -> Body:
    """The outputs of a resource with those that are read off other things."""
    found = record.outputs
    for path, read in kind.live.items():
        value = read(record, world)
        if value is not None:
            found = put_at(found, path, value)
    return found

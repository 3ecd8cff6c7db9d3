"""Values between the SDK's shapes: inputs as outputs, outputs as inputs, what a preview can know.

The behaviour is that of pulumi-azure-native's converter (provider/pkg/convert): properties that the target does not
have are left out, a set of strings is a list in inputs and a map by string in outputs.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.engine.model.values import UNKNOWN

from .bodies import Body
from .sdk_types import SdkResource, SdkTypes, Shape, load


def as_outputs(resource: SdkResource, body: Mapping[str, Any]) -> Body:
    """The part of an input body that ARM returns."""
    return _object(body, resource.outputs, load())


def as_inputs(resource: SdkResource, outputs: Mapping[str, Any]) -> Body:
    """The part of outputs that a program could have given; `id` is never one (it would be a change forever)."""
    found = _object(outputs, resource.inputs.properties, load())
    found.pop("id", None)
    return found


def fit(value: Any, shape: Shape, types: SdkTypes) -> Any:
    """`value` as far as `shape` has a place for it."""
    if isinstance(shape, str):
        return value
    (kind, of), *_ = shape.items()
    if kind == "union":
        return fit(value, _member(value, of, types), types)
    if isinstance(value, Mapping):
        if kind == "ref":
            return _object(value, types.objects[of].properties, types)
        # A map where a list is wanted is a set of strings, as outputs hold it.
        return list(value) if kind == "array" else {key: fit(item, of, types) for key, item in value.items()}
    if isinstance(value, list):
        # A list where a map is wanted is a set of strings, as inputs hold it.
        return {str(item): {} for item in value} if kind == "map" else [fit(item, of, types) for item in value]
    return value


def _object(value: Mapping[str, Any], properties: Mapping[str, Shape], types: SdkTypes) -> Body:
    return {key: fit(item, properties[key], types) for key, item in value.items() if key in properties}


def _member(value: Any, members: list[Shape], types: SdkTypes) -> Shape:
    """The member of a union that has a place for most of a value."""

    def places(shape: Shape) -> int:
        if isinstance(shape, dict) and "ref" in shape and isinstance(value, Mapping):
            return len(types.objects[shape["ref"]].properties.keys() & value.keys())
        return 0

    return max(members, key=places)


def preview(resource: SdkResource, inputs: Mapping[str, Any]) -> Body:
    """Outputs before a create: what the inputs say, everything else unknown."""
    return _preview_object(inputs, resource.outputs, load())


def _preview_object(value: Mapping[str, Any], properties: Mapping[str, Shape], types: SdkTypes) -> Body:
    return {
        key: _preview(value[key], shape, types) if value.get(key) is not None else UNKNOWN
        for key, shape in properties.items()
    }


def _preview(value: Any, shape: Shape, types: SdkTypes) -> Any:
    if isinstance(shape, str):
        return value
    (kind, of), *_ = shape.items()
    if kind == "ref" and isinstance(value, Mapping):
        return _preview_object(value, types.objects[of].properties, types)
    if kind == "array" and isinstance(value, list):
        return [_preview(item, of, types) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {key: _preview(item, of, types) for key, item in value.items()}
    return value if kind == "union" else UNKNOWN

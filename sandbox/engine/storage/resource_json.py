"""A resource's state as the JSON object that a deployment holds of it, and back.

The field table follows ResourceV3 in github.com/pulumi/pulumi, sdk/go/common/apitype/core.go: same names, same order,
same omissions. Fields that this engine does not use stay in `extra` and are written back as they were.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, NamedTuple, cast

from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.times import parse_time, time_text
from sandbox.engine.storage.state_errors import DamagedStateError, StateError
from sandbox.engine.storage.state_values import ValueCodec

Json = dict[str, Any]


class _Kind(NamedTuple):
    """How one kind of field stands in JSON: its type there (None: any), and how it is written and read."""

    json: type | tuple[type, ...] | None
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


class _Field(NamedTuple):
    """A field of a resource: its JSON name, its attribute ("" = kept in `extra`) and its kind (see `_KINDS`)."""

    name: str
    attribute: str
    kind: str


def _read_texts(items: list[Any]) -> list[str]:
    texts = [item or "" for item in items]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("it must be a list of texts")
    return texts


def _write_lists(lists: Mapping[str, list[str]]) -> dict[str, list[str] | None]:
    # Go writes an empty list of dependencies as null, and real states have both.
    return {key: list(lists[key]) or None for key in sorted(lists)}


def _read_lists(lists: Mapping[str, list[Any] | None]) -> dict[str, list[str]]:
    return {key: _read_texts(items or []) for key, items in lists.items()}


def _write_seconds(seconds: Mapping[str, float]) -> dict[str, float]:
    return {key: int(number) if number == int(number) else number for key, number in seconds.items()}


_KINDS: Final[Mapping[str, _Kind]] = {
    "text": _Kind(str, str, str),
    "flag": _Kind(bool, bool, bool),
    "texts": _Kind(list, list, _read_texts),
    "lists": _Kind(dict, _write_lists, _read_lists),
    "time": _Kind(str, time_text, parse_time),
    "seconds": _Kind(dict, _write_seconds, dict),
}
# Beside those, "properties" and "value" go through the ValueCodec, which knows the secrets.
_FIELDS: Final = (
    _Field("urn", "urn", "text"),
    _Field("custom", "custom", "flag"),
    _Field("delete", "delete", "flag"),
    _Field("id", "id", "text"),
    _Field("type", "type", "text"),
    _Field("inputs", "inputs", "properties"),
    _Field("outputs", "outputs", "properties"),
    _Field("parent", "parent", "text"),
    _Field("protect", "protect", "flag"),
    _Field("taint", "taint", "flag"),
    _Field("external", "external", "flag"),
    _Field("dependencies", "dependencies", "texts"),
    _Field("initErrors", "init_errors", "texts"),
    _Field("provider", "provider", "text"),
    _Field("propertyDependencies", "property_dependencies", "lists"),
    _Field("pendingReplacement", "pending_replacement", "flag"),
    _Field("additionalSecretOutputs", "additional_secret_outputs", "texts"),
    _Field("aliases", "aliases", "texts"),
    _Field("customTimeouts", "custom_timeouts", "seconds"),
    _Field("importID", "import_id", "text"),
    _Field("retainOnDelete", "retain_on_delete", "flag"),
    _Field("deletedWith", "deleted_with", "text"),
    _Field("replaceWith", "replace_with", "texts"),
    _Field("created", "created", "time"),
    _Field("modified", "modified", "time"),
    _Field("sourcePosition", "source_position", "text"),
    _Field("stackTrace", "", "value"),
    _Field("ignoreChanges", "ignore_changes", "texts"),
    _Field("hideDiff", "hide_diff", "texts"),
    _Field("replaceOnChanges", "replace_on_changes", "texts"),
    _Field("replacementTrigger", "replacement_trigger", "value"),
    _Field("refreshBeforeUpdate", "refresh_before_update", "flag"),
    _Field("viewOf", "", "value"),
    _Field("resourceHooks", "resource_hooks", "lists"),
    _Field("extensionRef", "", "value"),
    _Field("snippetID", "", "value"),
)
_FIELD_NAMES: Final = frozenset(field.name for field in _FIELDS)


def encode_resource(resource: ResourceState, codec: ValueCodec) -> Json:
    """The JSON of a resource; empty fields are omitted but `custom`."""
    document: Json = {}
    for name, attribute, kind in _FIELDS:
        if not attribute:
            if name in resource.extra:
                document[name] = resource.extra[name]
            continue
        value: Any = getattr(resource, attribute)
        if kind == "value":
            if value is not None:
                document[name] = codec.encode(value, _place(resource, name))
        elif value or name == "custom":
            is_map = kind == "properties"
            document[name] = codec.encode(value, _place(resource, name)) if is_map else _KINDS[kind].write(value)
    document.update((name, value) for name, value in resource.extra.items() if name not in _FIELD_NAMES)
    return document


def decode_resource(document: object, codec: ValueCodec, place: str) -> ResourceState:
    """The resource of its JSON; DamagedStateError (a SecretsError for its secrets) naming `place` and the field."""
    if not isinstance(document, dict):
        raise DamagedStateError(f"{place} is no object")
    fields = cast("Json", document)
    resource = ResourceState("", "", custom=False)
    for name, attribute, kind in _FIELDS:
        value: Any = fields.get(name)
        if value is None:
            continue
        if not attribute:
            resource.extra[name] = value
            continue
        try:
            setattr(resource, attribute, _read(value, kind, codec, _place(resource, name)))
        except RecursionError:
            raise DamagedStateError(f"{place}.{name} is nested too deeply") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedStateError(f"{place}.{name} cannot be read: {error}") from None
        except StateError as error:
            raise type(error)(f"{place}.{name} of {resource.urn}: {error.what}", next_step=error.next_step) from None
    if not resource.urn or not resource.type:
        raise DamagedStateError(f"{place} lacks its {'type' if resource.urn else 'urn'}")
    resource.extra.update((name, value) for name, value in fields.items() if name not in _FIELD_NAMES)
    return resource


def _place(resource: ResourceState, field: str) -> Hashable:
    """Where secrets remember their ciphertexts; in a replace one URN has several states, with ids of their own."""
    return (resource.urn, resource.id, field)


def _read(value: Any, kind: str, codec: ValueCodec, place: Hashable) -> Any:
    if kind == "value":
        return codec.decode(value, place)
    wanted = dict if kind == "properties" else _KINDS[kind].json
    if wanted is not None and not isinstance(value, wanted):
        raise ValueError(f"a {type(value).__name__} stands there")
    return codec.decode(value, place) if kind == "properties" else _KINDS[kind].read(value)

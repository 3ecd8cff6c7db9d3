"""Pulumi property values: as Python objects, on the wire (protobuf Struct), and in their tagged forms.

Wire format: https://pulumi-developer-docs.readthedocs.io/latest/developer-docs/providers/property-values.html. An
unknown is a magic string; a secret, an output, a resource reference, an asset and an archive are objects tagged by one
magic key. In memory an unknown is `UNKNOWN`, a secret is `Secret`, an output is `Output`, a reference is
`ResourceReference`; assets and archives stay the tagged mappings that they are on the wire, nothing reads into them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from google.protobuf.struct_pb2 import ListValue, Struct, Value

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a tag of the protocol, not a secret
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# The SDK sends a typed unknown for a bool, number, asset, archive, list and object; each means the same.
UNKNOWN_STRINGS: Final = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)

PropertyMap = dict[str, Any]


@final
class Unknown:
    """The value of something that a preview cannot know yet."""

    _instance: "Unknown | None" = None

    def __new__(cls) -> "Unknown":
        """The one there is."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "<unknown>"

    def __deepcopy__(self, memo: dict[int, Any]) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that state keeps encrypted and that no log or repr shows."""

    value: Any

    def __repr__(self) -> str:
        return "<secret>"


@dataclass(frozen=True, slots=True)
class Output:
    """A value with the URNs it depends on, as programs send it where the monitor accepts outputs."""

    value: Any
    secret: bool
    dependencies: tuple[str, ...]

    def __repr__(self) -> str:
        return "<output>"


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """A resource passed as a value. `id` is None for a component, UNKNOWN in a preview."""

    urn: str
    id: Any
    package_version: str


def from_struct(struct: Struct) -> PropertyMap:
    """The Python value of a wire object."""
    return {key: from_value(value) for key, value in struct.fields.items()}


def from_value(value: Value) -> Any:
    """The Python value of one wire value; integral numbers become int, as Pulumi prints them."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_STRINGS else value.string_value
    if kind == "struct_value":
        return untag({key: from_value(item) for key, item in value.struct_value.fields.items()})
    if kind == "list_value":
        return [from_value(item) for item in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return None


def untag(fields: PropertyMap) -> Any:
    """A mapping as it is, or the object that its signature stands for."""
    signature = fields.get(SIGNATURE)
    if signature == SECRET_SIGNATURE and "value" in fields:
        return Secret(fields["value"])
    if signature == OUTPUT_SIGNATURE:
        return Output(fields.get("value", UNKNOWN), bool(fields.get("secret")), tuple(fields.get("dependencies") or ()))
    if signature == RESOURCE_SIGNATURE:
        return ResourceReference(fields["urn"], fields.get("id"), fields.get("packageVersion", ""))
    return fields


@dataclass(frozen=True, slots=True)
class _Form:
    """What the receiver of a wire value takes."""

    secrets: bool
    resources: bool


def to_struct(fields: Mapping[str, Any], *, secrets: bool = True, resources: bool = True) -> Struct:
    """The wire object of a property map.

    secrets: keep secrets tagged (False sends the plain value, for a receiver that does not accept them).
    resources: keep references tagged (False sends the id, or the URN of a component).
    Raises TypeError for what is no property value.
    """
    struct = Struct()
    form = _Form(secrets, resources)
    for key, value in fields.items():
        _fill(struct.fields[key], value, form)
    return struct


def to_value(value: Any, *, secrets: bool = True, resources: bool = True) -> Value:
    """The wire value of one property value; options and errors as for `to_struct`."""
    wire = Value()
    _fill(wire, value, _Form(secrets, resources))
    return wire


def _fill(wire: Value, value: Any, form: _Form) -> None:
    fill = _FILL.get(type(value))
    if fill is None:
        # A subclass: an enum's text or number, a named tuple.
        fill = next((_FILL[base] for base in type(value).__mro__ if base in _FILL), None)
    if fill is None:
        raise TypeError(f"a {type(value).__name__} is no property value")
    fill(wire, value, form)


def _fill_null(wire: Value, _value: None, _form: _Form) -> None:
    wire.null_value = 0  # pyright: ignore[reportAttributeAccessIssue]


def _fill_text(wire: Value, value: str, _form: _Form) -> None:
    wire.string_value = value


def _fill_bool(wire: Value, value: bool, _form: _Form) -> None:  # noqa: FBT001 - a value, no switch
    wire.bool_value = value


def _fill_number(wire: Value, value: float, _form: _Form) -> None:
    wire.number_value = value


def _fill_unknown(wire: Value, _value: Unknown, _form: _Form) -> None:
    wire.string_value = UNKNOWN_STRING


def _fill_map(wire: Value, value: PropertyMap, form: _Form) -> None:
    fields: Struct = wire.struct_value
    fields.SetInParent()
    for key, item in value.items():
        _fill(fields.fields[key], item, form)


def _fill_list(wire: Value, value: Sequence[Any], form: _Form) -> None:
    items: ListValue = wire.list_value
    items.SetInParent()
    for item in value:
        _fill(items.values.add(), item, form)


def _fill_secret(wire: Value, value: Secret, form: _Form) -> None:
    tagged = {SIGNATURE: SECRET_SIGNATURE, "value": value.value} if form.secrets else value.value
    _fill(wire, tagged, form)


def _fill_output(wire: Value, value: Output, form: _Form) -> None:
    tagged: PropertyMap = {SIGNATURE: OUTPUT_SIGNATURE, "dependencies": list(value.dependencies)}
    if value.value is not UNKNOWN:
        tagged["value"] = value.value
    if value.secret:
        tagged["secret"] = True
    _fill_map(wire, tagged, form)


def _fill_reference(wire: Value, value: ResourceReference, form: _Form) -> None:
    if not form.resources:
        _fill(wire, value.urn if value.id is None else value.id, form)
        return
    tagged: PropertyMap = {SIGNATURE: RESOURCE_SIGNATURE, "urn": value.urn, "packageVersion": value.package_version}
    if value.id is not None:
        tagged["id"] = value.id
    _fill_map(wire, tagged, form)


_FILL: Final[Mapping[type, Callable[[Value, Any, _Form], None]]] = {
    type(None): _fill_null,
    str: _fill_text,
    bool: _fill_bool,
    int: _fill_number,
    float: _fill_number,
    Unknown: _fill_unknown,
    dict: _fill_map,
    list: _fill_list,
    tuple: _fill_list,
    Secret: _fill_secret,
    Output: _fill_output,
    ResourceReference: _fill_reference,
}


def transform(value: Any, visit: Callable[[Any], Any]) -> Any:
    """`value` rebuilt from its leaves up, each node replaced by `visit(node)`."""
    if isinstance(value, dict):
        return visit({key: transform(item, visit) for key, item in value.items()})
    if isinstance(value, list):
        return visit([transform(item, visit) for item in value])
    if isinstance(value, Secret):
        return visit(Secret(transform(value.value, visit)))
    if isinstance(value, Output):
        return visit(Output(transform(value.value, visit), value.secret, value.dependencies))
    return visit(value)


def unwrap(value: Any) -> Any:
    """`value` with secrets and outputs replaced by what they hold."""
    return transform(value, lambda node: node.value if isinstance(node, (Secret, Output)) else node)


def contains(value: Any, found: Callable[[Any], bool]) -> bool:
    """True if `found` holds for any node of `value`."""
    if found(value):
        return True
    if isinstance(value, dict):
        return any(contains(item, found) for item in value.values())
    if isinstance(value, list):
        return any(contains(item, found) for item in value)
    if isinstance(value, (Secret, Output)):
        return contains(value.value, found)
    return False


def has_unknowns(value: Any) -> bool:
    """True if a preview cannot know `value` wholly."""
    return contains(value, lambda node: node is UNKNOWN)


def has_secrets(value: Any) -> bool:
    """True if any part of `value` is secret."""
    return contains(value, lambda node: isinstance(node, Secret) or (isinstance(node, Output) and node.secret))

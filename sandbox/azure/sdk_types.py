# ruff: noqa: PLC0415 - only the generator pays for the SDK
"""What pulumi-azure-native's own classes say of each modelled type, as data: names, shapes, what is required.

`sdk_types.json` is made by `python -m sandbox.azure.sdk_types` from the installed SDK; at run time only the JSON is
read, because importing the SDK costs a second and more. A test holds the file against the SDK.

A shape is "string", "integer", "number", "boolean", "any", {"array": shape}, {"map": shape}, {"ref": type name} or
{"union": [shapes]}. Enums are strings: Azure keeps them open.
"""

import importlib
import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

Shape = str | dict[str, Any]
DATA = Path(__file__).with_name("sdk_types.json")
_PLAIN: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "any"}
_API_VERSION = re.compile(r"Uses Azure REST API version ([\w-]+)\.")


@dataclass(frozen=True)
class SdkObject:
    """A nested type: its properties by name on the wire, and those that it requires."""

    properties: Mapping[str, Shape]
    required: frozenset[str]


@dataclass(frozen=True)
class SdkResource:
    """A resource class: inputs, the inputs it requires, outputs, and the API version that the SDK calls."""

    api_version: str
    inputs: SdkObject
    outputs: Mapping[str, Shape]


@dataclass(frozen=True)
class SdkTypes:
    """Everything of `sdk_types.json`; `objects` are the nested types by their names."""

    version: str
    resources: Mapping[str, SdkResource]
    objects: Mapping[str, SdkObject]


def _object(data: Mapping[str, Any]) -> SdkObject:
    return SdkObject(properties=data["properties"], required=frozenset(data["required"]))


@cache
def load() -> SdkTypes:
    """The types as data, read once."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    return SdkTypes(
        version=data["sdk"],
        resources={
            token: SdkResource(entry["apiVersion"], _object(entry["inputs"]), entry["outputs"])
            for token, entry in data["resources"].items()
        },
        objects={name: _object(entry) for name, entry in data["objects"].items()},
    )


class _Extractor:
    """Walks the SDK's classes; nested types are collected under `objects` as they are met."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}

    def resource(self, token: str) -> dict[str, Any]:
        module_name, class_name = token.split(":")
        package = importlib.import_module(f"pulumi_azure_native.{module_name}")
        cls = getattr(package, class_name)
        module = sys.modules[cls.__module__]
        # Where a nested type has taken the name XxxArgs, the resource's own arguments are XxxInitArgs.
        args = getattr(module, module.__all__[0])
        found = _API_VERSION.search(inspect.getsource(cls))
        return {
            "apiVersion": found[1] if found else "",
            "inputs": self.properties(args),
            "outputs": {
                name: self.shape(hint)
                for name, hint in sorted(_property_types(cls).items())
                if name not in ("urn", "id")
            },
        }

    def properties(self, cls: type) -> dict[str, Any]:
        names = _wire_names(cls)
        parameters = inspect.signature(cls.__init__).parameters
        return {
            "properties": {name: self.shape(hint) for name, hint in sorted(_property_types(cls).items())},
            "required": sorted(
                names[name]
                for name, parameter in parameters.items()
                if name in names and parameter.default is inspect.Parameter.empty
            ),
        }

    def shape(self, hint: Any) -> Shape:
        members = [member for member in _members(hint) if not _is_wrapping(member)]
        shapes = [self.plain_shape(member) for member in members]
        distinct = [shape for index, shape in enumerate(shapes) if shape not in shapes[:index]]
        return distinct[0] if len(distinct) == 1 else {"union": distinct}

    def plain_shape(self, hint: Any) -> Shape:
        if hint in _PLAIN:
            return _PLAIN[hint]
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (list, Sequence):
            return {"array": self.shape(arguments[0])}
        if origin in (dict, Mapping):
            return {"map": self.shape(arguments[1])}
        if issubclass(hint, Enum):
            return "number" if issubclass(hint, float) else "string"
        return {"ref": self.reference(hint)}

    def reference(self, cls: type) -> str:
        name = f"{cls.__module__.split('.')[1]}:{cls.__name__}"
        if name not in self.objects:
            self.objects[name] = None  # marks a type under way: some types hold themselves
            self.objects[name] = self.properties(cls)
        return name


def _members(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _is_wrapping(member: Any) -> bool:
    """True for what Optional, Input and the SDK's dictionary form of a nested type add to the type itself."""
    import pulumi

    return (
        member is type(None) or typing.is_typeddict(member) or typing.get_origin(member) in (Awaitable, pulumi.Output)
    )


def _property_types(cls: type) -> dict[str, Any]:
    from pulumi._types import resource_types

    return dict(resource_types(cls))


def _wire_names(cls: type) -> dict[str, str]:
    from pulumi._types import resource_py_to_pulumi_names

    return dict(resource_py_to_pulumi_names(cls))


def extract(tokens: Sequence[str]) -> dict[str, Any]:
    """What `sdk_types.json` holds, made anew from the installed SDK for these tokens (`network:Subnet`)."""
    extractor = _Extractor()
    resources = {token: extractor.resource(token) for token in sorted(tokens)}
    version = importlib.import_module("importlib.metadata").version("pulumi-azure-native")
    return {"sdk": version, "resources": resources, "objects": dict(sorted(extractor.objects.items()))}


def text(data: Mapping[str, Any]) -> str:
    """`data` as the file holds it: a line for each type, so that a change of one is a change of one line."""

    def block(entries: Mapping[str, Any]) -> str:
        lines = (f"  {json.dumps(key)}: {json.dumps(entry, sort_keys=True)}" for key, entry in sorted(entries.items()))
        return "{\n" + ",\n".join(lines) + "\n }"

    return (
        f'{{\n "sdk": {json.dumps(data["sdk"])},\n "resources": {block(data["resources"])},\n'
        f' "objects": {block(data["objects"])}\n}}\n'
    )


def main() -> None:
    """Write `sdk_types.json` for every type of the catalogue."""
    from .catalog import TYPES

    DATA.write_text(text(extract(list(TYPES))), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The input of the room: resources as plain data, and the ways from one to another.

What stands has ids to follow. In a plan an id that is not known yet is None; then the resources that the property was
made from say where it leads (`needs`), as Pulumi records them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, cast

Status = Literal["up", "planned", "running", "interrupted"]
PACKAGE: Final = "azure-native:"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One Azure resource.

    `urn_type`: its type token as Pulumi has it. `kind`: the same without package and version, as `network:Subnet`.
    `id`: the ARM id, empty where a plan cannot tell it. `name`: its name in Azure. `inputs` and `outputs`: property
    maps; a value that is unknown or secret is None.
    `needs`: top-level property -> URNs of the resources it was made from.
    """

    deployment: str
    urn: str
    urn_type: str
    kind: str
    id: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def value(self, path: str) -> Any:
        """The value at a dotted path: what Azure says, else what was asked for; None where neither knows it."""
        found = dig(self.outputs, path)
        return dig(self.inputs, path) if found is None else found

    def text(self, path: str) -> str:
        """The text at a dotted path, empty where there is none."""
        found = self.value(path)
        return found if isinstance(found, str) else ""

    def items(self, path: str) -> list[Any]:
        """The list at a dotted path, empty where there is none."""
        found = self.value(path)
        return cast("list[Any]", found) if isinstance(found, list) else []


@dataclass(frozen=True, kw_only=True)
class Source:
    """The resources of one deployment in dependency order, and whether they stand or are planned."""

    deployment: str
    status: Status
    resources: tuple[Resource, ...]


def dig(values: object, path: str) -> Any:
    """What lies at a dotted path of nested mappings; None where the way ends."""
    for part in path.split("."):
        if not isinstance(values, Mapping):
            return None
        values = cast("Mapping[str, Any]", values).get(part)
    return values


def key_of(arm_id: str) -> str:
    """An ARM id as ids are compared: without case, no slash at the end."""
    return arm_id.rstrip("/").lower()


class Estate:
    """Every resource of the deployments that are looked at together."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = tuple(sources)
        self.resources = tuple(resource for source in self.sources for resource in source.resources)

    @cached_property
    def _by_id(self) -> dict[str, Resource]:
        return {key_of(resource.id): resource for resource in self.resources if resource.id}

    @cached_property
    def _by_urn(self) -> dict[str, tuple[int, Resource]]:
        return {resource.urn: (place, resource) for place, resource in enumerate(self.resources)}

    def of_kind(self, kind: str) -> list[Resource]:
        """The resources of one kind, in dependency order."""
        return [resource for resource in self.resources if resource.kind == kind]

    def find(self, arm_id: str) -> Resource | None:
        """The resource with this ARM id."""
        return self._by_id.get(key_of(arm_id)) if arm_id else None

    def target(self, resource: Resource, path: str, kind: str = "") -> Resource | None:
        """The resource that the id at `path` leads to; `kind` narrows what a plan may mean."""
        return self.led_to(resource, resource.value(path), path.split(".", 1)[0], kind)

    def led_to(self, resource: Resource, arm_id: object, top: str, kind: str = "") -> Resource | None:
        """The resource that an id somewhere in the property `top` leads to.

        Of several that the property was made from, the first one made: components have those that read an output wait
        for what is written after it as well (`Network.subnet_ids`).
        """
        if isinstance(arm_id, str):
            return self.find(arm_id)
        made_from = (self._by_urn.get(urn) for urn in resource.needs.get(top, ()))
        fits = [found for found in made_from if found is not None and kind in ("", found[1].kind)]
        return min(fits, key=lambda found: found[0])[1] if fits else None

    def holder(self, resource: Resource) -> Resource | None:
        """The nearest resource that this one lies in by its ARM id, resource groups not counted."""
        arm_id = key_of(resource.id)
        while "/providers/" in arm_id:
            arm_id = arm_id.rpartition("/")[0]
            found = self._by_id.get(arm_id)
            if found is not None and found.kind != "resources:ResourceGroup":
                return found
        return None

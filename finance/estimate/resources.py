"""What is to be priced: the resources of a plan or of a state, as plain data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from cidr import Fault, FaultsError
from finance.estimate.inputs import Inputs, plain

_AZURE: Final = "azure-native:"
_PULUMIS_OWN: Final = ("pulumi:",)
"""The stack, its providers and the references to other stacks: none of them is anything in Azure."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. type: Pulumi's token; name: its logical name; inputs: without secrets and unknowns."""

    urn: str
    type: str
    inputs: Inputs

    @classmethod
    def of(cls, urn: str, type_: str, inputs: Mapping[str, Any]) -> "Resource":
        """A resource with inputs as they come."""
        return cls(urn, type_, Inputs(plain(inputs)))

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def kind(self) -> str:
        """`azure-native:network/v20240501:Subnet` -> `network:Subnet`; other packages' tokens as they are."""
        if not self.type.startswith(_AZURE):
            return self.type
        module, _, name = self.type.removeprefix(_AZURE).partition(":")
        return f"{module.split('/', 1)[0]}:{name}"


def is_priced(type_: str, *, custom: bool) -> bool:
    """Whether a price is looked for: what a provider makes, components and Pulumi's own left out."""
    return custom and not type_.startswith(_PULUMIS_OWN)


def resources_of_export(document: Mapping[str, Any], where: str) -> tuple[Resource, ...]:
    """The resources of what `pulumi stack export` writes. where: the name of the file, for faults.

    Left out: what waits for its deletion after a replacement, and what was only read. Raises FaultsError for a
    document that is no export.
    """
    deployment = document.get("deployment")
    if not isinstance(deployment, Mapping):
        raise _no_export(where, "has no `deployment`")
    found = cast("Mapping[str, Any]", deployment).get("resources")
    if found is None:
        return ()
    if not isinstance(found, list):
        raise _no_export(where, "has no list of resources")
    return tuple(_resources(cast("list[Any]", found), where))


def _resources(found: Iterable[Any], where: str) -> Iterable[Resource]:
    for index, item in enumerate(found):
        entry = cast("Mapping[str, Any]", item) if isinstance(item, Mapping) else {}
        urn, type_ = entry.get("urn"), entry.get("type")
        if not isinstance(urn, str) or not isinstance(type_, str):
            raise _no_export(where, f"has a resource without urn and type, number {index + 1}")
        going = entry.get("delete") or entry.get("external")
        if not going and is_priced(type_, custom=bool(entry.get("custom"))):
            yield Resource.of(urn, type_, cast("Mapping[str, Any]", entry.get("inputs") or {}))


def _no_export(where: str, what: str) -> FaultsError:
    allowed = "what `./cfctl state export` and `pulumi stack export` write"
    step = "./cfctl state export DEPLOYMENT > FILE"
    return FaultsError([Fault(where=where, what=f"the export {what}", allowed=allowed, next_step=step)])

"""The rules that every saved state keeps, as Snapshot.VerifyIntegrity of the CLI has them.

https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/snapshot.go
"""

from collections.abc import Iterator

from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.urn import is_provider_type, split_reference
from sandbox.engine.storage.state_errors import IntegrityError


def verify(state: StackState) -> None:
    """Raise IntegrityError, naming the resource and the broken rule, unless all of these hold.

    Every resource has a URN and a type, and an id only if it is custom. A provider can be referred to (it has an id)
    and stands before what it provides, except for what waits to be made again (`pending_replacement`). Parents,
    dependencies, property dependencies, `deleted_with` and `replace_with` stand before those that name them. A URN has
    one state, beside any that wait for deletion.
    """
    places = {resource.urn: index for index, resource in enumerate(state.resources)}
    seen: set[str] = set()
    live: set[str] = set()
    providers: set[str] = set()
    for index, resource in enumerate(state.resources):
        _verify_fields(resource, index)
        if is_provider_type(resource.type):
            if not resource.id:
                raise IntegrityError(f"provider {resource.urn} has no id, so nothing can refer to it")
            providers.add(f"{resource.urn}::{resource.id}")
        if resource.provider and resource.provider not in providers and not resource.pending_replacement:
            if not all(split_reference(resource.provider)):
                raise IntegrityError(f"{resource.urn}: {resource.provider!r} is no provider reference (<urn>::<id>)")
            raise IntegrityError(f"{resource.urn} refers to the provider {resource.provider}, which is not before it")
        for relation, urn in needs(resource):
            if urn not in seen:
                how = "comes after it" if places.get(urn, -1) > index else "is missing"
                raise IntegrityError(f"{resource.urn}: its {relation} {urn} {how}")
        seen.add(resource.urn)
        if not resource.delete:
            if resource.urn in live:
                raise IntegrityError(f"{resource.urn} is there twice, and neither waits for deletion")
            live.add(resource.urn)


def needs(resource: ResourceState) -> Iterator[tuple[str, str]]:
    """What must stand before a resource, but for its provider: (relation, URN)."""
    if resource.parent:
        yield "parent", resource.parent
    for urn in resource.dependencies:
        if urn:
            yield "dependency", urn
    for name, urns in resource.property_dependencies.items():
        for urn in urns:
            if urn:
                yield f"dependency (of property {name})", urn
    if resource.deleted_with:
        yield "deleted-with resource", resource.deleted_with
    for urn in resource.replace_with:
        if urn:
            yield "replaced-with resource", urn


def _verify_fields(resource: ResourceState, index: int) -> None:
    if not resource.urn:
        raise IntegrityError(f"resource {index} has no URN")
    if not resource.type:
        raise IntegrityError(f"{resource.urn} has no type")
    if not resource.custom and resource.id:
        raise IntegrityError(f"{resource.urn} is no custom resource but has the id {resource.id!r}")

"""URNs that changed in a run (aliases), rewritten in every state that still has the old ones.

As NormalizeURNReferences in pkg/resource/deploy/snapshot.go of github.com/pulumi/pulumi.
"""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.model.urn import STACK_TYPE, Urn, make_urn, split_reference


def with_new_urns(state: StackState) -> StackState:
    """`state` with the present URN wherever a former one stood, and no aliases; the given objects stay as they are.

    Where two resources claim one former URN (which the engine refuses before it comes to that) the first has it.
    """
    renamed = _renames(state.resources)
    if not renamed and not any(resource.aliases for resource in state.resources):
        return state
    return replace(
        state,
        resources=[_rewritten(resource, renamed) for resource in state.resources],
        pending_operations=[
            PendingOperation(_rewritten(operation.resource, renamed), operation.type)
            for operation in state.pending_operations
        ],
    )


def _renames(resources: list[ResourceState]) -> dict[str, str]:
    """Former URN -> present one; a child whose parent was renamed gets the new parent's types into its own URN."""
    renamed: dict[str, str] = {}
    for resource in resources:
        for alias in resource.aliases:
            renamed.setdefault(alias, resource.urn)
        parent = renamed.get(resource.parent) if resource.parent else None
        if parent and Urn.parse(parent).type != STACK_TYPE:
            own = Urn.parse(resource.urn)
            renamed[resource.urn] = make_urn(own.stack, own.project, parent, own.type, own.name)
    return {old: new for old, new in renamed.items() if old != new}


def _rewritten(resource: ResourceState, renamed: Mapping[str, str]) -> ResourceState:
    def new(urn: str) -> str:
        return renamed.get(urn, urn)

    provider = resource.provider
    if provider:
        urn, id_ = split_reference(provider)
        provider = f"{new(urn)}::{id_}"
    extra = resource.extra
    if extra.get("viewOf") in renamed:
        extra = {**extra, "viewOf": renamed[extra["viewOf"]]}
    return replace(
        resource,
        urn=new(resource.urn),
        parent=new(resource.parent),
        provider=provider,
        dependencies=[new(urn) for urn in resource.dependencies],
        property_dependencies={key: [new(urn) for urn in urns] for key, urns in resource.property_dependencies.items()},
        deleted_with=new(resource.deleted_with),
        replace_with=[new(urn) for urn in resource.replace_with],
        aliases=[],
        extra=extra,
    )

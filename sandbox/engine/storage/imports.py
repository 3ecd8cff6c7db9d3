"""Whether a deployment may be imported into a stack: the checks of `pulumi stack import`.

SaveSnapshot in pkg/cmd/pulumi/stack/io.go of github.com/pulumi/pulumi, and the project beside the stack: state of
another project would be deleted by the first run of this one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import Urn
from sandbox.engine.storage.checkpoint import magic_of
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.state_errors import IntegrityError


def reasons_against(state: StackState, project: str, stack: str) -> Iterator[str]:
    """Why `state` must not become that of `stack`; nothing if it may."""
    for resource in state.resources:
        try:
            urn = Urn.parse(resource.urn)
        except ValueError as error:
            yield str(error)
            continue
        if urn.stack != stack:
            yield f"{resource.urn} is of the stack {urn.stack}, not {stack}"
        if urn.project != project:
            yield f"{resource.urn} is of the project {urn.project}, not {project}"
    manifest: Any = state.extra.get("manifest")
    fields = cast("Mapping[str, Any]", manifest) if isinstance(manifest, dict) else {}
    if (fields.get("magic") or "") != magic_of(fields.get("version") or ""):
        yield "the manifest's `magic` is not that of its `version`: the file was damaged or edited"
    try:
        verify(state)
    except IntegrityError as error:
        yield error.what

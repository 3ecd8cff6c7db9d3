"""Reading an export, and whether it may be imported into a stack: the checks of `pulumi stack import`.

SaveSnapshot in pkg/cmd/pulumi/stack/io.go of github.com/pulumi/pulumi, and the project beside the stack: state of
another project would be deleted by the first run of this one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import Urn
from sandbox.engine.storage.checkpoint import deployment_of, from_deployment, magic_of, secrets_state_of
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.secrets import PassphraseSecrets, SecretsSource
from sandbox.engine.storage.state_errors import IntegrityError


def read_export(
    document: Mapping[str, Any], secrets: SecretsSource, passphrase: str | None
) -> tuple[StackState, PassphraseSecrets | None]:
    """The state in an export, and what opened its secrets: None where they are in clear.

    secrets: opens those of this backend's own; passphrase: that of the export if it is another one. StateError where
    it cannot be read.
    """
    deployment = deployment_of(document)
    secrets_state = secrets_state_of(deployment)
    if secrets_state is None:
        reader = None
    elif passphrase is not None:
        reader = PassphraseSecrets.from_state(secrets_state, passphrase)
    else:
        reader = secrets(secrets_state)
    return from_deployment(deployment, reader), reader


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

# ruff: noqa: ARG002 - the signatures of the protocol
"""The provider of package `pulumi`: stack references and resource look-ups, served by the engine itself."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from sandbox.engine.model.diffs import Diff, same
from sandbox.engine.model.errors import ProviderError
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import UNKNOWN, PropertyMap, has_secrets
from sandbox.engine.providers.provider_protocol import Checked, Existing, Live

STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
STASH: Final = "pulumi:index:Stash"
_STACK_OUTPUTS: Final = "pulumi:pulumi:readStackOutputs"
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"
_INPUT: Final = {STACK_REFERENCE: "name", STASH: "input"}


class BuiltinProvider:
    """A ConfigurableProvider without configuration.

    outputs: the outputs of a stack by its reference (`organization/project/stack`, `stack`); raises EngineError.
    find: the state of a resource of this run by URN.
    """

    def __init__(self, outputs: Callable[[str], PropertyMap], find: Callable[[str], ResourceState | None]) -> None:
        self._outputs = outputs
        self._find = find

    def check_config(self, urn: str, old: PropertyMap, new: PropertyMap) -> Checked:
        """There is nothing to configure."""
        return Checked(new)

    def diff_config(self, old: Existing, new: PropertyMap) -> Diff:
        """There is nothing to configure."""
        return Diff("none")

    def configure(self, urn: str, id_: str, inputs: PropertyMap) -> None:
        """There is nothing to configure."""

    def cancel(self) -> None:
        """Nothing here takes time."""

    def check(self, urn: str, old: PropertyMap | None, new: PropertyMap, seed: bytes) -> Checked:
        """Each type has one input."""
        wanted = self._input_of(urn)
        faults = [(key, f'unknown property "{key}"') for key in new if key != wanted]
        if wanted not in new:
            faults.append((wanted, f'missing required property "{wanted}"'))
        elif wanted == "name" and not isinstance(new["name"], str) and new["name"] is not UNKNOWN:
            faults.append(("name", 'property "name" must be a string'))
        return Checked(new, tuple(faults))

    def diff(self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str]) -> Diff:
        """Another stack is another reference; a stash takes a new input."""
        wanted = self._input_of(old.urn)
        if same(old.inputs.get(wanted), new.get(wanted)):
            return Diff("none")
        return Diff("some", replaces=[wanted]) if wanted == "name" else Diff("some", changed=[wanted])

    def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> Live:
        """Look the stack up, or keep the value."""
        id_ = "" if preview else str(uuid.uuid4())
        if self._input_of(urn) == "input":
            return Live(id_, {"input": inputs["input"], "output": inputs["input"]})
        return Live(id_, self._stack_outputs(inputs["name"]))

    def update(
        self, old: Existing, new: PropertyMap, ignore_changes: Sequence[str], *, timeout: float, preview: bool
    ) -> Live:
        """A stash keeps the value that it was made with."""
        return Live(old.id, {"input": new["input"], "output": old.outputs.get("output")})

    def read(self, urn: str, id_: str, inputs: PropertyMap | None, state: PropertyMap, *, timeout: float) -> Live:
        """How SDKs refer to a stack: they read it."""
        wanted = self._input_of(urn)
        if not inputs or wanted not in inputs:
            raise ProviderError(f"a {Urn.parse(urn).type} cannot be imported")
        return Live(id_, self._stack_outputs(state["name"]) if wanted == "name" else state, inputs)

    def delete(self, old: Existing, *, timeout: float) -> None:
        """Built-in resources exist only in state."""

    def invoke(self, token: str, args: PropertyMap, *, preview: bool) -> Checked:
        """Stack outputs, and resources of this run by URN."""
        if token == _STACK_OUTPUTS:
            return Checked(self._stack_outputs(args["name"]))
        if token == _GET_RESOURCE:
            urn: str = args["urn"]
            state = self._find(urn)
            if state is None:
                raise ProviderError(f"unknown resource {urn}")
            return Checked({"urn": urn, "id": state.id, "provider": state.provider, "state": state.outputs})
        raise ProviderError(f"the engine has no function {token!r}")

    def _stack_outputs(self, name: Any) -> PropertyMap:
        if name is UNKNOWN:
            return {"name": name, "outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        outputs = self._outputs(name)
        secret = sorted(key for key, value in outputs.items() if has_secrets(value))
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}

    def _input_of(self, urn: str) -> str:
        type_ = Urn.parse(urn).type
        if type_ not in _INPUT:
            raise ProviderError(f"the engine has no resource type {type_!r}")
        return _INPUT[type_]

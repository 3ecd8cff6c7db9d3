"""The state of a sandbox home: Pulumi's file backend under the home's own passphrase. Imports no Pulumi."""

from collections.abc import Callable

from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import STACK_TYPE
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.secrets import passphrase_source
from sandbox.home import SandboxHome
from sandbox.inventory import PROJECT


def backend_of(home: SandboxHome, notice: Callable[[str], None]) -> FileBackend:
    """The backend with the stacks of this home. notice: told what a person should know and no error says.

    The passphrase is read when it is first needed: to look at what is not there asks for none.
    """
    return FileBackend(home.state, PROJECT, passphrase_source(home.passphrase), notice)


def state_of(backend: FileBackend, stack: str) -> StackState:
    """The state of a stack, empty when it was never made. Raises StateError when it cannot be read."""
    return backend.load(stack) if backend.exists(stack) else StackState()


def outputs_of(backend: FileBackend, stack: str) -> PropertyMap:
    """The outputs of a stack as they stand in its state; empty when it is not up."""
    resources = state_of(backend, stack).resources
    found = next((resource for resource in resources if resource.type == STACK_TYPE and not resource.delete), None)
    return found.outputs if found else {}

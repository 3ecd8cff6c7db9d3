"""The state of a sandbox home: Pulumi's file backend under the home's own passphrase. Imports no Pulumi."""

import os
from collections.abc import Callable, Mapping
from typing import Final

from cidr import Fault, FaultsError
from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import STACK_TYPE
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.backups import GENERATIONS
from sandbox.engine.storage.secrets import passphrase_source
from sandbox.home import SandboxHome
from sandbox.inventory import PROJECT

BACKUPS: Final = "CFCTL_STATE_BACKUPS"
"""How many former states of each deployment a home keeps."""
_MOST: Final = 1000


def backend_of(home: SandboxHome, notice: Callable[[str], None]) -> FileBackend:
    """The backend with the stacks of this home. notice: told what a person should know and no error says.

    The passphrase is read when it is first needed: to look at what is not there asks for none. Raises FaultsError where
    the environment asks for a number of backups that cannot be.
    """
    return FileBackend(
        home.state, PROJECT, passphrase_source(home.passphrase), notice, generations=generations_of(os.environ)
    )


def generations_of(environment: Mapping[str, str]) -> int:
    """How many former states are to be kept. Raises FaultsError for what is no such number."""
    text = environment.get(BACKUPS, str(GENERATIONS))
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST:
        return int(text)
    what, allowed = f"{BACKUPS} is {text!r}", f"a whole number from 1 to {_MOST}"
    step = f"unset {BACKUPS} for {GENERATIONS}, or set it to a number"
    raise FaultsError([Fault(where="environment", what=what, allowed=allowed, next_step=step)])


def state_of(backend: FileBackend, stack: str) -> StackState:
    """The state of a stack, empty when it was never made. Raises StateError when it cannot be read."""
    return backend.load(stack) if backend.exists(stack) else StackState()


def outputs_of(backend: FileBackend, stack: str) -> PropertyMap:
    """The outputs of a stack as they stand in its state; empty when it is not up."""
    resources = state_of(backend, stack).resources
    found = next((resource for resource in resources if resource.type == STACK_TYPE and not resource.delete), None)
    return found.outputs if found else {}

"""Azure as the ground: tags by Resource Manager, states and their history by the Pulumi CLI, where the state lies."""

import json
import os
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx

from cidr import Fault
from cli.arm_client import ArmClient, ArmRefusedError, endpoint
from cli.azure_subjects import backend_of, find_pulumi
from cli.deployed import ClosedSecrets
from cli.expiry.ground import group_id
from cli.failures import RefusedError
from lifecycle.machine import StepError
from preflight.requests import Signature
from preflight.signing_in import NotSignedInError, sign_in
from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import is_provider_type
from sandbox.engine.storage.checkpoint import from_deployment
from sandbox.engine.storage.state_errors import StateError
from stacks import AccountSettings, Settings, load_account, load_settings

_GROUPS: Final = "2021-04-01"
_NEVER_MADE: Final = "no stack named"
_SECONDS: Final = 300


@dataclass(frozen=True)
class AzureGround:
    """Azure, signed in as the machine is. pulumi: path of the CLI."""

    client: ArmClient
    project: Path
    account: AccountSettings
    pulumi: str

    def tags(self, settings: Settings) -> Mapping[str, str] | None:
        """As Resource Manager has them. Raises ArmRefusedError."""
        found = self.client.get(group_id(settings), _GROUPS)
        return None if found is None else cast("Mapping[str, str]", found.get("tags") or {})

    def state(self, deployment: str) -> StackState:
        """As `pulumi stack export` tells it, secrets closed."""
        text = self._ask(load_settings(deployment, self.project), "export")
        if text is None:
            return StackState()
        document = cast("Mapping[str, Any]", json.loads(text))
        return from_deployment(document.get("deployment") or {}, ClosedSecrets())

    def stands(self, settings: Settings) -> bool:
        """Whether its resource group is there."""
        return self.tags(settings) is not None

    def is_going_down(self, settings: Settings) -> bool:
        """Whether its group is gone, and its state has resources yet: a teardown was cut off near its end."""
        return any(it.custom and not it.delete and not is_provider_type(it.type) for it in self._resources(settings))

    def _resources(self, settings: Settings) -> Sequence[Any]:
        return self.state(str(settings.deployment)).resources

    def history(self, settings: Settings) -> Sequence[Mapping[str, Any]]:
        """The updates of the stack, the latest first."""
        text = self._ask(settings, "history", "--json", "--show-secrets=false")
        return cast("Sequence[Mapping[str, Any]]", json.loads(text or "[]") or [])

    def _ask(self, settings: Settings, *words: str) -> str | None:
        """What `pulumi stack` answers; None for a stack that was never made. Raises StateError."""
        url = backend_of(self.account, settings, self.project).url
        command = [self.pulumi, "stack", *words, "--stack", str(settings.deployment), "--cwd", str(self.project)]
        try:
            said = subprocess.run(  # noqa: S603 - the CLI from PATH, with our own arguments
                command,
                env={**os.environ, "PULUMI_BACKEND_URL": url, "PULUMI_SKIP_UPDATE_CHECK": "true"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _unreadable(settings, f"no answer after {_SECONDS} s") from None
        if said.returncode == 0:
            return said.stdout
        if _NEVER_MADE in said.stderr:
            return None
        raise _unreadable(settings, said.stderr.strip().splitlines()[-1] if said.stderr.strip() else "it says nothing")


@contextmanager
def open_azure(project: Path) -> Generator[AzureGround]:
    """Azure, signed in. Raises RefusedError where nobody is signed in, and without a Pulumi CLI."""
    account = load_account(project)
    found = find_pulumi()
    if found is None or not found.version:
        what, step = "the Pulumi CLI is not on PATH, and the states can be read by it alone", "./cfctl doctor"
        raise RefusedError(Fault(where="PATH", what=what, allowed="pulumi", next_step=step))
    try:
        token = sign_in(account.tenant_id).token(Signature.ARM)
    except NotSignedInError as error:
        raise RefusedError(_not_signed_in(account, str(error))) from None
    with ArmClient(endpoint(), token) as client, answering(client):
        yield AzureGround(client, project, account, found.path)


@contextmanager
def answering(client: ArmClient) -> Generator[None]:
    """Raises StepError for what Resource Manager refuses, and where it does not answer."""
    try:
        yield
    except ArmRefusedError as error:
        what, step = f"Azure refuses what was asked of it: {error}", "./cfctl preflight --env dev says what is missing"
        raise StepError(Fault(where=client.base, what=what, allowed="", next_step=step)) from None
    except httpx.TransportError as error:
        what, step = f"Azure does not answer: {error}", "look at the network, then the same command again"
        raise StepError(Fault(where=client.base, what=what, allowed="", next_step=step)) from None


def _unreadable(settings: Settings, why: str) -> StateError:
    name = settings.deployment
    return StateError(f"the state of {name} cannot be read: {why}", next_step=f"pulumi stack export --stack {name}")


def _not_signed_in(account: AccountSettings, why: str) -> Fault:
    return Fault(
        where=f"tenant {account.tenant_id}",
        what=f"nobody is signed in to Azure here: {why}",
        allowed="what azure-identity finds: Azure CLI, a managed identity, or variables of the environment",
        next_step=f"az login --tenant {account.tenant_id}, then the same command again",
    )

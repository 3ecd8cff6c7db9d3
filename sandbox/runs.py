"""A sandbox opened for runs: the stand-in for Azure with its real databases, the state, and what deploys into it."""

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import SecretStr

from cidr import ACCOUNT, DeploymentName
from sandbox.azure import arm_ids
from sandbox.azure.arm_http import ArmHttp
from sandbox.azure.catalog import by_token
from sandbox.azure.errors import NotModelledError
from sandbox.azure.invokes import client_token
from sandbox.azure.jobs.runner import JobRunner
from sandbox.azure.pace import Pace, azure_scale
from sandbox.azure.postgres.fleet import PostgresFleet
from sandbox.azure.postgres.records import Records
from sandbox.azure.store import Store
from sandbox.deployers import Deployer, Found, Operation, Request, RunResult
from sandbox.engine.model.events import Event, Listener
from sandbox.engine.model.state import StackState
from sandbox.engine.model.urn import PROVIDER_PREFIX, package_of
from sandbox.engine.model.values import contains
from sandbox.engine.storage.state_errors import StackLockedError
from sandbox.facts import Facts, gather
from sandbox.home import SandboxHome
from sandbox.keeping import backend_of, state_of
from sandbox.waiting import WaitingProgram
from stacks import AccountSettings, Settings, load_stack, needs_of

if TYPE_CHECKING:
    from sandbox.engine.providers.provider_client import Endpoint

ENDPOINT: Final = "COMPLIANCEFLOW_ARM_ENDPOINT"
"""Where the program finds Azure Resource Manager; absent it is Azure's own."""
TIME_SCALE: Final = "COMPLIANCEFLOW_TIME_SCALE"
"""Factor for the program's waits between tries and polls, which are made for Azure's time."""
SANDBOX_TIME_SCALE: Final = "0.01"
SETTINGS_KEY: Final = "complianceflow:settings"
HIDDEN: Final = "[secret]"
"""What the CLI's event log has in the place of a secret."""
_GROUP: Final = "azure-native:resources:ResourceGroup"
EngineName = Literal["sandbox", "cli"]


class Sandbox:
    """One sandbox, open; use it as a context manager. Runs go one after another, `cancel` comes from any thread.

    program: gives the processes that the program runs in. engine: this repository's, or the Pulumi CLI from PATH.
    notice: told what a person should know of the state. Raises FaultsError when the home, the store or the CLI cannot
    be used.
    """

    def __init__(
        self,
        home: SandboxHome,
        program: WaitingProgram,
        *,
        engine: EngineName = "sandbox",
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._home = home.prepare()
        self._open = ExitStack()
        self._lock = threading.Lock()
        self._cancels = 0
        self._begun = False
        self._before = StackState()
        with ExitStack() as opening:
            self._store = Store(home.azure_store)
            opening.callback(self._store.close)
            self._fleet = PostgresFleet(home.root)
            jobs = opening.enter_context(JobRunner(home.root, self._store))
            arm = opening.enter_context(ArmHttp(self._store, self._fleet, SecretStr(client_token(self._store)), jobs))
            self._pace = Pace(scale=azure_scale())
            waits = str(self._pace.scale) if self._pace.scale else SANDBOX_TIME_SCALE
            self._environment = {ENDPOINT: arm.url, TIME_SCALE: os.environ.get(TIME_SCALE, waits)}
            self._root = program.project.directory
            self._program = program
            self._backend = backend_of(home, notice)
            self._deployer = self._deploy_with(engine)
            self._open = opening.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def time_scale(self) -> float:
        """Wall seconds for a second that is made for Azure's time."""
        return float(self._environment[TIME_SCALE])

    def close(self) -> None:
        """Stop listening and close the store; databases go on running, they belong to what is up."""
        self._open.close()

    def run(self, operation: Operation, deployment: str, request: Request, listener: Listener) -> RunResult:
        """Run one operation to its end. Raises FaultsError or StateError when it cannot begin."""
        settings = None if operation == "destroy" else load_stack(deployment, self._root)
        if settings is not None:
            for subscription in settings.subscriptions:
                self._store.add_subscription(subscription, settings.tenant_id)
        self._refer_to_others(deployment)
        self._before = state_of(self._backend, deployment)
        if operation == "up":
            self._azure.reconcile([it.id for it in self._before.resources if it.type == _GROUP])
        with self._lock:
            if self._cancels:
                return RunResult("canceled", {})

        def listen(event: Event) -> None:
            if not self._begun:
                self._has_begun()
            listener(event)

        try:
            return self._deployer.run(operation, deployment, request, listen)
        finally:
            self._begun = False

    def _refer_to_others(self, deployment: str) -> None:
        """Make the stacks that a regional refers to, as `pulumi stack init` would: a preview then says what is missing.

        A reference to a stack that was never made is an error of Pulumi's own, also in a preview.
        """
        for needed in () if deployment == ACCOUNT else needs_of(DeploymentName.parse(deployment), self._root):
            if not self._backend.exists(str(needed)):
                # Who holds it makes it: another regional's preview, or its own first run.
                with suppress(StackLockedError), self._backend.open(str(needed), "init"):
                    pass

    def cancel(self) -> None:
        """The first call lets running steps finish and starts no new ones, the second stops now; a run that is asked
        for later is canceled before it begins.
        """
        with self._lock:
            self._cancels += 1
            if self._begun:
                self._deployer.cancel()

    def _has_begun(self) -> None:
        """From now on the deployer hears of an interrupt; those that came while it was getting ready it hears now."""
        with self._lock:
            self._begun = True
            for _ in range(self._cancels):
                self._deployer.cancel()

    def adopt(self, deployment: str, found: Sequence[Found], listener: Listener) -> int:
        """Import resources that exist and that no stack here knows; how many were. Raises StateError.

        Their inputs are those that the create was sent, as if its reply had arrived: what Azure tells of a resource may
        lack what it was made with, and then the next plan would replace it. Where they are not known (the CLI's event
        log hides secrets) the resource is protected, so that it cannot be replaced.
        """
        states = {stack: state_of(self._backend, stack) for stack in self._backend.list()}
        known = {arm_ids.key(resource.id) for state in states.values() for resource in state.resources}
        new = [it for it in found if arm_ids.key(it.id) not in known]
        if not new:
            return 0
        resources = states[deployment].resources

        def provider(type_: str) -> str:
            wanted = PROVIDER_PREFIX + package_of(type_)
            return next((f"{it.urn}::{it.id}" for it in resources if it.type == wanted and not it.delete), "")

        imported = self._embedded.import_(deployment, new, provider, listener).changes.get("import", 0)
        with self._backend.open(deployment, "adopt") as snapshot:
            held = {resource.urn: resource for resource in snapshot.state().resources}
            for it in new:
                if it.urn not in held:
                    continue
                if it.inputs and not contains(it.inputs, lambda value: value == HIDDEN):
                    held[it.urn].inputs = it.inputs
                else:
                    held[it.urn].protect = True
                snapshot.update(held[it.urn])
        return imported

    def unprotect(self, deployment: str) -> int:
        """Lift the protection of every resource of a stack; how many had it. Raises StateError."""
        with self._backend.open(deployment, "unprotect") as snapshot:
            held = [resource for resource in snapshot.state().resources if resource.protect]
            for resource in held:
                resource.protect = False
                snapshot.update(resource)
        return len(held)

    def facts(self, deployment: str, since: float) -> Facts:
        """What the last run, which began at `since` (seconds since the epoch), did in Azure and left there."""
        after = state_of(self._backend, deployment)
        return gather(self._store, Records(self._home.postgres), self._before, after, since)

    def _deploy_with(self, engine: EngineName) -> Deployer:
        # Only now: these import the SDK, and whatever opens before needs none.
        from sandbox.azure.provider import AzureProvider  # noqa: PLC0415
        from sandbox.embedded import EmbeddedEngine  # noqa: PLC0415
        from sandbox.random import RandomProvider  # noqa: PLC0415

        def azure() -> AzureProvider:
            return AzureProvider(self._store, servers=self._fleet, pace=self._pace)

        self._azure = azure()
        providers: dict[str, Endpoint] = {"azure-native": azure, "random": RandomProvider()}
        embedded = self._embedded = EmbeddedEngine(
            self._backend, self._program, providers, self._environment, self._config, self._locate
        )
        if engine == "sandbox":
            return embedded
        from sandbox.attached_cli import AttachedCli  # noqa: PLC0415
        from sandbox.serve import serve  # noqa: PLC0415

        def serve_new() -> AbstractContextManager[Mapping[str, int]]:
            # New for each run: the CLI ends a run by telling its providers to cancel, and they stay canceled.
            return serve({"azure-native": azure(), "random": RandomProvider()})

        return AttachedCli(self._home, self._root, self._backend, self._environment, serve_new, embedded)

    def _config(self, deployment: str) -> dict[str, str]:
        return config_of(load_stack(deployment, self._root))

    def _locate(self, type_: str, inputs: Mapping[str, Any]) -> str | None:
        """The id of what exists in the stand-in under the name that `inputs` give: an interrupted create succeeded."""
        try:
            kind = by_token(type_)
        except NotModelledError:
            return None
        for subscription in self._store.read(lambda transaction: transaction.subscriptions()):
            try:
                arm_id = arm_ids.fill(kind.path, inputs, subscription)
            except KeyError:
                return None
            if (found := self._azure.arm.read(arm_id)) is not None:
                return str(found["id"])
        return None


def config_of(settings: Settings | AccountSettings) -> dict[str, str]:
    """The Pulumi configuration that a program reads these settings from: full key -> JSON."""
    return {SETTINGS_KEY: json.dumps(settings.model_dump(mode="json", exclude={"deployment"}))}

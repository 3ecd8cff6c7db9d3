"""Steps: one change of one resource each. A step does its work with the provider and says what became of the state."""

from dataclasses import replace

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.model.errors import HookError, ProviderError
from sandbox.engine.model.events import Op, PropertyChange
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.times import now
from sandbox.engine.model.urn import is_provider_type
from sandbox.engine.model.values import PropertyMap, Secret
from sandbox.engine.protocol.hooks import HookType
from sandbox.engine.providers.provider_protocol import Existing, Live, Provider
from sandbox.engine.storage.snapshot import Snapshot


class Step:
    """A change of one resource: `begin`, `apply`, then `commit` or `fail`, and `after` a success."""

    op: Op
    logical = True
    """False for the physical halves of a replace."""
    pending: str | None = None
    """What the state file calls this operation while it runs; None: nothing outside can change."""
    retains = False
    tolerant = False
    """True if others go on when this step fails."""

    def __init__(
        self,
        deployment: Deployment,
        old: ResourceState | None,
        new: ResourceState | None,
        changes: tuple[PropertyChange, ...] = (),
    ) -> None:
        self.deployment = deployment
        self.old = old
        self.new = new
        self.changes = changes

    @property
    def state(self) -> ResourceState:
        """The state that the step is about."""
        state = self.new or self.old
        if state is None:
            raise ValueError("a step without a state")
        return state

    @property
    def result_op(self) -> Op:
        """What the step turned out to be."""
        return self.op

    @property
    def counts(self) -> bool:
        """True if the step is one of the summary."""
        return self.logical

    @property
    def snapshot(self) -> Snapshot:
        """The record of the run."""
        return self.deployment.snapshot

    def begin(self) -> int | None:
        """Note the operation as pending, if anything outside is going to change."""
        state = self.state
        outside = state.custom and not is_provider_type(state.type)
        return self.snapshot.begin(self.pending, state) if self.pending and outside else None

    def apply(self) -> None:
        """Do it. Raises EngineError; ProviderError.partial then says what exists all the same."""

    def commit(self, operation: int | None) -> None:
        """Note what became of the state."""
        self.snapshot.commit(operation, put=self.new, drop=self.old)

    def fail(self, operation: int | None) -> None:
        """Note that nothing changed."""
        if operation is not None:
            self.snapshot.fail(operation)

    def provider(self) -> Provider:
        """The provider of the step's resource."""
        return provider_of(self.deployment, self.state)

    def after(self) -> None:
        """Work of the program that follows success: its failure fails the run, not the step."""

    def _after_hooks(self, kind: HookType, *, new: ResourceState | None, old: ResourceState | None) -> None:
        try:
            self.deployment.hooks.run(kind, new=new, old=old)
        except HookError as error:
            self.deployment.reporter.message("error", str(error), self.state.urn)
            self.deployment.after_hook_failed.set()


def provider_of(deployment: Deployment, state: ResourceState) -> Provider:
    """The provider that manages a custom resource; provider resources are the registry's."""
    if is_provider_type(state.type):
        return deployment.providers
    return deployment.providers.require(state.provider)


def take(state: ResourceState, live: Live) -> None:
    """Put what a provider returned into a state; what the program or the inputs call secret stays secret."""
    state.id = live.id
    state.outputs = live.outputs
    state.refresh_before_update = live.refresh_before_update
    mark_secret_outputs(state)


def mark_secret_outputs(state: ResourceState) -> None:
    """Mark the outputs that are secret by name: asked for, or an input of the same name is."""
    secret_inputs = (key for key, value in state.inputs.items() if isinstance(value, Secret))
    for key in (*state.additional_secret_outputs, *secret_inputs):
        if key != "id" and key in state.outputs and not isinstance(state.outputs[key], Secret):
            state.outputs = {**state.outputs, key: Secret(state.outputs[key])}


def take_partial(state: ResourceState, error: ProviderError) -> None:
    """Put what exists in spite of an error into a state, with the reasons as its init errors."""
    if error.partial is not None:
        take(state, Live(error.partial.id, error.partial.outputs))
        state.init_errors = error.partial.reasons or [str(error)]


class SameStep(Step):
    """Nothing to change outside; options, dependencies and the program's view of inputs may be new all the same."""

    op = "same"

    def __init__(
        self, deployment: Deployment, old: ResourceState, new: ResourceState, *, skipped: bool = False
    ) -> None:
        """skipped: the resource is left out (--target): it is not there, and is not recorded."""
        super().__init__(deployment, old, new)
        self.skipped = skipped
        self.untargeted = False

    def apply(self) -> None:
        """Take over what the provider said when it last changed; a provider resource is configured."""
        old, new = self._both()
        new.id, new.outputs = old.id, old.outputs
        new.created, new.modified = old.created, old.modified
        mark_secret_outputs(new)
        if is_provider_type(new.type) and not self.skipped and not self.untargeted:
            inputs, new.inputs = new.inputs, old.inputs
            try:
                self.deployment.providers.load(new)
            finally:
                new.inputs = inputs

    def commit(self, operation: int | None) -> None:  # noqa: ARG002 - nothing outside was pending
        """The new state takes the place of the old one."""
        if not self.skipped:
            self.snapshot.commit(None, put=self.new, drop=self.old)

    def _both(self) -> tuple[ResourceState, ResourceState]:
        if self.old is None or self.new is None:
            raise ValueError("a same step needs both states")
        return self.old, self.new


class KeepStep(SameStep):
    """A resource that this run is not about, with everything as it was; it moves behind what was completed so far."""

    def __init__(self, deployment: Deployment, old: ResourceState) -> None:
        self.copy = replace(old)
        super().__init__(deployment, old, self.copy)
        self.untargeted = True


class CreateStep(Step):
    """Make a new resource, maybe in place of an old one that is deleted later (`pending_delete`) or is already gone."""

    op = "create"
    pending = "creating"

    def __init__(
        self,
        deployment: Deployment,
        new: ResourceState,
        replaced: ResourceState | None = None,
        changes: tuple[PropertyChange, ...] = (),
        *,
        pending_delete: bool = False,
    ) -> None:
        super().__init__(deployment, replaced, new, changes)
        self.made = new
        self.pending_delete = pending_delete

    def apply(self) -> None:
        """Make it. What was made in spite of a failure is in the state, with its init errors."""
        new, hooks = self.made, self.deployment.hooks
        hooks.run("BeforeCreate", new=new)
        if new.custom:
            provider = self.provider()

            def create() -> Live:
                timeout = new.custom_timeouts.get("create", 0.0)
                return provider.create(new.urn, new.inputs, timeout=timeout, preview=self.deployment.preview)

            try:
                take(new, hooks.retrying("create", create, new=new))
            except ProviderError as error:
                take_partial(new, error)
                new.created = new.modified = now()
                raise
        new.created = new.modified = now()

    def commit(self, operation: int | None) -> None:
        """The new state joins; an old one goes, or waits for its deletion."""
        old = self.old
        if old is not None and old.pending_replacement:
            self.snapshot.commit(operation, put=self.new, drop=old)
            return
        if old is not None and self.pending_delete:
            # First the flag, then the new state: at no moment do two live states have one URN.
            old.delete = True
            self.snapshot.update(old)
        self.snapshot.commit(operation, put=self.new)

    def after(self) -> None:
        """The program's hooks; a component's run when its outputs are there."""
        if self.made.custom:
            self._after_hooks("AfterCreate", new=self.made, old=None)


class CreateReplacementStep(CreateStep):
    """The making half of a replace."""

    op = "create-replacement"
    logical = False


class ReplaceStep(Step):
    """A replace as people think of it; its two halves are steps of their own."""

    op = "replace"

    def commit(self, operation: int | None) -> None:
        """The halves record what they do."""


class UpdateStep(Step):
    """Change a resource in place."""

    op = "update"
    pending = "updating"

    def __init__(
        self,
        deployment: Deployment,
        old: ResourceState,
        new: ResourceState,
        ignore_changes: list[str],
        changes: tuple[PropertyChange, ...] = (),
    ) -> None:
        super().__init__(deployment, old, new, changes)
        self._from = old
        self._to = new
        self._ignore = ignore_changes
        self._new_inputs: PropertyMap = new.inputs
        new.id, new.created, new.modified = old.id, old.created, old.modified

    def apply(self) -> None:
        """Change it. After a partial failure the old inputs stay."""
        old, new, hooks = self._from, self._to, self.deployment.hooks
        hooks.run("BeforeUpdate", new=new, old=old)
        if new.custom:
            provider = self.provider()

            def update() -> Live:
                return provider.update(
                    Existing.of(old, new.urn),
                    new.inputs,
                    self._ignore,
                    timeout=new.custom_timeouts.get("update", 0.0),
                    preview=self.deployment.preview,
                )

            try:
                live = hooks.retrying("update", update, new=new, old=old)
            except ProviderError as error:
                take_partial(new, error)
                # What exists was not made from the new inputs: keep the old ones, so that the next diff sees them.
                new.id, new.inputs, new.modified = old.id, old.inputs, now()
                raise
            take(new, Live(old.id, live.outputs, refresh_before_update=live.refresh_before_update))
            new.modified = now()

    def after(self) -> None:
        """The program's hooks; a component's run when its outputs are there."""
        if self._to.custom:
            self._after_hooks("AfterUpdate", new=self._to, old=self._from)

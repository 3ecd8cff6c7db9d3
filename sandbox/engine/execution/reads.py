"""Steps that bring existing objects into the state: what is read stays others', what is imported is the stack's."""

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.steps import Step, mark_secret_outputs, take
from sandbox.engine.model.diffs import same
from sandbox.engine.model.errors import ProviderError, describe
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.times import now
from sandbox.engine.model.urn import package_of
from sandbox.engine.model.values import UNKNOWN_STRING, PropertyMap
from sandbox.engine.planning.comparing import with_ignored_changes
from sandbox.engine.providers.provider_client import remark_secrets
from sandbox.engine.providers.provider_protocol import Live


def read_live(step: Step, id_: str, inputs: PropertyMap | None, state: PropertyMap) -> tuple[Live, list[str]]:
    """What the provider sees, and the init errors of what exists but is not well."""
    target = step.state
    try:
        live = step.provider().read(target.urn, id_, inputs, state, timeout=target.custom_timeouts.get("read", 0.0))
    except ProviderError as error:
        if error.partial is None:
            raise
        partial = error.partial
        return Live(partial.id, partial.outputs, partial.inputs, partial.refresh_before_update), partial.reasons
    return live, []


class ReadStep(Step):
    """Read a resource that the stack does not manage. Runs in previews too, unless the id is not known yet."""

    op = "read"
    pending = "reading"

    def __init__(self, deployment: Deployment, new: ResourceState, old: ResourceState | None) -> None:
        super().__init__(deployment, old, new)
        self._read = new

    @property
    def counts(self) -> bool:
        """A read that found what was known is nothing to speak of."""
        return self.logical and self.old is not None and not same(self.old.outputs, self._read.outputs)

    def apply(self) -> None:
        """Read it, by the id and what the program knows of it."""
        new, old = self._read, self.old
        if new.id != UNKNOWN_STRING:
            live, new.init_errors = read_live(self, new.id, new.inputs, new.inputs)
            if not live.id:
                raise ProviderError(f"there is no {describe(new.urn)} with the id {new.id!r}")
            new.id, new.outputs = live.id, live.outputs
            mark_secret_outputs(new)
        if old is not None:
            changed = not same(old.inputs, new.inputs) or not same(old.outputs, new.outputs)
            new.created, new.modified = old.created, now() if changed else old.modified


class ReadReplacementStep(ReadStep):
    """Read a resource in the place of one that the stack made, which is then deleted."""

    op = "read-replacement"
    logical = False

    def commit(self, operation: int | None) -> None:
        """The old one, which was ours, waits for its deletion."""
        if self.old is not None:
            self.old.delete = True
            self.snapshot.update(self.old)
        self.snapshot.commit(operation, put=self.new)


class ImportStep(Step):
    """Take an existing object into the stack, as it is."""

    op = "import"
    pending = "importing"

    def __init__(
        self,
        deployment: Deployment,
        new: ResourceState,
        ignore_changes: list[str],
        replaced: ResourceState | None = None,
    ) -> None:
        super().__init__(deployment, None, new)
        self._import = new
        self._ignore = ignore_changes
        self.replaced = replaced
        self.import_id = new.import_id

    @property
    def fallback_inputs(self) -> PropertyMap | None:
        """The inputs to assume where the provider's Read gives none."""
        return None

    def apply(self) -> None:
        """Read it by its id alone."""
        new = self._import
        live, new.init_errors = read_live(self, self.import_id, None, {})
        if not live.id:
            raise ProviderError(f"there is no {new.type} with the id {self.import_id!r} to import")
        inputs = live.inputs if live.inputs is not None else self.fallback_inputs
        if inputs is None:
            raise ProviderError(
                f"the provider {package_of(new.type)} cannot import {new.type}: its Read gives no inputs"
            )
        new.inputs = inputs
        take(new, live)
        new.inputs = with_ignored_changes(new.inputs, new, self._ignore, self.deployment.reporter)
        new.created = new.modified = now()

    def commit(self, operation: int | None) -> None:
        """What it replaces waits for its deletion, or is gone already."""
        if self.replaced is not None and self.replaced.pending_replacement:
            self.snapshot.commit(operation, put=self.new, drop=self.replaced)
            return
        if self.replaced is not None:
            self.replaced.delete = True
            self.snapshot.update(self.replaced)
        self.snapshot.commit(operation, put=self.new)


class ImportReplacementStep(ImportStep):
    """Import an object in the place of one that the stack has, which is then deleted."""

    op = "import-replacement"
    logical = False


class AdoptStep(ImportStep):
    """Take over an object that an earlier run was making when it ended: the create succeeded, its reply was lost."""

    pending = None

    def __init__(
        self,
        deployment: Deployment,
        new: ResourceState,
        id_: str,
        *,
        operation: int,
        inputs: PropertyMap,
        replaced: ResourceState | None,
    ) -> None:
        """operation: the pending operation of the earlier run. inputs: what that create was sent."""
        super().__init__(deployment, new, [], replaced)
        self.import_id = id_
        self._operation = operation
        self._inputs = inputs

    @property
    def fallback_inputs(self) -> PropertyMap | None:
        """What the create was sent."""
        return self._inputs

    def begin(self) -> int | None:
        """The create of the earlier run is still pending."""
        return self._operation

    def apply(self) -> None:
        """As if the reply had arrived: the inputs are those sent. What a Read makes of them may lack what Azure never
        returns, and then the next plan would replace what was just made.
        """
        super().apply()
        self._import.inputs = self._inputs
        # Read by its id alone, a provider that knows no secrets gave all of it in clear.
        remark_secrets(self._import.outputs, self._inputs)

    def fail(self, operation: int | None) -> None:
        """The earlier operation stays pending, so that the next run looks again."""

"""Deleting: the step, and what is to be deleted at the end of a run."""

from collections.abc import Iterable

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.steps import KeepStep, Step
from sandbox.engine.model.errors import PlanError, ProtectedError, describe
from sandbox.engine.model.state import ResourceState
from sandbox.engine.providers.provider_protocol import Existing


class DeleteStep(Step):
    """Delete a resource, or only forget it: external, retained, deleted together with another, or a component."""

    op = "delete"
    pending = "deleting"

    def __init__(
        self,
        deployment: Deployment,
        old: ResourceState,
        *,
        replacing: bool = False,
        keep_until_replaced: bool = False,
    ) -> None:
        """replacing: one half of a replace. keep_until_replaced: the state stays, until its replacement is made."""
        super().__init__(deployment, old, None)
        self._state = old
        self._replacing = replacing
        self._keep = keep_until_replaced
        self.done = False
        self.logical = not replacing
        self.retains = old.retain_on_delete
        if old.external:
            self.op = "discard-replaced" if replacing else "discard"
        elif replacing:
            self.op = "delete-replaced"

    def apply(self) -> None:
        """Delete it, unless forgetting it is enough."""
        old = self._state
        self.deployment.hooks.run("BeforeDelete", old=old)
        if not self._replacing and old.protect:
            raise ProtectedError(
                "it is protected and cannot be deleted. To delete it, take the `protect` flag from it in the program "
                f"and run up, or use `pulumi state unprotect '{old.urn}'`"
            )
        forget = old.external or old.retain_on_delete or _goes_with_another(self.deployment, old)
        if self.deployment.preview or forget or not old.custom:
            return
        provider = self.provider()
        timeout = old.custom_timeouts.get("delete", 0.0)
        self.deployment.hooks.retrying("delete", lambda: provider.delete(Existing.of(old), timeout=timeout), old=old)

    def commit(self, operation: int | None) -> None:
        """The state goes, or stays as a mark of what is to be made again."""
        old = self._state
        self.done = True
        if self._keep:
            old.pending_replacement = True
            self.snapshot.update(old)
            self.snapshot.commit(operation)
        else:
            self.snapshot.commit(operation, drop=old)

    def after(self) -> None:
        """The program's hooks."""
        self._after_hooks("AfterDelete", new=None, old=self._state)


def _goes_with_another(deployment: Deployment, state: ResourceState) -> bool:
    """True if the very object that a resource is deleted with (`deletedWith`) is deleted in this run.

    Not so if that one is retained or protected, or if only its predecessor goes. The CLI looks at the URN alone, and
    then leaves behind what nobody knows of.
    """
    decisions = deployment.decisions
    if state.deleted_with not in decisions.deletes:
        return False
    home: ResourceState | None = None
    for other in deployment.base.resources:
        if other is state:
            break
        if other.urn == state.deleted_with:
            home = other
    if home is None or home.retain_on_delete or home.protect or home.external:
        return False
    gone = home.delete or id(home) in decisions.deleted_states
    return gone or not decisions.kept(deployment.aliases.current(home.urn))


class RemovePendingReplaceStep(Step):
    """Forget a resource that an earlier run deleted for a replacement that the program no longer wants."""

    op = "remove-pending-replace"
    logical = False

    def commit(self, operation: int | None) -> None:  # noqa: ARG002 - nothing outside was pending
        """The state goes."""
        self.snapshot.commit(None, drop=self.old)


def _ending(deployment: Deployment, state: ResourceState) -> Step | None:
    """The step that ends a state of the base; None if the program has the resource, or it is being deleted already."""
    decisions = deployment.decisions
    if id(state) in decisions.deleted_states and not state.pending_replacement:
        return None
    if state.delete:
        return DeleteStep(deployment, state, replacing=True)
    if decisions.kept(deployment.aliases.current(state.urn)):
        return None
    if state.pending_replacement:
        return RemovePendingReplaceStep(deployment, state, None)
    return DeleteStep(deployment, state)


def plan_deletions(deployment: Deployment) -> tuple[list[Step], list[Step]]:
    """What the program no longer has, and what was replaced: the steps that end it, in no order.

    Before them come those that keep what a targeted run leaves alone. Raises PlanError if a targeted run would have to
    delete what is no target.
    """
    allowed = _allowed(deployment)
    kept: list[Step] = []
    steps: list[Step] = []
    unnamed: list[str] = []
    for state in (*deployment.base.resources, *(state for state in deployment.adopted if state.delete)):
        step = _ending(deployment, state)
        if step is None:
            continue
        if allowed is not None and state.urn not in allowed:
            kept.extend([] if state.delete else [KeepStep(deployment, state)])
            continue
        if allowed is not None and not deployment.targets.dependents and not deployment.targets.names(state.urn):
            unnamed.append(state.urn)
        steps.append(step)
    if unnamed:
        raise PlanError(
            unnamed[0],
            *(
                f"{describe(urn)} would have to be deleted too, but is not among the targets; "
                f"target {urn} as well, or target dependents"
                for urn in unnamed
            ),
        )
    protected = [step.state for step in steps if step.state.protect and not step.state.delete]
    held = _needed_by(deployment, deployment.left_behind)
    staying = _needed_by(deployment, protected) | {id(state) for state in protected} | held
    # What is deleted with another goes without a call of its own; not so if that one stays.
    deployment.decisions.deletes.update(step.state.urn for step in steps if id(step.state) not in staying)
    return kept, [step for step in steps if id(step.state) not in held]


def _allowed(deployment: Deployment) -> set[str] | None:
    """The URNs that a targeted run may delete: the targets, and all that needs them. None: any."""
    targets = deployment.targets
    if not targets.constrained:
        return None
    named = [state for state in deployment.base.resources if targets.names(state.urn)]
    allowed = {state.urn for state in named}
    for state in named:
        allowed.update(dependent.urn for dependent in deployment.graph.dependents(state, children=True))
    return allowed


def _needed_by(deployment: Deployment, states: Iterable[ResourceState]) -> set[int]:
    """What these need, directly or not: as long as they stay (left behind by this run, or protected) so does that."""
    return {
        id(needed)
        for state in states
        if state in deployment.graph
        for needed in deployment.graph.transitive_dependencies(state)
    }

"""Choosing the steps that bring one resource from its old state to its goal.

The rules are those of the CLI's step generator (github.com/pulumi/pulumi pkg/resource/deploy/step_generator.go). One
resource is planned at a time; its steps then run beside others.
"""

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.reads import ReadReplacementStep, ReadStep
from sandbox.engine.execution.steps import CreateReplacementStep, CreateStep, ReplaceStep, SameStep, Step
from sandbox.engine.model.errors import PlanError, describe
from sandbox.engine.model.events import PropertyChange
from sandbox.engine.model.goals import Goal, ReadGoal, Registered
from sandbox.engine.model.state import ResourceState
from sandbox.engine.model.urn import STACK_TYPE, is_provider_type, make_urn
from sandbox.engine.model.values import PropertyMap
from sandbox.engine.planning.adoption import adopt, plan_import
from sandbox.engine.planning.cases import Case, Planned
from sandbox.engine.planning.changes import plan_change
from sandbox.engine.planning.comparing import with_ignored_changes
from sandbox.engine.planning.plan_keeping import new_seed
from sandbox.engine.planning.untargeted import check_not_skipped, keep_dependencies, keep_untargeted
from sandbox.engine.providers.provider_protocol import Provider


class Planner:
    """Plans registrations and reads; not thread-safe: one at a time."""

    def __init__(self, deployment: Deployment) -> None:
        self._run = deployment
        self._made = deployment.decisions

    def read(self, goal: ReadGoal) -> Planned:
        """The steps of a read (`Type.get`)."""
        run = self._run
        urn = self._new_urn(goal.parent, goal.type, goal.name)
        as_goal = Goal(
            goal.type,
            goal.name,
            custom=True,
            inputs=goal.inputs,
            parent=goal.parent,
            provider=goal.provider,
            dependencies=goal.dependencies,
            additional_secret_outputs=goal.additional_secret_outputs,
            source_position=goal.source_position,
        )
        old, alias = run.aliases.find(urn, as_goal, run.olds, self._made.urns)
        new = as_goal.state(urn)
        new.external, new.id = True, goal.id
        new.aliases = [alias] if alias else []
        if not goal.id:
            raise PlanError(urn, f"an id is needed to read {describe(urn)}")
        answer = Registered(new)
        if old is not None and not old.external and old.id != goal.id:
            self._made.replaces.add(urn)
            return Planned([ReadReplacementStep(run, new, old), ReplaceStep(run, old, new)], answer)
        self._made.reads.add(urn)
        return Planned([ReadStep(run, new, old)], answer)

    def register(self, goal: Goal) -> Planned:
        """The steps of a registration. Raises EngineError if what the goal asks for is not possible."""
        run = self._run
        urn = self._new_urn(goal.parent, goal.type, goal.name)
        old, alias = run.aliases.find(urn, goal, run.olds, self._made.urns)
        new = goal.state(urn)
        if alias:
            new.aliases = [alias]
            run.providers.rename(urn, alias)
        if old is not None:
            new.created, new.modified = old.created, old.modified
            new.refresh_before_update = old.refresh_before_update
        if is_provider_type(goal.type):
            self._made.providers[urn] = new
            if alias:
                self._made.providers[alias] = new
        seed = run.plan.seed(urn) if run.plan else new_seed()
        case = Case(run, goal, urn, old, new, self._provider(goal), self._continue, seed)
        planned = plan_import(case)
        if planned is None and (old is None or old.pending_replacement):
            planned = adopt(case)
        return planned or self._continue(case)

    def _new_urn(self, parent: str, type_: str, name: str) -> str:
        urn = make_urn(self._run.stack, self._run.project, parent, type_, name)
        if parent and parent not in self._made.urns and not self._made.planned(parent):
            raise PlanError(urn, f"its parent {parent} is not registered")
        if urn in self._made.urns:
            raise PlanError(urn, f"duplicate resource URN {urn!r}; give the resource a name of its own")
        self._made.urns.add(urn)
        return urn

    def _provider(self, goal: Goal) -> Provider | None:
        if not goal.custom:
            return None
        return self._run.providers if is_provider_type(goal.type) else self._run.providers.require(goal.provider)

    def _continue(self, case: Case) -> Planned:
        """The plan once the old state is known (for an import: what was imported)."""
        run, old, new, urn = self._run, case.old, case.new, case.urn
        meant = run.targets.include(new)
        if meant:
            run.targets.add(urn)
        # The stack and providers belong to every run, though nothing is meant because of them.
        if not meant and not is_provider_type(new.type) and new.type != STACK_TYPE:
            return self._leave_out(case)
        new.inputs = self._inputs(case)
        if run.plan:
            run.plan.goal(urn, case.goal, {} if old is None else old.inputs, new.inputs, case.seed)
        check_not_skipped(run, new)
        before = keep_dependencies(run, new)
        if old is None:
            self._made.creates.add(urn)
            return Planned([*before, CreateStep(run, new)], Registered(new))
        if case.recreating:
            return Planned([*before, *self._recreate(case, old)], Registered(new))
        if old.external:
            # What was only read is not ours to change: make one of our own in its place.
            self._made.creates.add(urn)
            make = CreateReplacementStep(run, new, old, pending_delete=True)
            return Planned([*before, make, ReplaceStep(run, old, new)], Registered(new))
        return plan_change(case, old, before)

    def _leave_out(self, case: Case) -> Planned:
        """A resource that is no target stays as it was, or stays away."""
        if case.old is not None:
            return Planned(keep_untargeted(self._run, case.old, case.urn), Registered(case.old))
        self._made.sames.add(case.urn)
        self._made.skipped_creates.add(case.urn)
        left = SameStep(self._run, case.new, case.new, skipped=True)
        return Planned([left], Registered(case.new, unknown=True))

    def _inputs(self, case: Case) -> PropertyMap:
        old = case.old
        if case.provider is not None:
            fresh = old is None or old.external or case.recreating or case.replace_asked
            return case.checked(None if fresh else old)
        if old is None:
            return case.new.inputs
        return with_ignored_changes(case.new.inputs, old, case.goal.ignore_changes, self._run.reporter)

    def _recreate(self, case: Case, old: ResourceState) -> list[Step]:
        """Make anew what this run deleted together with something that it depends on."""
        self._made.deletes.discard(old.urn)
        self._made.replaces.add(case.urn)
        keys = self._made.dependent_replace_keys.get(old.urn, ())
        changes = tuple(PropertyChange(key, "update-replace") for key in keys)
        make = CreateReplacementStep(self._run, case.new, old, changes)
        return [ReplaceStep(self._run, old, case.new, changes), make]

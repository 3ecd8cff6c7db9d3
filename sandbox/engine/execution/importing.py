"""Taking existing objects into a stack without a program: `pulumi import`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.engine.execution.deployment import Deployment
from sandbox.engine.execution.executor import Executor
from sandbox.engine.execution.reads import ImportStep
from sandbox.engine.execution.runner import Runner
from sandbox.engine.execution.steps import KeepStep
from sandbox.engine.model.errors import StepFailedError, StoppedError
from sandbox.engine.model.goals import Goal
from sandbox.engine.model.urn import PROVIDER_PREFIX, STACK_TYPE, Urn, make_urn, package_of
from sandbox.engine.providers.default_providers import DefaultProviders, is_default_name
from sandbox.engine.providers.registry import VERSION, reference


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """One object to import. parent: a URN (default: the stack). version: of the provider (default: as in the state)."""

    type: str
    name: str
    id: str
    parent: str = ""
    provider: str = ""
    """A provider reference, `<urn>::<id>`; default: the default provider."""
    version: str = ""
    protect: bool = False


class PlannedImportStep(ImportStep):
    """An import that somebody asked for by name; inputs that the provider finds wrong are only warned of."""

    def apply(self) -> None:
        """The import option is not recorded: nothing in a program says it."""
        super().apply()
        new = self.state
        new.import_id = ""
        checked = self.provider().check(new.urn, new.inputs, new.inputs, os.urandom(32))
        for key, reason in checked.faults:
            self.deployment.reporter.warn(
                f"imported, but the provider finds its inputs wrong: {key + ': ' if key else ''}{reason}", new.urn
            )


def import_resources(
    run: Deployment, executor: Executor, runner: Runner, defaults: DefaultProviders, specs: Sequence[ImportSpec]
) -> None:
    """Import each of the objects; what exists in the stack stays as it is. Failures are reported."""
    faults = [spec for spec in specs if _urn(run, spec) in run.olds]
    for spec in faults:
        run.reporter.message("error", "the stack has a resource of this type and name already", _urn(run, spec))
    if faults:
        executor.stop("failed")
        return
    try:
        # What is there comes first, so that the state is in order whatever the new ones need of it.
        kept = [state for state in run.base.resources if not state.delete]
        for state in kept:
            step = KeepStep(run, state)
            run.decisions.urns.add(state.urn)
            run.olds[state.urn] = step.copy
            executor.run([step])
        stack = _stack(run, runner)
        for spec in specs:
            goal = Goal(spec.type, spec.name, True, parent=spec.parent or stack, import_id=spec.id)
            goal.provider = spec.provider or _default_provider(run, defaults, spec)
            goal.protect = spec.protect
            urn = _urn(run, spec)
            run.decisions.urns.add(urn)
            executor.run([PlannedImportStep(run, goal.state(urn), [])])
    except (StepFailedError, StoppedError):
        return


def _urn(run: Deployment, spec: ImportSpec) -> str:
    return make_urn(run.stack, run.project, spec.parent, spec.type, spec.name)


def _stack(run: Deployment, runner: Runner) -> str:
    existing = next((state.urn for state in run.olds.values() if state.type == STACK_TYPE), "")
    return existing or runner.register(Goal(STACK_TYPE, f"{run.project}-{run.stack}", False)).state.urn


def _default_provider(run: Deployment, defaults: DefaultProviders, spec: ImportSpec) -> str:
    """The default provider that the stack has for the package, or a new one."""
    package = package_of(spec.type)
    for state in run.olds.values():
        name = Urn.parse(state.urn).name
        if state.type != PROVIDER_PREFIX + package or not is_default_name(name):
            continue
        if spec.version in ("", state.inputs.get(VERSION)):
            return reference(state.urn, state.id)
    return defaults.reference(package, spec.version)

"""Planning for objects that exist already: imported by the program, or made by a run that was interrupted."""

from sandbox.engine.execution.reads import AdoptStep, ImportReplacementStep, ImportStep
from sandbox.engine.execution.steps import ReplaceStep, Step
from sandbox.engine.model.diffs import plain
from sandbox.engine.model.goals import Registered
from sandbox.engine.model.state import ResourceState
from sandbox.engine.planning.cases import Case, Planned


def plan_import(case: Case) -> Planned | None:
    """The import that the goal asks for, if it was not made already."""
    run, old, new, goal = case.run, case.old, case.new, case.goal
    current_id = (old.import_id or old.id) if old is not None else ""
    if not (goal.custom and goal.import_id) or (old is not None and not old.external and current_id == goal.import_id):
        return None
    run.decisions.imports.add(case.urn)
    chain: list[Step]
    if old is not None and not case.recreating:
        chain = [ImportReplacementStep(run, new, goal.ignore_changes, old), ReplaceStep(run, old, new)]
    else:
        chain = [ImportStep(run, new, goal.ignore_changes)]
    return Planned(chain, Registered(new), lambda: _after(case, new))


def adopt(case: Case) -> Planned | None:
    """A create of an earlier run may have succeeded: take over what it made; None if there is nothing."""
    run, old = case.run, case.old
    if case.urn not in run.pending_creates:
        return None
    number, operation = run.pending_creates.pop(case.urn)
    sent = operation.resource.inputs
    id_ = run.locate(case.goal.type, plain(sent)) if run.locate else None
    if id_ is None or (old is not None and id_ == old.id and not old.pending_replacement):
        run.snapshot.fail(number)
        return None
    found = case.goal.state(case.urn)
    found.aliases = case.new.aliases
    run.adopted.append(found)
    run.reporter.message("info", f"taken over: an interrupted run had made it ({id_})", case.urn)
    step = AdoptStep(run, found, id_, operation=number, inputs=sent, replaced=old)
    return Planned([step], Registered(found), lambda: _after(case, found))


def _after(case: Case, imported: ResourceState) -> Planned:
    """Go on with what was imported as the old state: the program may want it otherwise."""
    new = case.goal.state(case.urn)
    new.aliases, new.protect = case.new.aliases, case.new.protect
    new.created, new.modified = imported.created, imported.modified
    new.replacement_trigger = None
    case.old, case.new, case.imported = imported, new, True
    case.run.decisions.imports.add(case.urn)
    return case.go_on(case)

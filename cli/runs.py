"""`up`, `preview`, `refresh`, `down`: which deployments in which order, what is refused, and how the runs are done.

Everything that can be wrong with the input is looked at before anything is begun.
"""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from cli import account_runs, break_glass, documents, drift, failures, presentation
from cli.exit_codes import ExitCode
from cli.failures import Failure, RefusedError
from cli.interrupts import interruptible
from cli.logs import RunLog
from cli.move_records import refuse_moved
from cli.orders import Order
from cli.outcomes import Outcomes
from cli.progress import OnScreen
from cli.region_facts import unoffered
from cli.run_plan import RunPlan
from cli.run_records import journals_of
from cli.screen import Screen
from sandbox.azure.pace import azure_scale
from sandbox.deployers import Operation
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from sandbox.keeping import backend_of
from sandbox.waiting import WaitingProgram
from stacks import check_agreement, down_order, known_deployments, load_settings, needs_of, up_order

_OPERATIONS: Final[dict[str, Operation]] = {"up": "up", "preview": "preview", "refresh": "refresh", "down": "destroy"}


def up(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Bring the named deployments up, what each needs first."""
    names = up_order(order.deployments)
    _settings_are_sound(names, program.project.directory)
    for name in names:
        refuse_moved(home, str(name))
    added = [name for name in names if str(name) not in order.deployments]
    if order.plan is not None:
        return _up_by_plan(screen, home, program, order, added)
    if added:
        needing = [name for name in names if name not in added and not set(added).isdisjoint(needs_of(name))]
        verb = "needs" if len(needing) == 1 else "need"
        screen.say(f"{_listed(needing)} {verb} {_listed(added)}: brought up first")
    account_runs.begin(screen, home, program.project.directory)
    return _run_all(screen, home, program, order, names)


def _up_by_plan(
    screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order, needed: Sequence[DeploymentName]
) -> ExitCode:
    """Carry out a saved plan of one deployment, and nothing else: what it needs must be up."""
    from cli.plans import admitted  # noqa: PLC0415 - for those who have a plan

    (name,) = (DeploymentName.parse(it) for it in order.deployments)
    for other in needed:
        if not standing_of(home, str(other)).maybe_up:
            what = f"{name} needs {other}, which is not up and not in the plan"
            step = f"./cfctl up {other}, then ./cfctl preview {name} --save-plan {order.plan}"
            raise RefusedError(Fault(where=str(order.plan), what=what, allowed=f"{other} up", next_step=step))
    if order.plan is not None:
        admitted(order.plan, home, program.project.directory, str(name))  # before a journal is begun; then once more
    account_runs.begin(screen, home, program.project.directory)
    return _run_all(screen, home, program, order, [name])


def preview(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Show what `up` would do to the named deployments; what they need is not looked at."""
    asked = {DeploymentName.parse(name) for name in order.deployments}
    names = [name for name in up_order(order.deployments) if name in asked]
    _settings_are_sound(names, program.project.directory)
    for needed in dict.fromkeys(needed for name in names for needed in needs_of(name) if needed not in asked):
        if not standing_of(home, str(needed)).maybe_up:
            screen.say(f"{needed} is not up: `up` brings it up first, with changes that are not shown here")
    return _run_all(screen, home, program, order, names)


def refresh(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Take what Azure has into the state of the named deployments."""
    asked = {DeploymentName.parse(name) for name in order.deployments}
    names = [name for name in up_order(order.deployments) if name in asked]
    return _run_all(screen, home, program, order, _that_stand(screen, home, names))


def down(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Take the named deployments down, each before what it needs."""
    names = down_order(order.deployments)
    for name in names:
        _refuse_while_needed(home, name, names)
    break_glass.admit(screen, order, names)
    standing = _that_stand(screen, home, names, going_on=True)
    if standing and not order.yes and not order.break_glass:
        _confirm(screen, home, standing)
    return _run_all(screen, home, program, order, standing)


def _settings_are_sound(names: Sequence[DeploymentName], project: Path) -> None:
    faults: list[Fault] = []
    for name in names:
        try:
            settings = load_settings(str(name), project)
            faults += unoffered(settings)
            check_agreement(settings, project)
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(dict.fromkeys(faults))  # what two files say of each other is found in both


def _refuse_while_needed(home: SandboxHome, name: DeploymentName, going: Sequence[DeploymentName]) -> None:
    """What another needs stays while that may be up, unless it goes in the same command."""
    needing = [
        other
        for other in known_deployments()
        if name in needs_of(other) and other not in going and standing_of(home, str(other)).maybe_up
    ]
    if needing:
        raise RefusedError(
            Fault(
                where=str(name),
                what=f"{_listed(needing)} {'is' if len(needing) == 1 else 'are'} up and needs {name}",
                allowed=f"{name} after {_listed(needing)}, or together",
                next_step=f"./cfctl down {' '.join(map(str, [*needing, name]))}",
            )
        )


def _that_stand(
    screen: Screen, home: SandboxHome, names: Sequence[DeploymentName], *, going_on: bool = False
) -> list[DeploymentName]:
    """Those that may be up; with `going_on` also those whose teardown has not come to its end."""
    standing = [
        name
        for name in names
        if standing_of(home, str(name)).maybe_up or (going_on and journals_of(home).is_going_down(str(name)))
    ]
    for name in names:
        if name not in standing:
            screen.say(f"{name} is not up: nothing to do")
    return standing


def _confirm(screen: Screen, home: SandboxHome, names: Sequence[DeploymentName]) -> None:
    """Have the names typed; RefusedError when they are not, or when nobody can type them."""
    wanted = " ".join(map(str, names))
    refusal = Fault(
        where=wanted,
        what="",
        allowed=f"{wanted}, typed as it stands, or --yes",
        next_step=f"./cfctl down {wanted} --yes",
    )
    if not sys.stdin.isatty():
        raise RefusedError(replace(refusal, what="taking down asks for confirmation, and nobody is at the terminal"))
    for name in names:
        resources = standing_of(home, str(name)).resources
        screen.say(f"{name}: {resources} resources are deleted, the databases with their data", style="bold yellow")
    screen.err.print(f"Type {wanted} to go on: ", style="bold", end="")
    if sys.stdin.readline().strip() != wanted:
        raise RefusedError(replace(refusal, what="not confirmed, nothing was changed"))


def _run_all(
    screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order, names: Sequence[DeploymentName | str]
) -> ExitCode:
    """Carry out the runs, side by side where they may be. Writes summary and document."""
    plan = RunPlan.of(_OPERATIONS[order.command], names, _coming(home, names))
    outcomes = Outcomes(plan)
    failure: Failure | None = None
    if names:
        home.prepare()
        carry_out = _one_after_another if plan.is_chain else _side_by_side
        try:
            carry_out(screen, home, program, order, outcomes)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what was done before is still told
            failure = failures.failure_of(error, home.logs)
    code = failure.code if failure else outcomes.code
    typed = drift.CHECK if order.check else order.command
    if order.check:
        code = drift.code_of(code, outcomes.told)
    faults = [*outcomes.faults, *(failure.faults if failure else ())]
    presentation.show(screen, typed, outcomes)
    failures.show(screen, Failure(code, tuple(faults)))
    screen.document(
        documents.runs_document(
            order.command,
            code,
            outcomes.told,
            home=str(home.root),
            engine=order.engine.value,
            next_commands=presentation.next_commands(typed, outcomes),
            errors=faults,
        )
    )
    return code


def _coming(home: SandboxHome, names: Sequence[DeploymentName | str]) -> list[DeploymentName]:
    """The globals that regionals are begun beside, not after: nothing stands of them, and Azure's time passes here.

    Without it (see sandbox.azure.pace) a global is up in seconds, and one process after the other is the quieter way.
    """
    if not azure_scale():
        return []
    named = [name for name in names if isinstance(name, DeploymentName) and name.kind == "global"]
    return [name for name in named if not standing_of(home, str(name)).maybe_up]


def _make_stacks(home: SandboxHome, names: Collection[str]) -> None:
    """Have the stacks that a program refers to before they are up, as `pulumi stack init` would."""
    backend = backend_of(home, lambda _: None)
    for name in names:
        if not backend.exists(name):
            with backend.open(name, "init"):
                pass


def _one_after_another(
    screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order, outcomes: Outcomes
) -> None:
    """Each waits for the one before it, so this process does them all."""
    from cli.journalled import Journalled  # noqa: PLC0415
    from cli.one_run import Runner  # noqa: PLC0415 - imports the engine, and with it Pulumi

    names = outcomes.plan.names
    log = RunLog.create(home.logs, order.command)
    log.write(f"cfctl {order.command} {' '.join(names)} (engine {order.engine}, parallel {order.parallel})")
    display = OnScreen(screen)
    with Runner(display, home, program, order, log) as runner:
        runs = Journalled(runner, display, home, program.project.directory, order)
        while ready := outcomes.ready():
            (name,) = ready
            outcomes.begun.add(name)
            followed = name != names[-1] and order.command in ("up", "preview")
            try:
                ended = runs.run(outcomes.plan.operation, name, followed=followed)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told with what was done before
                ended = failures.failure_of(error, home.logs)
            outcomes.take(name, ended)
            outcomes.settle()


def _side_by_side(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order, outcomes: Outcomes) -> None:
    """A process a deployment, and all that they say on one screen."""
    from cli.outlooks import outlook_of  # noqa: PLC0415
    from cli.side_by_side import SideBySide  # noqa: PLC0415 - a single run needs none of it
    from cli.tree import Tree  # noqa: PLC0415

    _make_stacks(home, {other for others in outcomes.plan.beside.values() for other in others})
    operation = outcomes.plan.operation
    expected = {name: outlook_of(home, name, operation).total for name in outcomes.plan.names}
    tree = Tree(screen.err, outcomes.plan, expected)
    runs = SideBySide(outcomes, order, home.root, program.project.directory, tree)
    with tree.watching():
        try:
            interruptible(runs.run, runs.cancel, tree.notice)
        except KeyboardInterrupt:
            outcomes.canceled = True
        finally:
            runs.kill()  # what a third Ctrl-C left behind
    outcomes.settle()
    for name in outcomes.plan.names:
        if lines := tree.results(name):
            screen.result("")
            screen.result(f"{name}  {order.command}", style="bold")
            for line in lines:
                screen.result(line)


def _listed(names: Sequence[object]) -> str:
    words = [str(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def run(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Do what is asked with the account, or with the deployments named."""
    if ACCOUNT in order.deployments:
        account_runs.admit(home, program.project.directory, order)
        return _run_all(screen, home, program, order, [ACCOUNT])
    return COMMANDS[order.command](screen, home, program, order)


COMMANDS: Final[Mapping[str, Callable[[Screen, SandboxHome, WaitingProgram, Order], ExitCode]]] = {
    "up": up,
    "preview": preview,
    "refresh": refresh,
    "down": down,
}

"""`up`, `preview`, `refresh` and `down` with `--target azure`: the preflight, then the official Pulumi CLI, as it is.

The CLI gets the stack, the project and where the state lies; its words, its questions and its exit status are its own.
Around `up` and `down` of a deployment are the steps that keep its data (azure_steps.py).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from cli import azure_steps, break_glass, failures
from cli.azure_subjects import subjects_of
from cli.exit_codes import ExitCode
from cli.failures import Failure, RefusedError
from cli.options import DEFAULT_PARALLEL, EngineName
from cli.orders import Order
from cli.places import AZURE
from cli.preflight_command import document, findings_of, show, stopping
from cli.screen import Screen
from preflight import Subject
from sandbox.home import SandboxHome
from stacks import down_order, up_order

_VERBS: Final[Mapping[str, str]] = {"up": "up", "preview": "preview", "refresh": "refresh", "down": "destroy"}


def run(
    screen: Screen,
    home: SandboxHome,
    project: Path,
    command: Literal["up", "preview", "refresh", "down"],
    order: Order,
) -> int:
    """Examine every stack, and where nothing stops it run the CLI for one after the other until one fails.

    The status is the CLI's own. The document adds findings and counts as `preflight` does, and `runs`: [{deployment,
    command, exit_code}], the CLI's own output going to standard error. Raises FaultsError for input that cannot be
    taken, RefusedError for what is never done, or not without confirmation. home: where journals and receipts lie.
    """
    names = _names(order)
    _refuse(screen, names, order)
    subjects = subjects_of(names, command, project)
    if command == "down" and not order.yes and not order.break_glass:
        _confirm(screen, names)
    findings = findings_of(subjects)
    show(screen, findings)
    stops, runs = stopping(findings), list[dict[str, object]]()
    status: int = ExitCode.OK
    if stops:
        status = ExitCode.REFUSED
        failures.show(screen, Failure(ExitCode.REFUSED, (_stopped(len(stops), order),)))
    else:
        for subject in subjects:
            arguments = arguments_of(subject, project, order)
            status = _carried_out(screen, home, project, subject, order)
            runs.append({"deployment": subject.stack, "command": arguments, "exit_code": status})
            if status != 0:
                break
    errors = (_stopped(len(stops), order),) if stops else ()
    screen.document(document(order.command, status, findings, errors, target=AZURE, runs=runs))
    return status


def arguments_of(subject: Subject, project: Path, order: Order) -> list[str]:
    """What the CLI is called with, without the program itself: what a person would type."""
    verb = _VERBS[order.command]
    arguments = [verb, "-s", subject.stack, "--cwd", str(project)]
    if verb == "destroy" or (order.yes and verb != "preview"):
        arguments.append("--yes")  # `down` has had the name typed, or was given --yes
    for urn in order.targets:
        arguments += ["--target", urn]
    if order.message:
        arguments += ["--message", order.message]
    if order.save_plan or order.plan:
        arguments += ["--save-plan", str(order.save_plan)] if order.save_plan else ["--plan", str(order.plan)]
    if order.check:
        arguments += ["--preview-only", "--diff", "--expect-no-changes"]
    if order.parallel != DEFAULT_PARALLEL:
        arguments += ["--parallel", str(order.parallel)]
    return arguments


def _names(order: Order) -> list[str]:
    """Every stack in its order: a global before its regionals, on the way down after them."""
    if order.engine is EngineName.CLI:
        what, step = "--engine cli is the sandbox's: Azure has the Pulumi CLI always", "leave --engine out"
        raise FaultsError([Fault(where="--engine", what=what, allowed="no --engine", next_step=step)])
    if ACCOUNT in order.deployments:
        beside = [name for name in order.deployments if name != ACCOUNT]
        if beside:
            what = f"{', '.join(beside)} stands beside the account, which is no deployment"
            step = f"./cfctl {order.command} {ACCOUNT} --target {AZURE}, then the others"
            raise FaultsError([Fault(where=ACCOUNT, what=what, allowed="the account by itself", next_step=step)])
        return [ACCOUNT]
    if order.command == "down":
        return [str(name) for name in down_order(order.deployments)]
    ordered = [str(name) for name in up_order(order.deployments)]
    return (
        ordered
        if order.command == "up" and not order.targets and order.plan is None
        else [name for name in ordered if name in order.deployments]
    )


def _refuse(screen: Screen, names: Sequence[str], order: Order) -> None:
    """Never down: the account; prod only behind a broken glass, as in the sandbox."""
    if order.command != "down":
        return
    if ACCOUNT in names:
        raise RefusedError(
            Fault(
                where=ACCOUNT,
                what=f"{ACCOUNT} is never taken down by this command: the state of every deployment lies in it",
                allowed="deployments of dev and stg",
                next_step=f"./cfctl preview {ACCOUNT} --target {AZURE} shows how it stands",
            )
        )
    break_glass.admit(screen, order, [DeploymentName.parse(name) for name in names])


def _carried_out(screen: Screen, home: SandboxHome, project: Path, subject: Subject, order: Order) -> int:
    arguments, environment = arguments_of(subject, project, order), order.ends.get(subject.stack, {})

    def call() -> int:
        return _pulumi(screen, subject, arguments, environment)

    if not azure_steps.is_stepped(order, subject):
        return call()
    return azure_steps.run(screen, home, project, subject, order, call)


def _confirm(screen: Screen, names: Sequence[str]) -> None:
    """Have the names typed; RefusedError when they are not, or when nobody can type them."""
    wanted = " ".join(names)
    refusal = Fault(
        where=wanted,
        what="taking down asks for confirmation, and nobody is at the terminal",
        allowed=f"{wanted}, typed as it stands, or --yes",
        next_step=f"./cfctl down {wanted} --target {AZURE} --yes",
    )
    if not sys.stdin.isatty():
        raise RefusedError(refusal)
    screen.say(f"On Azure: every resource of {wanted} is deleted, the databases with their data", style="bold yellow")
    screen.err.print(f"Type {wanted} to go on: ", style="bold", end="")
    if sys.stdin.readline().strip() != wanted:
        raise RefusedError(replace(refusal, what="not confirmed, nothing was changed"))


def _stopped(number: int, order: Order) -> Fault:
    words = " ".join(order.deployments)
    return Fault(
        where=words,
        what=f"{number} of the findings above {'stops' if number == 1 else 'stop'} it: `pulumi` was not run",
        allowed="no finding FAIL",
        next_step=f"mend them, each says how; ./cfctl preflight {words} looks again",
    )


def _pulumi(screen: Screen, subject: Subject, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the CLI at this terminal to its end, and return its status. environment: what the program finds in its."""
    if subject.cli is None:
        raise AssertionError("the preflight stops where there is no CLI")
    screen.say(f"pulumi {' '.join(arguments)}", style="dim")
    with _left_to_the_child():
        process = subprocess.Popen(  # noqa: S603 - the CLI from PATH, with our own arguments
            [subject.cli.path, *arguments],
            env={**os.environ, **environment, "PULUMI_BACKEND_URL": subject.backend.url},
            stdout=screen.err.file if screen.as_json else None,
        )
        status = process.wait()
    return status if status >= 0 else 128 - status


def _pass(_signal: int, _frame: object) -> None:
    """Not SIG_IGN, which the child would be born with."""


@contextmanager
def _left_to_the_child() -> Generator[None]:
    """A Ctrl-C reaches the CLI at the same terminal, which ends its steps first: it is waited for."""
    before = signal.signal(signal.SIGINT, _pass)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

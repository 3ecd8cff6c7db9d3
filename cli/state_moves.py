"""`cfctl state move`: the state of one stack to another backend, under another key."""

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from cidr import Fault, FaultsError
from cli import documents, failures
from cli.azure_subjects import backend_of
from cli.deployed import known_stack
from cli.exit_codes import ExitCode
from cli.failures import Failure, RefusedError
from cli.move_records import MoveRecords, moves_of
from cli.options import PROJECT
from cli.run_lock import held
from cli.screen import Screen
from cli.state_in_home import HomePlace
from cli.state_in_pulumi import PulumiPlace, pulumi_place
from cli.state_places import Where, sandbox, secrets_provider, where
from lifecycle.state_moving import MoveRecord, MoveRefusedError, move
from lifecycle.times import now, written
from sandbox.home import SandboxHome
from stacks import load_account, load_stack


def run(
    screen: Screen, home: SandboxHome, deployment: str, *, to: str, source: str | None, provider: str | None, yes: bool
) -> ExitCode:
    """Move a stack from `source` (default: this home) to `to`, or finish a move that was killed.

    The document adds `deployment`, `source`, `target`, `resources`, `secrets` (how many were compared), `kept` (where
    the old state lies), `stack_file` (lines that belong into it) and `notes`. Raises FaultsError for places that cannot
    be taken, RefusedError for what is not done, StackLockedError, and StepError where a backend fails.
    """
    name = known_stack(deployment)
    begin = sandbox(home) if source is None else where(source, "--from", os.environ)
    end = where(to, "--to", os.environ)
    if begin.same == end.same:
        raise FaultsError([_same_place(name, begin, end)])
    chosen = secrets_provider(end, provider, None if provider else _account_provider(name, end))
    if begin.kind == "sandbox" and not begin.home.exists():
        what, step = f"there is no sandbox in {begin.root}", "--from WHERE, where the stack lies"
        raise FaultsError([Fault(where="--from", what=what, allowed="a sandbox home", next_step=step)])
    _confirmed(screen, name, begin, end, yes=yes)
    home.prepare()
    aside = moves_of(home) / name
    homes = {it.root: it.home for it in (begin, end) if it.kind == "sandbox"} | {home.root: home}
    with ExitStack() as stack:
        first = _place(screen, stack, begin, aside)
        second = _place(screen, stack, end, aside, provider=chosen)
        for each in homes.values():
            if each.exists():  # where there is no home yet, nobody runs
                stack.enter_context(held(each, name, "state move"))
        try:
            told = move(first, second, MoveRecords(home, name, begin.text), written(now()), screen.say)
        except MoveRefusedError as error:
            raise RefusedError(error.fault) from None
        except KeyboardInterrupt:
            return _stopped(screen, name, begin, end)
        lines = dict(second.stack_file_lines()) if isinstance(second, PulumiPlace) else {}
    _show(screen, name, told, lines, notes := _notes(begin, end, name))
    more: dict[str, Any] = {"resources": told.resources, "secrets": told.secrets, "kept": list(told.kept)}
    places = {"source": told.source, "target": told.target}
    screen.document(
        documents.document(
            "state move", ExitCode.OK, deployment=name, **places, **more, stack_file=lines, notes=list(notes)
        )
    )
    return ExitCode.OK


def _place(
    screen: Screen, stack: ExitStack, place: Where, aside: Path, *, provider: str = ""
) -> HomePlace | PulumiPlace:
    """The place opened for as long as `stack` lasts. aside: where what is kept goes, a directory named as the stack."""
    if place.kind == "sandbox":
        return HomePlace(place.home, aside.name, aside, lambda text: screen.say(f"  {text}", style="yellow"))
    return stack.enter_context(pulumi_place(place, aside.name, aside, provider=provider))


def _account_provider(name: str, end: Where) -> str | None:
    """The account's key for the state of this stack, where the target is the account's own backend; else None."""
    if end.kind != "azblob":
        return None
    try:
        backend = backend_of(load_account(PROJECT), load_stack(name, PROJECT), PROJECT)
    except FaultsError:
        return None  # settings that cannot be read are no reason not to move a state: the provider is asked for
    return backend.secrets_provider if where(backend.url, "--to", {}).same == end.same else None


def _confirmed(screen: Screen, name: str, begin: Where, end: Where, *, yes: bool) -> None:
    """Have the name typed; RefusedError when it is not, or when nobody can type it."""
    if yes:
        return
    refusal = Fault(
        where=name,
        what="a move takes the stack from where it lies, which asks for confirmation, and nobody is at the terminal",
        allowed=f"{name}, typed as it stands, or --yes",
        next_step=f"./cfctl state move {name} --to '{end.text}' --yes",
    )
    if not sys.stdin.isatty():
        raise RefusedError(refusal)
    screen.say(f"The state of {name} goes from {begin.text} to {end.text}; Azure is not touched", style="bold yellow")
    screen.err.print(f"Type {name} to go on: ", style="bold", end="")
    if sys.stdin.readline().strip() != name:
        raise RefusedError(replace(refusal, what="not confirmed, nothing was changed"))


def _stopped(screen: Screen, name: str, begin: Where, end: Where) -> ExitCode:
    """What a Ctrl-C leaves: either place whole, as after a kill."""
    what = f"stopped between {begin.text} and {end.text}; nothing is lost, the same command goes on"
    fault = Fault(where=name, what=what, allowed="", next_step="the same command again")
    failures.show(screen, Failure(ExitCode.CANCELED, (fault,)))
    screen.document(documents.document("state move", ExitCode.CANCELED, [fault], deployment=name))
    return ExitCode.CANCELED


def _notes(begin: Where, end: Where, name: str) -> tuple[str, ...]:
    """What the move has not done, and who has to know."""
    notes = [f"what reads the outputs of {name} (global and regionals of one environment) has to lie in one backend"]
    if begin.kind == "sandbox":
        notes.append(
            f"the state alone has moved: what it speaks of stays in {begin.home.azure_store}, so only an engine over "
            "that stand-in can bring it up, down or refresh it"
        )
    elif end.kind == "sandbox":
        notes.append(f"up, down and refresh here ask the stand-in of {end.root}, which must have what the state has")
    return tuple(notes)


def _show(screen: Screen, name: str, told: MoveRecord, lines: dict[str, str], notes: tuple[str, ...]) -> None:
    screen.result(f"{name}: moved to {told.target}")
    screen.result(f"  from  {told.source}, which has it no more")
    screen.result(f"  same  {told.resources} resources and {told.secrets} secrets compared")
    for path in told.kept:
        screen.result(f"  kept  {path}")
    if lines:
        screen.result(f"  key   stacks/Pulumi.{name}.yaml gets these lines, in place of those of the old key:")
        for key, value in lines.items():
            screen.result(f"        {key}: {value}")
    for note in notes:
        screen.result(f"  note  {note}", style="dim")
    verb = "stack" if told.source.startswith("sandbox:") else "preview"  # there is no Azure for what a sandbox made
    step = (
        f"./cfctl preview {name} --home '{told.target.removeprefix('sandbox:')}'"
        if told.target.startswith("sandbox:")
        else f"PULUMI_BACKEND_URL='{told.target}' pulumi {verb} -s {name}"
    )
    screen.result(f"  next  {step}", style="bold cyan")


def _same_place(name: str, begin: Where, end: Where) -> Fault:
    return Fault(
        where="--to",
        what=f"{end.text} is where {name} lies already ({begin.text})",
        allowed="another place",
        next_step=f"for another key in the same place: pulumi stack change-secrets-provider URL -s {name}",
    )

"""`cfctl deployment add` and `cfctl deployment remove`: a row of the map and a stack file, both or neither."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from pathlib import Path
from typing import Any, cast

from cidr import DeploymentName, Fault, FaultsError, load_map
from cidr.changes import retired, taken
from cidr.editing import with_blocks
from cidr.file_changes import FileChange, apply_together
from cidr.loader import MAP_FILE
from cidr.plan import AllocationMap
from cidr.schema import RetiredBlock
from cidr.yaml_source import label_of, parse_yaml, read_text
from cli import documents
from cli.deployment_notes import BUDGET, Arrival, notes_on, whose
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.naming import misfits
from cli.region_facts import info_of, refuse_missing_skus
from cli.screen import Screen
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from stacks import Settings, settings_from, stack_file
from stacks.files import KEY
from stacks.writing import NewStack, stack_like


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What `deployment add` was given: `block` and `settings` ("budget.amount=300") as they were typed."""

    name: str
    like: str
    budget: str | None = None
    settings: tuple[str, ...] = ()
    block: str | None = None


def add(screen: Screen, project: Path, wanted: Wanted) -> ExitCode:
    """Write the map's row and the stack file of a new regional deployment, like another of its environment.

    The document adds `deployment`, `like`, `block`, `was` (the block's row before), `files`, `changed` (settings not
    those of the other), `notes` and `next`. Raises FaultsError, and then nothing was written.
    """
    allocations = load_map()
    name, like = _names(allocations, wanted)
    _refuse_existing(allocations, name, project)
    info_of(name.region)
    changes = _changes(wanted)
    stack = stack_like(like, changes, project)
    settings = _sound(name, stack)
    refuse_missing_skus(name.region, str(like), settings)
    faults = misfits([name], settings.application_code)
    row = taken(allocations, name, datetime.now(UTC).date(), _network(wanted.block))
    if faults:
        raise FaultsError(faults)
    before = next(block for block in allocations.blocks if block.network == row.network)
    file = stack_file(str(name), project)
    text = read_text(MAP_FILE)
    # The map first: killed between the two, the same command goes on from a live row without a stack file.
    apply_together(
        [
            FileChange(
                path=MAP_FILE, before=text.encode(), after=with_blocks(text, label_of(MAP_FILE), [row]).encode()
            ),
            FileChange(path=file, before=None, after=stack.text.encode()),
        ]
    )
    notes = list(notes_on(allocations, Arrival(before, settings, like, changes, stack.left_out), project))
    screen.result(f"{name}  {row.network}, {whose(before)}", style="bold green")
    _tell(screen, notes)
    files, after = [label_of(MAP_FILE), label_of(file)], [f"./cfctl preview {name}", f"./cfctl up {name}"]
    screen.result(f"  wrote {' and '.join(files)}")
    screen.result(f"  next  {after[0]}", style="bold cyan")
    more: dict[str, Any] = {"deployment": str(name), "like": str(like), "block": str(row.network), "was": whose(before)}
    more |= {"files": files, "changed": changes, "notes": notes, "next": after}
    screen.document(documents.document("deployment add", ExitCode.OK, **more))
    return ExitCode.OK


def _names(allocations: AllocationMap, wanted: Wanted) -> tuple[DeploymentName, DeploymentName]:
    found: list[DeploymentName] = []
    faults: list[Fault] = []
    for text, where in ((wanted.name, "NAME"), (wanted.like, "--like")):
        try:
            found.append(DeploymentName.parse(text, where))
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(faults)
    name, like = found
    _refuse_global(name)
    if like not in allocations.owned:
        raise FaultsError([allocations.unknown(like, "--like")])
    kin = [str(it) for it in allocations.owned if (it.kind, it.environment) == (name.kind, name.environment)]
    if str(like) not in kin:
        what = f"{like} is of another {'kind' if like.kind != name.kind else 'environment'} than {name}"
        step = f"write --like {kin[0]}" if kin else f"write stacks/Pulumi.{name}.yaml and its row by hand"
        raise _fault("--like", what, ", ".join(kin) or f"a regional deployment of {name.environment}", step)
    return name, like


def _refuse_global(name: DeploymentName) -> None:
    if name.kind == "global":
        what = f"{name} is the one of its environment, and every regional of {name.environment} needs it"
        raise _fault("NAME", what, "a regional deployment, {region}-{env}-{n}", "change map and stack file by hand")


def _refuse_existing(allocations: AllocationMap, name: DeploymentName, project: Path) -> None:
    file = stack_file(str(name), project)
    if not file.exists():
        return
    if name in allocations.owned:
        free = next(n for n in range(1, 100) if replace(name, instance=n) not in allocations.owned)
        what, step = f"{name} is there already", f"./cfctl preview {name}, or add {replace(name, instance=free)}"
    else:
        what, step = f"{label_of(file)} is there, but {name} has no block", f"rm {label_of(file)}, then the same again"
    raise _fault("NAME", what, "a deployment that has no stack file", step)


def _changes(wanted: Wanted) -> dict[str, str]:
    pairs = [text.partition("=") for text in wanted.settings]
    for text, (key, sign, value) in zip(wanted.settings, pairs, strict=True):
        if not (key and sign and value):
            raise _fault("--set", f"{text!r} is no setting", "KEY=VALUE", f"write --set {BUDGET}=300")
    changes = {key: value for key, _, value in pairs}
    return {BUDGET: wanted.budget, **changes} if wanted.budget is not None else changes


def _network(text: str | None) -> IPv4Network | None:
    try:
        return IPv4Network(text) if text is not None else None
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        step = "./cfctl cidr next shows the block that comes next"
        raise _fault(
            "--block", f"{text!r} is no block: {error}", "a /16 of the map, such as 10.60.0.0/16", step
        ) from None


def _sound(name: DeploymentName, stack: NewStack) -> Settings:
    """The settings as the new deployment's; a fault of values is told now, before anything is written."""
    raw = cast("Any", parse_yaml(stack.text, f"stacks/Pulumi.{name}.yaml").data)["config"][KEY]
    try:
        return settings_from(str(name), raw)
    except FaultsError as error:
        faults = [fault for fault in error.faults if fault != load_map().unknown(name)]
        if faults:
            raise FaultsError(faults) from None
    return Settings(deployment=name, **dict(stack.values))


def remove(screen: Screen, home: SandboxHome, project: Path, text: str, *, yes: bool) -> ExitCode:
    """Retire a regional deployment's block and take its stack file out; its state's history stays in the home.

    The document adds `deployment`, `block`, `released` (blocks held for it that are free now), `files` and `notes`.
    Raises RefusedError while it may be up in this sandbox and without confirmation.
    """
    allocations, name = load_map(), DeploymentName.parse(text, "NAME")
    _refuse_global(name)
    if name not in allocations.owned:
        raise FaultsError([_gone(allocations, name)])
    _refuse_standing(home, name)
    _confirm(screen, name, yes=yes)
    rows, file, source = retired(allocations, name), stack_file(str(name), project), read_text(MAP_FILE)
    after = with_blocks(source, label_of(MAP_FILE), rows)
    changes = [FileChange(path=MAP_FILE, before=source.encode(), after=after.encode())]
    if file.is_file():  # first: killed between the two, the same command goes on from a row without a stack file
        changes.insert(0, FileChange(path=file, before=file.read_bytes(), after=None))
    apply_together(changes)
    block, released = rows[0].network, [str(row.network) for row in rows if row.status == "free"]
    notes = [
        f"{block} is retired: given to no other unless --block names it",
        *([f"held for it and free now: {', '.join(released)}"] if released else []),
        f"what stands of it in Azure is not known here: `pulumi destroy -s {name}` was to come first",
        f"{name.needs} and the account forget it at their next up",
    ]
    screen.result(f"{name} is removed", style="bold green")
    _tell(screen, notes)
    files = [label_of(change.path) for change in changes]
    screen.result(f"  changed {' and '.join(files)}")
    more: dict[str, Any] = {"deployment": str(name), "block": str(block), "released": released}
    screen.document(documents.document("deployment remove", ExitCode.OK, **more, files=files, notes=notes))
    return ExitCode.OK


def _gone(allocations: AllocationMap, name: DeploymentName) -> Fault:
    was = next((it for it in allocations.blocks if isinstance(it, RetiredBlock) and it.was == name), None)
    fault = allocations.unknown(name, "NAME")
    if was is None:
        return replace(fault, next_step="./cfctl list shows the deployments")
    return replace(fault, what=f"{name} is removed already, its block {was.network} is retired", next_step="nothing")


def _refuse_standing(home: SandboxHome, name: DeploymentName) -> None:
    standing = standing_of(home, str(name))
    if standing.maybe_up:
        what = f"{name} may be up in {home.root}: {standing.status}, {standing.resources} resources"
        step = f"./cfctl down {name}, then the same command again"
        raise RefusedError(Fault(where=str(name), what=what, allowed="a deployment that is down", next_step=step))


def _confirm(screen: Screen, name: DeploymentName, *, yes: bool) -> None:
    """Have the name typed; RefusedError when it is not, or when nobody can type it."""
    if yes:
        return
    step = f"./cfctl deployment remove {name} --yes"
    refusal = Fault(where=str(name), what="", allowed=f"{name}, typed as it stands, or --yes", next_step=step)
    if not sys.stdin.isatty():
        raise RefusedError(replace(refusal, what="removing asks for confirmation, and nobody is at the terminal"))
    screen.say(f"{name}: its stack file goes, its block is retired for good", style="bold yellow")
    screen.err.print(f"Type {name} to go on: ", style="bold", end="")
    if sys.stdin.readline().strip() != str(name):
        raise RefusedError(replace(refusal, what="not confirmed, nothing was changed"))


def _tell(screen: Screen, notes: Sequence[str]) -> None:
    for note in notes:
        screen.result(f"  {note}", style="dim")


def _fault(where: str, what: str, allowed: str, next_step: str) -> FaultsError:
    return FaultsError([Fault(where=where, what=what, allowed=allowed, next_step=next_step)])

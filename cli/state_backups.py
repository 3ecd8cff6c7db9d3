"""`cfctl state backups` and `cfctl state restore`: former states, and one of them put in place again."""

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cidr import Fault, FaultsError
from cli import documents
from cli.deployed import known_stack
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.run_lock import held
from cli.screen import Screen
from cli.tables import plain_table, show_table
from sandbox.engine.model.times import time_text
from sandbox.engine.model.urn import is_provider_type
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.backups import Backup, chosen
from sandbox.engine.storage.state_errors import StateError
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from sandbox.keeping import backend_of


@dataclass(frozen=True, slots=True)
class _Row:
    generation: int
    taken: str
    bytes: int
    resources: int | None
    whole: bool
    detail: str
    path: str


def backups(screen: Screen, home: SandboxHome, deployment: str) -> ExitCode:
    """List the former states of a deployment, newest first, each opened and examined.

    The document adds `deployment` and `backups`: [{generation, taken, bytes, resources, whole, detail, path}], where
    `resources` counts what was in Azure, null for one that is not whole. Raises StateError where there is none.
    """
    name = known_stack(deployment)
    backend = _backend(screen, home)
    found = backend.backups(name)
    if not found:
        chosen(found, name, generation=None, at=None)
    rows = [_row(backend, name, backup) for backup in found]
    table = plain_table(("generation", "taken", "resources", "kB", "state"), right=("generation", "resources", "kB"))
    for row in rows:
        held = "" if row.resources is None else str(row.resources)
        told = "whole" if row.whole else f"not whole: {row.detail}"
        table.add_row(str(row.generation), row.taken, held, f"{row.bytes / 1000:.0f}", told)
    show_table(screen, table)
    screen.result(f"  next  ./cfctl state restore {name} --generation 1", style="bold cyan")
    screen.document(
        documents.document("state backups", ExitCode.OK, deployment=name, backups=[asdict(row) for row in rows])
    )
    return ExitCode.OK


def restore(
    screen: Screen, home: SandboxHome, deployment: str, *, generation: int | None, at: str | None, yes: bool
) -> ExitCode:
    """Put a former state in place: the one of that number or time, else the newest that is whole.

    The document adds `deployment`, `generation`, `taken`, `resources`, and `seconds` {examine, restore}. Raises
    StateError for a backup that is not whole, RefusedError without confirmation.
    """
    name = known_stack(deployment)
    backend = _backend(screen, home)
    moment = None if at is None else time_of(at)
    began = time.monotonic()
    if generation is None and moment is None:
        backup, resources = _newest_whole(screen, backend, name)
    else:
        backup = chosen(backend.backups(name), name, generation=generation, at=moment)
        resources = _resources(backend, name, backup)
    examined = time.monotonic()
    _confirmed(home, name, backup, yes=yes)
    home.prepare()
    confirmed = time.monotonic()
    with held(home, name, "state restore"):
        backend.restore(name, backup)
    seconds = {"examine": round(examined - began, 3), "restore": round(time.monotonic() - confirmed, 3)}
    taken = time_text(backup.taken)
    screen.result(f"{name}: the state of {taken} is back, {resources} resources")
    screen.result(f"  examined in {seconds['examine']:.2f} s, restored in {seconds['restore']:.2f} s")
    screen.result(f"  next  ./cfctl refresh {name}, then ./cfctl preview {name}", style="bold cyan")
    screen.document(
        documents.document(
            "state restore",
            ExitCode.OK,
            deployment=name,
            generation=backup.generation,
            taken=taken,
            resources=resources,
            seconds=seconds,
        )
    )
    return ExitCode.OK


def time_of(text: str) -> datetime:
    """A point in time as typed, ISO 8601; UTC where no zone is given. Raises FaultsError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        example = "2026-11-22T12:00 or 2026-11-22T13:00+01:00"
        what, step = f"{text!r} is no point in time", "./cfctl state backups DEPLOYMENT shows when each was taken"
        raise FaultsError([Fault(where="--at", what=what, allowed=example, next_step=step)]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _newest_whole(screen: Screen, backend: FileBackend, name: str) -> tuple[Backup, int]:
    """The newest backup that can be read, with its resources; what is passed over is said."""
    found = backend.backups(name)
    newest = chosen(found, name, generation=None, at=None)
    for backup in found:
        try:
            return backup, _resources(backend, name, backup)
        except StateError as error:
            screen.say(f"  generation {backup.generation} is not whole: {error.what}", style="yellow")
    return newest, _resources(backend, name, newest)


def _resources(backend: FileBackend, name: str, backup: Backup) -> int:
    """How many resources the backup has, but for components and providers. StateError if it is not whole."""
    held = backend.examine(name, backup).resources
    return sum(it.custom and not it.external and not is_provider_type(it.type) for it in held)


def _row(backend: FileBackend, name: str, backup: Backup) -> _Row:
    resources, detail = None, ""
    try:
        resources = _resources(backend, name, backup)
    except StateError as error:
        detail = error.what
    taken, path = time_text(backup.taken), str(backup.path)
    return _Row(backup.generation, taken, backup.size, resources, resources is not None, detail, path)


def _confirmed(home: SandboxHome, name: str, backup: Backup, *, yes: bool) -> None:
    """What can be read and has resources is not replaced without --yes; what is damaged or gone is."""
    standing = standing_of(home, name)
    if yes or not standing.resources:
        return
    raise RefusedError(
        Fault(
            where=name,
            what=f"the state of {name} is whole and has {standing.resources} resources: a restore replaces it by the "
            f"one of {time_text(backup.taken)} (it becomes a backup itself)",
            allowed="a state that is damaged or empty, or --yes",
            next_step=f"./cfctl state restore {name} --generation {backup.generation} --yes",
        )
    )


def _backend(screen: Screen, home: SandboxHome) -> FileBackend:
    return backend_of(home, lambda text: screen.say(f"  {text}", style="yellow"))

"""One command on a deployment's databases: run by its job, shown to people, told to programs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from cidr import Fault
from cli import documents, failures
from cli.databases.executions import Ended, execute, silent
from cli.databases.hosts import JobHost, log_of
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.screen import Screen
from cli.tables import plain_table, show_table
from cli.wording import duration

# What the job ends with → what cfctl does: 1 it was refused or the server differs, 2 the input was wrong.
_CODES: Final[Mapping[object, ExitCode]] = {1: ExitCode.FAILED, 2: ExitCode.BAD_INPUT}
ACTOR: Final = "TENANCY_ACTOR"
_HIDDEN: Final = frozenset({"command", "status", "exit_code", "faults", "warnings"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of the job: its arguments, and variables of this run alone."""

    arguments: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of it: how the execution ended, the status of the command, and why not where it did not."""

    ended: Ended
    code: ExitCode
    faults: tuple[Fault, ...] = ()


def ask(screen: Screen, host: JobHost, asked: Asked) -> Answer:
    """Run it to its end; what happens is said meanwhile. Raises RefusedError where the job cannot be started."""
    began = time.monotonic()
    screen.say(f"{host.settings.deployment}: job tenancy {' '.join(asked.arguments[:1])} starts", style="dim")
    acting = {ACTOR: host.actor} if host.actor else {}
    ended = execute(host, asked.arguments, {**acting, **asked.variables})
    screen.say(f"{ended.name} {ended.status.lower()} in {duration(time.monotonic() - began)}", style="dim")
    if ended.succeeded and ended.result:
        return Answer(ended=ended, code=ExitCode.OK)
    faults = tuple(ended.faults) or (silent(host, ended),)
    return Answer(ended=ended, code=_CODES.get(ended.result.get("exit_code"), ExitCode.FAILED), faults=faults)


def show(screen: Screen, host: JobHost, command: str, answer: Answer, following: Sequence[str] = ()) -> ExitCode:
    """Write it. The document adds `deployment`, `target`, `execution`, the job's own `result` and `rows`, `next`."""
    ended = answer.ended
    if answer.faults:
        failures.show(screen, Failure(answer.code, answer.faults))
        screen.say(f"  log     {log_of(host, ended.name)}", style="dim")
    else:
        _show_result(screen, host, ended)
    for step in () if answer.faults else following:
        screen.result(f"  next  {step}", style="bold cyan")
    screen.document(
        documents.document(
            command,
            answer.code,
            answer.faults,
            deployment=str(host.settings.deployment),
            target=host.place,
            execution={"name": ended.name, "status": ended.status},
            result=dict(ended.result),
            rows=[dict(row) for row in ended.rows],
            next=[] if answer.faults else list(following),
        )
    )
    return answer.code


def _show_result(screen: Screen, host: JobHost, ended: Ended) -> None:
    said = {key: value for key, value in ended.result.items() if key not in _HIDDEN}
    shown = "  ".join(f"{key.replace('_', ' ')} {_text(value)}" for key, value in said.items())
    screen.result(f"{host.settings.deployment}  {ended.result.get('status')}  {shown}".rstrip(), style="bold")
    for warning in ended.result.get("warnings") or []:
        screen.say(f"warning {warning}", style="yellow")
    if not ended.rows:
        return
    columns = list(dict.fromkeys(key for row in ended.rows for key in row))
    numbers = [key for key in columns if all(isinstance(row.get(key, 0), int) for row in ended.rows)]
    table = plain_table([key.replace("_", " ") for key in columns], right=[key.replace("_", " ") for key in numbers])
    for row in ended.rows:
        table.add_row(*(_text(row.get(key, "")) for key in columns))
    show_table(screen, table)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value))) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)

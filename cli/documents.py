"""The JSON documents of `--json`: their shapes, and how a run becomes one.

Every command with `--json` writes exactly one document on standard output, also when it fails; progress and messages
for people go to standard error. Every document has these keys:

    format     1; a change that could break a reader gets the next number
    command    "up", "preview", ...
    exit_code  as in cli.exit_codes
    errors     [{where, what, allowed, next_step}]: why nothing, or not all, was done; empty on success

up, preview, refresh and down add (see Run and Kept):

    home, engine   the sandbox's directory; "sandbox" or "cli"
    runs           [Run], in the order of the deployments (globals first; last with down), whichever ended first; what
                   could not run, or was not begun, stands in errors instead
    next           commands that make sense now

outputs, list, doctor, test and check add what is said at their own functions. A secret is the string "[secret]"
everywhere, a value known only after `up` is "known after up".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from cidr import Fault
from cli import wording
from cli.exit_codes import ExitCode
from cli.run_view import RunView, is_shown

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One property of a step: `kind` is add, delete or update, with "-replace" where it forces a replacement."""

    path: str
    kind: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class StepDocument:
    """One step that changes something. status: "done" or "failed"; in a preview "done" means planned."""

    op: str
    urn: str
    type: str
    name: str
    status: str
    seconds: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the program, a provider or the engine. severity: info, info#err, warning or error."""

    severity: str
    urn: str
    message: str


@dataclass(frozen=True, slots=True)
class AzureTime:
    """What the run's operations would take on Azure, in seconds, by the stand-in's table of durations.

    `critical_path`: the longest chain of operations that wait for each other (as long as Azure would take if nothing
    else limits it). `sum`: all operations one after another.
    """

    critical_path: float
    sum: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left in the sandbox's Azure on purpose. until: ISO 8601 in UTC, or empty when no date ends it."""

    name: str
    type: str
    why: str
    until: str


@dataclass(frozen=True, slots=True)
class Database:
    """A database that is up. server: the server's Azure name; host and port are where it answers on this machine."""

    name: str
    server: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class CostDocument:
    """The month's price of a deployment. Amounts are texts, rounded to cents, in `currency`.

    low, expected, high: at declared use. difference: of the expected price to what stood before the run (preview: to
    what stands), None where nothing stood. budget, share (percent of it, of the expected price) and approved (a price
    above the budget that finance/shortfalls.yaml accepts): None where there is none. unpriced: resources without a
    price, which no figure here contains. sheet: version of the price sheet. expires: when it ends, by the tag of its
    resource group, ISO 8601 in UTC; until_then: what it costs from now on until that; None where nothing ends it.
    """

    currency: str
    low: str
    expected: str
    high: str
    difference: str | None
    budget: str | None
    share: str | None
    over: bool
    approved: str | None
    unpriced: int
    sheet: str
    expires: str | None = None
    until_then: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One deployment's part of a command.

    operation: preview, up, refresh or destroy. result: succeeded, failed or canceled. changes: op -> number of
    resources, as Pulumi counts. seconds: wall time. outputs: the stack's outputs after the run. endpoints: service ->
    URL. cost: of preview and up, where a price could be told. isolation: how the databases keep tenants apart, in
    words; empty where nobody has looked. receipt: path of the page that an up or a down leaves behind; empty where it
    did not come to its end.
    """

    deployment: str
    operation: str
    result: Literal["succeeded", "failed", "canceled"]
    changes: Mapping[str, int]
    seconds: float
    steps: tuple[StepDocument, ...]
    messages: tuple[Message, ...]
    outputs: Mapping[str, object]
    endpoints: Mapping[str, str]
    databases: tuple[Database, ...]
    kept: tuple[Kept, ...]
    azure_seconds: AzureTime | None
    log: str
    cost: CostDocument | None = None
    isolation: str = ""
    receipt: str = ""


def steps_of(view: RunView) -> tuple[StepDocument, ...]:
    """The steps of a run that changed something or failed, in the order of their ends."""
    return tuple(
        StepDocument(
            op=step.metadata.op,
            urn=step.metadata.urn,
            type=step.metadata.type,
            name=wording.name_of(step.metadata.urn),
            status=step.status,
            seconds=round(step.seconds, 3),
            changes=tuple(
                Change(change.path, change.kind, wording.plain(change.old), wording.plain(change.new))
                for change in step.metadata.changes
            ),
        )
        for step in view.ended()
        if step.status == "failed" or is_shown(step.metadata)
    )


def messages_of(view: RunView) -> tuple[Message, ...]:
    """The lasting messages of a run."""
    return tuple(Message(event.severity, event.urn, event.message) for event in view.diagnostics())


def document(command: str, exit_code: ExitCode, errors: Iterable[Fault] = (), **more: object) -> dict[str, Any]:
    """The document of a command."""
    head = {"format": FORMAT, "command": command, "exit_code": int(exit_code)}
    return {**head, "errors": [asdict(fault) for fault in errors], **more}


def runs_document(
    command: str,
    exit_code: ExitCode,
    runs: Sequence[Run],
    *,
    home: str,
    engine: str,
    next_commands: Sequence[str],
    errors: Iterable[Fault] = (),
) -> dict[str, Any]:
    """The document of up, preview, refresh and down."""
    return document(
        command,
        exit_code,
        errors,
        home=home,
        engine=engine,
        runs=[asdict(run) for run in runs],
        next=list(next_commands),
    )

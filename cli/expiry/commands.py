"""`up --ttl`, `extend` and `reap` with what they ask of the world: here, or on Azure."""

import io
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from cidr import FaultsError
from cli import failures
from cli.exit_codes import ExitCode
from cli.expiry.books import AzureBooks, Books, HomeBooks
from cli.expiry.extending import Request
from cli.expiry.extending import extend as extend_with
from cli.expiry.giving import ends_of, read_given
from cli.expiry.ground import Ground, SandboxGround, group_urn
from cli.expiry.reaping import reap as reap_with
from cli.failures import RefusedError
from cli.logs import RunLog
from cli.options import DEFAULT_PARALLEL, EngineName
from cli.orders import Order
from cli.places import AZURE
from cli.progress import OnScreen
from cli.run_records import notes_of
from cli.screen import Screen
from lifecycle.machine import StepError
from lifecycle.times import now
from sandbox.engine.storage.state_errors import StateError
from sandbox.home import SandboxHome
from sandbox.waiting import WaitingProgram


@dataclass(frozen=True)
class Where:
    """Where a command works. place: `sandbox`, in `home`, or `azure`."""

    screen: Screen
    home: SandboxHome
    project: Path
    place: str

    @property
    def on_azure(self) -> bool:
        """Whether it is Azure."""
        return self.place == AZURE

    @contextmanager
    def opened(self) -> Generator[tuple[Ground, Books]]:
        """What stands there, and what was done about it. Raises RefusedError where nobody is signed in to Azure."""
        if not self.on_azure:
            yield SandboxGround(self.home, self.screen.say), HomeBooks(notes_of(self.home))
            return
        from cli.expiry.azure_ground import open_azure  # noqa: PLC0415 - what is done here signs in nowhere

        with open_azure(self.project) as ground:
            yield ground, AzureBooks(ground.client, ground.history)

    def apart(self) -> tuple[Screen, io.StringIO]:
        """A screen for a command inside of this one, whose document is not this one's."""
        written = io.StringIO()
        mine = replace(self.screen, out=Console(file=written), json_written=[]) if self.screen.as_json else self.screen
        return mine, written


def with_ends(where: Where, order: Order, typed: tuple[str, str]) -> Order:
    """The order with the ends that its deployments get. typed: --ttl and --ttl-spend. Raises as `ends_of`."""
    given = read_given(*typed)
    if where.on_azure and not given.options:
        return order  # what the settings say the program writes itself; nobody signs in to look whether it did
    with where.opened() as (ground, _):
        return replace(order, ends=ends_of(where.screen, ground, where.project, order.deployments, given, now()))


def extend(where: Where, request: Request, engine: EngineName) -> ExitCode:
    """Move the end of a deployment. Raises as `cli.expiry.extending.extend`."""
    name = request.deployment

    def write(environment: Mapping[str, str], message: str) -> ExitCode:
        alone, ends = (group_urn(name),), {name: environment}
        if where.on_azure:
            order = Order("up", (name,), engine, alone, DEFAULT_PARALLEL, yes=True, ends=ends, message=message)
            return _on_azure(where, where.apart()[0], "up", order)
        return _write_here(where, Order("up", (name,), engine, alone, 1, yes=True, ends=ends))

    with where.opened() as (ground, books):
        return extend_with(where.screen, ground, books, where.project, request, now(), write)


def _write_here(where: Where, order: Order) -> ExitCode:
    """Bring the order's resources of its one deployment up, and nothing of what that needs."""
    from cli.one_run import Runner  # noqa: PLC0415 - imports the engine, and with it Pulumi

    (name,) = order.deployments
    log = RunLog.create(where.home.logs, "extend")
    with (
        WaitingProgram(where.project) as program,
        Runner(OnScreen(where.screen), where.home, program, order, log) as runner,
    ):
        ended = runner.run("up", name, followed=False)
    return ExitCode.OK if ended.result == "succeeded" else ExitCode.FAILED


def reap(where: Where, *, dry_run: bool, parallel: int, at_once: int) -> ExitCode:
    """Warn, and take down what is over. Raises StateError for a state that cannot be read."""

    def down(names: Sequence[str]) -> tuple[ExitCode, Mapping[str, Any]]:
        order = Order("down", tuple(names), EngineName.SANDBOX, (), parallel, yes=True, at_once=at_once)
        # On Azure one after the other, and one that cannot go keeps no other: what needs it is refused by itself.
        orders = [replace(order, deployments=(name,)) for name in names] if where.on_azure else [order]
        ended = [_down(where, it) for it in orders]
        worst = next((code for code, _ in ended if code is not ExitCode.OK), ExitCode.OK)
        told = {key: [it for _, document in ended for it in document.get(key, ())] for key in ("runs", "errors")}
        return worst, told

    with where.opened() as (ground, books):
        return reap_with(where.screen, ground, books, where.project, now(), down, dry_run=dry_run)


def _down(where: Where, order: Order) -> tuple[ExitCode, Mapping[str, Any]]:
    """One `down`, with its document where somebody wants JSON; what keeps it from its end is told, not raised."""
    screen, written = where.apart()
    try:
        code = _on_azure(where, screen, "down", order) if where.on_azure else _down_here(where, screen, order)
    except (StepError, StateError, FaultsError, RefusedError) as error:
        failure = failures.failure_of(error, where.home.logs)
        failures.show(screen, failure)
        return failure.code, {"errors": [asdict(fault) for fault in failure.faults]}
    return code, json.loads(written.getvalue()) if screen.as_json else {}


def _down_here(where: Where, screen: Screen, order: Order) -> ExitCode:
    from cli import runs  # noqa: PLC0415 - a look needs none of it

    with WaitingProgram(where.project) as program:
        return runs.run(screen, where.home, program, order)


def _on_azure(where: Where, screen: Screen, command: Literal["up", "down"], order: Order) -> ExitCode:
    """Run the Pulumi CLI; a status of it that cfctl has not is a failure."""
    from cli import azure_target  # noqa: PLC0415 - as above

    status = azure_target.run(screen, where.home, where.project, command, order)
    return ExitCode(status) if status in list(ExitCode) else ExitCode.FAILED

"""`cfctl redeploy`: down, then up, for one deployment or several. Cut off in either half, the same command goes on."""

import io
import json
from dataclasses import replace
from typing import Any

from rich.console import Console

from cidr import DeploymentName
from cli import documents, runs
from cli.exit_codes import ExitCode
from cli.orders import Order
from cli.run_records import journals_of
from cli.screen import Screen
from lifecycle.rounds import has_gone_down
from sandbox.home import SandboxHome
from sandbox.waiting import WaitingProgram


def redeploy(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> ExitCode:
    """Go round with the order's deployments. The document has the runs of both halves, in their order."""
    code, halves = go_round(screen, home, program, order)
    told = [half for half in halves if half]
    document = documents.document(
        "redeploy",
        code,
        home=str(home.root),
        engine=order.engine.value,
        runs=[run for half in told for run in half["runs"]],
        next=told[-1]["next"] if told else [],
    )
    screen.document({**document, "errors": [error for half in told for error in half["errors"]]})
    return code


def go_round(
    screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order
) -> tuple[ExitCode, list[dict[str, Any]]]:
    """Take down what is not down yet, then bring all up: the status of what did not succeed, and each half's document.

    Documents are made for a screen that wants JSON; else they are empty. Raises what `down` and `up` raise, before
    anything is changed where the names are at fault.
    """
    names = [str(DeploymentName.parse(name, "NAME")) for name in order.deployments]
    left = [name for name in names if not has_gone_down(journals_of(home).of(name))]
    for name in names:
        if name not in left:
            screen.say(f"{name} is down already: brought up")
    code, halves = ExitCode.OK, list[dict[str, Any]]()
    for command, those in (("down", left), ("up", names)):
        if those and code is ExitCode.OK:
            half = replace(order, command=command, deployments=tuple(those))
            code, document = _half(screen, home, program, half)
            halves.append(document)
    return code, halves


def _half(screen: Screen, home: SandboxHome, program: WaitingProgram, order: Order) -> tuple[ExitCode, dict[str, Any]]:
    """One half; its document is kept from the screen, which gets one for both."""
    written = io.StringIO()
    mine = replace(screen, out=Console(file=written), json_written=[]) if screen.as_json else screen
    code = runs.run(mine, home, program, order)
    return code, json.loads(written.getvalue()) if screen.as_json else {}

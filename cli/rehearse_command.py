"""`cfctl rehearse`: down, up, and the data compared: the proof that a deployment comes back, with the time it took."""

import io
from dataclasses import replace

from rich.console import Console

from cidr import DeploymentName
from cli import documents, runs
from cli.exit_codes import ExitCode
from cli.options import EngineName
from cli.orders import Order
from cli.run_records import receipts_of
from cli.screen import Screen
from cli.wording import duration
from lifecycle.recovery import Recovery, recoveries
from sandbox.home import SandboxHome
from sandbox.waiting import WaitingProgram


def rehearse(
    screen: Screen, home: SandboxHome, program: WaitingProgram, deployment: str, *, parallel: int, yes: bool
) -> ExitCode:
    """Take a deployment down and bring it up again. The document adds `deployment` and `recoveries`, the latest first.

    Ends with the status of the run that did not succeed; what refuses `down` (prod, a global that is needed) refuses
    this too. Raises FaultsError for a name that is no deployment.
    """
    name = str(DeploymentName.parse(deployment, "NAME"))
    quiet = replace(screen, out=Console(file=io.StringIO())) if screen.as_json else screen
    before = len(_series(home, name))
    code = ExitCode.OK
    for command in ("down", "up"):
        order = Order(command, (name,), EngineName.SANDBOX, (), parallel, yes=yes)
        code = runs.run(quiet, home, program, order)
        if code is not ExitCode.OK:
            break
    series = _series(home, name)
    if code is ExitCode.OK:
        screen.result("")
        _tell(screen, name, series[: len(series) - before])
    document = documents.document(
        "rehearse",
        code,
        deployment=name,
        recoveries=[{"at": it.at, "seconds": it.seconds, "rows": it.rows} for it in series],
    )
    screen.document(document)
    return code


def _series(home: SandboxHome, name: str) -> list[Recovery]:
    return list(recoveries(receipts_of(home).of(name)))


def _tell(screen: Screen, name: str, new: list[Recovery]) -> None:
    if not new:
        screen.result(f"{name} came back; it had no data to bring back (./cfctl db seed {name} gives it some)")
        return
    it = new[0]
    screen.result(f"{name} came back with all of its {it.rows} rows in {duration(it.seconds)}", style="bold green")
    screen.result(f"  earlier times: ./cfctl history {name}")

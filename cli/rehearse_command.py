"""`cfctl rehearse`: down, up, and the data compared: the proof that a deployment comes back, with the time it took."""

from cidr import DeploymentName
from cli import documents
from cli.exit_codes import ExitCode
from cli.options import EngineName
from cli.orders import Order
from cli.redeploying import go_round
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
    before = len(_series(home, name))
    code, _ = go_round(screen, home, program, Order("redeploy", (name,), EngineName.SANDBOX, (), parallel, yes=yes))
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

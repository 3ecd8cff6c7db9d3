"""`cfctl history`: what became of deployments in this home, a line a run, from its receipts."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cidr import Fault, FaultsError
from cli import documents
from cli.deployed import known_stack
from cli.exit_codes import ExitCode
from cli.run_records import notes_of, receipts_of
from cli.screen import Screen
from cli.tables import plain_table, show_table
from cli.wording import counted, duration
from lifecycle.ends.notes import in_words
from lifecycle.recovery import recoveries, typical
from sandbox.home import SandboxHome


def history(screen: Screen, home: SandboxHome, deployment: str | None) -> ExitCode:
    """Write the runs of a deployment, or of all, the latest first. The document adds `receipts`, as they were kept,
    and `extensions`: by deployment, those of its ends (lifecycle/ends/notes.py).

    Raises FaultsError for a name that is no deployment, and where no run has left a receipt.
    """
    kept = receipts_of(home)
    names = [known_stack(deployment)] if deployment else kept.deployments()
    receipts = sorted((it for name in names for it in kept.of(name)), key=lambda it: it["run"], reverse=True)
    if not receipts:
        raise FaultsError([_none(home, deployment)])
    table = plain_table(("ended", "deployment", "run", "took", "resources", "rows"), right=("took", "rows"))
    for it in receipts:
        rows = _rows(it)
        took = duration(it["seconds"])
        table.add_row(it["ended"], it["deployment"], it["kind"], took, _changes(it), "" if rows is None else str(rows))
    show_table(screen, table)
    for name in names:
        series = list(recoveries(kept.of(name)))
        if (middle := typical(series)) is not None:
            times = ", ".join(duration(it.seconds) for it in series[:10])
            screen.result(f"{name}: its data came back {len(series)} time(s) in {duration(middle)} (median); {times}")
    extensions = {name: notes_of(home).extensions(name) for name in names}
    for name, done in extensions.items():
        if done:
            screen.result(f"{name}: {in_words(done)}")
    screen.say(f"receipts: {home.root / 'receipts'} (a page and a file of JSON a run)", style="dim")
    told = {name: [asdict(it) for it in done] for name, done in extensions.items() if done}
    screen.document(documents.document("history", ExitCode.OK, receipts=receipts, extensions=told))
    return ExitCode.OK


def _evidence(receipt: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {step["name"]: step["evidence"] for step in receipt["steps"]}


def _rows(receipt: Mapping[str, Any]) -> int | None:
    """Rows saved or brought back."""
    return _evidence(receipt).get("verify" if receipt["kind"] == "down" else "import", {}).get("rows")


def _changes(receipt: Mapping[str, Any]) -> str:
    steps = _evidence(receipt)
    if receipt["kind"] in ("sleep", "wake"):
        done = "stopped" if receipt["kind"] == "sleep" else "started"
        return f"{sum(len(step.get(done, ())) for step in steps.values())} {done}"
    step = steps.get("destroy" if receipt["kind"] == "down" else "deploy", {})
    return counted(step.get("changes", {}), planned=False)


def _none(home: SandboxHome, deployment: str | None) -> Fault:
    return Fault(
        where=f"home {home.root}",
        what=f"no run of {deployment or 'any deployment'} has left a receipt here",
        allowed="deployments that were brought up or taken down in this home",
        next_step=f"./cfctl up {deployment or 'westeu-dev-1'}, or name the other home: --home DIR",
    )

"""`cfctl list`: every deployment of the platform, and what of it stands in this sandbox."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from cidr import ACCOUNT, FaultsError, load_map
from cli import documents
from cli.asleep.who import asleep_in
from cli.exit_codes import ExitCode
from cli.screen import Screen
from sandbox.home import SandboxHome
from sandbox.inventory import Standing, standing_of
from stacks import AccountSettings, known_deployments, load_stack, stack_file

_STYLE = {
    "up": "green",
    "asleep": "blue",
    "running": "cyan",
    "interrupted": "yellow",
    "damaged": "bold red",
    "down": "dim",
}


def show(screen: Screen, home: SandboxHome, project: Path) -> ExitCode:
    """Write the list. The document adds `home` and `deployments`.

    deployments: [{deployment, kind, block, budget, status, resources, pending, changed, holder, detail}]; budget is USD
    a month, null without a stack file; changed is ISO 8601 in UTC or null; status as in `Standing`, or asleep. The last
    is the account, of the kind `account`: it has no block, and its budget is that of all environments.
    """
    allocation = load_map()
    blocks = {str(name): (name.kind, str(allocation.plan(name).block)) for name in known_deployments()}
    places = {**blocks, ACCOUNT: (ACCOUNT, "")}
    asleep = asleep_in(home)
    rows = [_row(name, kind, block, standing_of(home, name), project) for name, (kind, block) in places.items()]
    rows = [
        {**row, "status": "asleep"} if row["status"] == "up" and row["deployment"] in asleep else row for row in rows
    ]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("deployment", "block", "budget/month", "status", "resources", "last change (UTC)"):
        table.add_column(column, justify="right" if column in ("resources", "budget/month") else "left")
    for row in rows:
        budget, changed, status = row["budget"], row["changed"], str(row["status"])
        table.add_row(
            str(row["deployment"]),
            str(row["block"]),
            "no stack file" if budget is None else f"{budget:g} USD",
            Text(status, style=_STYLE[status]),
            str(row["resources"] or ""),
            str(changed or "").replace("T", " ")[:16],
        )
    if not screen.as_json:
        screen.out.print(table)
        for row in rows:
            if row["holder"] or row["detail"]:
                screen.result(f"{row['deployment']}: {row['holder'] or row['detail']}", style="yellow")
        screen.result(f"home: {home.root}" + ("" if home.exists() else " (made on the first run)"), style="dim")
    screen.document(documents.document("list", ExitCode.OK, home=str(home.root), deployments=rows))
    return ExitCode.OK


def _row(name: str, kind: str, block: str, standing: Standing, project: Path) -> dict[str, object]:
    return {
        "deployment": name,
        "kind": kind,
        "block": block,
        "budget": _budget(name, project),
        "status": standing.status,
        "resources": standing.resources,
        "pending": standing.pending,
        "changed": standing.changed.isoformat(timespec="seconds") if standing.changed else None,
        "holder": str(standing.holder) if standing.holder else None,
        "detail": standing.detail,
    }


def _budget(name: str, project: Path) -> float | None:
    if not stack_file(name, project).is_file():
        return None
    try:
        settings = load_stack(name, project)
    except FaultsError:
        return None  # `doctor` and `up` say what is wrong with the file; the list stays a list
    if isinstance(settings, AccountSettings):
        return sum(environment.budget.amount for environment in settings.environments.values())
    return settings.budget.amount

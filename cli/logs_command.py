"""`cfctl logs`: the log of a run, of a deployment's PostgreSQL, of its jobs; and where that of a service would be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any, Final, cast

from cidr import Fault, FaultsError
from cidr.faults import nearest
from cli import documents, log_files
from cli.deployed import known_stack, standing_resources
from cli.exit_codes import ExitCode
from cli.screen import Screen
from components.conventions import parse_name
from sandbox.azure import arm_ids
from sandbox.azure.jobs.console import RUNNING, Execution, executions
from sandbox.azure.postgres.records import Records
from sandbox.home import SandboxHome
from topology import Resource

RUN: Final = "run"
POSTGRES: Final = "postgres"
DEFAULT_LINES: Final = 200
_POLL_SECONDS: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of a log is wanted: the last `lines` of those since `since` (as typed, empty for all), and those to come."""

    lines: int = DEFAULT_LINES
    since: str = ""
    follow: bool = False


def logs(screen: Screen, home: SandboxHome, deployment: str, what: str, wanted: Wanted) -> ExitCode:
    """Write a log. The document adds `deployment`, `what`, `log` (path, null for a service), `lines`, `executions`
    (of a job) and `service` (of a container app: its revisions, and where its log is on Azure).
    """
    if wanted.follow and screen.as_json:
        raise FaultsError([_wrong("--follow", "--follow has no end, a document has one", "leave --json or --follow")])
    name = known_stack(deployment)
    if what == RUN:  # needs no state: it is read most when a state cannot be
        return _show(screen, name, what, _last_run(home, name), wanted, lambda: False)
    resources = standing_resources(home, name, screen.say)
    apps = {it.name: it for it in resources if it.kind == "app:ContainerApp"}
    jobs = _jobs(home, name, resources)
    if what in apps:
        return _service(screen, name, apps[what], resources)
    if what in jobs:
        return _job(screen, home, name, what, jobs[what], wanted)
    if what == POSTGRES:
        return _show(screen, name, what, _server_log(home, name, resources), wanted, lambda: False)
    known = [RUN, POSTGRES, *sorted({*jobs, *apps})]
    step = f"./cfctl logs {name} {nearest(what, known) or RUN}"
    raise FaultsError(
        [Fault(where="WHAT", what=f"{name} has no log {what!r}", allowed=", ".join(known), next_step=step)]
    )


def _wrong(where: str, what: str, next_step: str) -> Fault:
    return Fault(where=where, what=what, allowed="", next_step=next_step)


def _jobs(home: SandboxHome, deployment: str, resources: Sequence[Resource]) -> dict[str, str]:
    """Job -> its resource group: those that stand, and those that are gone and left logs."""
    found: dict[str, str] = {}
    for directory in sorted((home.logs / "jobs").glob("*/*")):
        if directory.is_dir() and _deployment_of(directory.parent.name) == deployment:
            found[directory.name] = directory.parent.name
    standing = {it.name: arm_ids.resource_group(it.id) for it in resources if it.kind == "app:Job"}
    return {**found, **standing}


def _deployment_of(group: str) -> str:
    try:
        return str(parse_name(group, "resource_group").deployment)
    except FaultsError:
        return ""


def _last_run(home: SandboxHome, deployment: str) -> Path:
    """The newest log of a command that ran on the deployment."""
    for path in sorted(home.logs.glob("*.log"), reverse=True):
        with path.open("rb") as file:
            if any(line.rstrip().endswith(f" of {deployment} begins".encode()) for line in file):
                return path
    fault = Fault(
        where=f"home {home.root}",
        what=f"no run of {deployment} has left a log here",
        allowed="a deployment that was brought up, previewed or taken down in this home",
        next_step=f"./cfctl up {deployment}, or name the other home: --home DIR",
    )
    raise FaultsError([fault])


def _server_log(home: SandboxHome, deployment: str, resources: Sequence[Resource]) -> Path:
    """The log of the deployment's real PostgreSQL server."""
    for it in resources:
        path = Records(home.postgres).directory(it.id) / "server.log"
        if it.kind == "dbforpostgresql:Server" and path.exists():
            return path
    fault = Fault(
        where=deployment,
        what=f"{deployment} has no PostgreSQL server here",
        allowed="a deployment that is up",
        next_step=f"./cfctl up {deployment}",
    )
    raise FaultsError([fault])


def _job(  # noqa: PLR0917
    screen: Screen, home: SandboxHome, deployment: str, job: str, group: str, wanted: Wanted
) -> ExitCode:
    """The log of a job's last execution, and how all that are kept ended."""
    kept = executions(home.root, group, job)
    if not kept:
        screen.say(f"{job} of {deployment} has never run")
        screen.document(
            documents.document("logs", ExitCode.OK, deployment=deployment, what=job, log=None, lines=[], executions=[])
        )
        return ExitCode.OK
    for execution in kept:
        screen.say(f"{execution.name}  {execution.status}  {_span(execution)}", style="dim")

    def over() -> bool:
        return all(it.status != RUNNING for it in executions(home.root, group, job) if it.name == kept[-1].name)

    told = [
        {"name": it.name, "status": it.status, "started": _iso(it.started), "ended": _iso(it.ended), "log": it.log}
        for it in kept
    ]
    return _show(screen, deployment, job, kept[-1].log, wanted, over, told)


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def _span(execution: Execution) -> str:
    started = f"{execution.started:%Y-%m-%d %H:%M:%S}"
    return f"{started} to {execution.ended:%H:%M:%S} UTC" if execution.ended else f"{started} UTC, runs"


def _show(  # noqa: PLR0917
    screen: Screen,
    deployment: str,
    what: str,
    path: Path,
    wanted: Wanted,
    over: Callable[[], bool],
    told: Sequence[Mapping[str, object]] = (),
) -> ExitCode:
    """Write what is wanted of one file, and its document."""
    moment = log_files.moment(wanted.since, datetime.now(UTC)) if wanted.since else None
    position = path.stat().st_size if path.exists() else 0
    lines = log_files.read_lines(path)
    if moment is not None and not any(log_files.time_of(line) for line in lines):
        screen.say("the lines of this log have no times: --since is not applied", style="yellow")
    elif moment is not None:
        lines = log_files.since(lines, moment)
    shown = lines[-wanted.lines :]
    screen.say(str(path), style="dim")
    if len(shown) < len(lines):
        screen.say(f"the last {len(shown)} of {len(lines)} lines; --lines {len(lines)} shows all", style="dim")
    for line in shown:
        screen.result(line)
    if wanted.follow:
        _follow(screen, path, position, over)
    document = documents.document(
        "logs", ExitCode.OK, deployment=deployment, what=what, log=path, lines=shown, executions=told
    )
    screen.document(document)
    return ExitCode.OK


def _follow(screen: Screen, path: Path, position: int, over: Callable[[], bool]) -> None:
    """Write lines as they come, until Ctrl-C, which is the way to end it, or until nothing more can come."""

    def ended() -> bool:
        sleep(_POLL_SECONDS)
        return over()

    try:
        for line in log_files.follow(path, position, ended):
            screen.result(line)
            screen.out.file.flush()
    except KeyboardInterrupt:
        screen.say("")


def _service(screen: Screen, deployment: str, app: Resource, resources: Sequence[Resource]) -> ExitCode:
    """What is known of a container app: nothing of it runs here, so there is no log of its own to show."""
    group = arm_ids.resource_group(app.id)
    workspace = next((it for it in resources if it.kind == "operationalinsights:Workspace"), None)
    query = (
        f'ContainerAppConsoleLogs | where ContainerAppName == "{app.name}" | where TimeGenerated > ago(1h)'
        " | project TimeGenerated, RevisionName, Stream, Log | order by TimeGenerated asc"
    )
    told: dict[str, Any] = {
        "image": ", ".join(str(it.get("image")) for it in app.items("template.containers")),
        "latest_revision": app.text("latestRevisionName"),
        "ready_revision": app.text("latestReadyRevisionName"),
        "provisioning": app.text("provisioningState"),
        "traffic": [_traffic(it) for it in app.items("configuration.ingress.traffic")],
        "replicas": [app.value("template.scale.minReplicas"), app.value("template.scale.maxReplicas")],
        "command": f"az containerapp logs show --name {app.name} --resource-group {group} --follow --tail 100",
        "workspace": workspace.name if workspace else "",
        "query": query,
    }
    screen.say(f"{app.name} of {deployment}: containers do not run in the sandbox, so there is no log of it here")
    least, most = cast("list[Any]", told["replicas"])
    for label, value in (
        ("image", told["image"]),
        ("revision", f"{told['latest_revision']} ({told['provisioning']}), ready: {told['ready_revision']}"),
        ("traffic", ", ".join(told["traffic"]) or "no ingress"),
        ("replicas", f"{least} to {most} on Azure, none here"),
        ("on azure", told["command"]),
        ("or in", f"{told['workspace'] or 'its Log Analytics workspace'}: {query}"),
    ):
        screen.result(f"{label:<10}{value}")
    screen.document(
        documents.document("logs", ExitCode.OK, deployment=deployment, what=app.name, log=None, lines=[], service=told)
    )
    return ExitCode.OK


def _traffic(body: Any) -> str:
    weight = cast("dict[str, Any]", body)
    revision = "latest revision" if weight.get("latestRevision") else weight.get("revisionName") or weight.get("label")
    return f"{revision} {weight.get('weight')} %"

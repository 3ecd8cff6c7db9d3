"""`cfctl names show` and `cfctl names check`: the names of a deployment, and the proof that every name fits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from cidr import KINDS, DeploymentName, Environment, FaultsError, Kind
from cidr.names import HIGHEST_INSTANCE
from cli import documents, failures
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.naming import SUFFIX, every_deployment, fit_of, misfits
from cli.screen import Screen
from cli.tables import plain_table, show_table
from components.conventions import Names, kinds, parse_name
from sandbox.home import SandboxHome
from stacks import known_deployments, load_settings, stack_file

DEFAULT_CODE: Final = "cf"
"""Of a deployment that has no stack file yet, which would say its own."""

InUse = Mapping[Kind, Mapping[str, frozenset[str]]]
"""Kind of deployment -> kind of name -> descriptors."""


def show(screen: Screen, project: Path, deployment: str, code: str | None) -> ExitCode:
    """Write every kind's name. The document adds `deployment`, `application_code` and `names`: [NameFit]."""
    name = DeploymentName.parse(deployment, "DEPLOYMENT")
    code = _code(code, name, project)
    fits = [fit_of(row, name, code) for row in kinds().values()]
    table = plain_table(("kind", "name", "length", "room"), right=("length", "room"))
    for fit in fits:
        room = "" if fit.room is None else str(fit.room)
        table.add_row(fit.kind, fit.name, f"{fit.length} of {fit.max}", room)
    show_table(screen, table)
    screen.result(f"room: the longest descriptor that still fits; {SUFFIX}: random, drawn once", style="dim")
    more: dict[str, Any] = {"deployment": str(name), "application_code": code, "names": [asdict(fit) for fit in fits]}
    screen.document(documents.document("names show", ExitCode.OK, **more))
    return ExitCode.OK


def check(screen: Screen, home: SandboxHome, project: Path, code: str | None, *, tables_only: bool) -> ExitCode:
    """Prove that every name fits, in each region and environment and up to the highest instance.

    The document adds `application_code`, `deployments` (how many), `kinds`: [{kind, max, room, in_use}], room that of
    the tightest deployment. Descriptors in use are read from one deployment of each kind and environment, as it stands
    or as a preview plans it; not with `tables_only`.
    """
    names = list(every_deployment())
    longest = [name for name in names if name.instance in (None, HIGHEST_INSTANCE)]
    code = _code(code, names[0], project)
    in_use: InUse = {} if tables_only else _in_use(screen, home, project)
    faults = [
        fault
        for kind in KINDS
        for fault in misfits([name for name in names if name.kind == kind], code, in_use.get(kind, {}))
    ]
    rows = [
        {
            "kind": row.name,
            "max": row.max,
            "room": min(fit_of(row, name, code).room or 0 for name in longest)
            if "descriptor" in row.pattern.fields
            else None,
            "in_use": sorted({word for of_kind in in_use.values() for word in of_kind.get(row.name, ())}),
        }
        for row in kinds().values()
    ]
    code_of_exit = ExitCode.FAILED if faults else ExitCode.OK
    show_table(screen, _tightest(rows))
    if faults:
        failures.show(screen, Failure(code_of_exit, tuple(faults)))
    used = sum(len(words) for of_kind in in_use.values() for words in of_kind.values())
    screen.result(
        f"{len(names)} deployments, {len(rows)} kinds, {used} descriptors in use, application code {code}: "
        + (f"{len(faults)} do not fit" if faults else "every name fits"),
        style="bold red" if faults else "bold green",
    )
    more: dict[str, Any] = {"application_code": code, "deployments": len(names), "kinds": rows}
    screen.document(documents.document("names check", code_of_exit, faults, **more))
    return code_of_exit


def _code(given: str | None, name: DeploymentName, project: Path) -> str:
    code = given
    if code is None and stack_file(str(name), project).is_file():
        code = load_settings(str(name), project).application_code
    Names(name, code or DEFAULT_CODE)  # which refuses a code that is none
    return code or DEFAULT_CODE


def _in_use(screen: Screen, home: SandboxHome, project: Path) -> InUse:
    from cli.deployed import sources  # noqa: PLC0415 - tables alone need no state
    from cli.known import kind_of  # noqa: PLC0415

    longest = max(every_deployment(), key=lambda name: len(str(name)))
    found: dict[Kind, defaultdict[str, set[str]]] = {kind: defaultdict(set) for kind in KINDS}
    for source in sources(home, project, _one_of_each(project), screen.say):
        name = DeploymentName.parse(source.deployment)
        for resource in source.resources:
            kind = kind_of(resource)
            descriptor = _descriptor(resource.name, kind) if kind in kinds() else None
            if descriptor:  # that of a peering is its other end, which may be any deployment
                found[name.kind][kind].add(str(longest) if _is_deployment(descriptor) else descriptor)
    return {kind: {name: frozenset(words) for name, words in its.items()} for kind, its in found.items()}


def _one_of_each(project: Path) -> list[str]:
    """One regional of each environment, else its global; a regional brings its global."""
    live = [name for name in known_deployments() if stack_file(str(name), project).is_file()]
    first = {
        environment: min((name for name in live if name.environment is environment), key=lambda it: it.kind == "global")
        for environment in Environment
        if any(name.environment is environment for name in live)
    }
    return [str(name) for name in first.values()]


def _descriptor(name: str, kind: str) -> str | None:
    try:
        return parse_name(name, kind).descriptor
    except FaultsError:
        return None  # a name that Azure fixes, or one that only an up will know


def _is_deployment(text: str) -> bool:
    try:
        DeploymentName.parse(text)
    except FaultsError:
        return False
    return True


def _tightest(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = plain_table(("kind", "most characters", "room", "descriptors in use, longest first"), right=("room",))
    for row in rows:
        words = sorted(row["in_use"], key=len, reverse=True)
        shown = ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")
        room = "" if row["room"] is None else str(row["room"])
        table.add_row(str(row["kind"]), str(row["max"]), room, shown)
    return table

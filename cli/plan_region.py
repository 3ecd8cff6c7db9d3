"""`cfctl plan region`: what a region would get if it had what another has, before anything is written."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cidr import DeploymentName, Fault, FaultsError, Region, load_map
from cidr.changes import assigned
from cidr.growth import growth_of
from cidr.plan import AllocationMap
from cli import documents
from cli.exit_codes import ExitCode
from cli.naming import fit_of, misfits
from cli.region_facts import Gap, gaps, info_of, region_of
from cli.screen import Screen
from cli.tables import plain_table, show_table
from components.conventions import REGIONS, RegionInfo, kinds
from stacks import load_settings, stack_file

# Those whose names exist once in the world or hold all the rest: what a person looks for first.
_SHOWN: Final = ("resource_group", "virtual_network", "postgres_server", "key_vault", "storage_account")


def plan(screen: Screen, project: Path, text: str, like: str) -> ExitCode:
    """Write what each deployment of `like` would be in the region. Changes nothing.

    The document adds `region`, `like`, `azure_name`, `display`, `residency_zone`, `zones`, `paired`, `paired_is_ours`
    (a code of the platform, or null), `deployments`: [{deployment, like, there, block, budget, names}], `not_offered`:
    [Gap] and `commands`, one for each deployment that is not there yet.
    """
    region, other = _regions(text, like)
    allocations, info = load_map(), info_of(region)
    models = {
        replace(it, region=region): it for it in allocations.owned if it.region is other and it.kind == "regional"
    }
    settings = {name: load_settings(str(it), project) for name, it in models.items() if _has_file(it, project)}
    if not settings:
        what = f"{other} has no regional deployment with a stack file"
        known = sorted({str(it.region) for it in allocations.owned if it.kind == "regional"})
        raise FaultsError([_fault("--like", what, ", ".join(known), f"write --like {known[0]}")])
    blocks = assigned(allocations, settings)
    faults = misfits(blocks, next(iter(settings.values())).application_code)
    if faults:
        raise FaultsError(faults)
    rows = [
        {
            "deployment": str(name),
            "like": str(models[name]),
            "there": name in allocations.owned,
            "block": str(block),
            "budget": settings[name].budget.amount,
            "names": _names(name, settings[name].application_code),
        }
        for name, block in blocks.items()
    ]
    missing = gaps(region, {str(models[name]): it for name, it in settings.items()})
    commands = [f"./cfctl deployment add {row['deployment']} --like {row['like']}" for row in rows if not row["there"]]
    _tell_region(screen, region, info, other)
    _tell_deployments(screen, rows)
    _tell_missing(screen, missing)
    _tell_room(screen, allocations, sum(not row["there"] for row in rows))
    for command in commands:
        screen.result(f"  next  {command}", style="bold cyan")
    more: dict[str, Any] = {
        "region": str(region),
        "like": str(other),
        **info.model_dump(mode="json", include={"azure_name", "display", "residency_zone", "zones", "paired"}),
        "paired_is_ours": _ours(info),
        "deployments": rows,
        "not_offered": [asdict(gap) for gap in missing],
        "commands": commands,
    }
    screen.document(documents.document("plan region", ExitCode.OK, **more))
    return ExitCode.OK


def _regions(text: str, like: str) -> tuple[Region, Region]:
    found: list[Region] = []
    faults: list[Fault] = []
    for word, where in ((text, "REGION"), (like, "--like")):
        try:
            found.append(region_of(word, where))
        except FaultsError as error:
            faults += error.faults
    if not faults and found[0] is found[1]:
        others = ", ".join(str(region) for region in Region if region is not found[0])
        faults.append(_fault("--like", f"{like} is the region itself", others, "name another region"))
    if faults:
        raise FaultsError(faults)
    return found[0], found[1]


def _has_file(name: DeploymentName, project: Path) -> bool:
    return stack_file(str(name), project).is_file()


def _ours(info: RegionInfo) -> str | None:
    """The platform's code of the paired region; None where it is none of the platform's."""
    return next((str(region) for region, it in REGIONS.items() if it.azure_name == info.paired), None)


def _names(deployment: DeploymentName, code: str) -> dict[str, str]:
    return {kind: fit_of(kinds()[kind], deployment, code).name for kind in _SHOWN}


def _tell_region(screen: Screen, region: Region, info: RegionInfo, other: Region) -> None:
    there = info_of(other)
    screen.result(f"{region}  {info.display}, {info.azure_name}", style="bold")
    same = f"as {other}" if info.residency_zone == there.residency_zone else f"{other} is {there.residency_zone}"
    ours = _ours(info)
    for label, value in (
        ("residency", f"{info.residency_zone} ({same}): only tenants of that zone are assigned to it"),
        ("zones", ", ".join(info.zones) or "none: no zone-redundant service"),
        ("pair", f"{info.paired}, {f'here {ours}' if ours else 'no region of the platform: only Azure copies there'}"),
    ):
        screen.result(f"  {label:<11}{value}")


def _tell_deployments(screen: Screen, rows: list[dict[str, Any]]) -> None:
    table = plain_table(("deployment", "like", "block", "budget/month", *_SHOWN[2:]), right=("budget/month",))
    for row in rows:
        block = f"{row['block']}{' (there already)' if row['there'] else ''}"
        names = [row["names"][kind] for kind in _SHOWN[2:]]
        table.add_row(row["deployment"], row["like"], block, f"{row['budget']:g} USD", *names)
    show_table(screen, table)


def _tell_missing(screen: Screen, missing: list[Gap]) -> None:
    for gap in missing:
        asked = f"asked for by {', '.join(gap.asked_by)}" if gap.asked_by else "nothing of it asks for it"
        style = "yellow" if gap.asked_by else "dim"
        screen.result(f"  not offered: {gap.feature} of {gap.resource_type}: {gap.note}; {asked}", style=style)
    if not missing:
        screen.result("  nothing is on record that Azure does not offer there", style="dim")


def _tell_room(screen: Screen, allocations: AllocationMap, wanted: int) -> None:
    free = len(allocations.by_kinship.get(None, ()))
    lasts = growth_of(allocations.blocks, datetime.now(UTC).date()).lasts(free)
    screen.result(f"  {wanted} blocks of {free} free ones" + (f", which last {lasts:.1f} years" if lasts else ""))


def _fault(where: str, what: str, allowed: str, next_step: str) -> Fault:
    return Fault(where=where, what=what, allowed=allowed, next_step=next_step)

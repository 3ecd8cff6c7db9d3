"""`cfctl cidr`: what of the address range is taken, what comes next, and whether map and stack files agree."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cidr import DeploymentName, Environment, Fault, FaultsError, load_map
from cidr.allocator import next_block, open_blocks, usable_addresses, utilisation
from cidr.faults import nearest
from cidr.growth import Growth, growth_of
from cidr.plan import AllocationMap
from cidr.schema import HeldBlock, OwnedBlock, kinship
from cli import documents, failures
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.region_facts import region_of
from cli.screen import Screen
from cli.tables import plain_table, show_table
from stacks import known_deployments, stack_file


def show(screen: Screen) -> ExitCode:
    """Write how much is taken and how long the rest lasts. The document adds `utilisation`, `growth` and `regions`.

    growth: {taken, days, per_year, free_lasts_years}. regions: [{kind, region, environment, deployments, held, left,
    per_year, lasts_years}], left: held for it, and free. Years are null where nothing grew.
    """
    allocations, today = load_map(), datetime.now(UTC).date()
    used, overall = utilisation(allocations), growth_of(allocations.blocks, today)
    rows = list(_regions(allocations, today))
    lasts = overall.lasts(used.free)
    screen.result(
        f"{used.total} blocks: {used.live} live, {used.reserved} reserved, {used.held} held, "
        f"{used.retired} retired, {used.free} free; {used.taken:.0%} is out of reach for a new region"
    )
    screen.result(
        f"growth: {_rate(overall)}; " + (f"the free ones last {_years(lasts)}" if lasts else "no end in sight")
    )
    table = plain_table(
        ("kind", "region", "environment", "deployments", "held", "left", "a year", "lasts"),
        right=("deployments", "held", "left", "a year"),
    )
    for row in rows:
        cells = (row["kind"], row["region"], row["environment"], row["deployments"], row["held"], row["left"])
        table.add_row(*map(str, cells), f"{row['per_year']:.1f}", _years(row["lasts_years"]))
    show_table(screen, table)
    growth = {**asdict(overall), "per_year": overall.per_year, "free_lasts_years": lasts}
    document: dict[str, Any] = {
        "utilisation": {**asdict(used), "total": used.total, "taken": used.taken},
        "growth": growth,
    }
    screen.document(documents.document("cidr show", ExitCode.OK, **document, regions=rows))
    return ExitCode.OK


def _regions(allocations: AllocationMap, today: date) -> Iterator[dict[str, object]]:
    free = len(allocations.by_kinship.get(None, ()))
    for key in dict.fromkeys(kinship(block) for block in allocations.blocks):
        if key is None:
            continue
        blocks = allocations.by_kinship[key]
        held = sum(isinstance(block, HeldBlock) for block in blocks)
        growth, left = growth_of(blocks, today), held + (free if key[0] == "regional" else 0)
        yield {
            **dict(zip(("kind", "region", "environment"), map(str, key), strict=True)),
            "deployments": sum(isinstance(block, OwnedBlock) for block in blocks),
            "held": held,
            "left": left,
            "per_year": round(growth.per_year, 2),
            "lasts_years": growth.lasts(left),
        }


def _rate(growth: Growth) -> str:
    if not growth.taken:
        return "no block was taken since days are kept"
    return f"{growth.taken} taken in {growth.days} days, {growth.per_year:.1f} a year"


def _years(years: object) -> str:
    return f"{years:.1f} years" if isinstance(years, float) else "no growth"


def show_one(screen: Screen, deployment: str) -> ExitCode:
    """Write a deployment's addresses. The document adds `deployment`, `block`, `slots` and `set_aside`.

    slots: [{name, network, usable, subnet_name, delegation, purpose}], usable: what resources can have.
    """
    allocations = load_map()
    plan = allocations.plan(DeploymentName.parse(deployment, "NAME"))
    slots = [
        {
            "name": slot.name,
            "network": str(slot.network),
            "usable": usable_addresses(slot),
            "subnet_name": slot.subnet_name,
            "delegation": slot.delegation,
            "purpose": slot.purpose,
        }
        for slot in plan.subnets
    ]
    base = plan.block.network_address
    aside = [
        {"name": it.name, "first": str(base + int(it.first)), "last": str(base + int(it.last)), "purpose": it.purpose}
        for it in allocations.set_aside
    ]
    screen.result(f"{plan.deployment}  {plan.block}", style="bold")
    table = plain_table(("slot", "network", "usable", "delegation", "purpose"), right=("usable",))
    for slot in slots:
        table.add_row(*(str(slot[key] or "") for key in ("name", "network", "usable", "delegation", "purpose")))
    for row in aside:
        table.add_row(row["name"], f"{row['first']} to {row['last']}", "", "", row["purpose"])
    show_table(screen, table)
    more: dict[str, Any] = {
        "deployment": str(plan.deployment),
        "block": str(plan.block),
        "slots": slots,
        "set_aside": aside,
    }
    screen.document(documents.document("cidr show", ExitCode.OK, **more))
    return ExitCode.OK


def show_next(screen: Screen, region: str, environment: str) -> ExitCode:
    """Write the block that one more deployment would get. The document adds `block`, `status`, `held_for`, `left`."""
    faults: list[Fault] = []
    if environment not in list(Environment):
        known = [str(it) for it in Environment]
        guess = nearest(environment, known)
        step = f"write --env {guess}" if guess else "write one of them"
        faults.append(
            Fault(where="--env", what=f"unknown environment {environment!r}", allowed=", ".join(known), next_step=step)
        )
    try:
        known_region = region_of(region, "--region")
    except FaultsError as error:
        raise FaultsError([*error.faults, *faults]) from None
    if faults:
        raise FaultsError(faults)
    allocations, wanted = load_map(), Environment(environment)
    block = next_block(allocations, known_region, wanted)
    held_for = str(block.held_for) if isinstance(block, HeldBlock) else None
    left = len(open_blocks(allocations, known_region, wanted)) - 1
    why = f"held for growth of {held_for}" if held_for else "free"
    screen.result(str(block.network), style="bold")
    screen.result(f"  {why}; {left} more for {region} {environment} after it")
    more: dict[str, Any] = {"block": str(block.network), "status": block.status, "held_for": held_for, "left": left}
    screen.document(documents.document("cidr next", ExitCode.OK, region=region, environment=environment, **more))
    return ExitCode.OK


def check(screen: Screen, project: Path) -> ExitCode:
    """Hold the map against its rules and against the stack files. The document adds `blocks` and `deployments`.

    Raises FaultsError for a map that breaks its own rules.
    """
    allocations = load_map()
    faults = list(_disagreements(allocations, project))
    code = ExitCode.FAILED if faults else ExitCode.OK
    if faults:
        failures.show(screen, Failure(code, tuple(faults)))
    else:
        blocks, owned = len(allocations.blocks), len(allocations.owned)
        screen.result(f"{blocks} blocks, {owned} deployments: no overlap, each with one row, map and stack files agree")
    counts = {"blocks": len(allocations.blocks), "deployments": len(allocations.owned)}
    screen.document(documents.document("cidr check", code, faults, **counts))
    return code


def _disagreements(allocations: AllocationMap, project: Path) -> Iterator[Fault]:
    """Live without a stack file, a stack file without a live block."""
    allowed = "a live block and a stack file, or neither"
    for name, block in allocations.owned.items():
        there = stack_file(str(name), project).is_file()
        where = f"cidr/allocations.yaml {block.network}"
        if block.status == "live" and not there:
            step = f"./cfctl deployment add {name} --like ANOTHER writes it"
            yield Fault(where=where, what=f"{name} is live and has no stack file", allowed=allowed, next_step=step)
        if block.status == "reserved" and there:
            what = f"{name} is reserved and has a stack file"
            yield Fault(where=where, what=what, allowed=allowed, next_step="write `status: live`")
    known = {stack_file(str(name), project).name for name in known_deployments()}
    known.add(stack_file("account", project).name)
    for file in sorted((project / "stacks").glob("Pulumi.*.yaml")):
        if file.name not in known:
            what, step = "is of a deployment that has no block", f"take stacks/{file.name} out, or give it a block"
            yield Fault(where=f"stacks/{file.name}", what=what, allowed=allowed, next_step=step)

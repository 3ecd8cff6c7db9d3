"""What is told of a new deployment beside what was written for it: nothing of it was changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cidr import DeploymentName
from cidr.plan import AllocationMap
from cidr.schema import Block, HeldBlock, OwnedBlock, RetiredBlock
from cli.region_facts import gaps
from stacks import Settings, load_account, load_settings, stack_file

BUDGET: Final = "budget.amount"


@dataclass(frozen=True)
class Arrival:
    """A new deployment: its block's row before, its settings, the one it is like, the settings that are not that one's,
    and the keys that were left out.
    """

    before: Block
    settings: Settings
    like: DeploymentName
    changes: Mapping[str, str]
    left_out: tuple[str, ...]


def whose(block: Block) -> str:
    """Whose a block is, for people."""
    match block:
        case HeldBlock():
            return f"held for {block.held_for}"
        case RetiredBlock():
            return f"retired, was {block.was}'s"
        case _:
            return "its own before" if isinstance(block, OwnedBlock) else "free"


def notes_on(allocations: AllocationMap, arrival: Arrival, project: Path) -> Iterator[str]:
    """What a person should know or look at; `allocations` is the map as it was before."""
    before, settings, like = arrival.before, arrival.settings, arrival.like
    name = settings.deployment
    if isinstance(before, RetiredBlock):
        yield f"{before.network} was {before.was}'s: logs and allow-lists may still take {name} for it"
    for block in allocations.blocks:
        if isinstance(block, RetiredBlock) and block.was == name and block != before:
            yield f"{block.network}, which {name} had before, stays retired"
    if BUDGET not in arrival.changes:
        yield f"the budget is that of {like}, {settings.budget.amount:g} USD a month (--budget sets another)"
    if arrival.left_out:
        yield f"of {like} alone, so left out: {', '.join(arrival.left_out)}"
    yield from (
        f"{gap.feature} of {gap.resource_type} is not offered in {name.region}: {gap.note} ({', '.join(gap.asked_by)})"
        for gap in gaps(name.region, {str(like): settings})
        if gap.asked_by
    )
    yield from _account_notes(allocations, settings, project)
    yield f"{name.needs} lets {name} in only after its own next up, which `up {name}` does first"


def _account_notes(allocations: AllocationMap, settings: Settings, project: Path) -> Iterator[str]:
    name = settings.deployment
    row = load_account(project).environments.get(name.environment)
    if row is None:
        return
    others = [it for it in allocations.owned if it.environment is name.environment and it != name]
    there = [it for it in others if stack_file(str(it), project).is_file()]
    total = settings.budget.amount + sum(load_settings(str(it), project).budget.amount for it in there)
    if total > row.budget.amount:
        yield (
            f"the budgets of {name.environment} add up to {total:g} USD a month now, in stacks/Pulumi.account.yaml "
            f"its own is {row.budget.amount:g}"
        )
    if name.region not in row.network_watchers:
        yield (
            f"stacks/Pulumi.account.yaml has no network watcher for {name.region} in {name.environment}: "
            f"add `{name.region}`"
        )

"""What a command line asks for: as it was typed, and once it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.options import EngineName

_SIGNS: Final = frozenset("*?[")


def is_pattern(word: str) -> bool:
    """True for what a shell would take for a pattern (https://docs.python.org/3/library/fnmatch.html)."""
    return not _SIGNS.isdisjoint(word)


@dataclass(frozen=True, slots=True)
class Words:
    """Which deployments are meant, as typed: names and patterns, environments, all, or all that may be taken down."""

    deployments: tuple[str, ...]
    environments: tuple[str, ...] = ()
    everything: bool = False
    ephemeral: bool = False

    @property
    def are_one_name(self) -> bool:
        """True for one deployment by its name, with which at most its global goes along."""
        alone = len(self.deployments) == 1 and not (self.environments or self.everything or self.ephemeral)
        return alone and not is_pattern(self.deployments[0])


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for.

    at_once: most deployments that run at the same time. reason: why data is given up: not exported by `down`, or not
    brought back by `up`; empty where it is not. approve_cost: why a price above the budget is taken, empty where none
    was approved. ends: by deployment, what its program's environment says of the end that it gets (stacks/ttl.py).
    message: what Pulumi's history is to say of the run on Azure.
    check: a refresh only tells what differs. save_plan: where a preview writes what it plans; plan: a file of such a
    preview that `up` is held to.
    """

    command: str
    deployments: tuple[str, ...]
    engine: EngineName
    targets: tuple[str, ...]
    parallel: int
    yes: bool = False
    at_once: int = 1
    reason: str = ""
    approve_cost: str = ""
    break_glass: str = ""
    confirm: str = ""
    check: bool = False
    save_plan: Path | None = None
    plan: Path | None = None
    ends: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    message: str = ""

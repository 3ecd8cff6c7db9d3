"""Which deployments are taken down now: those whose time is over and that nobody needs who stays."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cidr import DeploymentName
from lifecycle.ends.life import Life
from stacks import down_order, needs_of


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """going: in the order in which they go, each before what it needs. held: over, but needed by these, which stay."""

    going: tuple[DeploymentName, ...]
    held: Mapping[DeploymentName, tuple[DeploymentName, ...]]


def sweep(lives: Sequence[Life], standing: Collection[DeploymentName], now: datetime) -> Sweep:
    """What goes now. standing: every deployment of which something may be up, with an end or without."""
    over = {life.deployment for life in lives if life.is_over(now)}
    held = {
        name: needing
        for name in over
        if (needing := tuple(sorted((it for it in standing if name in needs_of(it) and it not in over), key=str)))
    }
    going = over - held.keys()
    return Sweep(going=tuple(down_order([str(name) for name in going])) if going else (), held=held)

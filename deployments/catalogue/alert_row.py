"""The type of a row of the alerts, and words that rows share."""

from dataclasses import dataclass
from typing import Final, Literal

from cidr import KINDS, Environment, Kind
from components.watching.alert_rules import Rule

Target = Literal["apps", "postgres", "event_hubs", "dead_letters", "redis", "key_vault"]
"""What can be watched: each container app, the server, the namespace, each hub of dead letters (by its name, with the
namespace's id), the cache, the vault."""

# dev scales to nothing: there no replica is no fault, and the first request waits for one.
NEVER_ASLEEP: Final = frozenset({Environment.STG, Environment.PROD})


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """A rule, and the kinds of deployment and environments that have it.

    `about`: what a rule on logs speaks of; a deployment without one of these does not have it.
    """

    rule: Rule
    about: Target | None = None
    kinds: frozenset[Kind] = frozenset(KINDS)
    environments: frozenset[Environment] = frozenset(Environment)


def kql(*lines: str) -> str:
    """A query of a table, the first line, and what is done with its rows, a line each."""
    return "\n| ".join(lines)

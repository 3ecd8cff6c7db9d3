"""When a deployment may be taken down, as tags of its resource group: written when the group is made, then left alone.

A time reckoned from the clock would be another at each run. So the program says it for a new group alone, and what an
extension wants instead comes by an environment variable, which reaches the program under any engine
(stacks/ttl.py has the words). https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Self

from cidr import Fault, FaultsError
from stacks import Settings
from stacks.ttl import (
    EXPIRES_AT_SPEND,
    EXPIRES_AT_SPEND_VARIABLE,
    EXPIRES_ON,
    EXPIRES_ON_VARIABLE,
    EXPIRY_WARNED,
    read_moment,
    read_spend,
    read_ttl,
    written_moment,
    written_spend,
)

_VARIABLES: Final = {EXPIRES_ON: EXPIRES_ON_VARIABLE, EXPIRES_AT_SPEND: EXPIRES_AT_SPEND_VARIABLE}
_READERS: Final = {EXPIRES_ON: read_moment, EXPIRES_AT_SPEND: read_spend}


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """`tags`: those of the group alone. `kept`: which an existing group keeps as they are in Azure."""

    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    kept: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, environment: Mapping[str, str], now: datetime) -> Self:
        """The end that a deployment gets when it is made, or is now given.

        `environment`: as `os.environ`. Raises FaultsError for a variable that holds no time or no amount, and for one
        that would give a persistent deployment an end.
        """
        given = {tag: environment[name] for tag, name in _VARIABLES.items() if environment.get(name)}
        if not settings.ephemeral:
            if given:
                raise FaultsError([_persistent(settings, _VARIABLES[tag]) for tag in given])
            return cls()
        for tag, text in given.items():
            _READERS[tag](text, _VARIABLES[tag])
        return cls(
            tags={**_of_new(settings, now), **given},
            kept=(*(tag for tag in _VARIABLES if tag not in given), EXPIRY_WARNED),
        )


def _of_new(settings: Settings, now: datetime) -> dict[str, str]:
    tags: dict[str, str] = {}
    if settings.ttl is not None:
        tags[EXPIRES_ON] = written_moment(now + read_ttl(settings.ttl, "ttl"))
    if settings.ttl_spend is not None:
        tags[EXPIRES_AT_SPEND] = written_spend(Decimal(str(settings.ttl_spend.amount)), settings.ttl_spend.currency)
    return tags


def _persistent(settings: Settings, variable: str) -> Fault:
    return Fault(
        where=variable,
        what=f"{variable} is set, and {settings.deployment} is persistent: it has no end",
        allowed="deployments of dev and stg",
        next_step=f"unset {variable}",
    )

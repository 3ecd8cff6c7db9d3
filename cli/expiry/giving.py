"""`up --ttl`, `up --ttl-spend`: the end that a deployment gets when it is made, or that it lacks.

One that has an end keeps it: a second `up` is no way to live longer without a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from cli.expiry.ground import Ground
from cli.failures import RefusedError
from cli.screen import Screen
from stacks import Settings, load_settings, up_order
from stacks.ttl import (
    EXPIRES_AT_SPEND,
    EXPIRES_AT_SPEND_VARIABLE,
    EXPIRES_ON,
    EXPIRES_ON_VARIABLE,
    read_spend,
    read_ttl,
    written_moment,
    written_spend,
)

CURRENCY = "USD"
"""Of `--ttl-spend`, as of the settings' `ttl_spend`."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the command line gives. ttl, spend: as typed and read; None where not given."""

    ttl: timedelta | None = None
    spend: Decimal | None = None

    @property
    def options(self) -> list[str]:
        """Those that were typed."""
        return [*(["--ttl"] if self.ttl else []), *(["--ttl-spend"] if self.spend else [])]


def read_given(ttl: str, spend: str) -> Given:
    """The options as typed, empty where not. Raises FaultsError for what they cannot hold."""
    return Given(
        ttl=read_ttl(ttl, "--ttl") if ttl else None,
        spend=read_amount(spend, "--ttl-spend") if spend else None,
    )


def read_amount(text: str, where: str) -> Decimal:
    """An amount as typed: `50`, or `50.00`. Raises FaultsError for another text, and for nothing."""
    try:
        return read_spend(f"{text} {CURRENCY}", where)[0]
    except FaultsError:
        what, step = f"{text!r} is no amount of {CURRENCY}", "write 50, or 50.00"
        raise FaultsError([Fault(where=where, what=what, allowed="more than 0", next_step=step)]) from None


def ends_of(  # noqa: PLR0917
    screen: Screen, ground: Ground, project: Path, names: Sequence[str], given: Given, now: datetime
) -> dict[str, Mapping[str, str]]:
    """By deployment that `up` of `names` brings up, what its program is to find in its environment.

    A deployment gets the end of the command line if it is named and has none, or if this run makes it: the global that
    comes along would else outlive what it was made for. One that stands without the end of its settings gets that.
    Raises RefusedError for an end given to a persistent deployment.
    """
    if names == [ACCOUNT] or ACCOUNT in names:
        if given.options:
            raise RefusedError(_endless(ACCOUNT, given.options))
        return {}
    ends: dict[str, Mapping[str, str]] = {}
    for name in up_order(names, project):
        if not name.environment.ephemeral:
            if str(name) in names and given.options:
                raise RefusedError(_endless(str(name), given.options))
            continue
        try:
            settings = load_settings(str(name), project)
        except FaultsError:
            continue  # the run itself tells what is wrong with the file
        tags = ground.tags(settings)
        if found := _end_of(screen, settings, tags, _meant(given, name, names, stands=tags is not None), now):
            ends[str(name)] = found
    return ends


def _meant(given: Given, name: DeploymentName, names: Sequence[str], *, stands: bool) -> Given:
    return given if str(name) in names or not stands else Given()


def _end_of(
    screen: Screen, settings: Settings, tags: Mapping[str, str] | None, given: Given, now: datetime
) -> dict[str, str]:
    end: dict[str, str] = {}
    name = str(settings.deployment)
    lacking = tags is not None
    if EXPIRES_ON in (tags or {}):
        _keeps(screen, name, f"ends at {(tags or {})[EXPIRES_ON]}", said=given.ttl is not None)
    elif given.ttl is not None:
        end[EXPIRES_ON_VARIABLE] = written_moment(now + given.ttl)
    elif lacking and settings.ttl is not None:
        end[EXPIRES_ON_VARIABLE] = written_moment(now + read_ttl(settings.ttl, "ttl"))
    if EXPIRES_AT_SPEND in (tags or {}):
        _keeps(screen, name, f"ends at {(tags or {})[EXPIRES_AT_SPEND]} spent", said=given.spend is not None)
    elif given.spend is not None:
        end[EXPIRES_AT_SPEND_VARIABLE] = written_spend(given.spend, CURRENCY)
    elif lacking and settings.ttl_spend is not None:
        amount = Decimal(str(settings.ttl_spend.amount))
        end[EXPIRES_AT_SPEND_VARIABLE] = written_spend(amount, settings.ttl_spend.currency)
    if end:
        screen.say(f"{name} ends at {' or at '.join(_words(end))}: ./cfctl reap takes it down then")
    return end


def _words(end: Mapping[str, str]) -> list[str]:
    return [f"{text} spent" if variable == EXPIRES_AT_SPEND_VARIABLE else text for variable, text in end.items()]


def _keeps(screen: Screen, name: str, end: str, *, said: bool) -> None:
    if said:
        screen.say(f"{name} stands and {end}, as before: ./cfctl extend {name} moves it", style="bold yellow")


def _endless(name: str, options: Sequence[str]) -> Fault:
    what = "the account, which outlives every deployment" if name == ACCOUNT else f"{name}, which is production"
    return Fault(
        where=" ".join(options),
        what=f"{what}, has no end",
        allowed="deployments of dev and stg",
        next_step=f"./cfctl up {name}, without {' and '.join(options)}",
    )

"""Checks that every kind of alert rule has: whom it tells, how bad it is, when it is evaluated."""

from collections.abc import Iterable, Mapping
from typing import Final

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.errors import ArmError
from sandbox.azure.model import Record, Write

from .common import refuse

LIMITS: Final = "https://learn.microsoft.com/azure/azure-monitor/service-limits#alerts"
CODE: Final = "BadRequest"
# Durations in minutes; azurerm lists what the API takes.
_MINUTES: Final[Mapping[str, int]] = {
    **{f"PT{minutes}M": minutes for minutes in (1, 5, 10, 15, 30, 45)},
    **{f"PT{hours}H": hours * 60 for hours in (1, 2, 3, 4, 5, 6, 12)},
    "P1D": 1440,
    "P2D": 2880,
}


def minutes(text: object, path: str, allowed: Iterable[str], write: Write) -> int:
    """A duration in minutes; ArmError for one that is not among the allowed."""
    choices = tuple(allowed)
    refuse(text not in choices, 400, CODE, f"{path} '{text}' of {write.name} is none of {', '.join(choices)}.")
    return _MINUTES[str(text)]


def severity_is_known(write: Write) -> None:
    """Raise ArmError for a severity outside 0 to 4."""
    severity = at(write.body, "severity")
    refuse(
        severity is None or not 0 <= int(severity) <= 4,
        400,
        CODE,
        f"Severity '{severity}' of {write.name} is outside 0 to 4.",
    )


def description_fits(write: Write, most: int) -> None:
    """Raise ArmError for a description that is longer than `most` characters."""
    length = len(str(at(write.body, "description") or ""))
    refuse(length > most, 400, CODE, f"The description of {write.name} has {length} characters; {most} are allowed.")


def action_groups_exist(write: Write, groups: Iterable[object]) -> None:
    """Raise ArmError for an action group that is not there or in another subscription than the rule."""
    for group in groups:
        found = write.world.find(str(group))
        elsewhere = arm_ids.subscription(str(group)).lower() != write.subscription.lower()
        refuse(
            found is None or found.token != "monitor:ActionGroup" or elsewhere,  # noqa: S105 - the name of a type
            400,
            CODE,
            f"Arm resource {group} is invalid or in a different subscription as alert rule..",
        )


def _no_scope(scope: object) -> ArmError:
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{arm_ids.arm_type(str(scope))}/{arm_ids.name(str(scope))}' under resource group "
        f"'{arm_ids.resource_group(str(scope))}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
    )


def scopes_of(write: Write) -> list[Record]:
    """The resources that a rule watches; ArmError when one is not there."""
    found: list[Record] = []
    for scope in at(write.body, "scopes") or []:
        record = write.world.find(str(scope))
        if record is None:
            raise _no_scope(scope)
        found.append(record)
    return found

"""Which names fit: every kind of names.yaml in every deployment that there may ever be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cidr import DeploymentName, Environment, Fault, FaultsError, Region
from cidr.names import HIGHEST_INSTANCE
from components.conventions import Kind, Names, kinds
from components.conventions.pattern import Parts

SUFFIX: Final = "????"
"""Stands for the four random characters of a name."""


@dataclass(frozen=True, kw_only=True)
class NameFit:
    """The name of one kind in one deployment; `{descriptor}` where one must be given.

    `length`: without the descriptor. `room`: the longest descriptor that still fits, None for a kind that takes none.
    `short`: the region's three letters stand in it. `scope`: where it must be the only one.
    """

    kind: str
    arm_type: str
    name: str
    length: int
    max: int
    room: int | None
    short: bool
    scope: str


def every_deployment() -> Iterator[DeploymentName]:
    """Each that the naming rules allow: globals, and regionals up to the highest instance."""
    for environment in Environment:
        yield DeploymentName.of_global(environment)
        for region in Region:
            for instance in range(1, HIGHEST_INSTANCE + 1):
                yield DeploymentName.of_region(region, environment, instance)


def fit_of(row: Kind, deployment: DeploymentName, code: str) -> NameFit:
    """How a kind's name fits; a name that is too long has a length over `max`, or a room under 1."""
    pattern = row.pattern
    takes, needs = "descriptor" in pattern.fields, pattern.needs_descriptor
    parts = Parts(
        application_code=code,
        deployment=deployment,
        descriptor="x" if takes else None,
        suffix=SUFFIX if "suffix" in pattern.fields else None,
    )
    whole, short = len(pattern.fill(parts, short=False)), len(pattern.fill(parts, short=True))
    bare = _with(parts, "{descriptor}" if needs else None)
    least = whole if needs else len(pattern.fill(_with(parts, None), short=False))
    shortened = least > row.max
    name = pattern.fill(bare, short=shortened)
    return NameFit(
        kind=row.name,
        arm_type=row.arm_type,
        name=name,
        length=len(name) - (len("{descriptor}") if needs else 0),
        max=row.max,
        room=row.max - min(whole, short) + 1 if takes else None,
        short=shortened and row.carries_deployment and deployment.kind == "regional",
        scope=row.scope,
    )


def _with(parts: Parts, descriptor: str | None) -> Parts:
    return Parts(
        application_code=parts.application_code,
        deployment=parts.deployment,
        descriptor=descriptor,
        suffix=parts.suffix,
    )


def misfits(
    deployments: Iterable[DeploymentName], code: str, in_use: Mapping[str, frozenset[str]] | None = None
) -> list[Fault]:
    """Each name that does not fit, one a kind and descriptor, with the part to shorten; and names that two would share.

    `in_use`: kind -> the descriptors that are in use; those of other kinds have one letter at least. Names unique only
    in their parent are the same in every deployment.
    """
    faults: list[Fault] = []
    told: set[tuple[str, str | None]] = set()
    seen: dict[tuple[str, str], DeploymentName] = {}
    for deployment in deployments:
        names = Names(deployment, code)
        for row in kinds().values():
            for descriptor in _descriptors(row, in_use or {}):
                if (row.name, descriptor) in told:
                    continue
                try:
                    suffix = "0000" if "suffix" in row.pattern.fields else None
                    name = names.of(row.name, descriptor, suffix)
                except FaultsError as error:
                    told.add((row.name, descriptor))
                    faults += [_in(fault, deployment) for fault in error.faults]
                    continue
                if row.carries_deployment and row.scope != "parent":
                    twin = seen.setdefault((row.name, name), deployment)
                    if twin != deployment:
                        told.add((row.name, descriptor))
                        faults.append(_shared(row, name, twin, deployment))
    return faults


def _descriptors(row: Kind, in_use: Mapping[str, frozenset[str]]) -> list[str | None]:
    used = sorted(in_use.get(row.name, ()))
    if row.pattern.needs_descriptor:
        return [*used] or ["x" * row.min]
    return [None, *used]


def _in(fault: Fault, deployment: DeploymentName) -> Fault:
    return fault.at(f"{fault.where}, first in {deployment}")


def _shared(row: Kind, name: str, one: DeploymentName, other: DeploymentName) -> Fault:
    return Fault(
        where=f"name of {row.name}",
        what=f"{one} and {other} would both have {name!r}",
        allowed=f"one name, one {row.name} ({row.scope})",
        next_step="give one of the regions another short form in components/conventions/regions.yaml",
    )

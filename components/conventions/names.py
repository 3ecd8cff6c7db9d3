"""Names of resources: made from the deployment and the table, and read back to their parts.

Nothing is cut: where a name is too long with the region's code, its three letters are taken; where it still is, the
error says which part to shorten.
"""

import re
from dataclasses import dataclass
from typing import Final

from cidr import DeploymentName, Fault, FaultsError
from cidr.faults import nearest
from cidr.names import APPLICATION_CODE
from components.conventions.pattern import DESCRIPTOR, SUFFIX, Parts, Pattern
from components.conventions.table import Kind, kinds

_DESCRIPTOR_WORDS: Final = "lower-case letters and digits, a letter first, single hyphens between"


@dataclass(frozen=True, kw_only=True)
class ParsedName(Parts):
    """A name's parts and its kind."""

    kind: str


@dataclass(frozen=True)
class Names:
    """The names of one deployment's resources.

    `application_code` is the setting of that name, 2 to 4 lower-case letters. Raises FaultsError for another.
    """

    deployment: DeploymentName
    application_code: str

    def __post_init__(self) -> None:
        if not re.fullmatch(APPLICATION_CODE, self.application_code, re.ASCII):
            what = f"application_code {self.application_code!r} is none"
            raise _refused("application_code", what, "2 to 4 lower-case letters", "write for example `cf`")

    def of(self, kind: str, descriptor: str | None = None, suffix: str | None = None) -> str:
        """The name of a resource of that kind (a row of names.yaml).

        `descriptor` tells apart several of one kind ("db" of subnets; the service of a container app);
        `suffix` is the four random characters of kinds that have them. Raises FaultsError for an unknown kind, a part
        that is missing, not taken or malformed, and for a name that does not fit its kind's limits.
        """
        row = _kind(kind)
        _check_parts(row, descriptor, suffix)
        parts = self._parts(row.pattern, descriptor, suffix)
        name = row.pattern.fill(parts, short=False)
        if len(name) > row.max:
            name = row.pattern.fill(parts, short=True)
        if len(name) > row.max:
            raise FaultsError([_too_long(row, name, parts)])
        if len(name) < row.min:
            what = f"{name!r} has {len(name)} characters, a {kind} has {row.min} at least"
            raise _refused(_where(row), what, f"{row.min} to {row.max} characters", "take a longer descriptor")
        if not row.characters.fullmatch(name):
            what = f"{name!r} has characters or an order of them that a {kind} does not take"
            allowed = f"{row.characters.pattern} ({row.source})"
            raise _refused(_where(row), what, allowed, f"change the descriptor {descriptor!r}")
        return name

    def _parts(self, pattern: Pattern, descriptor: str | None, suffix: str | None) -> Parts:
        carries = pattern.fields & {"deployment", "squeezed"}
        return Parts(
            application_code=self.application_code if "app" in pattern.fields else None,
            deployment=self.deployment if carries else None,
            descriptor=descriptor,
            suffix=suffix,
        )


def parse_name(name: str, kind: str | None = None) -> ParsedName:
    """The parts of a name that `Names.of` made: for each kind it is the inverse.

    Names that tell their deployment are read without `kind`; those that are unique only in their parent (container
    apps, hubs, databases) need it. Raises FaultsError for a text that no name is.
    """
    candidates = [_kind(kind)] if kind else [row for row in kinds().values() if row.carries_deployment]
    found = [
        ParsedName(kind=row.name, **vars(parts))
        for row in candidates
        for parts in row.pattern.read(name)
        if _made(row, parts) == name
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(row.pattern.shown for row in candidates[:4])
    what = f"{name!r} is no name of the platform" if not found else f"{name!r} can be read in {len(found)} ways"
    step = "check the spelling" if kind else "check the spelling, or give the kind if it is a bare name (container_app)"
    raise _refused("name", what, known + (", ..." if len(candidates) > 4 else ""), step)


def _made(row: Kind, parts: Parts) -> str | None:
    """The name that `Names.of` makes of parts; None where it makes none."""
    deployment = parts.deployment or DeploymentName.parse("global-dev")  # bare names do not depend on it
    try:
        return Names(deployment, parts.application_code or "cf").of(row.name, parts.descriptor, parts.suffix)
    except FaultsError:
        return None


def _kind(kind: str) -> Kind:
    table = kinds()
    if kind not in table:
        known = list(table)
        step = f"write {nearest(kind, known) or known[0]!r}, or add a row to components/conventions/names.yaml"
        raise _refused("kind", f"unknown kind {kind!r}", ", ".join(known), step)
    return table[kind]


def _check_parts(row: Kind, descriptor: str | None, suffix: str | None) -> None:
    faults: list[Fault] = []
    for part, value, needed, form, words in (
        ("descriptor", descriptor, row.pattern.needs_descriptor, DESCRIPTOR, _DESCRIPTOR_WORDS),
        ("suffix", suffix, "suffix" in row.pattern.fields, SUFFIX, "four lower-case letters or digits"),
    ):
        if value is None and needed:
            faults += _refused(_where(row), f"a {row.name} needs a {part}", words, f"give the {part}").faults
        elif value is not None and part not in row.pattern.fields:
            faults += _refused(
                _where(row), f"a {row.name} takes no {part}", row.pattern.shown, f"leave {value!r} out"
            ).faults
        elif value is not None and not re.fullmatch(form, value, re.ASCII):
            faults += _refused(_where(row), f"{part} {value!r} is none", words, f"write another {part}").faults
    if faults:
        raise FaultsError(faults)


def _too_long(row: Kind, name: str, parts: Parts) -> Fault:
    over = len(name) - row.max
    part, value = ("descriptor", parts.descriptor) if parts.descriptor else ("application_code", parts.application_code)
    return Fault(
        where=_where(row),
        what=f"{name!r} has {len(name)} characters, {over} too many, with the region's short form",
        allowed=f"{row.max} at most for a {row.name} ({row.source})",
        next_step=f"shorten the {part} {value!r} by {over}",
    )


def _where(row: Kind) -> str:
    return f"name of {row.name}"


def _refused(where: str, what: str, allowed: str, next_step: str) -> FaultsError:
    return FaultsError([Fault(where=where, what=what, allowed=allowed, next_step=next_step)])

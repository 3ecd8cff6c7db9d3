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
        _check_code(self.application_code)

    def of(self, kind: str, descriptor: str | None = None, suffix: str | None = None) -> str:
        """The name of a resource of that kind (a row of names.yaml).

        `descriptor` tells apart several of one kind ("db" of subnets; the service of a container app);
        `suffix` is the four random characters of kinds that have them. Raises FaultsError for an unknown kind, a part
        that is missing, not taken or malformed, and for a name that does not fit its kind's limits.
        """
        row = _kind(kind)
        return _fitted(row, row.pattern, self.application_code, self.deployment, descriptor, suffix)


@dataclass(frozen=True)
class AccountNames:
    """The names of what the account holds, which belongs to no deployment: `rg-cf-state`, `stcfstate`.

    `application_code` as in `Names`. Raises FaultsError for another.
    """

    application_code: str

    def __post_init__(self) -> None:
        _check_code(self.application_code)

    def of(self, kind: str, descriptor: str | None = None, suffix: str | None = None) -> str:
        """The name of a resource of the account; as `Names.of`, and FaultsError for a kind that the account has not.

        Kinds that are unique only in their parent are named as everywhere.
        """
        row = _kind(kind)
        pattern = row.account or (None if row.carries_deployment else row.pattern)
        if pattern is None:
            known = ", ".join(name for name, its in kinds().items() if its.account)
            step = f"add `account` to the row {kind} of components/conventions/names.yaml"
            raise _refused(_where(row), f"the account has no {kind}", known, step)
        return _fitted(row, pattern, self.application_code, None, descriptor, suffix)


def _check_code(code: str) -> None:
    if not re.fullmatch(APPLICATION_CODE, code, re.ASCII):
        what = f"application_code {code!r} is none"
        raise _refused("application_code", what, "2 to 4 lower-case letters", "write for example `cf`")


def _fitted(  # noqa: PLR0917
    row: Kind,
    pattern: Pattern,
    code: str,
    deployment: DeploymentName | None,
    descriptor: str | None,
    suffix: str | None,
) -> str:
    """The name, held against the limits of its kind."""
    _check_parts(row, pattern, descriptor, suffix)
    parts = Parts(
        application_code=code if "app" in pattern.fields else None,
        deployment=deployment if pattern.fields & {"deployment", "squeezed"} else None,
        descriptor=descriptor,
        suffix=suffix,
    )
    name = pattern.fill(parts, short=False)
    if len(name) > row.max:
        name = pattern.fill(parts, short=True)
    if len(name) > row.max:
        raise FaultsError([_too_long(row, name, parts)])
    if len(name) < row.min:
        what = f"{name!r} has {len(name)} characters, a {row.name} has {row.min} at least"
        raise _refused(_where(row), what, f"{row.min} to {row.max} characters", "take a longer descriptor")
    if not row.characters.fullmatch(name):
        what = f"{name!r} has characters or an order of them that a {row.name} does not take"
        allowed = f"{row.characters.pattern} ({row.source})"
        raise _refused(_where(row), what, allowed, f"change the descriptor {descriptor!r}")
    return name


def parse_name(name: str, kind: str | None = None) -> ParsedName:
    """The parts of a name that `Names.of` or `AccountNames.of` made: for each kind it is the inverse.

    Names that tell their deployment are read without `kind`, and so are the account's, whose deployment is None; those
    that are unique only in their parent (container apps, hubs, databases) need it. Raises FaultsError for a text that
    no name is.
    """
    candidates = [_kind(kind)] if kind else [row for row in kinds().values() if row.carries_deployment]
    found = [
        ParsedName(kind=row.name, **vars(parts))
        for row in candidates
        for pattern in row.patterns
        for parts in pattern.read(name)
        if _made(row, pattern, parts) == name
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(row.pattern.shown for row in candidates[:4])
    what = f"{name!r} is no name of the platform" if not found else f"{name!r} can be read in {len(found)} ways"
    step = "check the spelling" if kind else "check the spelling, or give the kind if it is a bare name (container_app)"
    raise _refused("name", what, known + (", ..." if len(candidates) > 4 else ""), step)


def _made(row: Kind, pattern: Pattern, parts: Parts) -> str | None:
    """The name that is made of parts; None where none is."""
    code = parts.application_code or ""  # a pattern without it does not look at it
    try:
        return _fitted(row, pattern, code, parts.deployment, parts.descriptor, parts.suffix)
    except FaultsError:
        return None


def _kind(kind: str) -> Kind:
    table = kinds()
    if kind not in table:
        known = list(table)
        step = f"write {nearest(kind, known) or known[0]!r}, or add a row to components/conventions/names.yaml"
        raise _refused("kind", f"unknown kind {kind!r}", ", ".join(known), step)
    return table[kind]


def _check_parts(row: Kind, pattern: Pattern, descriptor: str | None, suffix: str | None) -> None:
    faults: list[Fault] = []
    for part, value, needed, form, words in (
        ("descriptor", descriptor, pattern.needs_descriptor, DESCRIPTOR, _DESCRIPTOR_WORDS),
        ("suffix", suffix, "suffix" in pattern.fields, SUFFIX, "four lower-case letters or digits"),
    ):
        if value is None and needed:
            faults += _refused(_where(row), f"a {row.name} needs a {part}", words, f"give the {part}").faults
        elif value is not None and part not in pattern.fields:
            faults += _refused(
                _where(row), f"a {row.name} takes no {part}", pattern.shown, f"leave {value!r} out"
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

"""Rules of the slots: inside a block, apart from each other, as big as Azure demands, delegated as their occupant."""

from cidr.azure_limits import ANY_SUBNET, DELEGATIONS, FIXED_SUBNET_NAMES, OCCUPANTS, Minimum
from cidr.draft import Draft, Findings, Placed
from cidr.faults import nearest
from cidr.schema import INSIDE_A_BLOCK, SetAsideRow, SlotRow, SubnetRow
from cidr.spans import Span, overlapping, span_of
from cidr.yaml_source import KeyPath

_BLOCK = span_of(INSIDE_A_BLOCK, None)


def check_slots(draft: Draft, findings: Findings) -> None:
    """Add a fault for each broken rule."""
    for placed in draft.slots:
        _check_inside(placed, findings)
        if placed.row.subnets:
            _check_division(placed, findings)
        else:
            _check_subnet(placed.row, placed.path, findings)
    spans = [span_of(placed.row.range, placed.path) for placed in draft.slots]
    _check_overlaps([*spans, *_set_aside(draft.set_aside, findings)], findings)
    _check_names(draft, findings)


def _check_inside(placed: Placed[SlotRow], findings: Findings) -> None:
    if not _BLOCK.holds(span_of(placed.row.range, None)):
        what = f"{placed.row.range} is not inside a block"
        step = f"write `0.0.{str(placed.row.range).split('.', 2)[2]}`"
        findings.add((*placed.path, "range"), what, f"ranges of {INSIDE_A_BLOCK}, relative to the block", step)


def _check_division(placed: Placed[SlotRow], findings: Findings) -> None:
    slot = placed.row
    for key in ("delegation", "subnet_name", "nsg", "environments", "kinds"):
        if key in slot.model_fields_set:
            step = f"move `{key}` to the subnets it is meant for"
            findings.add((*placed.path, key), f"{slot.name} is divided into subnets", "only name, range, purpose", step)
    spans: list[Span[KeyPath]] = []
    for index, row in enumerate(slot.subnets):
        path = (*placed.path, "subnets", index)
        _check_subnet(row, path, findings)
        spans.append(span_of(row.range, path))
        if not row.range.subnet_of(slot.range):
            what = f"{row.range} of {row.name} is not inside the slot {slot.name}"
            findings.add((*path, "range"), what, f"ranges of {slot.range}", "move it, or widen the slot")
    _check_overlaps(spans, findings)


def _check_subnet(row: SubnetRow, path: KeyPath, findings: Findings) -> None:
    minima: list[tuple[str, Minimum]] = [("any subnet", ANY_SUBNET)]
    if row.delegation in DELEGATIONS:
        minima.append((row.delegation, DELEGATIONS[row.delegation]))
    elif row.delegation is not None:
        _unknown(row.delegation, "delegation", list(DELEGATIONS), path, findings)
    if row.subnet_name in FIXED_SUBNET_NAMES:
        minima.append((row.subnet_name, FIXED_SUBNET_NAMES[row.subnet_name]))
    elif row.subnet_name is not None:
        _unknown(row.subnet_name, "subnet_name", list(FIXED_SUBNET_NAMES), path, findings)
    purpose, least = min(minima, key=lambda entry: entry[1].prefix)
    if row.range.prefixlen > least.prefix:
        what = f"{row.range} of {row.name} is too small for {purpose}"
        step = f"write a range that ends in /{least.prefix} or less"
        findings.add((*path, "range"), what, f"/{least.prefix} or larger ({least.source})", step)
    occupant = OCCUPANTS.get(row.name)
    if occupant and row.delegation not in occupant.delegations and row.delegation in (None, *DELEGATIONS):
        allowed = " or ".join(name or "no delegation" for name in occupant.delegations)
        first = occupant.delegations[0]
        step = f"write `delegation: {first}`" if first else "take `delegation` out"
        what = f"delegation {row.delegation} does not fit {row.name}, which holds {occupant.service}"
        findings.add((*path, "delegation"), what, f"{allowed} ({occupant.source})", step)


def _unknown(value: str, key: str, known: list[str], path: KeyPath, findings: Findings) -> None:
    step = f"write `{key}: {nearest(value, known) or known[0]}`, or take `{key}` out"
    findings.add((*path, key), f"unknown {key} {value!r}", ", ".join(known), step)


def _set_aside(rows: tuple[Placed[SetAsideRow], ...], findings: Findings) -> list[Span[KeyPath]]:
    spans: list[Span[KeyPath]] = []
    for placed in rows:
        span = Span(int(placed.row.first), int(placed.row.last), placed.path)
        if span.first > span.last:
            what = f"{placed.row.name} ends before it begins"
            findings.add((*placed.path, "last"), what, f"{placed.row.first} or later", "exchange first and last")
            continue
        if not _BLOCK.holds(span):
            what = f"{placed.row.first} to {placed.row.last} is not inside a block"
            findings.add(placed.path, what, f"addresses of {INSIDE_A_BLOCK}", "begin both with `0.0.`")
        spans.append(span)
    return spans


def _check_overlaps(spans: list[Span[KeyPath]], findings: Findings) -> None:
    for one, other in overlapping(spans):
        what = f"its addresses overlap those of {findings.at(one.owner)}"
        findings.add(other.owner, what, "each address in one slot", "move one of the two")


def _check_names(draft: Draft, findings: Findings) -> None:
    """A name stands for one range; only a divided slot may share its name with one of its own subnets."""
    names: dict[str, KeyPath] = {}

    def claim(name: str, path: KeyPath) -> None:
        first = names.setdefault(name, path)
        if first != path and first != path[: len(first)]:
            what = f"the name {name!r} is taken by {findings.at(first)}"
            findings.add((*path, "name"), what, "each name once", "choose another name")

    for placed in draft.slots:
        claim(placed.row.name, placed.path)
        own: set[str] = set()
        for index, row in enumerate(placed.row.subnets):
            path = (*placed.path, "subnets", index)
            if row.name in own:
                what = f"two subnets of {placed.row.name} have the name {row.name!r}"
                findings.add((*path, "name"), what, "each name once", "choose another name")
            else:
                claim(row.name, path)
            own.add(row.name)
    for placed in draft.set_aside:
        claim(placed.row.name, placed.path)

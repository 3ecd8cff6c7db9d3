"""The address map as a drawing: every block with its status and owner, and each deployment's slots to scale."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Final, Literal

from cidr import AddressPlan, AllocationMap
from cidr.allocator import Utilisation, usable_addresses, utilisation
from cidr.schema import BLOCK_PREFIX, Block, HeldBlock, OwnedBlock, RetiredBlock
from topology.scene import Box, Label, Scene, Wire
from topology.text import Font, elided, width

COLUMNS: Final = 10
CELL_WIDTH: Final = 112
CELL_HEIGHT: Final = 44
MARGIN: Final = 12
STRIP_WIDTH: Final = COLUMNS * CELL_WIDTH
STRIP_HEIGHT: Final = 24
NUMBER: Final = Font(11, mono=True, bold=True)
OWNER: Final = Font(10)
SLOT: Final = Font(10.5, mono=True)

Status = Literal["live", "reserved", "held", "retired", "free"]
DARK: Final = frozenset({"live", "reserved", "retired"})
"""Statuses whose colour takes white letters."""


@dataclass(frozen=True, kw_only=True)
class BlockRow:
    """One block as the table has it."""

    network: str
    status: Status
    owner: str


@dataclass(frozen=True, kw_only=True)
class SlotRow:
    """One subnet of one deployment as the table has it."""

    deployment: str
    name: str
    network: str
    addresses: int
    purpose: str
    delegation: str


@dataclass(frozen=True, kw_only=True)
class AddressPage:
    """What the page of the address map shows."""

    utilisation: Utilisation
    rows: tuple[BlockRow, ...]
    slot_rows: tuple[SlotRow, ...]
    blocks: Scene
    slots: tuple[tuple[str, Scene], ...]


def address_page(allocations: AllocationMap) -> AddressPage:
    """The address map, from the map alone."""
    plans = [allocations.plan(name) for name in allocations.owned]
    return AddressPage(
        utilisation=utilisation(allocations),
        rows=tuple(BlockRow(network=str(it.network), status=it.status, owner=_owner(it)) for it in allocations.blocks),
        slot_rows=tuple(row for plan in plans for row in _slot_rows(plan)),
        blocks=blocks_scene(allocations.blocks),
        slots=tuple((str(plan.deployment), slots_scene(plan, allocations)) for plan in plans),
    )


def _owner(block: Block) -> str:
    match block:
        case OwnedBlock():
            return str(block.deployment)
        case HeldBlock():
            return f"for {block.held_for}"
        case RetiredBlock():
            return f"was {block.was}"
        case _:
            return ""


def _slot_rows(plan: AddressPlan) -> list[SlotRow]:
    return [
        SlotRow(
            deployment=str(plan.deployment),
            name=slot.name,
            network=str(slot.network),
            addresses=usable_addresses(slot),
            purpose=slot.purpose,
            delegation=slot.delegation or "",
        )
        for slot in plan.subnets
    ]


def blocks_scene(blocks: Sequence[Block]) -> Scene:
    """Every block as a cell, ten a row, in address order."""
    scene = Scene(width=COLUMNS * CELL_WIDTH + 2 * MARGIN)
    ordered = sorted(blocks, key=lambda block: int(block.network.network_address))
    for place, block in enumerate(ordered):
        row, column = divmod(place, COLUMNS)
        key, x, y = str(block.network), MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
        on = "on" if block.status in DARK else ""
        title = f"{block.network} {block.status} {_owner(block)}".rstrip()
        scene.boxes.append(
            Box(key=key, x=x + 1, y=y + 1, w=CELL_WIDTH - 2, h=CELL_HEIGHT - 2, style=block.status, title=title)
        )
        number = ".".join(str(block.network.network_address).split(".")[:2])
        scene.labels.append(Label(text=number, x=x + 8, y=y + 18, font=NUMBER, style=on, inside=key))
        owner = elided(_owner(block), OWNER, CELL_WIDTH - 16)
        if owner:
            scene.labels.append(Label(text=owner, x=x + 8, y=y + 34, font=OWNER, style=on, inside=key))
    rows = -(-len(ordered) // COLUMNS)
    scene.height = rows * CELL_HEIGHT + 2 * MARGIN
    return scene


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Part of a strip: addresses counted from the block's first, `last` not included. `named`: below the strip."""

    name: str
    first: int
    last: int
    style: str
    title: str
    named: bool = True


def slots_scene(plan: AddressPlan, allocations: AllocationMap) -> Scene:
    """A block twice: whole, and its first part where the slots are, which names them; both to scale."""
    scene = Scene(width=STRIP_WIDTH + 2 * MARGIN)
    base = int(plan.block.network_address)
    slots = [
        _Span(
            name=it.name,
            first=int(it.network.network_address) - base,
            last=int(it.network.broadcast_address) - base + 1,
            style="slot",
            title=str(it.network),
        )
        for it in plan.subnets
    ]
    kept = [
        _Span(
            name=it.name,
            first=int(it.first),
            last=int(it.last) + 1,
            style="set-aside",
            title=f"{_in(base, int(it.first))} to {_in(base, int(it.last))}: {it.purpose}",
        )
        for it in allocations.set_aside
    ]
    whole = 1 << (32 - BLOCK_PREFIX)
    y = _strip(scene, f"{plan.block}, whole", whole, [*(replace(it, named=False) for it in slots), *kept], MARGIN)
    part = min(whole, _rounded(max((it.last for it in slots), default=256)))
    words = f"{_in(base, 0)} to {_in(base, part - 1)}, enlarged {whole // part} times"
    scene.height = _strip(scene, words, part, slots, y + MARGIN) + MARGIN
    return scene


def _in(base: int, offset: int) -> str:
    return str(IPv4Address(base + offset))


def _rounded(addresses: int) -> int:
    """The next power of two: a part of the block that a prefix can name."""
    return 1 << (addresses - 1).bit_length()


def _strip(scene: Scene, words: str, total: int, spans: Sequence[_Span], y: float) -> float:
    """One strip; gives its lower side."""
    key = f"strip:{y:g}"
    scene.labels.append(Label(text=words, x=MARGIN, y=y + OWNER.size, font=OWNER, style="muted"))
    y += OWNER.line + 2
    scene.boxes.append(Box(key=key, x=MARGIN, y=y, w=STRIP_WIDTH, h=STRIP_HEIGHT, style="range"))
    boxes = [_span_box(span, total, key, y) for span in spans]
    scene.boxes += boxes
    named = [(span.name, box) for span, box in zip(spans, boxes, strict=True) if span.named]
    for span, box in zip(spans, boxes, strict=True):
        if span.named and width(span.title, OWNER) + 12 <= box.w:
            style = "on" if span.style == "slot" else ""
            scene.labels.append(Label(text=span.title, x=box.x + 6, y=y + 16, font=OWNER, style=style, inside=box.key))
    return _names(scene, named, y + STRIP_HEIGHT)


def _span_box(span: _Span, total: int, strip: str, y: float) -> Box:
    left, right = (MARGIN + STRIP_WIDTH * at / total for at in (span.first, span.last))
    title = f"{span.name} {span.title}"
    return Box(
        key=f"{strip}:{span.name}",
        x=left,
        y=y,
        w=right - left,
        h=STRIP_HEIGHT,
        style=span.style,
        inside=strip,
        title=title,
    )


def _names(scene: Scene, named: Sequence[tuple[str, Box]], y: float) -> float:
    """Names below their boxes, on as many levels as keep them apart; gives the lower side of the last."""
    ends: list[float] = []
    for name, box in named:
        room, middle = width(name, SLOT), box.x + box.w / 2
        begin = min(max(middle - room / 2, MARGIN), MARGIN + STRIP_WIDTH - room)
        level = next((level for level, end in enumerate(ends) if end + 8 <= begin), len(ends))
        ends[level : level + 1] = [begin + room]
        scene.labels.append(Label(text=name, x=begin, y=y + 18 + level * SLOT.line, font=SLOT, style=""))
        tick = ((middle, y), (middle, y + 6))
        scene.wires.append(Wire(points=tick, style="leader", title="", arrow=False))
    return y + 22 + max(len(ends) - 1, 0) * SLOT.line if ends else y

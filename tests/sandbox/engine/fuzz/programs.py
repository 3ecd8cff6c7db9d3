"""Random programs as data: what they register, how they are changed, and strategies for both.

A program is valid by construction: `normalized` drops what does not fit (a reference to a later or missing item, an
option that its kind cannot have), so that any list of items and any edit makes a program, and shrinking always works.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from hypothesis import strategies as st

from sandbox.engine.model.urn import make_urn

PROJECT: Final = "fuzz"
STACK: Final = "dev"
ROOT: Final = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}"
FIXTURES: Final = ("auto/fixture-0", "auto/fixture-1")
"""Objects that no program made: read, never managed."""
CANARY: Final = "canary-hunter2"
"""Part of every secret: it must be in no file and no event."""

Kind = Literal["auto", "named", "component", "provider", "read"]
TYPES: Final[Mapping[Kind, str]] = {
    "auto": "fuzz:index:Auto",
    "named": "fuzz:index:Named",
    "component": "fuzz:index:Box",
    "provider": "pulumi:providers:fuzz",
    "read": "fuzz:index:Auto",
}
PROPERTIES: Final = ("text", "key", "ref")
OUTPUTS: Final = ("text", "serial", "id", "secret")
IGNORABLE: Final = ("text", "tags", "tags.a", "ref")
_NAMES: Final = tuple("abcdef")


@dataclass(frozen=True)
class Use:
    """A property that gets its value from an output of an earlier item."""

    property: str
    of: str
    output: str


@dataclass(frozen=True)
class Item:
    """One registration. Names refer to earlier items; numbers become texts of the inputs."""

    name: str
    kind: Kind = "auto"
    parent: str = ""
    provider: str = ""
    depends_on: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    text: int = 0
    key: int = 0
    """A change replaces; of a provider: the account, whose change replaces what it manages."""
    tags: int = 0
    secret: int | None = None
    protect: bool | None = None
    retain: bool | None = None
    deleted_with: str = ""
    replace_with: str = ""
    dbr: bool | None = None
    provider_dbr: bool = False
    """The provider asks for delete before replace."""
    legacy: bool = False
    """The provider cannot tell what changed (DIFF_UNKNOWN)."""
    ignore: tuple[str, ...] = ()
    replace_on: tuple[str, ...] = ()
    trigger: int | None = None
    label: str = ""
    """The physical name of a named object: survives renames of the resource."""
    former: tuple[str, ...] = ()
    """URNs it had before."""

    @property
    def managed(self) -> bool:
        """True if it has an object of its own in the cloud."""
        return self.kind in ("auto", "named")


@dataclass(frozen=True)
class Program:
    """Items in the order of registration."""

    items: tuple[Item, ...] = ()
    given: int = 0
    """How many new names and labels were given so far: the next is new too."""

    def __getitem__(self, name: str) -> Item:
        return next(item for item in self.items if item.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all items."""
        return tuple(item.name for item in self.items)

    def urns(self) -> dict[str, str]:
        """Name -> URN."""
        found: dict[str, str] = {}
        for item in self.items:
            parent = found[item.parent] if item.parent else ROOT
            found[item.name] = make_urn(STACK, PROJECT, parent, TYPES[item.kind], item.name)
        return found

    def inherited(self, item: Item, field: Literal["protect", "retain", "deleted_with", "provider"]) -> object:
        """An option as the item has it, its own or its parent's."""
        if field == "provider" and item.kind not in ("auto", "named", "component"):
            return ""
        own = getattr(item, field)
        if own not in (None, "") or not item.parent:
            return own
        return self.inherited(self[item.parent], field)

    def uses(self, item: Item) -> tuple[Use, ...]:
        """What the item's properties are made of; what is deleted with another lives in it."""
        home = str(self.inherited(item, "deleted_with"))
        return (*item.uses, Use("home", home, "id")) if home and item.managed else item.uses


def normalized(program: Program) -> Program:
    """The program without what does not fit."""
    done: dict[str, Item] = {}
    for item in program.items:
        if item.name in done:
            continue
        done[item.name] = _fitted(item, done)
    return replace(program, items=tuple(done.values()))


def _fitted(item: Item, before: Mapping[str, Item]) -> Item:
    def kept(name: str, *kinds: Kind) -> str:
        return name if name in before and before[name].kind in kinds else ""

    bare = Item(item.name, item.kind, text=item.text, key=item.key, former=item.former)
    if item.kind in ("provider", "read"):
        return bare
    component = replace(
        bare,
        parent=kept(item.parent, "auto", "named", "component"),
        provider=kept(item.provider, "provider"),
        depends_on=tuple(name for name in item.depends_on if kept(name, "auto", "named", "component", "read")),
        protect=item.protect,
        retain=item.retain,
        deleted_with=kept(item.deleted_with, "auto", "named"),
    )
    if item.kind == "component":
        return component
    uses = {use.property: use for use in item.uses if kept(use.of, "auto", "named", "read")}
    named = item.kind == "named"
    return replace(
        component,
        uses=tuple(uses.values()),
        tags=item.tags,
        secret=item.secret,
        replace_with=kept(item.replace_with, "auto", "named"),
        # Two objects of one name cannot be: a named one goes before its replacement comes, and is never left behind.
        retain=False if named else item.retain,
        dbr=True if named else item.dbr,
        provider_dbr=item.provider_dbr,
        legacy=item.legacy,
        ignore=item.ignore,
        replace_on=item.replace_on,
        trigger=item.trigger,
        label=item.label or item.name,
    )


EditKind = Literal["bump", "add", "remove", "change", "rename", "reparent", "move"]


@dataclass(frozen=True)
class Edit:
    """A change of a program: `at` counts modulo its items."""

    kind: EditKind
    at: int = 0
    item: Item | None = None
    """What `add` adds, and what `change` takes the field from."""
    field: str = ""
    to: int = 0


def edited(program: Program, edit: Edit) -> Program:
    """The program after one edit.

    A named object that comes to another place in the tree gets an alias: a second one of its name could not be made.
    """
    after = _edited(program, edit)
    urns, before = after.urns(), program.urns()
    moved = {name for name in urns.keys() & before.keys() if urns[name] != before[name] and after[name].kind == "named"}
    items = (replace(i, former=(*i.former, before[i.name])) if i.name in moved else i for i in after.items)
    return replace(after, items=tuple(items))


def _edited(program: Program, edit: Edit) -> Program:  # noqa: PLR0911 - a return a kind of edit
    items = list(program.items)
    if edit.kind == "add":
        taken = {urn.rpartition("::")[2] for item in items for urn in item.former}
        if edit.item is None or edit.item.name in taken:
            return program
        added = replace(edit.item, label=f"{edit.item.name}.{program.given}")
        return normalized(Program((*items, added), program.given + 1))
    if not items:
        return program
    index = edit.at % len(items)
    item = items[index]
    if edit.kind == "remove":
        del items[index]
        return normalized(replace(program, items=tuple(items)))
    if edit.kind == "move":
        items.insert(edit.to % len(items), items.pop(index))
        return normalized(replace(program, items=tuple(items)))
    if edit.kind == "rename":
        name = f"n{program.given}"
        renamed = [_renamed(each, item.name, name) for each in items]
        renamed[index] = replace(renamed[index], name=name, former=(*item.former, program.urns()[item.name]))
        return normalized(Program(tuple(renamed), program.given + 1))
    if edit.kind == "reparent":
        parents = ("", *(each.name for each in items[:index]))
        items[index] = replace(
            item, parent=parents[edit.to % len(parents)], former=(*item.former, program.urns()[item.name])
        )
        return normalized(replace(program, items=tuple(items)))
    if edit.kind == "bump":
        items[index] = replace(item, **{edit.field: (getattr(item, edit.field) or 0) + 1})
    if edit.item is not None:
        items[index] = replace(item, **{edit.field: getattr(edit.item, edit.field)})
    return normalized(replace(program, items=tuple(items)))


def _renamed(item: Item, old: str, new: str) -> Item:
    def name(text: str) -> str:
        return new if text == old else text

    return replace(
        item,
        parent=name(item.parent),
        provider=name(item.provider),
        depends_on=tuple(map(name, item.depends_on)),
        uses=tuple(replace(use, of=name(use.of)) for use in item.uses),
        deleted_with=name(item.deleted_with),
        replace_with=name(item.replace_with),
    )


numbers: Final = st.integers(0, 2)
_at: Final = st.integers(0, 6)


def chance(percent: int) -> st.SearchStrategy[bool]:
    """True that often; shrinks to False."""
    return st.integers(0, 99).map(lambda drawn: drawn >= 100 - percent)


def _one_of(choices: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([*choices]) if choices else st.just("")


def _uses(earlier: Sequence[str]) -> st.SearchStrategy[tuple[Use, ...]]:
    if not earlier:
        return st.just(())
    use = st.builds(Use, st.sampled_from(PROPERTIES), st.sampled_from(earlier), st.sampled_from(OUTPUTS))
    return st.lists(use, max_size=2, unique_by=lambda each: each.property).map(tuple)


def _some(choices: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(_one_of(choices), min_size=1, max_size=2, unique=True).map(tuple) if choices else st.just(())


def _fields(earlier: Sequence[str]) -> Mapping[str, tuple[int, st.SearchStrategy[Any]]]:
    """What of an item can be drawn: how often (percent), and from what."""
    return {
        "parent": (25, _one_of(earlier)),
        "provider": (15, _one_of(earlier)),
        "depends_on": (30, _some(earlier)),
        "uses": (70, _uses(earlier)),
        "secret": (20, numbers),
        "protect": (10, st.booleans()),
        "retain": (12, st.booleans()),
        "deleted_with": (15, _one_of(earlier)),
        "replace_with": (10, _one_of(earlier)),
        "dbr": (40, st.sampled_from([True, True, False])),
        "provider_dbr": (10, st.just(True)),
        "legacy": (8, st.just(True)),
        "ignore": (20, _some(IGNORABLE)),
        "replace_on": (15, _some(IGNORABLE)),
        "trigger": (15, numbers),
    }


_KINDS: Final = st.sampled_from(["auto"] * 7 + ["named", "named", "component", "component", "provider", "read"])
_OPTIONS: Final = _fields(_NAMES)


@st.composite
def items(draw: st.DrawFn, name: str | None = None, earlier: Sequence[str] = _NAMES) -> Item:
    """An item with a few options, as programs have them; references to what is not there fall away later."""
    values: dict[str, Any] = {}
    for field, (percent, strategy) in _fields(earlier).items() if earlier is not _NAMES else _OPTIONS.items():
        if draw(chance(percent)):
            values[field] = draw(strategy)
    return Item(name or draw(st.sampled_from(_NAMES)), draw(_KINDS), **values)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A first program of up to six items."""
    count = draw(st.integers(1, len(_NAMES)))
    return normalized(Program(tuple(draw(items(name, _NAMES[:at])) for at, name in enumerate(_NAMES[:count]))))


def _changes(field: str) -> st.SearchStrategy[Edit]:
    """The field gets another value, or the one that it has where nobody says anything."""

    def edit(at: int, value: object, bare: bool) -> Edit:
        return Edit("change", at, Item("") if bare else replace(Item(""), **{field: value}), field)

    return st.builds(edit, _at, _OPTIONS[field][1], chance(40))


_bumped: Final = st.sampled_from(["key"] * 4 + ["text"] * 3 + ["tags", "tags", "trigger", "secret"])
_bumps: Final = st.builds(Edit, st.just("bump"), _at, field=_bumped)
edits: Final[st.SearchStrategy[Edit]] = st.one_of(
    _bumps,
    _bumps,
    _bumps,
    st.sampled_from(sorted(_OPTIONS)).flatmap(_changes),
    st.builds(Edit, st.just("add"), item=items()),
    st.builds(Edit, st.just("remove"), _at),
    st.builds(Edit, st.sampled_from(["rename", "reparent", "move"]), _at, to=_at),
)
"""Mostly what makes a difference: a value that changes."""

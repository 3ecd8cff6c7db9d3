"""Random programs as data: what they register, how they are changed, and strategies for both.

A program is valid by construction: `normalized` drops what does not fit (a reference to a later or missing item, an
option that its kind cannot have), so that any list of items and any edit makes a program, and shrinking always works.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

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
_NAMES: Final = tuple("abcdefgh")


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


def _edited(program: Program, edit: Edit) -> Program:
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


numbers = st.integers(0, 2)
names = st.sampled_from(_NAMES)
flags = st.sampled_from([None, None, True, False])


def rarely(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Mostly the empty text."""
    return st.just("") | st.just("") | strategy


def _subset(choices: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.just(()) | st.sampled_from(choices).map(lambda choice: (choice,))


_uses: Final = st.lists(
    st.builds(Use, st.sampled_from(PROPERTIES), names, st.sampled_from(OUTPUTS)),
    max_size=2,
    unique_by=lambda use: use.property,
).map(tuple)
FIELDS: Final[Mapping[str, st.SearchStrategy[object]]] = {
    "parent": rarely(names) | names,
    "provider": rarely(names),
    "depends_on": st.just(()) | st.lists(names, max_size=2, unique=True).map(tuple),
    "uses": _uses,
    "text": numbers,
    "key": numbers,
    "tags": numbers,
    "secret": st.none() | numbers,
    "protect": st.sampled_from([None, None, None, True, False]),
    "retain": st.sampled_from([None, None, None, True, False]),
    "deleted_with": rarely(names),
    "replace_with": rarely(names),
    "dbr": flags,
    "provider_dbr": st.sampled_from([False, False, True]),
    "legacy": st.sampled_from([False, False, False, True]),
    "ignore": _subset(IGNORABLE),
    "replace_on": _subset(IGNORABLE),
    "trigger": st.none() | numbers,
}
"""What of an item can be drawn, and changed by an edit."""
_KINDS: Final = st.sampled_from(["auto"] * 6 + ["named", "component", "component", "provider", "read"])


@st.composite
def items(draw: st.DrawFn, name: str | None = None) -> Item:
    """An item with a few options, as programs have them; references to what is not there fall away later."""
    options = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=5, unique=True))
    values = {field: draw(FIELDS[field]) for field in options}
    values["uses"] = draw(_uses)
    return Item(name or draw(names), draw(_KINDS), **values)  # pyright: ignore[reportArgumentType]


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A first program of up to eight items."""
    count = draw(st.integers(1, len(_NAMES)))
    return normalized(Program(tuple(draw(items(name)) for name in _NAMES[:count])))


def _changes(field: str) -> st.SearchStrategy[Edit]:
    changed: Callable[[object], Item] = lambda value: Item("", **{field: value})  # noqa: E731
    return st.builds(Edit, st.just("change"), st.integers(0, 9), FIELDS[field].map(changed), st.just(field))


_at: Final = st.integers(0, 9)
_bumps: Final = st.builds(
    Edit, st.just("bump"), _at, field=st.sampled_from(["text", "key", "tags", "secret", "trigger"])
)
edits: Final[st.SearchStrategy[Edit]] = st.one_of(
    _bumps,
    _bumps,
    st.builds(Edit, st.just("bump"), _at, field=st.just("key")),
    st.sampled_from(sorted(FIELDS)).flatmap(_changes),
    st.builds(Edit, st.just("add"), item=items()),
    st.builds(Edit, st.just("remove"), _at),
    st.builds(Edit, st.sampled_from(["rename", "reparent", "move"]), _at, to=_at),
)
"""Mostly what makes a difference: a value that changes."""

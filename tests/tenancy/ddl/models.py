"""Models by chance: any tables that `tenancy.model` takes, with the words and letters that break careless SQL."""

from hypothesis import strategies as st

from tenancy.model import Column, Database, Default, Reference, Scope, Table, Type
from tenancy.model.columns import NOT_INDEXED
from tenancy.model.tables import ALL_RIGHTS

# Every table of PostgreSQL has these: https://www.postgresql.org/docs/current/ddl-system-columns.html
SYSTEM = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
IMPLIED = frozenset({"tenant_id", "id", "created_at", "updated_at"})
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,11}", fullmatch=True) | st.sampled_from(
    ["select", "user", "table", "order", "a" * 46, "a" * 45 + "b", "_", "a_b", "a", "b"]
)
COLUMN_NAMES = NAMES.filter(lambda name: name not in SYSTEM | IMPLIED)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
DEFAULTS = {
    Type.UUID: [None, Default.NEW_ID],
    Type.TEXT: [None, Default.ACTOR],
    Type.INTEGER: [None, Default.ZERO, Default.ONE],
    Type.BIGINT: [None, Default.ZERO, Default.ONE],
    Type.BOOLEAN: [None, Default.TRUE, Default.FALSE],
    Type.DATE: [None, Default.NOW],
    Type.TIMESTAMP: [None, Default.NOW],
    Type.JSON: [None, Default.EMPTY_OBJECT, Default.EMPTY_LIST],
}


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    """A column of any type."""
    kind = draw(st.sampled_from(Type))
    choices = draw(st.lists(WORDS, max_size=3, unique=True)) if kind is Type.TEXT else []
    default = draw(st.sampled_from([*DEFAULTS[kind], *choices]))
    return Column(
        name=name,
        type=kind,
        nullable=draw(st.booleans()),
        default=default,
        choices=tuple(choices),
        lower=kind is Type.TEXT and draw(st.booleans()),
        fixed=draw(st.booleans()),
        personal=draw(st.booleans()),
        about=draw(WORDS),
    )


@st.composite
def tables(draw: st.DrawFn, name: str, others: list[Table]) -> Table:
    """A table of either scope; it refers to some of the others, by columns that are there for it."""
    scope = draw(st.sampled_from(Scope))
    names = draw(st.lists(COLUMN_NAMES, max_size=4, unique=True))
    own = [draw(columns(each)) for each in names]
    references: list[Reference] = []
    for other in others if draw(st.booleans()) else ():
        target = draw(st.sampled_from([other.key, *other.unique]))
        known = {column.name: column for column in other.all_columns}
        mine = tuple(f"to_{len(own) + at}" for at in range(len(target)))
        if (scope is Scope.SHARED and other.is_tenants) or set(mine) & set(names):
            continue
        own += [Column(name=each, type=known[to].type, nullable=True) for each, to in zip(mine, target, strict=True)]
        on_delete = draw(st.sampled_from(["RESTRICT", "CASCADE"]))
        references.append(Reference(columns=mine, table=other.name, to=target, on_delete=on_delete))
    found = [column.name for column in own if column.type not in NOT_INDEXED]
    some = st.lists(st.sampled_from([*found, "created_at"]), min_size=1, max_size=3, unique=True).map(tuple)
    natural = [column.name for column in own if column.name in found and not column.nullable]
    is_natural = scope is Scope.SHARED and bool(natural) and draw(st.booleans())
    return Table(
        name=name,
        scope=scope,
        why_shared="by chance" if scope is Scope.SHARED else "",
        columns=tuple(own),
        key=(draw(st.sampled_from(natural)),) if is_natural else ("id",),
        unique=tuple(draw(st.lists(some, max_size=2, unique=True))),
        indexes=tuple(draw(st.lists(some, max_size=2, unique=True))),
        references=tuple(references),
        rights=tuple(draw(st.lists(st.sampled_from(ALL_RIGHTS), unique=True))),
        audited=draw(st.booleans()),
        about=draw(WORDS),
    )


@st.composite
def databases(draw: st.DrawFn, name: str = "sample_service") -> Database:
    """Up to three tables that go together, each after those that it refers to."""
    made: list[Table] = []
    for table in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        made.append(draw(tables(table, made)))
    return Database(name, tuple(made))

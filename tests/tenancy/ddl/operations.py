"""Steps by chance, on a database by chance; some do not fit, which the fold says."""

from hypothesis import strategies as st

from tenancy.model import Database
from tenancy.model.tables import ALL_RIGHTS
from tenancy.revisions.operations import (
    AddColumn,
    AddIndex,
    AddReference,
    CreateTable,
    DropColumn,
    DropIndex,
    DropReference,
    DropTable,
    Operation,
    SetRights,
)
from tests.tenancy.ddl.models import COLUMN_NAMES, NAMES, columns, tables


@st.composite
def operations(draw: st.DrawFn, database: Database) -> Operation:
    """A step on one of the tables, or a new table."""
    if not database.tables or draw(st.integers(0, 5)) == 0:
        return CreateTable(draw(tables(draw(NAMES), list(database.tables))))
    table = draw(st.sampled_from(database.tables))
    names = [column.name for column in table.all_columns]
    possible: list[Operation] = [
        DropTable(table.name),
        AddColumn(table.name, draw(columns(draw(COLUMN_NAMES)))),
        AddIndex(table.name, (draw(st.sampled_from(names)),)),
        SetRights(table.name, tuple(draw(st.lists(st.sampled_from(ALL_RIGHTS), unique=True)))),
        *(DropColumn(table.name, column.name) for column in table.columns),
        *(DropIndex(table.name, columns_) for columns_ in table.indexes),
        *(DropReference(table.name, reference) for reference in table.references),
        *(AddReference(table.name, reference) for reference in table.references),
    ]
    return draw(st.sampled_from(possible))

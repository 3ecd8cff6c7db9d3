"""A table of a result, for people: no lines, numbers to the right."""

from collections.abc import Sequence

from rich.table import Table

from cli.screen import Screen


def plain_table(columns: Sequence[str], *, right: Sequence[str] = ()) -> Table:
    """An empty table; the columns in `right` hold numbers."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left")
    return table


def show_table(screen: Screen, table: Table) -> None:
    """Write it on standard output; nothing with `--json`."""
    if not screen.as_json:
        screen.out.print(table)

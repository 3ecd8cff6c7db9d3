"""Claims about the generated page of the databases: it is what the revisions say, and it says all of it."""

from dataclasses import replace
from pathlib import Path

from tenancy import revisions
from tenancy.duties import DUTIES
from tenancy.revisions.operations import AddColumn, AddIndex
from tenancy.revisions.page import text
from tenancy.revisions.revision import Revision

FILE = Path(__file__).parents[3] / "docs" / "generated" / "databases.md"


def stale(written: str) -> str:
    """What to do, unless the page is as the revisions say."""
    return "" if written == text() else "./cfctl docs"


def test_the_page_is_as_the_revisions_say(monkeypatch) -> None:
    """And a further revision of one column makes it stale."""
    written = FILE.read_text(encoding="utf-8")
    assert stale(written) == ""
    column = replace(revisions.database_at("user_service").by_name["users"].columns[0], name="second_id")
    steps = {"user_service": (AddColumn("users", column), AddIndex("users", ("second_id",)))}
    further = Revision(id="0002", about="a column", steps=steps)
    monkeypatch.setattr(revisions, "REVISIONS", (*revisions.REVISIONS, further))
    monkeypatch.setattr(revisions, "IDS", (*revisions.IDS[:1], "0002b", "0002"))
    assert stale(written) == "./cfctl docs"


def test_the_page_names_every_table_column_and_role() -> None:
    """Personal columns are told as such, and so is how long rows are kept."""
    page = text()
    for name in revisions.database_names():
        for table in revisions.database_at(name).tables:
            head = f"### {name}: {table.schema}.{table.name}\n"
            assert head in page
            section = page.partition(head)[2].partition("\n### ")[0]
            rows = {line.split("`")[1]: line for line in section.splitlines() if line.startswith("| `")}
            assert {column.name for column in table.all_columns} <= rows.keys()
            for column in table.all_columns:
                assert ("**personal**" in rows[column.name]) == column.personal
            assert f"kept for {table.keep_days} days" in section or not table.keep_days
    assert all(f"`d_{duty}`" in page for duty in DUTIES)
    assert "AS RESTRICTIVE FOR ALL TO PUBLIC" in page

"""The page is whole by itself, says every figure exactly, and writes nothing of what it shows as markup."""

import re
from dataclasses import replace
from decimal import Decimal

from finance.following.report import Report, TagBreakdown
from finance.money import Money
from finance.reports.contents import tables_of
from finance.reports.page import page_of
from finance.reports.words import written
from tests.finance.reports.known import sample_page, sample_report
from tests.topology.test_pages import read_page

FIGURE = re.compile(r'<data data-figure="([^"]+)" data-amount="([^"]+)" value="[^"]+">([^<]+)</data>')
DRAWN = re.compile(r'<g data-figure="([^"]+)" data-amount="([^"]+)">')


def expected(report: Report) -> dict[str, Money]:
    """Every amount that the page has room for, by its key."""
    return {
        f"{table.key}/{at}/{column.key}": cell
        for table in tables_of(report).values()
        for at, row in enumerate(table.rows)
        for column, cell in zip(table.columns, row.cells, strict=True)
        if isinstance(cell, Money) and not column.filed
        if table.shown is None or at < table.shown or row.place != "row"
    }


def test_every_amount_of_the_page_is_the_reports() -> None:
    """Exact in the attribute, to cents in the text; nothing is missing, nothing is made up."""
    report = sample_report()
    found = {key: (amount, text) for key, amount, text in FIGURE.findall(sample_page())}
    in_files = {"daily", "subscription-lines"}
    wanted = {key: money for key, money in expected(report).items() if key.split("/")[0] not in in_files}
    assert {key for key in found if not key.startswith("headline/")} == set(wanted)
    for key, money in wanted.items():
        assert Decimal(found[key][0]) == money.amount, key
        assert found[key][1] == written(money, "money"), key
    assert Decimal(found["headline/billed"][0]) == report.total.billed.amount
    assert Decimal(found["headline/forecast"][0]) == report.total.forecast.expected.amount


def test_what_is_drawn_bears_its_amount() -> None:
    """Bars, days and the end of each line: for readers by ear and for tests."""
    report = sample_report()
    drawn = dict(DRAWN.findall(sample_page()))
    for line in report.leaves:
        assert Decimal(drawn[f"by-deployment/{line.name}"]) == line.billed.amount
        if line.budget:
            assert Decimal(drawn[f"burn-{line.name}/left"]) == (line.budget - line.billed).amount
            left = line.budget - line.forecast.expected
            assert Decimal(drawn[f"burn-{line.name}/forecast"]) == left.amount
    for day in report.days_of("company").days:
        if day.billed:
            assert Decimal(drawn[f"daily-spend/{day.day}"]) == day.billed.amount
    services = sum(Decimal(amount) for key, amount in drawn.items() if key.startswith("by-service-plot/"))
    assert services == report.total.billed.amount


def test_the_page_needs_nothing_beside_itself() -> None:
    """It is mailed, printed and kept: no style, font, image or script from elsewhere."""
    page = sample_page()
    parsed = read_page(page)
    assert (parsed.open, parsed.wrong) == ([], [])
    assert [link for link in parsed.fetched if not link.startswith("#")] == []
    assert "<script" not in page
    assert not re.search(r"url\((?!#)|@import", page)


def test_ids_are_of_one_thing_each() -> None:
    """Matplotlib calls the parts of every figure alike."""
    ids = re.findall(r'\bid="([^"]+)"', sample_page())
    assert len(ids) == len(set(ids))


def test_colours_are_the_pages_own() -> None:
    """A figure with a colour of its own would not be seen on a dark screen."""
    drawings = re.findall(r"<svg.*?</svg>", sample_page(), re.DOTALL)
    assert len(drawings) > 6
    assert {colour for drawing in drawings for colour in re.findall(r"#[0-9a-fA-F]{6}", drawing)} == set()


def test_names_of_others_are_text_never_markup() -> None:
    """A tag's value, a service's name: shown as they are, in tables and drawings."""
    report = sample_report()
    evil, amount = "<script>alert(1)</script>", Money(Decimal(1000000), "USD")
    tags = (TagBreakdown("account", "Owner", evil, amount, amount, 1), *report.by_tag)
    services = (replace(report.by_service[0], key=evil, billed=amount), *report.by_service)
    page = page_of(replace(report, by_tag=tags, by_service=services))
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3


def test_a_month_without_data_says_so() -> None:
    """And draws nothing of nothing."""
    report = sample_report()
    page = page_of(replace(report, as_of=None))
    assert "There is no data for November 2026." in page
    assert "<svg" not in page


def test_a_closed_month_bears_its_hash() -> None:
    """An open one says that it is open."""
    assert "not closed" in sample_page()
    assert f"closed, pack SHA-256 {'ab' * 32}" in page_of(replace(sample_report(), closed="ab" * 32))


def test_the_same_report_gives_the_same_page() -> None:
    """No clock, no chance: a pack can be compared with another."""
    assert page_of(sample_report()) == sample_page()

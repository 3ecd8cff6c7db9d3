"""The page in a real browser: the figures that are seen are the report's, at every width, light, dark and on paper."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finance.money import Money
from finance.reports.contents import tables_of
from finance.reports.words import written
from tests.finance.reports.chromium import CHROMIUM, measured, printed
from tests.finance.reports.known import sample_page, sample_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")


@pytest.fixture(scope="module")
def wide(tmp_path_factory) -> dict[str, Any]:
    return measured(sample_page(), tmp_path_factory.mktemp("wide"), width=1280)


def wrong(found: dict[str, Any]) -> list[str]:
    """Figures of the browser that are not the report's."""
    tables = tables_of(sample_report())
    said: list[str] = []
    for key, figure in found["figures"].items():
        table, at, column = [*key.split("/"), "", ""][:3]
        if table == "headline":
            continue
        cell = tables[table].rows[int(at)].cells[tables[table].column(column)]
        assert isinstance(cell, Money)
        if Decimal(figure["amount"]) != cell.amount or figure["text"].strip() != written(cell, "money"):
            said.append(key)
    return said


def test_figures_that_are_seen_are_the_reports(wide) -> None:
    """In the text that a reader sees and in the attribute; there are hundreds."""
    assert len(wide["figures"]) > 300
    assert wrong(wide) == []


def test_a_figure_that_is_wrong_is_seen(tmp_path) -> None:
    """The gate is fed a bad sample: one amount of the page is another."""
    page, count = re.subn(r'(data-figure="deployments/0/billed"[^>]*>)[^<]*', r"\g<1>0.01", sample_page())
    assert count == 1
    assert wrong(measured(page, tmp_path, width=1280)) == ["deployments/0/billed"]


@pytest.mark.parametrize("width", [1280, 480])
def test_nothing_hangs_over_the_edge(width, tmp_path) -> None:
    """A telephone shows every figure too, without scrolling sideways."""
    found = measured(sample_page(), tmp_path, width=width)
    assert found["width"] == width
    assert found["scrolled"] <= width
    assert [key for key, it in found["figures"].items() if not (it["seen"] and it["inside"])] == []


def test_a_dark_screen_has_light_letters(wide, tmp_path) -> None:
    """And the other way round; the contrast is that of WCAG 2.2, 1.4.3, for small text (4.5 to 1) and more."""
    dark = measured(sample_page(), tmp_path, width=1280, dark=True)
    assert wide["page"] != dark["page"]
    for it in (wide, dark):
        assert contrast(it["ink"], it["page"]) > 7


@pytest.mark.parametrize("plot", ["by-deployment", "by-service-plot", "daily-spend"])
def test_bars_are_as_long_as_their_amounts(wide, plot) -> None:
    """What the eye compares is what the figures say."""
    side = "height" if plot == "daily-spend" else "width"
    bars = [(Decimal(it["amount"]), it[side]) for key, it in wide["drawn"].items() if key.startswith(f"{plot}/")]
    bars = [(amount, length) for amount, length in bars if amount > 0]
    assert len(bars) > 2
    amount, length = max(bars)
    for other, its in bars:
        assert its == pytest.approx(length * float(other / amount), abs=0.5)


def test_paper_has_the_report_too(tmp_path: Path) -> None:
    """A PDF of some pages, the figures in it as text."""
    paper = printed(sample_page(), tmp_path)
    assert paper.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 3 < pages < 20


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio, of two colours as browsers write them."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(it) / 255 for it in re.findall(r"\d+", colour)[:3])
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

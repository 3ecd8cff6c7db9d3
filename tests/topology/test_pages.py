"""Pages are whole by themselves, well formed, and write nothing of what they show as markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from cidr import load_map
from tests.topology.samples import Making, platform
from topology import read
from topology.pages import addresses_page, topology_page

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Nesting(HTMLParser):
    """Every element that is opened is closed, in order; collects what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "xlink:href", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` of SVG."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def read_page(page: str) -> Nesting:
    parser = Nesting()
    parser.feed(page)
    parser.close()
    return parser


def test_pages_are_well_formed_and_fetch_nothing() -> None:
    """They are mailed, printed and kept: no style, font, image or script from elsewhere."""
    for page in (topology_page(read(platform())), addresses_page(load_map())):
        parsed = read_page(page)
        assert (parsed.open, parsed.wrong, parsed.fetched) == ([], [], [])
        assert "<script" not in page
        assert not re.search(r"url\((?!#)|@import", page)


def test_a_page_that_fetches_or_is_not_closed_is_seen() -> None:
    """The gate is fed a bad sample."""
    parsed = read_page('<p><img src="https://example.com/x.png"><b></p>')
    assert parsed.fetched == ["https://example.com/x.png"]
    assert parsed.wrong == ["p"]


def test_names_are_text_never_markup() -> None:
    """A name with brackets is shown as it is, in drawing and tables."""
    making = Making("global-dev")
    making.network({"apps": None})
    making.add("toys:Robot", "robots/<script>alert(1)<>")
    source = making.source
    page = topology_page(read([source]))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_says_what_stands_and_what_is_only_planned() -> None:
    """A plan must not be taken for what is there."""
    near, far = platform()
    page = topology_page(read([near, replace(far, status="planned")]))
    assert "Drawn from the state of global-dev." in page
    assert "westeu-dev-1: drawn from a preview, as `up` would make it." in page
    assert page.count("as a preview plans it") == 1


def test_the_tables_have_what_the_drawing_has() -> None:
    """For who cannot see the drawing, and for searching."""
    page = topology_page(read(platform()))
    tables = page[page.rindex("</svg>") :]
    for word in (
        "psql-cf-westeu-dev-1",
        "10.10.2.0/24",
        "pep-cf-westeu-dev-1-registry",
        "privatelink.azurecr.io",
        "203.0.113.0/24",
    ):
        assert word in tables
    assert re.search(r'<td class="warn">Pending</td>', tables)


def test_the_same_input_gives_the_same_page() -> None:
    """No clock, no order of a set: a page can be compared with the one before."""
    assert topology_page(read(platform())) == topology_page(read(platform()))

"""`cfctl docs`: the generated pages are what the data says, and a stale one is seen."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cidr import load_map
from cidr.yaml_source import REPOSITORY
from cli.docs_command import FOLDER, PAGES
from components.conventions import kinds
from tests.cli.one_process import run_all


def test_the_pages_of_the_repository_are_as_the_data_says(cfctl: Any) -> None:
    """Else: ./cfctl docs."""
    ended = cfctl("docs", "--check")
    assert ended.status == 0, ended.err


def test_a_page_that_another_deployment_has_made_stale_is_seen_and_written_anew(
    elsewhere: Callable[[], Any],
) -> None:
    """A row of the map more is a row and a table of the page more; what is not stale is left."""
    cfctl = elsewhere()
    add = ("deployment", "add", "uksouth-prod-1", "--like", "westeu-prod-1")
    before, _, stale, *written, after = run_all(
        cfctl, ("docs", "--json"), add, ("docs", "--check", "--json"), ("docs",), ("docs", "--check", "--json")
    )
    assert {page["status"] for page in before.document["pages"]} == {"written"}
    assert stale.status == 1
    assert {page["file"] for page in stale.document["pages"] if page["status"] == "stale"} == {
        "docs/generated/addresses.md"
    }
    assert stale.document["errors"][0]["next_step"] == "./cfctl docs"
    assert written[0].status == after.status == 0
    page = (cfctl.project / FOLDER / "addresses.md").read_text(encoding="utf-8")
    assert "### uksouth-prod-1: 10.60.0.0/16" in page
    assert "| db | `10.60.2.0/24` | `10.60.130.0/24` | 251 |" in page


def test_every_block_and_every_subnet_is_on_the_page_of_addresses() -> None:
    """Once each: a range that two rows had would be two deployments' network."""
    page, allocations = PAGES["addresses.md"](), load_map()
    for name in allocations.owned:
        plan = allocations.plan(name)
        assert page.count(f"### {name}: {plan.block}\n") == 1
        assert all(page.count(f"`{slot.network}`") == 1 for slot in plan.subnets)
    blocks = page.partition("## Subnets")[0]
    ranges = re.findall(r"`10\.(\d+)\.0\.0/16`(?: to `10\.(\d+)\.0\.0/16`)?", blocks)
    counted = [number for first, last in ranges for number in range(int(first), int(last or first) + 1)]
    assert counted == list(range(len(allocations.blocks)))


def test_every_kind_is_on_the_page_of_names_with_its_limits() -> None:
    """As the commands say them."""
    rows = {
        line.split(" | ")[0].removeprefix("| "): line for line in PAGES["names.md"]().splitlines() if "](http" in line
    }
    assert {name for name in rows if name in kinds()} == set(kinds())
    assert "`kv-cf-westeu-prod-1-????` | `kv-cf-state-????` | 3 to 24 |" in rows["key_vault"]
    assert "`stcfwesteuprod1`" in rows["storage_account"]


def test_the_folder_holds_no_page_that_nothing_writes() -> None:
    """A page left behind would never be stale."""
    there = {path.name for path in (REPOSITORY / FOLDER).iterdir()}
    assert {Path(name).name for name in PAGES} == there

"""`cfctl cidr`: what is taken, what comes next, whether map and stack files agree."""

import subprocess
import sys
from typing import Any

import pytest

from cidr import load_map
from tests.cli.in_process import InProcess
from tests.cli.one_process import run_all


@pytest.fixture
def here(cfctl, request) -> InProcess:
    return InProcess.of(cfctl, request)


def test_the_whole_range_is_shown_with_what_is_left_for_each_region(here) -> None:
    """Every block is counted once; what is held is left for its own region and environment alone."""
    document = here("cidr", "show", "--json").document
    used = document["utilisation"]
    assert used["live"] + used["reserved"] + used["held"] + used["retired"] + used["free"] == used["total"]
    rows = {(row["kind"], row["region"], row["environment"]): row for row in document["regions"]}
    assert sum(row["deployments"] for row in rows.values()) == len(load_map().owned)
    assert rows["regional", "westeu", "prod"]["left"] == rows["regional", "westeu", "prod"]["held"] + used["free"]
    assert rows["global", "westeu", "prod"]["left"] == rows["global", "westeu", "prod"]["held"]
    text = here("cidr", "show")
    assert text.status == 0
    assert f"{used['total']} blocks" in text.out


def test_how_long_it_lasts_is_told_at_the_growth_seen(elsewhere) -> None:
    """Blocks that were taken today count as so many in 90 days."""
    show = ("cidr", "show", "--json")
    names = [f"australiaeast-dev-{instance}" for instance in range(1, 5)]
    adds = [("deployment", "add", name, "--like", "westeu-dev-1", "--json") for name in names]
    before, *added, after, text = run_all(elsewhere(), show, *adds, show, show[:2])
    assert [ended.status for ended in added] == [0] * 4
    growth, used = after.document["growth"], after.document["utilisation"]
    assert growth["taken"] == before.document["growth"]["taken"] + 4
    assert growth["free_lasts_years"] == pytest.approx(used["free"] / growth["per_year"])
    (row,) = (row for row in after.document["regions"] if row["region"] == "australiaeast")
    assert (row["deployments"], row["lasts_years"]) == (4, pytest.approx(row["left"] / (4 * 365 / 90)))
    assert f"the free ones last {growth['free_lasts_years']:.1f} years" in text.out


def test_one_deployments_slots_are_shown_with_what_resources_can_have(here) -> None:
    """Five addresses of each subnet are Azure's."""
    document = here("cidr", "show", "westeu-prod-1", "--json").document
    slots = {slot["name"]: slot for slot in document["slots"]}
    assert document["block"] == "10.30.0.0/16"
    assert (slots["db"]["network"], slots["db"]["usable"]) == ("10.30.2.0/24", 251)
    assert {row["name"]: row["first"] for row in document["set_aside"]}["standby"] == "10.30.128.0"
    assert "AzureBastionSubnet" in str(slots["bastion"])
    assert here("cidr", "show", "westeu-prod-9").status == 2


def test_the_next_block_is_shown_and_not_taken(here) -> None:
    """Asked twice it is the same."""
    asked = [here("cidr", "next", "--region", "westeu", "--env", "prod", "--json").document for _ in range(2)]
    assert asked[0] == asked[1]
    assert (asked[0]["block"], asked[0]["status"], asked[0]["held_for"]) == ("10.32.0.0/16", "held", "westeu-prod-2")


def test_unknown_words_are_told_together_with_the_nearest(here) -> None:
    """Azure's own name of a region is understood as a slip for ours."""
    ended = here("cidr", "next", "--region", "westeurope", "--env", "prd", "--json")
    assert ended.status == 2
    assert [error["next_step"] for error in ended.document["errors"]] == ["write 'westeu'", "write --env prod"]


def test_the_check_is_green_on_the_platforms_own_map(here) -> None:
    """And says what it has looked at."""
    ended = here("cidr", "check", "--json")
    assert ended.status == 0
    assert ended.document["deployments"] == len(load_map().owned)


@pytest.mark.parametrize(
    ("spoil", "status", "told"),
    [
        (lambda text: text.replace("  - {network: 10.77.0.0/16, status: free}\n", ""), 2, "10.77.0.0/16 has no row"),
        (lambda text: text.replace("10.78.0.0/16", "10.77.0.0/16"), 2, "10.77.0.0/16 overlaps 10.77.0.0/16"),
        (lambda text: text.replace("10.78.0.0/16", "10.78.0.0/15"), 2, "10.78.0.0/15 is no /16"),
        (lambda text: text.replace("10.98.0.0/16, status: free", "10.98.0.0/16, status: fre"), 2, "unknown status"),
        (
            lambda text: text.replace(
                "10.98.0.0/16, status: free", "10.98.0.0/16, status: live, deployment: uksouth-dev-9"
            ),
            1,
            "uksouth-dev-9 is live and has no stack file",
        ),
        (
            lambda text: text.replace(
                "status: live, deployment: eastus-dev-1", "status: reserved, deployment: eastus-dev-1"
            ),
            1,
            "eastus-dev-1 is reserved and has a stack file",
        ),
    ],
)
def test_a_map_that_is_wrong_is_seen(elsewhere, spoil, status, told) -> None:
    """A block without a row, with two, of another size; and what one row alone cannot tell."""
    cfctl = elsewhere()
    file = cfctl.project / "cidr/allocations.yaml"
    spoilt = spoil(file.read_text())
    assert spoilt != file.read_text()
    file.write_text(spoilt)
    ended = cfctl("cidr", "check", "--json")
    assert ended.status == status
    assert told in str(ended.document["errors"])


def test_a_stack_file_of_nobody_is_seen(elsewhere) -> None:
    """A deployment that was renamed by hand in one place only."""
    cfctl = elsewhere()
    stacks = cfctl.project / "stacks"
    (stacks / "Pulumi.eastus-dev-1.yaml").rename(stacks / "Pulumi.eastus-dev-2.yaml")
    errors: list[Any] = cfctl("cidr", "check", "--json").document["errors"]
    assert [error["where"] for error in errors] == [
        "cidr/allocations.yaml 10.11.0.0/16",
        "stacks/Pulumi.eastus-dev-2.yaml",
    ]


def test_the_map_is_drawn_as_by_its_own_command(here) -> None:
    """One page, two ways to it."""
    ended = here("cidr", "map", "--json")
    assert ended.status == 0
    assert ended.document["page"] == here("map", "--json").document["page"]


def test_asking_changes_nothing(here) -> None:
    """A look leaves no file in the home."""
    before = sorted(here.home.root.rglob("*"))
    for arguments in (("cidr", "show"), ("cidr", "check"), ("names", "check", "--tables")):
        assert here(*arguments).status == 0
    assert sorted(here.home.root.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["cidr", "show"],
        ["cidr", "check"],
        ["names", "check", "--tables"],
        ["plan", "region", "uksouth", "--like", "westeu"],
        ["deployment", "add", "westeu-dev-1", "--like", "westeu-dev-1"],
    ],
)
def test_planning_imports_no_pulumi(cfctl, arguments) -> None:
    """It is data over data: no second for an SDK."""
    code = (
        "import sys\nfrom cli.main import run\n"
        f"run({arguments!r})\n"
        "found = [name for name in sys.modules if name.split('.')[0].startswith(('pulumi', 'grpc'))]\n"
        "print('|' + ' '.join(found), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=cfctl.environment, capture_output=True, text=True, check=True
    )
    assert done.stderr.rpartition("|")[2].strip() == ""

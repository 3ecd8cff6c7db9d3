"""`cfctl plan region`: what a region would get, before anything is written."""

import pytest

from tests.cli.in_process import InProcess
from tests.cli.one_process import run_all


@pytest.fixture
def here(cfctl, request) -> InProcess:
    return InProcess.of(cfctl, request)


def test_a_region_gets_a_block_and_names_for_each_deployment_of_the_other(here) -> None:
    """With the command that adds each."""
    document = here("plan", "region", "australiaeast", "--like", "westeu", "--json").document
    rows = document["deployments"]
    assert [(row["deployment"], row["like"]) for row in rows] == [
        (f"australiaeast-{rest}", f"westeu-{rest}") for rest in ("dev-1", "stg-1", "prod-1", "prod-2")
    ]
    assert len({row["block"] for row in rows}) == 4
    assert rows[2]["names"]["key_vault"] == "kv-cf-aue-prod-1-????"
    assert document["commands"][0] == "./cfctl deployment add australiaeast-dev-1 --like westeu-dev-1"
    assert (document["residency_zone"], document["zones"], document["paired"]) == (
        "APAC",
        ["1", "2", "3"],
        "australiasoutheast",
    )
    assert document["paired_is_ours"] is None


def test_what_is_planned_is_what_is_then_given(elsewhere) -> None:
    """The plan's own commands, run one after the other; then the plan has nothing left to do."""
    cfctl, asking = elsewhere(), ("plan", "region", "uksouth", "--like", "eastus", "--json")
    plan = cfctl(*asking).document
    *added, last = run_all(cfctl, *((*command.split()[1:], "--json") for command in plan["commands"]), asking)
    assert [ended.document["block"] for ended in added] == [row["block"] for row in plan["deployments"]]
    again = last.document
    assert again["commands"] == []
    assert all(row["there"] for row in again["deployments"])
    assert [row["block"] for row in again["deployments"]] == [row["block"] for row in plan["deployments"]]


def test_what_azure_does_not_offer_there_is_told_with_who_asks_for_it(here) -> None:
    """West US has no zones: the standby in another zone, which prod asks for, cannot be."""
    ended = here("plan", "region", "westus", "--like", "eastus", "--json")
    (gap,) = ended.document["not_offered"]
    assert gap["feature"] == "ZoneRedundant"
    assert gap["asked_by"] == ["eastus-prod-1: postgres.high_availability"]
    assert gap["source"].startswith("https://learn.microsoft.com/")
    assert (ended.document["zones"], ended.document["paired_is_ours"]) == ([], "eastus")
    text = here("plan", "region", "westus", "--like", "eastus").out
    assert "none: no zone-redundant service" in text
    assert "not offered: ZoneRedundant" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("uksuoth", "--like", "westeu"), ["unknown region 'uksuoth'", "write 'uksouth'"]),
        (("ukwest", "--like", "westeurope"), ["unknown region 'ukwest'", "write 'westeu'"]),
        (("francecentral", "--like", "westeu"), ["components/conventions/regions.yaml"]),
        (("uksouth", "--like", "uksouth"), ["is the region itself"]),
        (("westeu", "--like", "uksouth"), ["has no regional deployment", "write --like"]),
    ],
)
def test_a_region_that_cannot_be_planned_is_told(here, arguments, told) -> None:
    """Both words at once, with the nearest."""
    ended = here("plan", "region", *arguments, "--json")
    assert ended.status == 2
    said = str(ended.document["errors"])
    assert [words for words in told if words not in said] == []

"""The table of regions: complete, injective, and true to itself."""

import re

import pytest

from cidr import FaultsError, Region
from cidr.yaml_source import parse_yaml
from components.conventions import REGIONS
from components.conventions.regions import REGIONS_FILE, regions_of

AZURE_NAMES = {
    "westeu": "westeurope",
    "northeu": "northeurope",
    "eastus": "eastus",
    "westus": "westus",
    "uksouth": "uksouth",
    "australiaeast": "australiaeast",
}


def test_every_region_of_the_platform_has_a_row() -> None:
    """And no other region has."""
    assert {str(region): info.azure_name for region, info in REGIONS.items()} == AZURE_NAMES
    assert set(REGIONS) == set(Region)


def test_short_forms_are_one_to_one_and_no_regions_code() -> None:
    """Else a name with a short form would stand for two regions."""
    short = [info.short for info in REGIONS.values()]
    assert len(set(short)) == len(short)
    assert not set(short) & set(Region)
    assert all(re.fullmatch(r"[a-z]{3}", form) for form in short)


def test_pairs_of_the_platforms_own_regions_go_both_ways() -> None:
    """In twos: westeu and northeu, eastus and westus."""
    by_azure_name = {info.azure_name: info for info in REGIONS.values()}
    for info in REGIONS.values():
        if info.paired in by_azure_name:
            assert by_azure_name[info.paired].paired == info.azure_name


def test_a_geo_copy_in_a_region_of_ours_stays_in_its_residency_zone() -> None:
    """A tenant's data never leaves its zone (platform.md, section 1)."""
    zones = {info.azure_name: info.residency_zone for info in REGIONS.values()}
    for info in REGIONS.values():
        assert zones.get(info.paired, info.residency_zone) == info.residency_zone


@pytest.mark.parametrize("region", Region)
def test_a_region_without_zones_offers_nothing_zone_redundant(region) -> None:
    """The two columns agree, and every gap has its source."""
    info = REGIONS[region]
    if not info.zones:
        assert "ZoneRedundant" in {gap.feature for gap in info.not_offered}
    for gap in info.not_offered:
        assert str(gap.source).startswith("https://learn.microsoft.com/")


def test_only_west_us_has_no_zones() -> None:
    """https://learn.microsoft.com/azure/reliability/regions-list, read 2026-11."""
    assert [str(region) for region, info in REGIONS.items() if not info.zones] == ["westus"]


def spoiled(old: str, new: str) -> str:
    """What a regions file is told that differs so from the repository's."""
    text = REGIONS_FILE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(FaultsError) as refused:
        regions_of(parse_yaml(text.replace(old, new, 1), "regions.yaml"))
    return str(refused.value)


def test_a_region_without_a_row_or_a_short_form_is_refused_with_its_name() -> None:
    """No name could be made of it."""
    text = REGIONS_FILE.read_text(encoding="utf-8")
    row = text[text.index("uksouth:\n") : text.index("australiaeast:\n")]
    assert "uksouth has no row, so no short form and no Azure name" in spoiled(row, "")
    told = spoiled("  short: uks\n", "")
    assert "uksouth.short" in told
    assert "those of no other region" in told


def test_a_short_form_that_another_region_has_is_refused() -> None:
    """Two vaults would have one name."""
    told = spoiled("short: uks", "short: weu")
    assert "weu is the short form of westeu too" in told
    assert "uksouth.short" in told

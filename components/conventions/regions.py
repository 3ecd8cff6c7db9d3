"""Regions as data: what Azure calls them, where data may live, what their short form is."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, ValidationError

from cidr import Fault, FaultsError, Region
from cidr.validation import told
from cidr.yaml_source import Source, read_yaml

REGIONS_FILE: Final = Path(__file__).with_name("regions.yaml")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotOffered(_Row):
    """Something that Azure does not offer in a region, as its source says."""

    resource_type: str = Field(description="ARM resource type", examples=["Microsoft.DBforPostgreSQL/flexibleServers"])
    feature: str = Field(description="value of a property, or a glob of SKU names", examples=["ZoneRedundant"])
    note: str = Field(min_length=1, description="what is missing, and when that was read", examples=["no zones"])
    source: HttpUrl = Field(description="the page that says so", examples=["https://learn.microsoft.com/azure"])


class RegionInfo(_Row):
    """One Azure region.

    `azure_name`: as ARM writes a location. `display`: for people. `paired`: Azure name of the region that geo-redundant
    copies go to. `short`: three letters for names where the full code does not fit. `zones`: the availability zones,
    as ARM writes them; empty where the region has none.
    """

    azure_name: str = Field(pattern=r"^[a-z0-9]+$", description="Azure's programmatic name", examples=["westeurope"])
    display: str = Field(min_length=1, description="name for people", examples=["West Europe (Netherlands)"])
    purpose: str = Field(min_length=1, description="what the platform uses it for", examples=["Primary EU region"])
    residency_zone: Literal["EU", "US", "UK", "APAC"] = Field(
        description="where a tenant's data may live", examples=["EU"]
    )
    paired: str = Field(pattern=r"^[a-z0-9]+$", description="Azure name of the paired region", examples=["northeurope"])
    short: str = Field(
        pattern=r"^[a-z]{3}$", description="short form, three letters, those of no other region", examples=["uks"]
    )
    zones: tuple[str, ...] = Field(description="availability zones, empty where none", examples=['["1", "2", "3"]'])
    not_offered: tuple[NotOffered, ...] = Field(default=(), description="what Azure does not offer there")
    source: HttpUrl = Field(description="the page of Azure's list", examples=["https://learn.microsoft.com/azure"])

    def missing(self, resource_type: str, feature: str) -> NotOffered | None:
        """The row that says that the region lacks a feature of a resource type; None where no row does."""
        rows = (row for row in self.not_offered if row.resource_type == resource_type)
        return next((row for row in rows if fnmatchcase(feature, row.feature)), None)


class _RegionsFile(RootModel[dict[Region, RegionInfo]]):
    """Every region of the platform, one row each."""


@lru_cache(maxsize=1)
def load_regions() -> Mapping[Region, RegionInfo]:
    """The table of regions.yaml; raises FaultsError with every fault of the file."""
    return regions_of(read_yaml(REGIONS_FILE))


def regions_of(source: Source) -> Mapping[Region, RegionInfo]:
    """The table of a regions file already parsed; raises FaultsError with every fault."""
    try:
        regions = _RegionsFile.model_validate(source.data).root
    except ValidationError as error:
        raise FaultsError(told(error, _RegionsFile, source.where)) from None
    if faults := [*_without_row(regions, source), *_shared(regions, source)]:
        raise FaultsError(faults)
    return MappingProxyType(regions)


def _without_row(regions: Mapping[Region, RegionInfo], source: Source) -> Iterator[Fault]:
    for region in Region:
        if region not in regions:
            yield Fault(
                where=source.where(()),
                what=f"{region} has no row, so no short form and no Azure name",
                allowed="a row for each region of cidr/names.py",
                next_step=f"add `{region}:` with azure_name, residency_zone, paired, short and zones, each with its "
                "source",
            )


def _shared(regions: Mapping[Region, RegionInfo], source: Source) -> Iterator[Fault]:
    """Two regions of one short form would have one name for two resources."""
    first: dict[str, Region] = {}
    for region, info in regions.items():
        other = first.setdefault(info.short, region)
        if other != region:
            yield Fault(
                where=source.where((region, "short")),
                what=f"{info.short} is the short form of {other} too",
                allowed="three letters of its own for each region",
                next_step=f"choose other letters than {', '.join(sorted(it.short for it in regions.values()))}",
            )


REGIONS: Final = load_regions()

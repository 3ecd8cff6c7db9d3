"""Regions as data: what Azure calls them, where data may live, what their short form is."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, ValidationError

from cidr import FaultsError, Region
from cidr.validation import told
from cidr.yaml_source import read_yaml

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
    short: str = Field(pattern=r"^[a-z]{3}$", description="short form, three letters", examples=["weu"])
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
    source = read_yaml(REGIONS_FILE)
    try:
        return MappingProxyType(_RegionsFile.model_validate(source.data).root)
    except ValidationError as error:
        raise FaultsError(told(error, _RegionsFile, source.where)) from None


REGIONS: Final = load_regions()

"""Names, regions and tags as data: tables with their sources, and pure functions over them. Imports no Pulumi."""

from components.conventions.names import AccountNames, Names, ParsedName, parse_name
from components.conventions.regions import REGIONS, NotOffered, RegionInfo
from components.conventions.table import Kind, kinds
from components.conventions.tags import account_tags, tags_for

__all__ = [
    "REGIONS",
    "AccountNames",
    "Kind",
    "Names",
    "NotOffered",
    "ParsedName",
    "RegionInfo",
    "account_tags",
    "kinds",
    "parse_name",
    "tags_for",
]

"""Where a component puts its resources and what it calls them: the arguments that every component has in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pulumi

from components.conventions import AccountNames, Names


@dataclass(frozen=True, kw_only=True)
class Place:
    """One resource group, in one region, of one deployment.

    `group`: name of the resource group. `location`: Azure's name of the region. `names`: physical names come from here
    only. `tags`: the tags of every resource that can carry them.
    """

    group: pulumi.Input[str]
    location: str
    names: Names
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class AccountPlace:
    """One resource group, in one region, of the account: as `Place`, under names that belong to no deployment."""

    group: pulumi.Input[str]
    location: str
    names: AccountNames
    tags: Mapping[str, str]


AnyPlace: TypeAlias = Place | AccountPlace

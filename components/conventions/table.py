"""The table of names.yaml: for each kind of resource its pattern, limits, characters, scope and source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cidr import Fault, FaultsError
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import Source, read_yaml
from components.conventions.pattern import Pattern

NAMES_FILE: Final = Path(__file__).with_name("names.yaml")
Scope: TypeAlias = Literal["global", "subscription", "resource_group", "parent"]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _KindRow(_Row):
    arm_type: str = Field(
        pattern=r"^Microsoft\.\w+(/\w+)+$", description="ARM type", examples=["Microsoft.Cache/redisEnterprise"]
    )
    slug: str = Field(default="", pattern=r"^[a-z]*$", description="first part of the name, letters", examples=["kv"])
    slug_source: Literal["caf", "platform", "own"] | None = Field(
        default=None, description="who chose the slug", examples=["caf"]
    )
    pattern: str = Field(description="a word of the table `patterns`", examples=["plain"])
    account: str | None = Field(
        default=None, description="a word of the table `patterns`: of the account's own", examples=["account"]
    )
    min: int = Field(ge=1, description="fewest characters", examples=[1])
    max: int = Field(ge=1, description="most characters", examples=[80])
    characters: str = Field(description="a word of the table `characters`", examples=["word"])
    scope: Scope = Field(description="where the name must be unique", examples=["parent"])
    source: str = Field(description="a word of the table `sources`, and #section", examples=["rules#microsoftnetwork"])


class _NamesFile(_Row):
    sources: dict[str, str] = Field(description="pages that state the limits")
    patterns: dict[str, str] = Field(description="shapes of names")
    characters: dict[str, str] = Field(description="regular expressions for a whole name, without its length")
    kinds: dict[str, _KindRow] = Field(description="the resource types that get a name")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource.

    `pattern`: the shape of its names. `account`: of the one that belongs to the account, None where it has none.
    `min`, `max`: characters of the whole name.
    `characters`: what a whole name must match, its length aside. `scope`: where it must be unique ("global": in the
    world; "parent": in the resource it belongs to). `source`: the page that states the limits.
    """

    name: str
    arm_type: str
    pattern: Pattern
    account: Pattern | None
    min: int
    max: int
    characters: re.Pattern[str]
    scope: Scope
    source: str

    @property
    def carries_deployment(self) -> bool:
        """Whether a name tells its deployment; else it is unique only in its parent, whose name does."""
        return bool(self.pattern.fields & {"deployment", "squeezed"})

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Every shape that a name of this kind may have."""
        return (self.pattern,) if self.account is None else (self.pattern, self.account)


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, in the order of the file; raises FaultsError with every fault of names.yaml."""
    return kinds_of(read_yaml(NAMES_FILE))


def kinds_of(source: Source) -> Mapping[str, Kind]:
    """Every kind of a names file already parsed; raises FaultsError with every fault."""
    try:
        file = _NamesFile.model_validate(source.data)
    except ValidationError as error:
        raise FaultsError(told(error, _NamesFile, source.where)) from None
    faults = [fault for name in file.kinds for fault in _faults(file, name, source)]
    if faults:
        raise FaultsError(faults)
    return MappingProxyType({name: _kind(file, name) for name in file.kinds})


def _kind(file: _NamesFile, name: str) -> Kind:
    row = file.kinds[name]
    page, _, section = row.source.partition("#")
    return Kind(
        name=name,
        arm_type=row.arm_type,
        pattern=Pattern(file.patterns[row.pattern], row.slug),
        account=Pattern(file.patterns[row.account], row.slug) if row.account else None,
        min=row.min,
        max=row.max,
        characters=re.compile(file.characters[row.characters], re.ASCII),
        scope=row.scope,
        source=file.sources[page] + (f"#{section}" if section else ""),
    )


def _faults(file: _NamesFile, name: str, source: Source) -> list[Fault]:
    """What the shape cannot know: words of the tables, limits that contradict, slugs that two kinds share."""
    row = file.kinds[name]
    faults: list[Fault] = []

    def fault(key: str, what: str, allowed: str, next_step: str) -> None:
        where = source.where(("kinds", name, key))
        faults.append(Fault(where=where, what=what, allowed=allowed, next_step=next_step))

    page = row.source.partition("#")[0]
    for key, word, words in (
        ("pattern", row.pattern, file.patterns),
        ("account", row.account or row.pattern, file.patterns),
        ("characters", row.characters, file.characters),
        ("source", page, file.sources),
    ):
        if word not in words:
            known = list(words)
            fault(key, f"{word!r} is not in the table", ", ".join(known), f"write `{nearest(word, known) or known[0]}`")
    if row.min > row.max:
        fault("min", f"min {row.min} is over max {row.max}", "min up to max", "look both up at the source")
    slugged = "{slug}" in file.patterns.get(row.pattern, "")
    if slugged != bool(row.slug) or slugged != bool(row.slug_source):
        what = "needs slug and slug_source" if slugged else "has a slug that its pattern does not use"
        fault("slug", what, "both where the pattern has {slug}, else neither", "look the slug up in the caf list")
    twin = next(
        (other for other, its in file.kinds.items() if other != name and row.slug and its.slug == row.slug), None
    )
    if twin:
        fault("slug", f"slug {row.slug!r} is also that of {twin}", "one slug, one kind", "choose another slug")
    return faults

"""Shapes of names: filled with parts, and read back into them.

A pattern is text with fields in braces, and one optional end in brackets: `{slug}-{app}-{deployment}[-{descriptor}]`.
`{squeezed}` is the deployment without hyphens, for types that take none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cidr import DeploymentName, Environment
from cidr.names import GLOBAL, HIGHEST_INSTANCE
from components.conventions.regions import REGIONS

SUFFIX = r"[a-z0-9]{4}"  # what makes a name unique in the world; made by the program, kept in state
DESCRIPTOR = r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*"  # a letter first, so that no digit of an instance can be part of it
SHORTEST_CODE, LONGEST_CODE = 2, 4

_CODES = {code: region for region, info in REGIONS.items() for code in (str(region), info.short)}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a name is made of; what its pattern has no field for is None."""

    application_code: str | None
    deployment: DeploymentName | None
    descriptor: str | None
    suffix: str | None


@dataclass(frozen=True)
class Pattern:
    """One shape of names for one slug."""

    text: str
    slug: str

    @property
    def shown(self) -> str:
        """The pattern for people, its slug filled in."""
        return self.text.replace("{slug}", self.slug)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The names of the fields, the optional one among them."""
        return frozenset(re.findall(r"\{(\w+)\}", self.text))

    @cached_property
    def needs_descriptor(self) -> bool:
        """Whether a descriptor must be given; it may be where the pattern has the field at all."""
        return "{descriptor}" in self.text.partition("[")[0]

    def fill(self, parts: Parts, *, short: bool) -> str:
        """The name; `short` takes the region's three letters instead of its code."""
        fixed, _, optional = self.text.rstrip("]").partition("[")
        deployment = _text(parts.deployment, short=short) if parts.deployment else ""
        values = {
            "slug": self.slug,
            "app": parts.application_code or "",
            "deployment": deployment,
            "squeezed": deployment.replace("-", ""),
            "descriptor": parts.descriptor or "",
            "suffix": parts.suffix or "",
        }
        return (fixed + optional if parts.descriptor else fixed).format_map(values)

    def read(self, name: str) -> Iterator[Parts]:
        """Every way to read `name` in this pattern, whether or not a name is ever made so."""
        for length in range(SHORTEST_CODE, LONGEST_CODE + 1):
            found = _regex(self.text, self.slug, length).fullmatch(name)
            if found:
                yield _parts(found)
            if "app" not in self.fields:
                return


def _text(deployment: DeploymentName, *, short: bool) -> str:
    if deployment.kind == "global" or not short:
        return str(deployment)
    return str(deployment).replace(deployment.region, REGIONS[deployment.region].short, 1)


def _parts(found: re.Match[str]) -> Parts:
    groups = found.groupdict()
    deployment = None
    if groups.get("region"):
        region, environment = _CODES[groups["region"]], Environment(groups["environment"])
        deployment = DeploymentName.of_region(region, environment, int(groups["instance"]))
    elif groups.get("global_environment"):
        deployment = DeploymentName.of_global(Environment(groups["global_environment"]))
    return Parts(
        application_code=groups.get("app"),
        deployment=deployment,
        descriptor=groups.get("descriptor"),
        suffix=groups.get("suffix"),
    )


@lru_cache(maxsize=1024)
def _regex(text: str, slug: str, code_length: int) -> re.Pattern[str]:
    environments, regions = "|".join(Environment), "|".join(_CODES)
    instance = rf"[1-9][0-9]{{0,{len(str(HIGHEST_INSTANCE)) - 1}}}"

    def deployment(dash: str) -> str:
        regional = rf"(?P<region>{regions}){dash}(?P<environment>{environments}){dash}(?P<instance>{instance})"
        return rf"(?:{GLOBAL}{dash}(?P<global_environment>{environments})|{regional})"

    fields = {
        "slug": re.escape(slug),
        "app": rf"(?P<app>[a-z]{{{code_length}}})",
        "deployment": deployment("-"),
        "squeezed": deployment(""),
        "descriptor": rf"(?P<descriptor>{DESCRIPTOR})",
        "suffix": rf"(?P<suffix>{SUFFIX})",
    }
    regex = ""
    for piece in re.findall(r"\{\w+\}|\[|\]|[^][{}]+", text):
        if piece[0] == "{":
            regex += fields[piece[1:-1]]
        else:
            brackets = {"[": "(?:", "]": ")?"}
            regex += brackets[piece] if piece in brackets else re.escape(piece)
    return re.compile(regex, re.ASCII)

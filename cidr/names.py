"""The words of the platform: region codes, environments and the names of deployments.

A name is `global-{env}` or `{region}-{env}-{n}`; it is also the name of the Pulumi stack. n counts from 1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, Self, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from cidr.faults import Fault, FaultsError, nearest
from cidr.validation import refuse

HIGHEST_INSTANCE = 99  # two digits: every name of every resource type is proven to fit up to here
APPLICATION_CODE = r"[a-z]{2,4}"  # some names exist once in the world, so another adopter needs another code


Kind: TypeAlias = Literal["global", "regional"]
KINDS: Final[tuple[Kind, ...]] = ("global", "regional")


class Region(StrEnum):
    """Region codes as they stand in deployment names; what Azure calls them is in components/conventions."""

    WESTEU = "westeu"
    NORTHEU = "northeu"
    EASTUS = "eastus"
    WESTUS = "westus"
    UKSOUTH = "uksouth"
    AUSTRALIAEAST = "australiaeast"


class Environment(StrEnum):
    """Environments; dev and stg are ephemeral (taken down and brought back at will), prod is persistent."""

    DEV = "dev"
    STG = "stg"
    PROD = "prod"

    @property
    def ephemeral(self) -> bool:
        """Whether deployments of this environment may be torn down without a break-glass."""
        return self is not Environment.PROD


GLOBAL = "global"
ACCOUNT: Final = "account"  # the stack of what outlives every deployment: it is none, and owns no addresses
GLOBAL_REGION = Region.WESTEU  # where every global deployment stands


@dataclass(frozen=True, kw_only=True)
class DeploymentName:
    """Name of one deployment as a value; `str()` gives the text that `parse` takes.

    A global stands in West Europe and has no instance number; a regional has one from 1 to 99.
    Raises ValueError when built from parts that no name has (a mistake of the program, not of a user).
    """

    kind: Kind
    region: Region
    environment: Environment
    instance: int | None = None

    def __post_init__(self) -> None:
        if self.kind == "global":
            sound = self.region is GLOBAL_REGION and self.instance is None
        else:
            sound = self.instance is not None and 1 <= self.instance <= HIGHEST_INSTANCE
        if not sound:
            raise ValueError(f"no deployment has these parts: {self.kind}, {self.region}, {self.instance}")

    def __str__(self) -> str:
        if self.kind == "global":
            return f"{GLOBAL}-{self.environment}"
        return f"{self.region}-{self.environment}-{self.instance}"

    @classmethod
    def of_global(cls, environment: Environment) -> Self:
        """The one global deployment of an environment."""
        return cls(kind="global", region=GLOBAL_REGION, environment=environment)

    @classmethod
    def of_region(cls, region: Region, environment: Environment, instance: int) -> Self:
        """The n-th regional deployment of a region and environment."""
        return cls(kind="regional", region=region, environment=environment, instance=instance)

    @property
    def needs(self) -> "DeploymentName | None":
        """The global deployment that must be up before this one; None for a global."""
        return None if self.kind == "global" else DeploymentName.of_global(self.environment)

    @classmethod
    def parse(cls, text: str, where: str = "deployment") -> Self:
        """The deployment that `text` names, exactly as `str` writes it.

        Raises FaultsError with every fault of the name (unknown region and unknown environment both, if both are);
        `where` is the place that each fault names.
        """
        parts = text.split("-")
        faults = list(_faults(text, parts, where))
        if faults:
            raise FaultsError(faults)
        if parts[0] == GLOBAL:
            return cls.of_global(Environment(parts[1]))
        return cls.of_region(Region(parts[0]), Environment(parts[1]), int(parts[2]))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def take(value: object) -> DeploymentName:
            if isinstance(value, DeploymentName):
                return value
            try:
                return DeploymentName.parse(value if isinstance(value, str) else repr(value))
            except FaultsError as error:
                raise refuse(*error.faults) from None

        return core_schema.no_info_plain_validator_function(take, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        regions, environments = "|".join(Region), "|".join(Environment)
        pattern = f"^({GLOBAL}-({environments})|({regions})-({environments})-[1-9][0-9]?)$"
        return {"type": "string", "pattern": pattern}


def _faults(text: str, parts: list[str], where: str) -> "list[Fault]":
    faults: list[Fault] = []

    def fault(what: str, allowed: str, next_step: str) -> None:
        faults.append(Fault(where=where, what=what, allowed=allowed, next_step=next_step))

    def word(kind: str, given: str, known: Sequence[str]) -> None:
        if given not in known:
            guess = nearest(given, known)
            step = f"write {str(guess)!r} there" if guess else f"write one of them in the place of {given!r}"
            fault(f"unknown {kind} {given!r} in {text!r}", ", ".join(known), step)

    expected = 2 if parts[0] == GLOBAL else 3
    if len(parts) != expected:
        fault(
            f"{text!r} is no deployment name",
            "global-{env} or {region}-{env}-{n}",
            "write it like global-dev or westeu-dev-1",
        )
        return faults
    if parts[0] != GLOBAL:
        word("region", parts[0], [GLOBAL, *Region])
    word("environment", parts[1], list(Environment))
    if expected == 3 and not re.fullmatch(r"[1-9][0-9]?", parts[2], re.ASCII):
        fault(
            f"instance {parts[2]!r} in {text!r} is no number from 1 to {HIGHEST_INSTANCE}",
            f"1 to {HIGHEST_INSTANCE}, without leading zeros",
            f"write {parts[0]}-{parts[1]}-1",
        )
    return faults

"""Server parameters as the Configuration resource knows them: what a value may be, and when it takes effect.

Pure: reads `configurations.yaml`, imports no PostgreSQL, so that a write can be judged before anything is touched.
https://learn.microsoft.com/azure/postgresql/server-parameters/concepts-server-parameters
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from sandbox.azure.errors import ArmError, NotModelledError

DataType = Literal["boolean", "enumeration", "set", "integer", "numeric", "string"]
Change = Literal["dynamic", "static", "read-only"]

ALLOW_LIST: Final = "azure.extensions"
PRELOAD: Final = "shared_preload_libraries"
MAX_CONNECTIONS: Final = "max_connections"
PGBOUNCER: Final = "pgbouncer.enabled"
_RANGE: Final = re.compile(r"(-?[\d.]+)-([\d.]+)")
_SKU: Final = re.compile(r"Standard_(?:(B\d+m?s)|([DE])(\d+)[a-z]*(?:_v\d+)?)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One server parameter of one major version.

    `allowed` is Azure's own text: values, a range `least-most`, or for a string a regular expression. `service` is
    True for a setting of the service around PostgreSQL, which PostgreSQL itself does not know.
    """

    name: str
    data_type: DataType
    default: str
    allowed: str
    change: Change
    service: bool

    def accept(self, value: str) -> str:
        """`value` in canonical form (lower case, no spaces between list members); ArmError when Azure refuses it."""
        if self.change == "read-only" and value != self.default:
            # unverified for PostgreSQL: the code is that of the sister service,
            # https://github.com/Azure/azure-mysql/issues/295
            raise ArmError(400, "ConfigurationReadOnly", f"The configuration '{self.name}' is read-only.")
        canonical = self._canonical(value)
        if canonical is None:
            raise ArmError(
                400,
                "ServerParameterToCMSUnAllowedParameterValue",
                f"Value '{value}' is invalid for server parameter '{self.name}'. Allowed values are '{self.allowed}'.",
            )
        return canonical

    def _canonical(self, value: str) -> str | None:
        match self.data_type:
            case "string":
                return value if re.fullmatch(self.allowed, value) else None
            case "integer" | "numeric":
                return value if self._in_range(value) else None
            case "set":
                members = [member.strip().lower() for member in value.split(",") if member.strip()]
                return ",".join(dict.fromkeys(members)) if set(members) <= set(self.values) else None
            case "boolean" | "enumeration":
                return next((known for known in self.values if known.lower() == value.lower()), None)

    def _in_range(self, value: str) -> bool:
        if not re.fullmatch(r"-?\d+" if self.data_type == "integer" else r"-?\d+(\.\d+)?", value):
            return False
        limits = _RANGE.fullmatch(self.allowed)
        return float(limits[1]) <= float(value) <= float(limits[2]) if limits else value == self.allowed

    @property
    def values(self) -> tuple[str, ...]:
        """The members of a list of allowed values."""
        return tuple(self.allowed.split(","))


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("configurations.yaml").read_text(encoding="utf-8"))


def _list(folded: str) -> str:
    """A comma-separated list that the YAML file wraps over several lines, on one."""
    return ",".join(part.strip() for part in folded.split(",") if part.strip())


def extensions() -> tuple[str, ...]:
    """The extensions that Azure offers, by name."""
    return tuple(_list(_data()["extensions"]["allowed"]).split(","))


def preloaded_extensions() -> frozenset[str]:
    """The extensions that are created only where `shared_preload_libraries` has their library."""
    return frozenset(_list(_data()["extensions"]["preloaded"]).split(","))


def stand_in_extensions() -> Mapping[str, str]:
    """Extensions, with their versions, that the sandbox makes up because its PostgreSQL lacks them."""
    return _data()["extensions"]["stand_ins"]


@cache
def parameters(version: int) -> Mapping[str, Parameter]:
    """Every modelled server parameter of one major version, by name."""
    found: dict[str, Parameter] = {}
    for name, row in _data()["parameters"].items():
        if not row.get("from", 0) <= version <= row.get("to", 99):
            continue
        allowed = ",".join(extensions()) if name == ALLOW_LIST else row["allowed"]
        found[name] = Parameter(
            name=name,
            data_type=row["type"],
            default=row["default"],
            allowed=_list(allowed) if row["type"] in {"set", "enumeration"} else allowed,
            change=row["change"],
            service=row.get("service", False),
        )
    return found


def max_connections(sku_name: str) -> int:
    """The default of `max_connections` for a compute size, of which users get 15 fewer.

    https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits#maximum-connections
    """
    table = _data()["max_connections"]
    if found := _SKU.fullmatch(sku_name):
        burstable, family, vcores = found.groups()
        sizes: Mapping[Any, int] = table["burstable"] if burstable else table["by_vcores"][family.upper()]
        size = next((count for key, count in sizes.items() if str(key).lower() == (burstable or vcores).lower()), None)
        if size is not None:
            return size
    raise NotModelledError(
        f"the sandbox does not know how many connections compute size {sku_name!r} allows: "
        "add it to max_connections in sandbox/azure/postgres/configurations.yaml"
    )


def accept(name: str, value: str, *, version: int, sku_name: str) -> str:
    """`value` for parameter `name` in canonical form; ArmError or NotModelledError when it cannot be had."""
    parameter = parameters(version).get(name)
    if parameter is None:
        raise NotModelledError(
            f"the sandbox does not model server parameter {name!r} of PostgreSQL {version}: either Azure has none of "
            "that name, or it is missing from sandbox/azure/postgres/configurations.yaml"
        )
    canonical = parameter.accept(value)
    if name == PGBOUNCER and canonical == "True":
        if sku_name.lower().startswith("standard_b"):
            raise ArmError(
                400,
                "ServerParameterToCMSPgBouncerNotSupportedForBurstable",
                "PgBouncer is not supported for Burstable compute tier.",
            )
        raise NotModelledError("the sandbox has no PgBouncer: leave pgbouncer.enabled at False there")
    return canonical


def effective(chosen: Mapping[str, str], *, version: int, sku_name: str) -> dict[str, str]:
    """The value of every parameter: what was chosen, else the default, which for some follows the compute size."""
    defaults = {name: parameter.default for name, parameter in parameters(version).items()}
    return {**defaults, MAX_CONNECTIONS: str(max_connections(sku_name)), **chosen}

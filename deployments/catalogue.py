"""What each kind of deployment runs, as data: its databases and services, and the replicas of an environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cidr import Environment
from components.workload import Scale

Kind = Literal["global", "regional"]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service and the database it owns."""

    name: str
    database: str


def _regional(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_service" for name in names)


DATABASES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "global": ("tenant_registry", "master_data", "global_config"),
    "regional": _regional("user", "form", "rule", "declaration", "review", "case", "notification", "analytics"),
}

SERVICES: Final[Mapping[Kind, tuple[Service, ...]]] = {
    "global": (Service(name="tenant-registry", database="tenant_registry"),),
    "regional": (Service(name="user", database="user_service"),),
}

# dev scales to nothing; prod keeps two, which Azure spreads over zones.
SCALES: Final[Mapping[Environment, Scale]] = {
    Environment.DEV: Scale(least=0, most=3),
    Environment.STG: Scale(least=1, most=5),
    Environment.PROD: Scale(least=2, most=10),
}

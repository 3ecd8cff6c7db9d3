"""What a service runs as, in plain values: no Azure in it, so that data and its checks import no SDK."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network
from typing import ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class Image:
    """What runs: where it lies, the port it listens on, where it tells its health.

    `reference`: `{repository}@{digest}` in the registry of the environment, whose address is known only later; of a
    public image the whole reference, as a container runtime pulls it.
    """

    reference: str
    port: int
    liveness_path: str
    readiness_path: str


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Replicas at least and at most. Raises ValueError for bounds that no app can have (0 to 1,000).

    https://learn.microsoft.com/azure/container-apps/scale-app#scale-definition
    """

    least: int
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most <= 1_000 or self.most == 0:
            bounds = "0 or more replicas at least, 1 to 1,000 at most"
            raise ValueError(f"a service runs {bounds}: not {self.least} to {self.most}")


class Reach(Enum):
    """From where a service can be asked."""

    NONE = "nowhere"
    NETWORK = "the network"
    PUBLIC = "the internet"


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """Who may ask a service: nobody, whoever the network's rules let in, or listed addresses of the internet.

    `allow_list`: IPv4 ranges (CIDR), for PUBLIC alone, which needs one: without any Azure lets everybody in.
    Raises ValueError for a list that lets in everybody, a range that is none, and a list where it has no meaning.
    https://learn.microsoft.com/azure/container-apps/ip-restrictions
    """

    NONE: ClassVar["Ingress"]
    NETWORK: ClassVar["Ingress"]

    reach: Reach
    allow_list: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.reach is Reach.PUBLIC) != bool(self.allow_list):
            raise ValueError(f"an ingress from {self.reach.value}: an allow list is for the internet, which needs one")
        for text in self.allow_list:
            if IPv4Network(text).prefixlen == 0:
                raise ValueError(f"{text} lets in everybody: list the addresses that may ask, as 203.0.113.0/24")

    @classmethod
    def public(cls, allow_list: Sequence[str]) -> Self:
        """From these addresses of the internet."""
        return cls(reach=Reach.PUBLIC, allow_list=tuple(allow_list))


Ingress.NONE = Ingress(reach=Reach.NONE)
Ingress.NETWORK = Ingress(reach=Reach.NETWORK)

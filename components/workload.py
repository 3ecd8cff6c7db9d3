"""What a service runs as, in plain values: no Azure in it, so that data and its checks import no SDK."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Image:
    """What runs: a reference that a container runtime can pull, the port it listens on, where it tells its health."""

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

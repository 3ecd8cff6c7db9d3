"""What a command line asks for, once it is read."""

from dataclasses import dataclass

from cli.options import EngineName


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for. at_once: most deployments that run at the same time."""

    command: str
    deployments: tuple[str, ...]
    engine: EngineName
    targets: tuple[str, ...]
    parallel: int
    yes: bool = False
    at_once: int = 1

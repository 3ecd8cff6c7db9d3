"""Which images this machine can run: a repository's last part → the module of the working tree that the image has.

A further job that shall run for real in the sandbox is a row. The rest of an image, its base, is not looked at.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cidr.yaml_source import REPOSITORY
from sandbox.azure.errors import NotModelledError

_REFERENCE: Final = re.compile(r"(?:.+/)?(?P<repository>[a-z0-9._-]+)@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Program:
    """What an image runs: `python -m module`, and the arguments when a template gives none (a Dockerfile's CMD)."""

    module: str
    arguments: tuple[str, ...] = ()
    directory: Path = REPOSITORY

    def command(self, arguments: list[str] | None) -> list[str]:
        """The command line, with the template's arguments if it has some."""
        return [sys.executable, "-m", self.module, *(self.arguments if arguments is None else arguments)]


Programs = Mapping[str, Program]
PROGRAMS: Final[Programs] = {"tenancy": Program(module="tenancy", arguments=("apply",))}


def program_of(image: str, programs: Programs) -> Program:
    """What runs for an image. Raises NotModelledError for one that is not by digest or has no row."""
    found = _REFERENCE.fullmatch(image)
    if found is None or found["repository"] not in programs:
        runs = ", ".join(f"{name}@sha256:..." for name in programs) or "none"
        raise NotModelledError(
            f"the sandbox cannot run image {image}: it runs {runs} (PROGRAMS in sandbox/azure/jobs/programs.py)"
        )
    return programs[found["repository"]]

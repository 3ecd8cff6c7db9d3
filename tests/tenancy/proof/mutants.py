"""The mutants of `mutants.sql`: what each does, and which check of the gate must name it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEAD: Final = re.compile(r"^--- (\w+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One guard taken away. gate: the key of the check that must find it."""

    gate: str
    name: str
    statement: str


def _read(text: str) -> tuple[Mutant, ...]:
    _, *parts = _HEAD.split(text)
    return tuple(
        Mutant(gate, name, statement.strip())
        for gate, name, statement in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    )


MUTANTS: Final = _read(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))

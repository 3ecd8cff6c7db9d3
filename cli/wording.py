"""How a step is written for a person: sign, colour and verb of each op; short types; values on one line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from sandbox.engine.model.events import Op
from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import UNKNOWN, UNKNOWN_STRINGS, Output, ResourceReference, Secret

SECRET: Final = "[secret]"  # noqa: S105 - what stands in the place of one
UNKNOWN_WORDS: Final = "known after up"
LONGEST_VALUE: Final = 120
"""Characters of a value on one line; JSON documents have it whole."""


@dataclass(frozen=True, slots=True)
class OpWords:
    """An op as people read it: `sign` in front, `verb` before ("to create") and `past` after ("created")."""

    sign: str
    style: str
    verb: str
    past: str


OPS: Final[Mapping[Op, OpWords]] = {
    "same": OpWords(" ", "dim", "keep", "unchanged"),
    "create": OpWords("+", "green", "create", "created"),
    "update": OpWords("~", "yellow", "update", "updated"),
    "delete": OpWords("-", "red", "delete", "deleted"),
    "replace": OpWords("±", "magenta", "replace", "replaced"),
    "create-replacement": OpWords("+", "magenta", "create replacement", "created new"),
    "delete-replaced": OpWords("-", "magenta", "delete replaced", "deleted old"),
    "discard-replaced": OpWords("-", "magenta", "forget replaced", "forgotten after replacement"),
    "remove-pending-replace": OpWords("-", "magenta", "finish replacing", "replacement finished"),
    "read": OpWords(">", "cyan", "read", "read"),
    "read-replacement": OpWords(">", "cyan", "read replacement", "read as replacement"),
    "discard": OpWords("<", "cyan", "forget", "forgotten"),
    "refresh": OpWords(" ", "dim", "refresh", "refreshed"),
    "import": OpWords("=", "cyan", "import", "imported"),
    "import-replacement": OpWords("=", "cyan", "import replacement", "imported as replacement"),
}
READS: Final = frozenset({"read", "discard", "refresh"})
"""Ops that look and change nothing."""
_UNHEARD_OF: Final = OpWords("?", "", "", "")


def words(op: str) -> OpWords:
    """The words of an op; one that a newer Pulumi adds is shown by its own name."""
    known = OPS.get(op)  # pyright: ignore[reportArgumentType] - the CLI's event log may bring a newer op
    return known or OpWords(_UNHEARD_OF.sign, _UNHEARD_OF.style, op, op)


def short_type(type_: str) -> str:
    """`azure-native:network:Subnet` -> `network:Subnet`; the package stays where there is no module."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.partition(":")
    module = module.split("/", 1)[0]
    if not name:
        return type_
    return f"{package if module in ('', 'index') else module}:{name}"


def name_of(urn: str) -> str:
    """The logical name of a resource, or the text itself where it is no URN."""
    try:
        return Urn.parse(urn).name
    except ValueError:
        return urn


def value(shown: object) -> str:
    """A property value on one line, cut with its length said; unknowns and secrets in words."""
    if shown is UNKNOWN or (isinstance(shown, str) and shown in UNKNOWN_STRINGS):
        return UNKNOWN_WORDS
    if shown == SECRET:
        return SECRET
    text = json.dumps(plain(shown), ensure_ascii=False, default=str)
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[: LONGEST_VALUE - 1]}… ({len(text)} characters)"


def plain(shown: object) -> object:
    """A value of a diff as JSON can say it: an unknown is its words."""
    if shown is UNKNOWN or (isinstance(shown, str) and shown in UNKNOWN_STRINGS):
        return UNKNOWN_WORDS
    if isinstance(shown, Mapping):
        return {str(key): plain(item) for key, item in shown.items()}
    if isinstance(shown, (list, tuple)):
        return [plain(item) for item in shown]
    return shown


def masked(values: Mapping[str, object]) -> dict[str, object]:
    """Outputs for display: secrets are "[secret]", unknowns their words, at any depth."""
    return {str(key): _masked(item) for key, item in values.items()}


def _masked(shown: object) -> object:
    if isinstance(shown, Secret) or (isinstance(shown, Output) and shown.secret):
        return SECRET
    if isinstance(shown, Output):
        return _masked(shown.value)
    if isinstance(shown, ResourceReference):
        return shown.urn
    if isinstance(shown, Mapping):
        return masked(cast("Mapping[str, object]", shown))
    if isinstance(shown, (list, tuple)):
        return [_masked(item) for item in cast("list[object]", shown)]
    return plain(shown)


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def counted(counts: Mapping[str, int], *, planned: bool = False) -> str:
    """`+ 14 created, ~ 1 updated, 3 unchanged` (planned: `+ 14 to create`), in the order of the table.

    Reads change nothing and are left out; `nothing` when all is zero.
    """
    order = [*(op for op in OPS if op not in READS), *(op for op in counts if op not in OPS)]
    return ", ".join(_counted(op, counts[op], planned=planned) for op in order if counts.get(op)) or "nothing"


def _counted(op: str, count: int, *, planned: bool) -> str:
    known = words(op)
    told = f"to {known.verb}" if planned and op != "same" else known.past
    return f"{known.sign} {count} {told}".strip()

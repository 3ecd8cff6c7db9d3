"""A preview as the tree of the program: what would change, which properties, and why a resource is replaced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.text import Text

from cli import wording
from cli.run_view import is_shown
from sandbox.engine.model.events import PropertyChange, StepMetadata
from sandbox.engine.model.urn import STACK_TYPE

_INDENT: Final = "    "
_WHOLE: Final = frozenset({"same", "update", "delete"})


@dataclass(slots=True)
class _Node:
    step: StepMetadata
    children: "list[_Node]" = field(default_factory=list["_Node"])

    def changes(self) -> bool:
        return is_shown(self.step) or any(child.changes() for child in self.children)


def lines(steps: Iterable[StepMetadata]) -> list[Text]:
    """The diff, a line an entry. Unchanged resources appear only as parents of changed ones.

    What a refresh found is no step of a plan, and is shown all the same: halves of a replace are not.
    """
    written: list[Text] = []
    for root in _forest([step for step in steps if step.logical or step.op in _WHOLE]):
        _write(root, 0, written)
    return written


def _forest(steps: Sequence[StepMetadata]) -> list[_Node]:
    """Steps under their parents; the stack itself is the heading of the whole and no entry of its own."""
    nodes = [_Node(step) for step in steps if step.type != STACK_TYPE]
    by_urn = {node.step.urn: node for node in nodes}
    roots: list[_Node] = []
    for node in nodes:
        parent = by_urn.get(node.step.parent)
        (roots if parent is None or parent is node else parent.children).append(node)
    return roots


def _write(node: _Node, depth: int, written: list[Text]) -> None:
    if not node.changes():
        return
    step = node.step
    known = wording.words(step.op)
    line = Text("  " + _INDENT * depth)
    line.append(f"{known.sign} ", style=known.style)
    line.append(wording.name_of(step.urn), style="bold" if not step.custom else known.style)
    line.append(f"  {wording.short_type(step.type)}", style="dim")
    if step.op != "same":
        line.append(f"  {known.verb}", style=known.style)
    line.append("".join(f", {note}" for note in _notes(step)), style="magenta" if step.op == "replace" else "dim")
    written.append(line)
    if step.op not in ("create", "delete", "same"):
        written.extend(_property_line(change, depth) for change in step.changes)
    for child in node.children:
        _write(child, depth + 1, written)


def _notes(step: StepMetadata) -> list[str]:
    """What an op alone does not say: why it is a replace, and what protects or keeps the resource."""
    notes: list[str] = []
    if step.op == "replace":
        notes.append("because " + reason_of_replace(step))
    if step.op == "delete" and step.retain:
        notes.append("only forgotten: the resource stays in Azure")
    if step.op in ("delete", "replace") and step.protect:
        notes.append("protected: will be refused")
    return notes


def reason_of_replace(step: StepMetadata) -> str:
    """In words, which changed properties cannot be changed in place; or that something it needs is replaced."""
    causes = [change.path for change in step.changes if change.kind.endswith("-replace")]
    if causes:
        return f"{_listed(causes)} cannot be changed in place"
    return "what it depends on is replaced, or its replacement was asked for"


def _listed(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{', '.join(paths[:-1])} and {paths[-1]}"


def _property_line(change: PropertyChange, depth: int) -> Text:
    line = Text("  " + _INDENT * (depth + 1))
    forces = change.kind.endswith("-replace")
    kind = change.kind.removesuffix("-replace")
    if kind == "add":
        line.append(f"+ {change.path}: {wording.value(change.new)}", style="green")
    elif kind == "delete":
        line.append(f"- {change.path}: {wording.value(change.old)}", style="red")
    else:
        line.append(f"~ {change.path}: ", style="yellow")
        line.append(wording.value(change.old), style="red")
        line.append(" -> ")
        line.append(wording.value(change.new), style="green")
    if forces:
        line.append("  (forces replacement)", style="magenta")
    return line

"""The stack file of a new deployment: another's text, with single values changed and every other character as it is."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

import yaml
from pydantic import ValidationError

from cidr import DeploymentName, Fault, FaultsError
from cidr.editing import Edit, replaced, without
from cidr.faults import nearest
from cidr.validation import told
from cidr.yaml_source import KeyPath, compose, parse_yaml, read_text
from stacks.files import KEY, stack_file
from stacks.load import load_settings
from stacks.settings import StackValues

Pairs: TypeAlias = Sequence[tuple[yaml.ScalarNode, yaml.Node]]
# Pulumi writes them for one stack alone, at `pulumi stack init`; with another's salt or key its secrets would be read.
# https://www.pulumi.com/docs/iac/concepts/secrets/#configuring-secrets-encryption
PULUMIS_OWN: Final = ("encryptedkey", "encryptionsalt", "secretsprovider")
# A customer's own deployment does not make the next one his, and what two stack files say of each other holds for those
# two: by key what stands in its place in the new file.
NOT_COPIED: Final = {"options.dedicated_tenant": "null", "options.peers": "[]", "regional_event_hubs": "true"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/@+-]*")


@dataclass(frozen=True, kw_only=True)
class NewStack:
    """The text of a stack file, its values, and the keys of the other's file that were left out."""

    text: str
    values: StackValues
    left_out: tuple[str, ...]


def stack_like(like: DeploymentName, changes: Mapping[str, str], root: Path | None = None) -> NewStack:
    """A stack file with the values of the deployment `like`, but for `changes`: key ("budget.amount") -> value.

    Keeps comments and layout. Left out is what is of that one stack alone (see `PULUMIS_OWN`, `NOT_COPIED`). Raises
    FaultsError with every fault of the other's file, for a key that it does not have and for a value that is not taken.
    """
    load_settings(str(like), root)
    file = stack_file(str(like), root)
    text = read_text(file)
    top = compose(text)
    pairs = cast("Pairs", top.value)
    own = [index for index, (key, _) in enumerate(pairs) if key.value in PULUMIS_OWN]
    edits = [without(text, pairs, index, flow=bool(top.flow_style)) for index in own]
    scalars = _scalars(_settings(top), ())
    others = {name: node for name in NOT_COPIED if (node := _node(_settings(top), name)) and name not in changes}
    empty = [name for name, node in others.items() if text[slice(*_span(node))] != NOT_COPIED[name]]
    edits += [(*_span(others[name]), NOT_COPIED[name]) for name in empty]
    faults = [_no_key(like, name, list(scalars)) for name in changes if name not in scalars]
    if faults:
        raise FaultsError(faults)
    edits += [_edit(scalars[name], value) for name, value in changes.items()]
    changed = replaced(text, edits)
    left_out = (*(cast("str", pairs[index][0].value) for index in own), *empty)
    return NewStack(text=changed, values=_checked(changed, like, changes), left_out=left_out)


def _settings(top: yaml.MappingNode) -> yaml.MappingNode:
    here = top
    for name in ("config", KEY):
        here = next(value for key, value in cast("Pairs", here.value) if key.value == name)
    return cast("yaml.MappingNode", here)


def _scalars(node: yaml.MappingNode, path: tuple[str, ...]) -> dict[str, yaml.ScalarNode]:
    """Every single value below a mapping, by its key path with dots."""
    found: dict[str, yaml.ScalarNode] = {}
    for key, value in cast("Pairs", node.value):
        here = (*path, cast("str", key.value))
        if isinstance(value, yaml.ScalarNode):
            found[".".join(here)] = value
        elif isinstance(value, yaml.MappingNode):
            found |= _scalars(value, here)
    return found


def _node(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """What stands under a key path with dots, single or not; None where nothing does."""
    for part in name.split("."):
        pairs = cast("Pairs", node.value) if isinstance(node, yaml.MappingNode) else ()
        node = next((value for key, value in pairs if key.value == part), None)
    return node


def _edit(node: yaml.ScalarNode, value: str) -> Edit:
    """The value in the place of another, in quotes where that has them and where it could be read as more than text."""
    plain = node.style not in ("'", '"') and _PLAIN.fullmatch(value) and value == value.strip()
    return *_span(node), value if plain else json.dumps(value, ensure_ascii=False)


def _span(node: yaml.Node) -> tuple[int, int]:
    return cast("int", node.start_mark.index), cast("int", node.end_mark.index)


def _checked(text: str, like: DeploymentName, changes: Mapping[str, str]) -> StackValues:
    source = parse_yaml(text, f"like {like}")
    raw = cast("dict[str, dict[str, object]]", source.data)["config"][KEY]

    def where(path: KeyPath) -> str:
        name = ".".join(map(str, path))
        return f"{name}={changes[name]}" if name in changes else source.where(("config", KEY, *path))

    try:
        return StackValues.model_validate(raw)
    except ValidationError as error:
        raise FaultsError(told(error, StackValues, where)) from None


def _no_key(like: DeploymentName, name: str, known: Sequence[str]) -> Fault:
    guess = nearest(name, known)
    return Fault(
        where=name,
        what=f"the stack file of {like} has no single value {name!r}",
        allowed=", ".join(known),
        next_step=f"write {guess!r}" if guess else "write one of them, or change the new file by hand afterwards",
    )

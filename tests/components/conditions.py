"""Asks a condition of a role assignment what it lets through, as Azure would: by action and attributes."""

import fnmatch
from collections.abc import Mapping

from sandbox.azure.catalog.role_conditions import Comparison, Joined, Matches, Node, Not, parse


def allows(condition: str, action: str, attributes: Mapping[str, str]) -> bool:
    """Whether the condition holds for an action with these attributes, by name in brackets."""

    def holds(node: Node) -> bool:
        if isinstance(node, Joined):
            return (any if node.word == "OR" else all)(holds(part) for part in node.parts)
        if isinstance(node, Not):
            return not holds(node.part)
        if isinstance(node, Matches):
            return node.action == action
        return compares(node)

    def compares(node: Comparison) -> bool:
        source, _, name = node.attribute.removesuffix("]").partition("[")
        value = attributes.get(f"{source}{name}")
        if value is None:
            return False  # an attribute that the request does not carry
        match node.operator.rpartition(":")[2]:
            case "StringLike":
                return any(fnmatch.fnmatchcase(value, like.replace("[", "[[]")) for like in node.values)
            case "GuidEquals" | "StringEqualsIgnoreCase":
                return value.lower() in {one.lower() for one in node.values}
            case other:
                raise AssertionError(other)

    return holds(parse(condition))

"""What SQL in a service's sources would step around the tenant of a transaction, found by reading them.

A service's tests call `findings(Path("src"))` and hold it to be empty. It reads Python's own syntax tree: each text but
docstrings, with the pieces of an f-string put together, and each call that names an isolation level.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern of SQL, why it is none for a service and what to write in its place."""

    name: str
    pattern: re.Pattern[str]
    why: str
    instead: str


def _rule(name: str, pattern: str, why: str, instead: str) -> Rule:
    return Rule(name=name, pattern=re.compile(pattern, re.IGNORECASE), why=why, instead=instead)


_OUTLIVES: Final = "outlives its transaction: through PgBouncer the next tenant's has it too"
RULES: Final = (
    _rule(
        "tenant-set",
        r"\bSET\s+(SESSION\s+|LOCAL\s+)?[\"']?app[\"']?\.|\bset_config\s*\(\s*'app\.",
        "binds a tenant by hand, which may be another one",
        "TenantSession(engine, caller=caller) or plain.transaction(connection, caller)",
    ),
    _rule(
        "session-setting",
        r"\bset_config\s*\([^()]*,\s*(false|'f'|'off'|0)\s*\)",
        _OUTLIVES,
        "set_config(name, value, true)",
    ),
    _rule("held-cursor", r"\bWITH\s+HOLD\b", _OUTLIVES, "a cursor that ends with its transaction"),
    _rule("prepared", r"(^|;)\s*PREPARE\s+\w+\s*(\(|AS\b)", _OUTLIVES, "bind parameters"),
    _rule(
        "listen",
        r"(^|;)\s*LISTEN\s+[\w\".]+\s*(;|$)",
        _OUTLIVES,
        "a worker with a connection of its own, and TenantKeys.channel",
    ),
    _rule(
        "session-lock",
        r"\bpg_(try_)?advisory_lock(_shared)?\s*\(",
        _OUTLIVES,
        "pg_advisory_xact_lock with TenantKeys.lock",
    ),
    _rule(
        "temporary", r"\bCREATE\s+TEMP(ORARY)?\b|\bINTO\s+TEMP(ORARY)?\b", _OUTLIVES, "a table of a revision, or WITH"
    ),
    _rule(
        "other-role",
        r"\bSET\s+(SESSION\s+|LOCAL\s+)?ROLE\s+[^\s=(,]|\bSET\s+(SESSION|LOCAL\s+SESSION)\s+AUTHORIZATION\b",
        "acts as somebody else, who may be free of policies",
        "the service's own identity",
    ),
    _rule("large-object", r"\blo_(create|creat|import|from_bytea|put|open)\s*\(", "is no tenant's", "blob storage"),
    _rule(
        "row-security",
        r"\brow_security\s*(=|TO)\s*'?(off|false|0)",
        "asks to be told rather than filtered: a service is always filtered",
        "nothing",
    ),
)
_AUTOCOMMIT: Final = Rule(
    name="autocommit",
    pattern=re.compile(r"^AUTOCOMMIT$"),
    why="commits each statement by itself, and a binding with it",
    instead="transactions",
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A place in a source and the rule that it breaks."""

    path: Path
    line: int
    rule: Rule

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule.name}: {self.rule.why}; write: {self.rule.instead}"


def findings(root: Path) -> list[Finding]:
    """Every finding in the Python sources under a directory, or in one file. Raises SyntaxError for what is none."""
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    return [found for file in files for found in _in(file)]


def _in(file: Path) -> Iterator[Finding]:
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    docstrings = {id(node) for node in _docstrings(tree)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from _broken(file, node.lineno, "".join(_piece(part) for part in node.values))
        elif isinstance(node, ast.Constant) and id(node) not in docstrings | inside:
            yield from _broken(file, node.lineno, str(node.value) if isinstance(node.value, str) else "")


def _broken(file: Path, line: int, text: str) -> Iterator[Finding]:
    for rule in (*RULES, _AUTOCOMMIT):
        if rule.pattern.search(text):
            yield Finding(path=file, line=line, rule=rule)


def _piece(part: ast.expr) -> str:
    """What stands in the place of a value is some word."""
    return str(part.value) if isinstance(part, ast.Constant) else "x"


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value

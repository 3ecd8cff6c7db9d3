"""Claims about the lint: it finds what steps around a tenant's transaction, and our own tree has none of it."""

import ast
from pathlib import Path

import pytest

from tenancy.sessions.lint import RULES, findings

ROOT = Path(__file__).parents[3]
BAD = {
    "tenant-set": [
        "c.execute('SET app.tenant_id = 1')",
        "c.execute('set local app.tenant_id to 1')",
        "c.execute(\"SELECT set_config('app.tenant_id', %s, true)\")",
        "c.execute(f\"SELECT set_config('app.{name}', '{value}', true)\")",
    ],
    "session-setting": ["c.execute(\"SELECT set_config('work_mem', '1GB', false)\")"],
    "held-cursor": ["c.execute('DECLARE x CURSOR WITH HOLD FOR SELECT 1')"],
    "prepared": ["c.execute('PREPARE x AS SELECT 1')", "c.execute('SELECT 1; prepare x (int) AS SELECT $1')"],
    "listen": ["c.execute('LISTEN changes')", "c.execute(f'LISTEN {channel}')"],
    "session-lock": ["c.execute('SELECT pg_advisory_lock(1)')", "c.execute('SELECT pg_try_advisory_lock_shared(1)')"],
    "temporary": ["c.execute('CREATE TEMP TABLE x (n int)')", "c.execute('SELECT 1 INTO TEMPORARY x')"],
    "other-role": ["c.execute('SET ROLE x')", "c.execute('SET SESSION AUTHORIZATION x')"],
    "large-object": ["c.execute('SELECT lo_create(0)')"],
    "row-security": ["c.execute('SET row_security = off')"],
    "autocommit": ["create_engine(url, isolation_level='AUTOCOMMIT')"],
}
GOOD = [
    '"""SET app.tenant_id is what this module never does."""',
    "c.execute('SELECT pg_advisory_xact_lock(%s)', (key,))",
    "c.execute(\"SELECT set_config('work_mem', '1GB', true)\")",
    "c.execute('PREPARE TRANSACTION \\'x\\'')",
    "log.info('Listen to what the app. says; prepare well')",
    "c.execute('UPDATE app.users SET role = 1')",
    "x = 'SET ' 'application_name'",
]
# What runs as the job, on a connection of its own, and why it may.
OURS = {
    "tenancy/assurance/ddl.py": {"other-role"},  # makes everything as the owner
    "tenancy/data": {"other-role", "tenant-set"},  # data commands act as operations, bound to a tenant
    "tenancy/migrate.py": {"other-role", "tenant-set"},  # every step as the owner, and the audit names the revision
    "tenancy/server.py": {"session-lock"},  # one job at a time: a lock that lives as long as its connection
    "tenancy/sessions/binding.py": {"tenant-set"},  # the one place that binds
}


@pytest.mark.parametrize(("rule", "source"), [(rule, it) for rule, sources in BAD.items() for it in sources])
def test_each_way_around_is_found(tmp_path, rule, source) -> None:
    """By the rule that names it, with file and line and what to write in its place."""
    (tmp_path / "service.py").write_text(f"\n{source}\n", encoding="utf-8")
    found = findings(tmp_path)
    assert rule in {it.rule.name for it in found}
    assert str(found[0]).startswith(f"{tmp_path / 'service.py'}:2: ")


@pytest.mark.parametrize("source", GOOD)
def test_what_is_fine_is_not_found(tmp_path, source) -> None:
    """A rule that cried wolf would be switched off."""
    ast.parse(source)
    (tmp_path / "service.py").write_text(source, encoding="utf-8")
    assert findings(tmp_path / "service.py") == []


def test_every_rule_has_a_bad_sample() -> None:
    """So that each is seen to fail."""
    assert {rule.name for rule in RULES} < set(BAD)


def test_our_own_tree_has_none_but_those_that_are_reviewed() -> None:
    """Everything that talks to a tenant's database; the stand-in for Azure is the server, not its client."""
    found: dict[str, set[str]] = {}
    for finding in findings(ROOT / "tenancy"):
        path = finding.path.relative_to(ROOT).as_posix()
        place = next((name for name in OURS if path.startswith(name)), path)
        found.setdefault(place, set()).add(finding.rule.name)
    assert {
        place: names - OURS.get(place, set()) for place, names in found.items() if names - OURS.get(place, set())
    } == {}


def test_nothing_but_services_imports_the_sessions() -> None:
    """The job's image has neither SQLAlchemy nor FastAPI."""
    for file in (ROOT / "tenancy").rglob("*.py"):
        if (ROOT / "tenancy" / "sessions") in file.parents:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(("tenancy.sessions", "sqlalchemy", "fastapi"))], file

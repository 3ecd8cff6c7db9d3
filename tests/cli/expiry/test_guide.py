"""docs/guides/ttl.md: its commands run, in their order, with the whole platform."""

import re
import shlex
from typing import Any

import pytest

from cidr.yaml_source import REPOSITORY

pytestmark = pytest.mark.slow
PAGE = REPOSITORY / "docs" / "guides" / "ttl.md"


def test_every_command_of_the_guide_runs_and_the_end_is_where_it_says(cfctl: Any) -> None:
    """Up with an end, extended, looked at; the reason is kept."""
    (block,) = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    commands = [shlex.split(line.removeprefix("$ ./cfctl ")) for line in block.splitlines()]
    assert [words[0] for words in commands] == ["up", "reap", "extend", "reap", "history"]
    for words in commands:
        ended = cfctl(*words)
        assert ended.status == 0, (words, ended.err)
    told = cfctl("history", "westeu-dev-1", "--json").document["extensions"]["westeu-dev-1"]
    assert [it["reason"] for it in told] == ["the load test goes on"]
    again = cfctl("up", "westeu-dev-1", "--json").document["runs"]
    assert [set(run["changes"]) for run in again] == [{"same"}, {"same"}]
    reaped = cfctl("up", "westeu-dev-1", "global-dev", COMPLIANCEFLOW_EXPIRES_ON="2026-11-01T00:00:00Z")
    assert reaped.status == 0, reaped.err
    ended = cfctl("reap", "--json")
    assert ended.status == 0, ended.err
    assert [run["deployment"] for run in ended.document["runs"]] == ["westeu-dev-1", "global-dev"]

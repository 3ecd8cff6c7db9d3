"""docs/guides/state.md: its commands run, in their order; what the runbooks say can be typed as well."""

import re
import shlex
from typing import Any

from cidr.yaml_source import REPOSITORY
from tests.cli.conftest import cfctl, elsewhere, small

__all__ = ["cfctl", "elsewhere", "small"]  # fixtures of theirs

GUIDE = REPOSITORY / "docs" / "guides" / "state.md"


def commands(text: str) -> list[list[str]]:
    """The words behind `./cfctl` in a page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line.removeprefix("$ ./cfctl ") for block in blocks for line in block.splitlines()]
    return [shlex.split(line) for line in lines]


def test_every_command_of_the_guide_runs_one_after_the_other(small: Any) -> None:
    """As they stand, over a small program."""
    lines = commands(GUIDE.read_text(encoding="utf-8"))
    assert len(lines) >= 7
    for words in lines:
        ended = small(*words)
        assert ended.status == 0, (words, ended.err)


def test_a_command_that_cannot_run_would_be_seen(cfctl: Any) -> None:
    """The gate is fed a bad one."""
    (words,) = commands("```console\n$ ./cfctl state restore global-dev --generation 99\n```")
    assert cfctl(*words).status == 2

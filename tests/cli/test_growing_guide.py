"""docs/guides/growing.md: its examples run, in their order."""

import re

from cidr.yaml_source import REPOSITORY
from tests.cli.one_process import run_all

PAGE = REPOSITORY / "docs" / "guides" / "growing.md"
DEPLOYS = ("preview", "up")


def examples(text: str) -> list[list[str]]:
    """The words of every command line in the page's console blocks; those that deploy have their own tests."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line.removeprefix("$ ./cfctl ").split() for block in blocks for line in block.splitlines()]
    return [words for words in lines if words[0] not in DEPLOYS]


def test_every_example_of_the_guide_runs_one_after_the_other(elsewhere) -> None:
    """From the first block asked for to the removed deployment."""
    commands = examples(PAGE.read_text(encoding="utf-8"))
    assert len(commands) >= 8
    ends = run_all(elsewhere(), *commands)
    assert [(words, end.err) for words, end in zip(commands, ends, strict=True) if end.status] == []


def test_an_example_that_cannot_run_would_be_seen(elsewhere) -> None:
    """The gate is fed a bad one."""
    (command,) = examples("```console\n$ ./cfctl deployment add uksouth-dev-0 --like westeu-dev-1\n```")
    (ended,) = run_all(elsewhere(), command)
    assert ended.status == 2

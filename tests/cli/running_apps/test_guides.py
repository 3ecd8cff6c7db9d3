"""docs/guides/sleep-and-wake.md and docs/runbooks/roll-back-an-app.md: every command runs, in its order."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from cidr.yaml_source import REPOSITORY
from tests.cli import small_apps

pytestmark = pytest.mark.slow
GUIDE = REPOSITORY / "docs" / "guides" / "sleep-and-wake.md"
RUNBOOK = REPOSITORY / "docs" / "runbooks" / "roll-back-an-app.md"


def examples(text: str) -> list[list[str]]:
    """The words of every command line in the page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [shlex.split(line.removeprefix("$ ./cfctl ")) for block in blocks for line in block.splitlines()]


@pytest.fixture
def whole(elsewhere: Any) -> Iterator[Any]:
    """The whole platform, with release files of its own; down at the end."""
    cfctl = elsewhere()
    small_apps.copy_images(cfctl.project, REPOSITORY / "images")
    yield cfctl
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0


def test_every_command_of_both_pages_runs(whole: Any) -> None:
    """One deployment for both; what the pages promise of the end is looked at."""
    guide, runbook = (examples(page.read_text(encoding="utf-8")) for page in (GUIDE, RUNBOOK))
    assert len(guide) >= 7
    assert len(runbook) >= 7
    for words in [*guide, *runbook]:
        ended = whole(*words)
        assert ended.status == 0, (words, ended.err)
    assert "unchanged" in ended.out
    rows = whole("app", "status", "westeu-dev-1", "user", "--json").document["services"]
    assert rows[0]["digest"] == f"sha256:{'1' * 64}"
    assert whole("refresh", "westeu-dev-1", "--check").status == 0

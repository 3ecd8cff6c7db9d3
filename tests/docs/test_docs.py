"""What the documents say can be typed and opened: commands exist with their options, links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from cidr.yaml_source import REPOSITORY
from cli.main import app

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
COMMAND = re.compile(r"\./cfctl ([a-z][^`\n|#>]*)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def unknown_words(line: str) -> list[str]:
    """What of a command line behind `./cfctl` is no command and no option of it."""
    here = get_command(app)
    words = shlex.split(line)
    while words and hasattr(here, "commands"):
        name = words.pop(0)
        if name not in here.commands:
            return [name]
        here = here.commands[name]
    options = {option for parameter in here.params for option in parameter.opts}
    passes_on = here.context_settings.get("ignore_unknown_options", False)
    return [word for word in words if word.startswith("-") and not passes_on and word not in options]


def commands_of(text: str) -> list[str]:
    """Every `./cfctl` command line of a page."""
    return [found[1].strip() for found in COMMAND.finditer(text)]


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links that lead nowhere."""
    return [link for link in LINK.findall(text) if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_link_of_a_page_is_there(page: Path) -> None:
    """A command that was renamed, an option that is gone, a page that was moved."""
    text = page.read_text(encoding="utf-8")
    assert [line for line in commands_of(text) if unknown_words(line)] == []
    assert broken_links(page, text) == []


def test_a_page_that_is_wrong_is_seen() -> None:
    """The gate is fed a bad sample."""
    text = "Type `./cfctl upp westeu-dev-1` or `./cfctl up westeu-dev-1 --fast`, see [there](nowhere.md)."
    assert [unknown_words(line) for line in commands_of(text)] == [["upp"], ["--fast"]]
    assert broken_links(REPOSITORY / "README.md", text) == ["nowhere.md"]


def test_the_readme_begins_with_the_two_commands() -> None:
    """The first two are what CI runs too."""
    commands = commands_of((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert commands[:2] == ["up westeu-dev-1", "test"]

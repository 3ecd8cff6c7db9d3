"""`cfctl whois`: whose is this? A generated name, an address or prefix, an ARM id, a URN or a deployment."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cli import documents
from cli.exit_codes import ExitCode
from cli.known import Known, Match
from cli.matching import matches
from cli.portal import NOTHING_THERE
from cli.screen import Screen
from sandbox.home import SandboxHome

_LABEL_WIDTH: Final = 12


def whois(screen: Screen, home: SandboxHome, project: Path, question: str) -> ExitCode:
    """Say whose it is. The document adds `matches`: [Match]."""
    found = matches(Known(home, project, screen.say), question)
    for index, match in enumerate(found):
        if index:
            screen.result("")
        screen.result(f"{match.what}  {match.kind}", style="bold")
        for label, value in _told(match):
            screen.result(f"  {label:<{_LABEL_WIDTH}}{value}")
    if any(match.portal for match in found):
        screen.say(NOTHING_THERE, style="dim")
    screen.document(documents.document("whois", ExitCode.OK, matches=[asdict(match) for match in found]))
    return ExitCode.OK


def _told(match: Match) -> Iterator[tuple[str, str]]:
    """What is told of a match, line by line."""
    place = f" ({match.environment}, {match.region})" if match.region else ""
    owner = f"{match.deployment}{place}, {match.status}" if match.deployment else ""
    tags = ", ".join(f"{key}={value}" for key, value in (match.tags or {}).items())
    for label, value in (
        ("deployment", owner),
        ("", match.detail),
        ("named by", ", ".join(match.holders)),
        ("id", match.id),
        ("urn", match.urn),
        ("tags", tags),
        ("portal", match.portal),
    ):
        if value:
            yield label, value

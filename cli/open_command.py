"""`cfctl open`: a page or the portal in the browser; where there is none, its address."""

import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cidr import Fault, FaultsError
from cli import documents
from cli.deployed import known_stack, standing_resources, up_stacks
from cli.exit_codes import ExitCode
from cli.known import Known
from cli.matching import matches
from cli.pages import write_map, write_topology
from cli.portal import NOTHING_THERE, portal_link, tenant_of
from cli.screen import Screen
from sandbox.home import SandboxHome

PAGES: Final = ("topology", "addresses", "portal")
_ALLOWED: Final = "topology [DEPLOYMENT...], addresses, portal DEPLOYMENT, or a resource that is up"


def open_(
    screen: Screen, home: SandboxHome, project: Path, what: str, deployments: Sequence[str], *, only_print: bool
) -> ExitCode:
    """Open `what`. The document adds `address` and `opened`, whether a browser took it."""
    if deployments and what not in ("topology", "portal"):
        raise FaultsError([_wrong(f"{what} takes no deployment", f"./cfctl open {what}")])
    address = _address(screen, home, project, what, deployments)
    opened = not only_print and _has_browser() and webbrowser.open(address)
    if address.startswith("https://portal"):
        screen.say(NOTHING_THERE, style="dim")
    if not opened and not only_print:
        screen.say("no browser can be opened from here: open this address yourself")
    screen.result(address)
    screen.document(documents.document("open", ExitCode.OK, address=address, opened=opened))
    return ExitCode.OK


def _address(screen: Screen, home: SandboxHome, project: Path, what: str, deployments: Sequence[str]) -> str:
    if what == "topology":
        return write_topology(screen, home, project, deployments, planned=False)[0].as_uri()
    if what == "addresses":
        return write_map(home).as_uri()
    if what == "portal":
        return _portal(screen, home, project, deployments)
    found = [match for match in matches(Known(home, project, screen.say), what) if match.portal]
    links = sorted({match.portal for match in found})
    if len(links) == 1:
        return links[0]
    if not links:
        raise FaultsError([_wrong(f"{what} is not up: there is no page of it", f"./cfctl whois {what}")])
    ids = sorted({match.id for match in found})
    fault = Fault(
        where="WHAT",
        what=f"{what} is the name of {len(ids)} resources",
        allowed="\n".join(ids),
        next_step=f"./cfctl open {ids[0]}",
    )
    raise FaultsError([fault])


def _portal(screen: Screen, home: SandboxHome, project: Path, deployments: Sequence[str]) -> str:
    """The page of a deployment's resource group."""
    if len(deployments) != 1:
        names = [standing.deployment for standing in up_stacks(home)] or ["westeu-dev-1"]
        raise FaultsError([_wrong("portal needs one deployment", f"./cfctl open portal {names[-1]}")])
    name = known_stack(deployments[0])
    for resource in standing_resources(home, name, screen.say):
        if resource.kind == "resources:ResourceGroup":
            return portal_link(resource.id, tenant_of(name, project))
    raise FaultsError([_wrong(f"{name} is not up: it has no page in the portal", f"./cfctl up {name}")])


def _wrong(what: str, next_step: str) -> Fault:
    return Fault(where="command line", what=what, allowed=_ALLOWED, next_step=next_step)


def _has_browser() -> bool:
    """Whether a browser with windows can be expected: a text browser in the terminal would take it over."""
    if "BROWSER" in os.environ or sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

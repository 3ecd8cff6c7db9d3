"""`cfctl open` gives a browser the page that is meant, and without one says where it is."""

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import InProcess

GROUP_ID = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-global-dev"
PORTAL = "https://portal.azure.com/#@00000000-0000-0000-0000-0000000000a1/resource"
APP = f"{GROUP_ID}/providers/Microsoft.App/containerApps/echo"


def resource(deployment: str, kind: str, arm_id: str) -> dict[str, Any]:
    type_ = f"azure-native:{kind}"
    urn = f"urn:pulumi:{deployment}::complianceflow::{type_}::{arm_id.rpartition('/')[2]}"
    return {"urn": urn, "custom": True, "type": type_, "id": arm_id}


@pytest.fixture
def up(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    """global-dev with its group and an app; westeu-dev-1 with an app of that name."""
    here = InProcess.of(cfctl, request)
    here.write_state(
        "global-dev",
        {
            "resources": [
                resource("global-dev", "resources:ResourceGroup", GROUP_ID),
                resource("global-dev", "app:ContainerApp", APP),
            ]
        },
    )
    other = APP.replace("global-dev", "westeu-dev-1")
    twin = resource("westeu-dev-1", "app:ContainerApp", other)
    only = resource("westeu-dev-1", "app:Job", other.replace("containerApps/echo", "jobs/tenancy"))
    here.write_state("westeu-dev-1", {"resources": [twin, only]})
    return here


def test_the_browser_gets_the_address(up: InProcess, tmp_path: Path) -> None:
    """BROWSER names one; what it is given is written down by it."""
    given, browser = tmp_path / "given", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {given}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    ended = up("open", "addresses", "--json", BROWSER=str(browser))
    assert ended.document["opened"] is True
    assert given.read_text().strip() == ended.document["address"]
    assert Path(ended.document["address"].removeprefix("file://")).read_text().startswith("<!doctype html>")


def test_without_a_display_the_address_is_printed(up: InProcess) -> None:
    """No text browser takes over the terminal."""
    ended = up("open", "topology", DISPLAY="", WAYLAND_DISPLAY="")
    assert ended.status == 0
    assert "no browser can be opened from here" in ended.err
    assert Path(ended.out.strip().removeprefix("file://")).is_file()


def test_print_never_opens(up: InProcess, tmp_path: Path) -> None:
    """Also where there is a browser."""
    ended = up("open", "addresses", "--print", "--json", BROWSER=f"touch {tmp_path / 'opened'}")
    assert ended.document["opened"] is False
    assert not (tmp_path / "opened").exists()


def test_portal_is_the_resource_group_and_a_resource_its_own_page(up: InProcess) -> None:
    """In the tenant of the stack file; and that nothing is there, as long as it is a sandbox."""
    group = up("open", "portal", "global-dev", "--print")
    assert group.out.strip() == PORTAL + GROUP_ID
    assert "the sandbox has no portal" in group.err
    job = APP.replace("global-dev", "westeu-dev-1").replace("containerApps/echo", "jobs/tenancy")
    assert up("open", "tenancy", "--print").out.strip() == PORTAL + job


@pytest.mark.parametrize(
    ("arguments", "what", "next_step"),
    [
        (["echo"], "echo is the name of 2 resources", f"./cfctl open {APP}"),
        (["portal"], "portal needs one deployment", "./cfctl open portal westeu-dev-1"),
        (["portal", "westeu-stg-1"], "westeu-stg-1 is not up", "./cfctl up westeu-stg-1"),
        (["portal", "westeu-xx-1"], "unknown environment 'xx'", "write"),
        (["topology", "nowhere-dev-1"], "unknown region 'nowhere'", "write"),
        (["addresses", "global-dev"], "addresses takes no deployment", "./cfctl open addresses"),
        (["psql-cf-global-dev"], "psql-cf-global-dev is not up", "./cfctl whois psql-cf-global-dev"),
        (["tenanci"], "called 'tenanci'", "./cfctl whois tenancy"),
    ],
)
def test_wrong_input_is_named_with_what_to_type(up: InProcess, arguments: list[str], what: str, next_step: str) -> None:
    """Exit status 2, the input in the message, the next command."""
    ended = up("open", *arguments, "--print")
    assert ended.status == 2
    assert what in ended.err
    assert next_step in ended.err

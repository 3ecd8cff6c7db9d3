"""docs/guides/environments: every command of every page runs, in its order, as it stands.

What goes to Azure runs against recorded answers, with a Pulumi CLI that notes how it is called; the rest in a sandbox.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cidr import Environment
from cidr.yaml_source import REPOSITORY
from components.conventions import REGIONS
from sandbox.azure.postgres.fleet import PostgresFleet
from stacks import known_deployments, load_settings, up_order
from tests.cli.conftest import cfctl, elsewhere
from tests.preflight.conftest import Platform, platform
from tests.preflight.fake_azure import Exchange, green_everywhere

__all__ = ["cfctl", "elsewhere", "platform"]  # fixtures of theirs

FOLDER = REPOSITORY / "docs" / "guides" / "environments"
PAGES = {environment: FOLDER / f"{environment}.md" for environment in Environment}


def commands(text: str) -> list[list[str]]:
    """The words behind `./cfctl` in a page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ ./cfctl ") for line in lines), lines
    return [shlex.split(line.removeprefix("$ ./cfctl ")) for line in lines]


def asks_azure(words: list[str]) -> bool:
    return words[0] == "preflight" or "azure" in words


def recordings(environment: Environment) -> list[Exchange]:
    """What Azure answers where nothing is in the way of the environment."""
    settings = [load_settings(name) for name in of(environment)]
    return green_everywhere(
        [
            {
                "subscription": one.subscription_id,
                "region": REGIONS[one.deployment.region].azure_name,
                "environment": str(environment),
                "stack": str(one.deployment),
                "group": f"rg-cf-{one.deployment}",
            }
            for one in settings
        ]
    )


def of(environment: Environment) -> list[str]:
    """The environment's deployments in the order in which they come up."""
    return [str(name) for name in up_order(name for name in known_deployments() if name.environment is environment)]


@contextmanager
def emptied(home: Path) -> Iterator[None]:
    """Stops the databases that a page leaves behind: prod is not taken down."""
    try:
        yield
    finally:
        fleet = PostgresFleet(home)
        for server in sorted(fleet.server_ids()):  # `…-standby/…` before `…/…`: a replica before its source
            fleet.delete(server)


@pytest.mark.parametrize("environment", Environment)
def test_what_a_page_asks_of_azure_is_asked_and_runs_the_cli_in_order(
    platform: Platform, environment: Environment
) -> None:
    """Nothing stands in the way of what the repository has; a global comes before its regionals."""
    lines = [words for words in commands(PAGES[environment].read_text(encoding="utf-8")) if asks_azure(words)]
    assert [words[0] for words in lines][:2] == ["preflight", "up"]
    platform.azure.exchanges[:] = recordings(environment)
    for words in lines:
        status, out, err = platform(*words)
        assert status == 0, (words, out, err)
    assert [call[3] for call in platform.runs][-len(of(environment)) :] == of(environment)
    assert {call[0] for call in platform.runs} == {
        f"PULUMI_BACKEND_URL=azblob://state-{environment}?storage_account=stcfstate"
    }


@pytest.mark.slow
@pytest.mark.parametrize("environment", Environment)
def test_what_a_page_does_on_this_machine_can_be_typed_as_it_stands(cfctl: Any, environment: Environment) -> None:
    """One command after the other; in dev and stg nothing is up at the end."""
    lines = [words for words in commands(PAGES[environment].read_text(encoding="utf-8")) if not asks_azure(words)]
    assert lines[0][0] in {"up", "preview"}
    with emptied(cfctl.home.root):
        for words in lines:
            ended = cfctl(*words)
            assert ended.status == 0, (words, ended.err)
        standing = {
            row["deployment"] for row in cfctl("list", "--json").document["deployments"] if row["status"] == "up"
        }
        if environment.ephemeral:
            assert standing == set()
        else:
            assert standing == {"global-prod", "westeu-prod-1"}
            assert "`./cfctl down westeu-prod-1` refuses" in PAGES[environment].read_text(encoding="utf-8")
            assert cfctl("down", "westeu-prod-1", "--yes").status == 5


def test_a_command_that_cannot_run_would_be_seen(elsewhere: Callable[[], Any]) -> None:
    """The gate is fed a bad one."""
    (words,) = commands("```console\n$ ./cfctl up --env production\n```")
    assert elsewhere()(*words).status == 2

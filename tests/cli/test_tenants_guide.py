"""docs/guides/tenants.md: its commands run one after the other, on a deployment that is really up."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from cidr.yaml_source import REPOSITORY

pytestmark = pytest.mark.slow
PAGE = REPOSITORY / "docs" / "guides" / "tenants.md"


def examples(text: str) -> list[list[str]]:
    """The words of every command line in the page's console blocks; psql where it is installed."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [shlex.split(line.removeprefix("$ ./cfctl ")) for block in blocks for line in block.splitlines()]
    return [words for words in lines if "psql" not in words or shutil.which("psql")]


def test_every_command_of_the_guide_runs_and_tenants_are_kept_apart(cfctl: Any) -> None:
    """From nothing; then what the two rules of the databases refuse, and what was exported outlives a teardown."""
    commands = examples(PAGE.read_text(encoding="utf-8"))
    assert len(commands) >= 12
    said = ""
    for words in commands:
        ended = cfctl(*words)
        assert ended.status == 0, (words, ended.err)
        said += ended.out + ended.err
    for words in (
        "a new sandbox: the account's storage and vault made first",
        "8 databases under row-level security at revision",
        "the gate is empty",
    ):
        assert words in said
    us = cfctl("tenant", "add", "westeu-dev-1", "--tenant", "acme-us", "--name", "Acme Corp", "--zone", "US", "--json")
    assert us.status == 1
    (fault,) = us.document["errors"]
    assert "tenant acme-us of residency zone US is refused: westeu-dev-1 is in zone EU" in fault["what"]
    # The page ends with every row dropped; somebody comes back, and outlives the deployment.
    assert cfctl("tenant", "add", "westeu-dev-1", "--tenant", "contoso-emea", "--name", "Contoso EMEA").status == 0
    assert cfctl("tenant", "export", "westeu-dev-1", "--name", "kept").status == 0
    for command in (("down", "westeu-dev-1", "--yes"), ("up", "westeu-dev-1")):
        assert cfctl(*command).status == 0
    assert cfctl("tenant", "import", "westeu-dev-1", "--from", "kept", "--yes").status == 0
    slugs = {row["slug"] for row in cfctl("tenant", "list", "westeu-dev-1", "--json").document["rows"]}
    assert slugs == {"contoso-emea"}
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0


def test_a_dedicated_deployment_refuses_a_second_tenant(elsewhere: Callable[[], Any]) -> None:
    """The databases refuse, whoever asks; its own tenant it takes."""
    made = elsewhere()
    file = made.project / "stacks" / "Pulumi.westeu-dev-1.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("    log_retention_days", "    options: {dedicated_tenant: acme}\n    log_retention_days")
    )
    assert made("up", "westeu-dev-1").status == 0
    assert made("tenant", "add", "westeu-dev-1", "--tenant", "acme", "--name", "Acme Corp").status == 0
    second = made("tenant", "add", "westeu-dev-1", "--tenant", "contoso", "--name", "Contoso", "--json")
    assert second.status == 1
    (fault,) = second.document["errors"]
    assert "acme" in fault["allowed"]
    assert json.dumps(made("tenant", "list", "westeu-dev-1", "--json").document["rows"]).count('"slug"') == 1
    down = made("down", "westeu-dev-1", "global-dev", "--yes")
    assert down.status == 0, down.err


def test_an_example_that_cannot_run_would_be_seen(cfctl: Any) -> None:
    """The gate is fed a bad one, and a deployment that is not up."""
    (command,) = examples("```console\n$ ./cfctl tenant add westeu-dev-1 --tenant acme\n```")
    assert cfctl(*command).status == 2
    assert cfctl("tenant", "list", "westeu-dev-1").status == 5
    assert cfctl("tenant", "list", "westeu-dev-7").status == 2
    assert not cfctl.home.azure_store.exists()

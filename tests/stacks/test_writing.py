"""The stack file of a new deployment: another's text with single values changed."""

import shutil
from pathlib import Path

import pytest

from cidr import DeploymentName, FaultsError
from cidr.yaml_source import REPOSITORY
from stacks.writing import stack_like

LIKE = DeploymentName.parse("westeu-dev-1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with stack files of its own."""
    shutil.copytree(REPOSITORY / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def file_of(root: Path) -> Path:
    return root / "stacks" / f"Pulumi.{LIKE}.yaml"


def test_nothing_asked_for_it_is_the_same_text(root) -> None:
    """Byte by byte."""
    assert stack_like(LIKE, {}, root).text == file_of(root).read_text()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_single_values_change_and_every_other_character_stays(root, newline) -> None:
    """Comments, quotes and line ends; a number stays one, text in quotes stays text."""
    text = file_of(root).read_text().replace("amount: 200", "amount: 200   # ü: a month").replace("\n", newline)
    file_of(root).write_bytes(text.encode())
    new = stack_like(LIKE, {"budget.amount": "300", "postgres.version": "17", "owner": "a: b # c"}, root)
    expected = text.replace("amount: 200", "amount: 300").replace('"18"', '"17"')
    assert new.text == expected.replace("owner: DevOps", 'owner: "a: b # c"')
    assert (new.values.budget.amount, new.values.postgres.version, new.values.owner) == (300, "17", "a: b # c")
    assert new.left_out == ()


def test_what_is_the_others_alone_is_left_out(root) -> None:
    """Pulumi's salt and key, and the tenant that it is dedicated to, unless one is asked for."""
    text = file_of(root).read_text()
    file_of(root).write_text(
        f"encryptedkey: abc\n{text}    options: {{dedicated_tenant: acme}} # his\nencryptionsalt: v1:x\n"
    )
    new = stack_like(LIKE, {}, root)
    assert new.text == f"{text}    options: {{dedicated_tenant: null}} # his\n"
    assert set(new.left_out) == {"encryptedkey", "encryptionsalt", "options.dedicated_tenant"}
    assert new.values.options.dedicated_tenant is None
    other = stack_like(LIKE, {"options.dedicated_tenant": "contoso"}, root)
    assert other.values.options.dedicated_tenant == "contoso"


def test_what_two_files_say_of_each_other_is_not_said_of_a_third(root) -> None:
    """Peers and hubs hold for those two; the new one has its own hubs, and no peer until both sides say so."""
    text = file_of(root).read_text()
    said = "    options: {{peers: {}, bastion: true}}\n    regional_event_hubs: {}\n"
    file_of(root).write_text(text + said.format("[eastus-dev-1]", "false"))
    new = stack_like(LIKE, {}, root)
    assert new.text == text + said.format("[]", "true")
    assert set(new.left_out) == {"options.peers", "regional_event_hubs"}
    assert (new.values.options.peers, new.values.regional_event_hubs) == ((), True)
    file_of(root).write_text(text + said.format("[]", "true"))
    assert stack_like(LIKE, {}, root).left_out == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"budget.amount": "-1"}, "budget.amount=-1"),
        ({"postgres.storage_gb": "33"}, "write `storage_gb: 64`"),
        ({"budget": "300"}, "no single value 'budget'"),
        ({"postgres.sku_nam": "x"}, "write 'postgres.sku_name'"),
        ({"subscription_id": "mine"}, "subscription_id=mine"),
    ],
)
def test_a_key_or_a_value_that_is_not_taken_is_told(root, changes, told) -> None:
    """At the word that was typed."""
    with pytest.raises(FaultsError) as error:
        stack_like(LIKE, changes, root)
    assert told in str(error.value)


def test_the_faults_of_the_others_file_come_first(root) -> None:
    """A file that does not load is no model."""
    file_of(root).write_text(file_of(root).read_text().replace("amount: 200", "amuont: 200"))
    with pytest.raises(FaultsError, match="unknown key 'amuont'"):
        stack_like(LIKE, {}, root)

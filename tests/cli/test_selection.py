"""Which deployments a command line means."""

from pathlib import Path

import pytest

from cidr import FaultsError
from cli.orders import Words
from cli.selection import selected
from stacks import known_deployments


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which all but one deployment have a stack file; only that it is there is looked at."""
    (tmp_path / "stacks").mkdir()
    for name in known_deployments():
        if str(name) != "eastus-prod-1":
            (tmp_path / "stacks" / f"Pulumi.{name}.yaml").touch()
    return tmp_path


def test_patterns_environments_and_names_add_up_each_once(project: Path) -> None:
    """What is meant twice is done once."""
    words = Words(("westeu-*-1", "westeu-dev-1", "eastus-dev-1"), ("stg",))
    assert sorted(selected(words, "up", project)) == [
        "eastus-dev-1",
        "eastus-stg-1",
        "global-stg",
        "westeu-dev-1",
        "westeu-prod-1",
        "westeu-stg-1",
    ]


def test_all_are_those_with_a_stack_file(project: Path) -> None:
    """The map names more than is deployed; a name may still be any, and `up` says which file it lacks."""
    everything = selected(Words((), everything=True), "up", project)
    assert len(everything) == len(known_deployments()) - 1
    assert "eastus-prod-1" not in everything
    assert selected(Words(("eastus-prod-1",)), "down", project) == ("eastus-prod-1",)


def test_all_ephemeral_are_those_that_may_be_taken_down(project: Path) -> None:
    """Dev and stg with a stack file, nothing of prod, and still what is named beside them."""
    found = selected(Words((), ephemeral=True), "down", project)
    assert found
    assert not [name for name in found if "prod" in name]
    assert set(found) < set(selected(Words((), everything=True), "down", project))
    assert "eastus-prod-1" in selected(Words(("eastus-prod-1",), ephemeral=True), "up", project)


def test_the_account_is_no_deployment_of_a_pattern(project: Path) -> None:
    """It is named, or it is not meant."""
    (project / "stacks" / "Pulumi.account.yaml").touch()
    assert "account" not in selected(Words(("*",)), "up", project)
    assert selected(Words(("account",)), "up", project) == ("account",)


def test_whatever_means_nothing_is_told_at_once(project: Path) -> None:
    """A pattern without a match, an environment that is none, a name that is none: one look, one round of mending."""
    with pytest.raises(FaultsError) as refused:
        selected(Words(("wsteu-*", "westeu-dev-2"), ("stage",)), "down", project)
    told = {fault.where: fault for fault in refused.value.faults}
    assert "'wsteu-*'" in told["DEPLOYMENT"].what
    assert "westeu-dev-1" in told["DEPLOYMENT"].allowed
    assert told["DEPLOYMENT"].next_step.startswith("./cfctl down westeu-")
    assert told["--env"].next_step == "write --env stg"
    assert any("westeu-dev-2" in fault.what for fault in refused.value.faults)


def test_nothing_named_is_told_with_an_example(tmp_path: Path, project: Path) -> None:
    """And `--all` where there is nothing at all."""
    with pytest.raises(FaultsError, match="no deployment is named"):
        selected(Words(()), "up", project)
    with pytest.raises(FaultsError, match="no deployment that is meant has a stack file"):
        selected(Words((), everything=True), "up", tmp_path / "stacks")


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        (Words(("westeu-dev-1",)), True),
        (Words(("westeu-*",)), False),
        (Words(("westeu-dev-1",), ("dev",)), False),
        (Words((), everything=True), False),
        (Words(("westeu-dev-1",), ephemeral=True), False),
        (Words(("global-dev", "westeu-dev-1")), False),
    ],
)
def test_one_name_is_told_from_what_may_be_several(words: Words, alone: bool) -> None:
    """For one the program's process is started before anything else is read."""
    assert words.are_one_name is alone

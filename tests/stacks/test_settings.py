"""The settings of the committed stack files, and the two ways to them."""

import subprocess
import sys

import pytest
import yaml
from pydantic import ValidationError

from cidr import DeploymentName, FaultsError, load_map
from cidr.schema import OwnedBlock
from cidr.yaml_source import REPOSITORY
from stacks import Settings, known_deployments, load_settings, settings_from, stack_file

LIVE = [
    str(block.deployment) for block in load_map().blocks if isinstance(block, OwnedBlock) and block.status == "live"
]


@pytest.mark.parametrize("deployment", LIVE)
def test_every_live_deployment_has_sound_settings(deployment) -> None:
    """Live in the map means: a stack file that loads."""
    settings = load_settings(deployment)
    assert settings.deployment == DeploymentName.parse(deployment)


def test_only_the_account_and_live_deployments_have_stack_files() -> None:
    """Reserved ones get theirs when they become live, so map and files cannot part."""
    files = {path.name for path in (REPOSITORY / "stacks").glob("Pulumi.*.yaml")}
    assert files == {stack_file(stack).name for stack in (*LIVE, "account")}


BUDGETS = {
    "global-dev": 150,
    "global-stg": 300,
    "global-prod": 1_000,
    "westeu-dev-1": 200,
    "eastus-dev-1": 200,
    "westeu-stg-1": 500,
    "eastus-stg-1": 500,
    "westeu-prod-1": 5_000,
    "westeu-prod-2": 5_000,
    "eastus-prod-1": 5_000,
    "northeu-prod-1": 5_000,
}


@pytest.mark.parametrize(("deployment", "amount"), BUDGETS.items())
def test_budgets_are_those_of_the_documents(deployment, amount) -> None:
    """platform.md, section 1, in USD a month."""
    budget = load_settings(deployment).budget
    assert (budget.amount, budget.currency) == (amount, "USD")


@pytest.mark.parametrize("deployment", [name for name in LIVE if "-dev" in name])
def test_dev_is_small_and_may_go(deployment) -> None:
    """platform.md, sections 3 and 5: burstable, 32 GiB, 7 days, no copies; owner and cost centre of dev."""
    settings = load_settings(deployment)
    postgres = settings.postgres
    assert (postgres.sku_name, postgres.tier, postgres.storage_gb) == ("Standard_B1ms", "Burstable", 32)
    assert (postgres.backup_retention_days, postgres.version) == (7, "18")
    assert not postgres.geo_redundant_backup
    assert not postgres.high_availability
    assert (settings.owner, settings.cost_center, settings.application_code) == ("DevOps", "Platform", "cf")
    assert settings.ephemeral


@pytest.mark.parametrize("deployment", LIVE)
def test_both_ways_give_the_same_settings(deployment) -> None:
    """The stack file read here, and the mapping that Pulumi hands the program."""
    raw = yaml.safe_load(stack_file(deployment).read_text(encoding="utf-8"))["config"]["complianceflow:settings"]
    assert settings_from(deployment, raw) == load_settings(deployment)


def test_from_a_mapping_every_fault_has_its_key_path() -> None:
    """There is no line to name, so file and key path must do."""
    with pytest.raises(FaultsError) as error:
        settings_from("westeu-dev-1", {"postgres": {"version": 18}})
    places = [fault.where for fault in error.value.faults]
    assert "stacks/Pulumi.westeu-dev-1.yaml complianceflow:settings.postgres.version" in places
    assert "stacks/Pulumi.westeu-dev-1.yaml complianceflow:settings.budget" in places


@pytest.mark.parametrize(
    ("deployment", "words"),
    [
        ("mars-dev-1", "unknown region 'mars'"),
        ("westeu-test-1", "unknown environment 'test'"),
        ("westeu-dev-7", "'westeu-dev-7' is not in the map of addresses"),
        ("westeu", "'westeu' is no deployment name"),
    ],
)
def test_a_wrong_deployment_is_told_together_with_its_settings(deployment, words) -> None:
    """Name and settings are two inputs: both are looked at."""
    with pytest.raises(FaultsError) as error:
        settings_from(deployment, {})
    assert words in error.value.faults[0].what
    assert "owner is missing" in str(error.value)


def test_a_deployment_not_in_the_map_lists_the_known_ones() -> None:
    """Also when its stack file is what was asked for."""
    with pytest.raises(FaultsError) as error:
        load_settings("westeu-dev-7")
    assert error.value.faults[0].allowed == ", ".join(map(str, known_deployments()))


def test_a_deployment_without_a_stack_file_is_told_which_are_there(root) -> None:
    """It has addresses, and no settings yet."""
    with pytest.raises(FaultsError, match="westeu-prod-1 has no stack file") as error:
        load_settings("westeu-prod-1", root)
    assert error.value.faults[0].allowed == "westeu-dev-1"


@pytest.mark.parametrize("key", ["encryptionsalt", "secretsprovider", "encryptedkey"])
def test_what_pulumi_writes_into_a_stack_file_is_no_fault(key, root, stack_text) -> None:
    """`pulumi stack init` and `pulumi up` add these."""
    stack_file("westeu-dev-1", root).write_text(f"{key}: v1:abc=\n{stack_text}", encoding="utf-8")
    assert load_settings("westeu-dev-1", root).owner == "DevOps"


def test_settings_are_frozen() -> None:
    """A value means the same at the end of a run as at its beginning."""
    settings = load_settings("global-dev")
    with pytest.raises(ValidationError, match="frozen"):
        settings.owner = "me"
    with pytest.raises(ValidationError, match="frozen"):
        settings.postgres.storage_gb = 64
    assert hash(settings) == hash(load_settings("global-dev"))


def test_settings_take_no_deployment_of_another_name() -> None:
    """The file's name is the deployment, so the type holds a name, never a text that is none."""
    values = dict(load_settings("global-dev"))
    with pytest.raises(ValidationError):
        Settings(**{**values, "deployment": "westeu"})


def test_the_data_rooms_import_no_pulumi() -> None:
    """Pulumi costs 1.4 s and 124 MB, which no plain command should pay."""
    code = "import sys, stacks, components.conventions; print([m for m in sys.modules if m.split('.')[0] == 'pulumi'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "[]"


def test_a_global_deployment_without_an_entry_is_refused() -> None:
    """Nobody would reach the platform, and the program would find out half way."""
    raw = load_settings("global-dev").model_dump(mode="json", exclude={"deployment", "gateway"})
    with pytest.raises(FaultsError, match="gateway is missing: global-dev holds the entry"):
        settings_from("global-dev", raw)


@pytest.mark.parametrize(
    ("deployment", "allow_list", "told"),
    [
        ("global-dev", [], "no allow_list: the entry of global-dev is public"),
        ("global-stg", [], "no allow_list: the entry of global-stg is public"),
        ("global-prod", ["203.0.113.0/24"], "an allow_list in global-prod, whose entry is behind Front Door"),
    ],
)
def test_an_entry_says_who_may_come_where_it_is_public_and_nowhere_else(deployment, allow_list, told) -> None:
    """An empty list would let everybody in; one in prod would let nobody be found."""
    raw = load_settings(deployment).model_dump(mode="json", exclude={"deployment"})
    raw["gateway"]["allow_list"] = allow_list
    with pytest.raises(FaultsError, match=told):
        settings_from(deployment, raw)

"""The platform's own map: eleven deployments, and what a plan tells of one."""

from ipaddress import IPv4Network

import pytest

from cidr import DeploymentName, FaultsError, load_map
from cidr.schema import FreeBlock, HeldBlock, OwnedBlock

ELEVEN = {
    "global-dev": "10.0.0.0/16",
    "global-stg": "10.1.0.0/16",
    "global-prod": "10.2.0.0/16",
    "westeu-dev-1": "10.10.0.0/16",
    "eastus-dev-1": "10.11.0.0/16",
    "westeu-stg-1": "10.20.0.0/16",
    "eastus-stg-1": "10.21.0.0/16",
    "westeu-prod-1": "10.30.0.0/16",
    "westeu-prod-2": "10.31.0.0/16",
    "eastus-prod-1": "10.40.0.0/16",
    "northeu-prod-1": "10.50.0.0/16",
}


def test_the_eleven_deployments_have_the_documents_blocks() -> None:
    """platform.md, section 1; what has a day was added since."""
    owned = {str(name): str(block.network) for name, block in load_map().owned.items() if block.since is None}
    assert owned == ELEVEN


@pytest.mark.parametrize(
    ("first", "last", "held_for"),
    [
        (3, 9, "global-prod"),
        (12, 19, "eastus-dev-1"),
        (22, 29, "eastus-stg-1"),
        (32, 39, "westeu-prod-2"),
        (41, 49, "eastus-prod-1"),
        (51, 59, "northeu-prod-1"),
    ],
)
def test_blocks_between_deployments_are_held_for_the_one_before(first, last, held_for) -> None:
    """So that a second deployment of a region stands beside its first."""
    by_network = {block.network: block for block in load_map().blocks}
    for second in range(first, last + 1):
        block = by_network[IPv4Network(f"10.{second}.0.0/16")]
        if getattr(block, "since", None) is None:  # else it was taken since
            assert isinstance(block, HeldBlock)
            assert str(block.held_for) == held_for


def test_what_no_document_gives_away_is_free() -> None:
    """10.60 to 10.99, or it was taken since."""
    free = [str(block.network) for block in load_map().blocks if isinstance(block, FreeBlock)]
    later = [str(block.network) for block in load_map().blocks if getattr(block, "since", None)]
    assert {*free, *later} >= {f"10.{second}.0.0/16" for second in range(60, 100)}


def test_the_eleven_deployments_of_the_documents_are_live() -> None:
    """Each has a stack file (tests/stacks)."""
    owned = [block for block in load_map().blocks if isinstance(block, OwnedBlock)]
    assert [str(block.deployment) for block in owned if block.status == "live" and not block.since] == [
        "global-dev",
        "global-stg",
        "global-prod",
        "westeu-dev-1",
        "eastus-dev-1",
        "westeu-stg-1",
        "eastus-stg-1",
        "westeu-prod-1",
        "westeu-prod-2",
        "eastus-prod-1",
        "northeu-prod-1",
    ]


def test_a_plan_has_the_named_slots_in_its_own_block() -> None:
    """A range is looked up by name: the db slot of westeu-prod-1 is 10.30.2.0/24, as in the documents."""
    plan = load_map().plan("westeu-prod-1")
    assert {slot.name: str(slot.network) for slot in plan.subnets} == {
        "apps": "10.30.1.0/24",
        "db": "10.30.2.0/24",
        "redis": "10.30.3.0/24",
        "storage": "10.30.4.0/24",
        "apim": "10.30.5.0/24",
        "bastion": "10.30.10.0/26",
        "management": "10.30.10.64/26",
    }
    assert plan.slot("apps").delegation == "Microsoft.App/environments"
    assert plan.slot("db").delegation == "Microsoft.DBforPostgreSQL/flexibleServers"
    assert plan.slot("bastion").subnet_name == "AzureBastionSubnet"
    assert all(slot.nsg for slot in plan.subnets)


def test_dev_has_the_same_slots_but_the_gateways() -> None:
    """The architecture is one; API Management stands in prod alone."""
    names = [{slot.name for slot in load_map().plan(name).subnets} for name in ("westeu-prod-1", "westeu-dev-1")]
    assert names[0] - names[1] == {"apim"}
    assert not names[1] - names[0]


def test_a_slot_that_the_environment_has_not_is_an_error_that_lists_the_others() -> None:
    """Not None, and not another range."""
    with pytest.raises(FaultsError, match="has no slot 'apim'") as error:
        load_map().plan("westeu-dev-1").slot("apim")
    assert "apps, db, redis, storage, bastion, management" in str(error.value)


def test_a_deployment_not_in_the_map_is_an_error_that_lists_the_known_ones() -> None:
    """And guesses which was meant."""
    with pytest.raises(FaultsError, match="'westeu-dev-2' is not in the map") as error:
        load_map().plan("westeu-dev-2")
    (fault,) = error.value.faults
    assert fault.allowed == ", ".join(map(str, load_map().owned))
    assert "westeu-dev-1" in fault.next_step


def test_a_plan_is_found_by_text_and_by_name() -> None:
    """Both are the same deployment."""
    assert load_map().plan("global-dev") == load_map().plan(DeploymentName.parse("global-dev"))


def test_a_changed_file_is_read_again(tmp_path, small_map) -> None:
    """The map is kept between calls, but never longer than its file stays as it is."""
    file = tmp_path / "map.yaml"
    file.write_text(small_map)
    assert len(load_map(file).owned) == 2
    file.write_text(small_map.replace("status: free}", "status: live, deployment: eastus-dev-1}"))
    assert len(load_map(file).owned) == 3


def test_a_missing_file_is_a_fault_not_a_traceback(tmp_path) -> None:
    """It says which file."""
    with pytest.raises(FaultsError, match=r"nowhere\.yaml: cannot be read"):
        load_map(tmp_path / "nowhere.yaml")

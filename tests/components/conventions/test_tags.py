"""Tags: nine of them, on everything, with values that Azure takes."""

import pytest

from cidr import DeploymentName, FaultsError
from components.conventions import tags_for


def test_a_regional_has_the_nine_tags() -> None:
    """platform.md, section 3."""
    assert tags_for(DeploymentName.parse("westeu-prod-2"), owner="Platform Team", cost_center="Production") == {
        "Deployment": "westeu-prod-2",
        "Environment": "prod",
        "Region": "westeu",
        "Instance": "2",
        "Application": "ComplianceFlow",
        "ManagedBy": "Pulumi",
        "CostCenter": "Production",
        "Owner": "Platform Team",
        "Ephemeral": "false",
    }


def test_a_global_has_region_westeu_and_instance_global() -> None:
    """So that no tag is ever empty."""
    tags = tags_for(DeploymentName.parse("global-dev"), owner="DevOps", cost_center="Platform")
    assert (tags["Region"], tags["Instance"], tags["Ephemeral"]) == ("westeu", "global", "true")


def test_braces_in_a_value_are_no_placeholders() -> None:
    """A value is taken as it is."""
    tags = tags_for(DeploymentName.parse("global-dev"), owner="{region}", cost_center="{0}")
    assert (tags["Owner"], tags["CostCenter"]) == ("{region}", "{0}")


def test_values_that_azure_does_not_take_are_told_together() -> None:
    """Empty, or over 256 characters."""
    with pytest.raises(FaultsError) as error:
        tags_for(DeploymentName.parse("global-dev"), owner=" ", cost_center="x" * 257)
    assert [fault.what for fault in error.value.faults] == ["owner is empty", "cost_center has 257 characters"]


def test_each_caller_gets_tags_of_its_own() -> None:
    """A resource that adds a tag adds it to itself alone."""
    deployment = DeploymentName.parse("global-dev")
    first = tags_for(deployment, owner="DevOps", cost_center="Platform")
    first["hidden-title"] = "x"
    assert "hidden-title" not in tags_for(deployment, owner="DevOps", cost_center="Platform")

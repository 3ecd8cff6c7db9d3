"""The keystone: made last, deleted first, and held by whoever needs the deployment."""

import pytest

from components.guarding.protection import PROTECTED
from deployments.program import deploy
from stacks import load_settings
from tests.components.recording import Recording, record
from tests.deployments.conftest import REFERENCES

KEYSTONE = "overview-workbook"


@pytest.fixture(scope="module")
def prod() -> Recording:
    """A deployment that stays."""
    stack, (contract,) = "westeu-prod-1", REFERENCES.values()
    references = {"organization/complianceflow/global-prod": contract}
    return record(lambda: deploy(load_settings(stack)).export(), stack=stack, references=references)


def test_every_other_resource_is_there_before_the_keystone(deployment: Recording) -> None:
    """So that a destroy, which goes the other way, begins with it: what cannot delete it deletes nothing."""
    others = {one.name for one in deployment.custom()} - {KEYSTONE}
    assert len(others) > 100
    assert others <= deployment[KEYSTONE].dependencies


def test_in_prod_the_locks_too(prod: Recording) -> None:
    """Or a destroy would have taken them away before it is stopped."""
    locks = {one.name for one in prod.of_type("authorization:ManagementLockByScope")}
    assert locks
    assert locks <= prod[KEYSTONE].dependencies


def test_a_regional_holds_the_keystone_of_its_global_by_a_lock_of_its_own(westeu_dev_1: Recording) -> None:
    """The note says who is up, which Azure shows to whoever would delete it."""
    held = westeu_dev_1["hold-lock"].inputs
    assert held["scope"].endswith("/resourceGroups/rg-cf-global-dev/providers/Microsoft.Insights/workbooks/keystone")
    assert held["lockName"] == "lock-cf-westeu-dev-1"
    assert "westeu-dev-1 is up and needs global-dev" in held["notes"]
    assert westeu_dev_1["hold-lock"].trigger == "guid-of-global", "a global made anew has lost it"


def test_what_holds_data_is_protected_where_it_stays_and_only_there(prod: Recording, deployment: Recording) -> None:
    """And the keystone with it: a plain destroy of prod stops there."""
    protected = {one.type for one in prod.custom() if one.request.protect}
    assert {"azure-native:applicationinsights:Workbook", "azure-native:dbforpostgresql:Server"} <= protected
    assert protected <= PROTECTED
    assert not [one for one in deployment.custom() if one.request.protect]

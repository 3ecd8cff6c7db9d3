"""Whole deployments, recorded once a session: what they register with the settings of their own stack files."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from deployments import sdk_patches
from deployments.program import deploy
from stacks import load_settings
from tests.components.recording import Recording, record

KEYSTONE = (
    "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-global-dev/providers"
    "/Microsoft.Insights/workbooks/keystone"
)
REFERENCES: Mapping[str, Mapping[str, Any]] = {
    "organization/complianceflow/global-dev": {
        "contract": {
            "environmentDomain": "nice-field-1.westeurope.azurecontainerapps.io",
            "networkGuid": "guid-of-global",
            "eventHubsCreatedAt": "hubs-made-at",
            "registryCreatedAt": "registry-made-at",
            "keystoneId": KEYSTONE,
        }
    }
}


@pytest.fixture(scope="session", autouse=True)
def patched_sdk() -> None:
    """The SDK as the program has it."""
    sdk_patches.apply()


@cache
def _recorded(stack: str, preview: bool) -> Recording:
    return record(lambda: deploy(load_settings(stack)).export(), stack=stack, preview=preview, references=REFERENCES)


@pytest.fixture(scope="session")
def global_dev() -> Recording:
    """global-dev, brought up."""
    return _recorded("global-dev", False)


@pytest.fixture(scope="session")
def westeu_dev_1() -> Recording:
    """westeu-dev-1, brought up beside its global."""
    return _recorded("westeu-dev-1", False)


@pytest.fixture(params=["global-dev", "westeu-dev-1"], scope="session")
def deployment(request: pytest.FixtureRequest) -> Recording:
    """Each deployment in turn."""
    return _recorded(request.param, False)

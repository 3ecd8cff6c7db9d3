"""What component tests share: places, plans, and programs that are run to their end before anyone looks."""

from collections.abc import Callable

import pulumi
import pulumi_azure_native as azure_native
import pytest

from cidr import AddressPlan, DeploymentName, load_map
from components.conventions import Names, tags_for
from components.place import Place
from deployments import sdk_patches
from tests.components.recording import SUBSCRIPTION


@pytest.fixture(scope="session", autouse=True)
def patched_sdk() -> None:
    """The SDK as the program has it: ten times as fast, and the same registrations (tests/deployments hold that)."""
    sdk_patches.apply()


@pytest.fixture
def plan() -> AddressPlan:
    """The addresses of westeu-dev-1."""
    return load_map().plan("westeu-dev-1")


@pytest.fixture
def place() -> Place:
    """The resource group of westeu-dev-1."""
    name = DeploymentName.parse("westeu-dev-1")
    return Place(
        group="rg-cf-westeu-dev-1",
        location="westeurope",
        names=Names(name, "cf"),
        tags=tags_for(name, owner="DevOps", cost_center="Platform"),
    )


@pytest.fixture
def with_provider() -> Callable[[], pulumi.ResourceOptions]:
    """Options that carry an explicit provider, as every deployment gives its components."""

    def make() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(providers=[azure_native.Provider("azure", subscription_id=SUBSCRIPTION)])

    return make

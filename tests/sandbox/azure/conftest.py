"""Fixtures: a store, a cloud over it, a cloud with a resource group."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import SUBSCRIPTION, TENANT, Clock, Cloud


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "azure.db", seed="test")
    opened.add_subscription(SUBSCRIPTION, TENANT)
    yield opened
    opened.close()


@pytest.fixture
def cloud(store: Store) -> Cloud:
    clock = Clock()
    provider = AzureProvider(store, pace=Pace(serial_window=0.0, clock=clock))
    made = Cloud(provider, store, clock)
    made.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    return made


@pytest.fixture
def grounds(cloud: Cloud) -> Cloud:
    """A cloud with a resource group."""
    cloud.group()
    return cloud

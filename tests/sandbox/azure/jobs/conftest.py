"""The grounds of the jobs' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azure.jobs.programs import Program
from sandbox.azure.jobs.runner import JobRunner
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import SUBSCRIPTION, TENANT, Clock, Cloud
from tests.sandbox.azure.jobs.grounds import IMAGE, Grounds


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Grounds]:
    store = Store(tmp_path / "azure.db", seed="test")
    store.add_subscription(SUBSCRIPTION, TENANT)
    store.set("image", IMAGE, "")
    cloud = Cloud(AzureProvider(store), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    module = tmp_path / "code" / "told.py"
    module.parent.mkdir()
    programs = {"told": Program(module="told", arguments=("by", "itself"), directory=module.parent)}
    with JobRunner(tmp_path, store, programs) as runner:
        yield Grounds(cloud, tmp_path, runner, module, programs)
    store.close()

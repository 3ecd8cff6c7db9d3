"""`cfctl cost meter`: what stood in a sandbox becomes exports; whose it is; what cannot be is refused."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.money.metering import story_of
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.cli.in_process import InProcess
from tests.sandbox.azure.cloud import SUBSCRIPTION, TENANT, Clock, Cloud

OURS = {"Deployment": "westeu-dev-1"}


@pytest.fixture
def run(cfctl: Any, request: pytest.FixtureRequest) -> InProcess:
    """Commands in this process."""
    return InProcess.of(cfctl, request)


@pytest.fixture
def cloud(run: InProcess) -> Iterator[Cloud]:
    """The stand-in of that home, with nothing in it."""
    with closing(Store(run.home.azure_store)) as store:
        store.add_subscription(SUBSCRIPTION, TENANT)
        clock = Clock()
        made = Cloud(AzureProvider(store, pace=Pace(serial_window=0.0, clock=clock)), store, clock)
        made.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
        yield made


def group(cloud: Cloud, **more: Any) -> None:
    cloud.create(
        "resources:ResourceGroup", "group", resourceGroupName="rg-test", location="westeurope", tags=OURS, **more
    )


def rate(home: Any) -> set[str]:
    """Ids of what belongs to westeu-dev-1."""
    return {it.name for it in story_of(home, datetime.now(UTC)).of.get("westeu-dev-1", ())}


def test_the_story_is_priced_and_exported(run: InProcess, cloud: Cloud) -> None:
    """A server that stood all the time, told as from a day on, costs its estimate's share of the month."""
    group(cloud)
    cloud.server()
    since = datetime.now(UTC) - timedelta(hours=73)
    document = run("cost", "meter", "--as-if-since", since.isoformat(), "--json").document
    (bill,) = document["bills"]
    assert bill["deployment"] == "westeu-dev-1"
    # 73 hours are a tenth of a month: B1ms at 0.0199 an hour with 32 GiB; the first moments stood without the server.
    cost = sum(Decimal(month["cost"]) for month in bill["months"])
    assert Decimal("1.5") < cost < Decimal("2.5")
    assert document["factor"] > 1
    rows = [json.loads(Path(path).read_text())["dataRowCount"] for path in document["exports"]]
    assert sum(rows) == sum(month["rows"] for month in bill["months"]) > 0
    assert document["next"] == [f"./cfctl cost import {run.home.root / 'costs' / 'exports'}"]


def test_people_are_shown_the_same(run: InProcess, cloud: Cloud) -> None:
    """A line a deployment and month, the sum, and what a second stands for."""
    group(cloud)
    cloud.server()
    shown = run("cost", "meter", "--as-if-since", (datetime.now(UTC) - timedelta(days=2)).date().isoformat())
    assert "westeu-dev-1" in shown.out
    assert "together" in shown.out
    assert "a second here, between runs, counts as" in shown.err


def test_without_an_option_time_is_what_it_was(run: InProcess, cloud: Cloud) -> None:
    """Seconds of a server cost nothing that cents could show, and the rows have it all the same."""
    group(cloud)
    cloud.server()
    document = run("cost", "meter", "--json").document
    assert document["factor"] is None
    assert {month["cost"] for bill in document["bills"] for month in bill["months"]} == {"0.00"}
    assert all(month["rows"] for bill in document["bills"] for month in bill["months"])


def test_a_resource_is_its_tags_or_its_groups_or_its_names(run: InProcess, cloud: Cloud) -> None:
    """Children have no tags, the group that Azure keeps for an environment only says who manages it."""
    group(cloud)
    network = cloud.network()
    cloud.subnet("db", "10.10.2.0/24")
    apps = cloud.subnet("apps", "10.10.1.0/24", "Microsoft.App/environments")
    cloud.environment(
        infrastructureResourceGroup="rg-kept",
        vnetConfiguration={"infrastructureSubnetId": apps.id},
        workloadProfiles=[{"name": "Consumption", "workloadProfileType": "Consumption"}],
    )
    assert {"rg-test", network.outputs["name"], "db", "cae-test"} <= rate(run.home)
    assert "rg-kept" in rate(run.home)


def test_what_belongs_to_nobody_is_told_and_not_charged(run: InProcess, cloud: Cloud) -> None:
    """A group without a tag: its server is named, nobody pays for it."""
    cloud.group()
    server = cloud.server()
    document = run("cost", "meter", "--json").document
    assert document["nobody"] == [server.id]
    assert document["bills"] == []


def test_what_has_no_price_is_listed(run: InProcess, cloud: Cloud) -> None:
    """Never silently zero."""
    group(cloud)
    server = cloud.server(location="brazilsouth")
    document = run("cost", "meter", "--json").document
    ((told,),) = [bill["unpriced"] for bill in document["bills"]]
    assert told["id"] == server.id
    assert "in brazilsouth" in run("cost", "meter").err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--at", "tomorrow"), "'tomorrow' is no time"),
        (("--at", "2999-01-01"), "2999-01-01 has not come yet"),
        (("--as-if-since", "2999-01-01"), "has not come yet"),
        (("--at", "2020-01-01"), "nothing stood here before 2020-01-01"),
        (("--at", "2026-01-01", "--as-if-since", "2026-02-01"), "is no time"),
    ],
)
def test_times_that_cannot_be_are_refused(run: InProcess, cloud: Cloud, words: tuple[str, ...], says: str) -> None:
    """And no file is written."""
    group(cloud)
    ended = run("cost", "meter", *words)
    assert ended.status == 2
    assert says in ended.err
    assert not (run.home.root / "costs").exists()


def test_where_nothing_ever_stood_there_is_nothing_to_meter(run: InProcess) -> None:
    """A new home has no store, and gets none."""
    ended = run("cost", "meter")
    assert ended.status == 2
    assert "nothing ever stood here" in ended.err
    assert not run.home.azure_store.exists()


def test_a_store_of_before_the_meter_says_from_when_on_it_counts(run: InProcess, cloud: Cloud) -> None:
    """What had gone by then is not in the figures, and nobody is to think so."""
    group(cloud)
    cloud.store.set("meter", "since", "1790000000.0")
    assert "was not metered" in run("cost", "meter").err

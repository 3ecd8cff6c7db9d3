"""Exports as Azure lays them out: whole, counted by their manifest, each delivery in the place of the one before."""

import csv
import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finance.focus_files import COLUMNS, write_exports
from finance.metering import Bill, Stood, row_of
from finance.metering.services import OTHER, service_of
from tests.finance.metering.test_charging import START, bill, everything, server

AT = datetime(2026, 12, 3, tzinfo=UTC)
FORTY_DAYS = START + timedelta(days=40)


def delivered(directory: Path, *bills: Bill) -> list[dict[str, Any]]:
    """The manifests of a delivery."""
    charges = [charge for each in bills for charge in each.charges]
    rows = [row_of(charge, "sandbox") for charge in charges]
    exports = write_exports(rows, directory, source="sandbox", at=AT, whole=True)
    return [json.loads(path.read_text()) for path in exports]


def rows(directory: Path, manifest: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of all parts, as a program reads them."""
    found: list[dict[str, str]] = []
    for blob in manifest["blobs"]:
        content = (directory / blob["blobName"]).read_bytes()
        assert len(content) == blob["byteCount"]
        found += csv.DictReader(gzip.decompress(content).decode().splitlines())
    return found


def two_months(stood: Sequence[Stood]) -> Bill:
    return bill(*stood, until=FORTY_DAYS)


def test_a_subscription_and_month_is_an_export_and_nothing_is_lost(tmp_path: Path) -> None:
    """Forty days are two months; every digit of every charge is in the files."""
    whole = two_months([server(0, 24 * 40)])
    manifests = delivered(tmp_path, whole)
    assert [it["runInfo"]["startDate"] for it in manifests] == ["2026-11-01T00:00:00", "2026-12-01T00:00:00"]
    found = [row for manifest in manifests for row in rows(tmp_path, manifest)]
    assert sum(Decimal(row["BilledCost"]) for row in found) == whole.total("USD").amount
    assert [it["dataRowCount"] for it in manifests] == [len(rows(tmp_path, it)) for it in manifests]
    assert all(row["ChargePeriodStart"][:7] == row["BillingPeriodStart"][:7] for row in found)


def test_a_row_says_what_azures_own_would(tmp_path: Path) -> None:
    """Scope as an id, times in UTC, unit and block apart, who metered."""
    (manifest,) = delivered(tmp_path, bill(server(0, 4, tags={"Deployment": "westeu-dev-1"})))
    row = next(it for it in rows(tmp_path, manifest) if it["SkuMeter"] == "B1MS")
    assert set(row) == set(COLUMNS)
    said = {
        "SubAccountId": "/subscriptions/11111111-2222-4333-8444-555555555555",
        "BillingPeriodStart": "2026-11-01T00:00:00Z",
        "BillingPeriodEnd": "2026-12-01T00:00:00Z",
        "ChargePeriodStart": "2026-11-03T00:00:00Z",
        "ChargePeriodEnd": "2026-11-04T00:00:00Z",
        "ServiceName": "Azure DB for PostgreSQL",
        "ServiceCategory": "Databases",
        "PricingUnit": "Hours",
        "x_PricingUnitDescription": "1 Hour",
        "x_ResourceGroupName": "rg-cf-westeu-dev-1",
        "Tags": '{"Deployment":"westeu-dev-1"}',
        "RegionId": "westeurope",
        "x_Source": "sandbox",
    }
    assert {key: row[key] for key in said} == said
    assert Decimal(row["PricingQuantity"]) == 4


def test_the_same_again_is_the_same_file(tmp_path: Path) -> None:
    """So that whoever imports it sees that nothing is new."""
    first = delivered(tmp_path, bill(server(0, 24)))
    files = sorted(tmp_path.rglob("*"))
    assert delivered(tmp_path, bill(server(0, 24))) == first
    assert sorted(tmp_path.rglob("*")) == files


def test_a_delivery_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """Azure's exports grow with the month; the earlier run's folder is gone, and no draft is left."""
    delivered(tmp_path, bill(server(0, 24)))
    (manifest,) = delivered(tmp_path, bill(server(0, 48)))
    assert [path.name for path in tmp_path.glob("*/*/*")] == [manifest["runInfo"]["runId"]]
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]


def test_a_month_that_has_no_charge_any_more_is_delivered_empty(tmp_path: Path) -> None:
    """The story may be told anew, later: what an earlier telling said of a month must go."""
    delivered(tmp_path, two_months([server(0, 24 * 40)]))
    manifests = delivered(tmp_path, bill(server(0, 24)))
    assert [it["dataRowCount"] > 0 for it in manifests] == [True, False]
    assert rows(tmp_path, manifests[1]) == []


@pytest.mark.parametrize("deployment", ["global-dev", "westeu-prod-1"])
def test_every_charge_of_the_platform_has_a_service_and_a_unit(tmp_path: Path, deployment: str) -> None:
    """A unit without a name would raise here, and none is of a category that finance cannot read."""
    (manifest,) = delivered(tmp_path, bill(*everything(deployment)))[:1]
    assert all(row["ServiceName"] and row["PricingUnit"] for row in rows(tmp_path, manifest))


def test_a_service_is_that_of_the_nearest_type_above() -> None:
    """Flow logs are Network Watcher's, subnets the network's; what is nowhere is its meter's."""
    assert service_of("microsoft.network/networkwatchers/flowlogs", "x") == ("Network Watcher", "Networking")
    assert service_of("microsoft.network/virtualnetworks/subnets", "x") == ("Virtual Network", "Networking")
    assert service_of("microsoft.quantum/workspaces", "Quantum") == ("Quantum", OTHER)

# ruff: noqa: S608 - the queries are those of tests
"""Export files as Azure writes them, for the tests of the readers, and the import of them."""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from cidr import Fault
from finance.actuals import Imported, import_exports
from finance.ledger import Ledger

SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"
_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-cf-westeu-dev-1/providers/Microsoft.Storage/storageAccounts/st1"

FOCUS_10: Mapping[str, str] = {
    "BilledCost": "1.5",
    "BillingAccountId": "1234567",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-11-01T00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "Hot LRS Data Stored",
    "ChargePeriodStart": "2026-11-03T00:00Z",
    "CommitmentDiscountStatus": "",
    "ContractedCost": "1.75",
    "EffectiveCost": "1.25",
    "ListCost": "2",
    "ListUnitPrice": "0.02",
    "PricingQuantity": "100",
    "PricingUnit": "GB",
    "RegionId": "westeurope",
    "ResourceId": _ID,
    "ResourceName": "st1",
    "ServiceCategory": "Storage",
    "ServiceName": "Storage Accounts",
    "SubAccountId": f"/subscriptions/{SUBSCRIPTION}",
    "Tags": '{"Deployment": "westeu-dev-1"}',
    "x_ResourceGroupName": "RG-cf-westeu-dev-1",
    "x_SkuMeterName": "Hot LRS Data Stored",
}
"""Of Azure's columns those that a row of the ledger is made of, and one that it is not."""

_RENAMED = {("SkuMeter" if name == "x_SkuMeterName" else name): value for name, value in FOCUS_10.items()}
FOCUS_11: Mapping[str, str] = {**_RENAMED, "ServiceSubcategory": "Object Storage", "CapacityReservationId": ""}
FOCUS_12: Mapping[str, str] = {
    **FOCUS_11,
    "InvoiceId": "E0400",
    "PricingCurrency": "USD",
    "SubAccountType": "Subscription",
}
FOCUS = {"FOCUS 1.0": FOCUS_10, "FOCUS 1.1": FOCUS_11, "FOCUS 1.2": FOCUS_12}

MCA: Mapping[str, str] = {
    "\ufeffinvoiceId": "",
    "billingPeriodEndDate": "11/30/2026",
    "billingPeriodStartDate": "11/01/2026",
    "date": "11/03/2026",
    "serviceFamily": "Storage",
    "meterName": "Hot LRS Data Stored",
    "meterCategory": "Storage",
    "ProductName": "Blob Storage - Hot LRS Data Stored - EU West",
    "SubscriptionId": SUBSCRIPTION.upper(),
    "resourceGroupName": "RG-CF-WESTEU-DEV-1",
    "ResourceId": _ID,
    "resourceLocation": "EU West",
    "location": "West Europe",
    "effectivePrice": "0.015",
    "quantity": "100",
    "unitOfMeasure": "1 GB/Month",
    "chargeType": "Usage",
    "billingCurrency": "USD",
    "pricingCurrency": "USD",
    "costInBillingCurrency": "1.5",
    "costInPricingCurrency": "1.5",
    "paygCostInBillingCurrency": "2",
    "tags": '"Deployment": "westeu-dev-1","Owner": "DevOps"',
    "PayGPrice": "0.02",
    "reservationId": "",
    "pricingModel": "OnDemand",
}
EA: Mapping[str, str] = {
    "SubscriptionId": SUBSCRIPTION,
    "ResourceGroup": "rg-cf-westeu-dev-1",
    "ResourceLocation": "westeurope",
    "Date": "11/03/2026",
    "ProductName": "Blob Storage - Hot LRS Data Stored - EU West",
    "MeterCategory": "Storage",
    "MeterName": "Hot LRS Data Stored",
    "UnitOfMeasure": "1 GB/Month",
    "Quantity": "100",
    "EffectivePrice": "0.015",
    "CostInBillingCurrency": "1.5",
    "ResourceId": _ID,
    "Tags": '"Deployment": "westeu-dev-1"',
    "ResourceName": "st1",
    "ReservationId": "",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "BillingCurrencyCode": "USD",
    "BillingPeriodStartDate": "11/01/2026",
    "PayGPrice": "0.02",
    "ServiceFamily": "Storage",
}


TODAY = date(2026, 11, 30)


@dataclass(frozen=True)
class Imports:
    """Imports into one ledger, and what then stands in it."""

    directory: Path

    def __call__(self, *paths: Path, source: str | None = None) -> tuple[tuple[Imported, ...], tuple[Fault, ...]]:
        """What became of each export, and what lay beside them."""
        return import_exports(self.directory, paths, lambda _: None, source, TODAY)

    def told(self, *paths: Path, source: str | None = None) -> str:
        """Every notice of an import, as one text."""
        imported, beside = self(*paths, source=source)
        return "\n".join(str(notice) for notice in (*(it for found in imported for it in found.notices), *beside))

    def rows(self, columns: str, rest: str = "") -> list[tuple[Any, ...]]:
        """What a SELECT of the ledger gives."""
        with Ledger.open(self.directory) as ledger:
            return ledger.connection.execute(f"SELECT {columns} FROM costs {rest}").fetchall()


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], columns: Iterable[str] = ()) -> Path:
    """A CSV file of these rows, packed where its name says so; every line ends as in Azure's files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns) or list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Sequence[Mapping[str, str]], kinds: Mapping[str, str] | None = None) -> Path:
    """A Parquet file of these rows. kinds: column -> SQL type, else text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = write_csv(path.with_suffix(".plain"), rows)
    casts = ", ".join(f'"{name}"::{(kinds or {}).get(name, "VARCHAR")} AS "{name}"' for name in rows[0])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT {casts} FROM read_csv('{plain}', all_varchar = true)) TO '{path}' (FORMAT parquet)"
        )
    plain.unlink()
    return path


def write_manifest(
    folder: Path,
    parts: Sequence[Path],
    *,
    name: str = "daily",
    kind: str = "FocusCost",
    rows: int | None = None,
    day: str = "2026-11-01",
    last: str = "2026-11-30",
    submitted: str = "2026-11-20T04:00:00.0000000Z",
) -> Path:
    """The manifest of a run as Azure writes it beside its parts."""
    scope = f"/subscriptions/{SUBSCRIPTION}"
    manifest = {
        "manifestVersion": "2024-04-01",
        "byteCount": sum(part.stat().st_size for part in parts),
        "blobCount": len(parts),
        "dataRowCount": rows,
        "exportConfig": {
            "exportName": name,
            "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/{name}",
            "dataVersion": "1.2-preview",
            "apiVersion": "2023-07-01-preview",
            "type": kind,
            "timeFrame": "MonthToDate",
            "granularity": "Daily",
        },
        "deliveryConfig": {"partitionData": True, "dataOverwriteBehavior": "CreateNewReport", "fileFormat": "Csv"},
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": submitted,
            "runId": "af754a8e-30fc-4ef3-bfc6-71bd1efb8598",
            "startDate": f"{day}T00:00:00",
            "endDate": f"{last}T00:00:00",
        },
        "blobs": [
            {"blobName": f"exports/{name}/20261101-20261130/{part.name}", "byteCount": part.stat().st_size}
            for part in parts
        ],
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest))
    return path

"""Export files as Azure lays them out: a folder a month and run, a manifest that names its parts.

`{export}/{first day}-{last day}/{run id}/part_0_0001.csv.gz` with `manifest.json` beside it, as an export with
partitions, gzip and "overwrite" makes them; each delivery of a month holds all of it and takes the place of the one
before. https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-improved-exports
The manifest's form: https://github.com/microsoft/finops-toolkit/blob/dev/docs-mslearn/toolkit/hubs/data-processing.md
"""

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from finance.focus_files.columns import COLUMNS, next_month

VERSION: Final = "1.2-preview"
_PART: Final = "part_0_0001.csv.gz"
_GUID: Final = 36


def write_exports(
    charges: Iterable[Mapping[str, str]],
    directory: Path,
    *,
    source: str,
    at: datetime,
    whole: bool,
    dataset: Literal["FocusCost", "Query"] = "FocusCost",
) -> tuple[Path, ...]:
    """Write an export for each subscription and month; gives their manifests.

    charges: rows of FOCUS as text, column -> value; columns that are not in one are empty. source: whose they are, the
    first part of the exports' names; at: when they were read. whole: the charges are all that there are, so a month
    that an earlier call delivered and in which there is none now is delivered empty. dataset: Query for sums that the
    Cost Management API gave (finance.ledger counts them only where there is no export).
    """
    rows: dict[tuple[str, date], list[Mapping[str, str]]] = defaultdict(list)
    for charge in charges:
        subscription = charge["SubAccountId"].rpartition("/")[2]
        rows[f"{source}-{subscription}", date.fromisoformat(charge["BillingPeriodStart"][:10])].append(charge)
    for folder in directory.glob(f"{source}-*/[0-9]*-[0-9]*") if whole else ():
        month = datetime.strptime(folder.name[:8], "%Y%m%d").replace(tzinfo=UTC).date()
        rows.setdefault((folder.parent.name, month), [])
    return tuple(
        _write(_Delivery(export=export, month=month, at=at, rows=found, dataset=dataset), directory)
        for (export, month), found in sorted(rows.items())
    )


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """What one run of an export delivers: a subscription's month."""

    export: str
    month: date
    at: datetime
    rows: Sequence[Mapping[str, str]]
    dataset: str

    @property
    def last(self) -> date:
        """The last day."""
        return next_month(self.month) - timedelta(days=1)

    @property
    def folder(self) -> str:
        """Of the month, as Azure names it."""
        return f"{self.month:%Y%m%d}-{self.last:%Y%m%d}"

    def content(self) -> bytes:
        """The part. The same rows are the same bytes: a delivery that says nothing new is seen to be none."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows([row.get(column, "") for column in COLUMNS] for row in self.rows)
        return gzip.compress(text.getvalue().encode(), mtime=0)

    def manifest(self, run: str, size: int) -> dict[str, Any]:
        """What names the part."""
        subscription = self.export[-_GUID:]
        counts = {"byteCount": size, "dataRowCount": len(self.rows)}
        return {
            "manifestVersion": "2024-04-01",
            "blobCount": 1,
            **counts,
            "exportConfig": {
                "exportName": self.export,
                "resourceId": f"/subscriptions/{subscription}/providers/Microsoft.CostManagement/exports/{self.export}",
                "dataVersion": VERSION,
                "apiVersion": "2024-08-01",
                "type": self.dataset,
                "timeFrame": "MonthToDate",
                "granularity": "Daily",
            },
            "deliveryConfig": {
                "partitionData": True,
                "dataOverwriteBehavior": "OverwritePreviousReport",
                "fileFormat": "Csv",
                "compressionMode": "Gzip",
            },
            "runInfo": {
                "executionType": "OnDemand",
                "submittedTime": self.at.isoformat(),
                "runId": run,
                "startDate": f"{self.month}T00:00:00",
                "endDate": f"{self.last}T00:00:00",
            },
            "blobs": [{"blobName": f"{self.export}/{self.folder}/{run}/{_PART}", **counts}],
        }


def _write(delivery: _Delivery, directory: Path) -> Path:
    """Whole under another name first, then in the place of the earlier ones."""
    folder = directory / delivery.export / delivery.folder
    content = delivery.content()
    run = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{delivery.export}/{hashlib.sha256(content).hexdigest()}"))
    draft, place = folder / f".{run}.{os.getpid()}", folder / run
    draft.mkdir(mode=0o700, parents=True)
    (draft / _PART).write_bytes(content)
    manifest = json.dumps(delivery.manifest(run, len(content)), indent=2)
    (draft / "manifest.json").write_text(manifest + "\n", encoding="utf-8")
    if place.exists():
        shutil.rmtree(place)
    draft.rename(place)
    for earlier in folder.iterdir():
        if earlier.name != place.name:
            shutil.rmtree(earlier)
    return place / "manifest.json"

"""Ten million charges from an export file to a full report, beside a plain pandas script on the same file.

.venv/bin/python benchmarks/ledger.py [ROWS]

Ours hashes and checks the file, writes the ledger, takes the report (allocation, reconciliation, forecast, variance,
anomalies, advice) of eleven deployments from it and writes it as CSV, XLSX, HTML and JSON. The script does what one
writes in an afternoon: reads the columns that it needs as floats and groups them. Each runs in a process of its own;
ours runs again on Parquet, which pandas alone cannot read.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger_rows import DEPLOYMENTS, write_export, write_parquet

ROOT = Path(__file__).resolve().parents[1]
ROWS = 10_000_000
SEED = 20261130
SECONDS, MEGABYTES = 60, 2048
NEEDED = (
    "BilledCost", "EffectiveCost", "ListCost", "BillingCurrency", "ChargePeriodStart", "SubAccountId", "ServiceName",
    "x_ResourceGroupName", "ResourceId", "SkuMeter", "Tags",
)  # fmt: skip


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else ROWS
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}, {rows:,} rows")
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as directory:
        folder = Path(directory)
        export, parquet = folder / "november.csv", folder / "november.parquet"
        write_export(export, rows, SEED)
        write_parquet(export, parquet)
        print(f"{'':24}{'seconds':>9}{'of them import':>16}{'CPU':>9}{'peak MB':>9}{'MB of file':>12}")
        ours = _measured("ours, CSV", "ours", export, folder / "csv")
        plain = _measured("pandas, CSV", "plain", export, folder / "plain")
        fast = _measured("ours, Parquet", "ours", parquet, folder / "parquet")
    print(f"pandas / ours on the same CSV file: time {plain['seconds'] / ours['seconds']:.2f}, ", end="")
    print(f"memory {plain['peak'] / ours['peak']:.2f}")
    for name, found in (("CSV", ours), ("Parquet", fast)):
        holds = found["seconds"] < SECONDS and found["peak"] < MEGABYTES
        print(f"{name}: under {SECONDS} s and {MEGABYTES} MB: {'holds' if holds else 'DOES NOT HOLD'}")
    print(f"billed: ours {ours['billed']}, from Parquet {fast['billed']}, pandas {plain['billed']}")


def ours(export: Path, directory: Path) -> dict[str, object]:
    """Import, report and pages."""
    from finance.actuals import import_exports  # noqa: PLC0415 - the plain script is measured without it
    from finance.following import Followed, Inputs, assemble  # noqa: PLC0415
    from finance.ledger import Ledger  # noqa: PLC0415
    from finance.money import Money  # noqa: PLC0415
    from finance.reports.files import write_files  # noqa: PLC0415

    began = time.perf_counter()
    import_exports(directory, [export], lambda _: None, today=date(2026, 11, 30))
    imported = time.perf_counter() - began
    inputs = Inputs(
        currency="USD",
        now=datetime(2026, 12, 1, tzinfo=UTC),
        followed=tuple(Followed(name=name, groups=(f"rg-cf-{name}", f"rg-cf-{name}-apps")) for name in DEPLOYMENTS),
        budgets={name: Money(Decimal(5_000_000), "USD") for name in (*DEPLOYMENTS, "company")},
    )
    with Ledger.open(directory) as ledger:
        report = assemble(ledger, date(2026, 11, 1), inputs)
        ((billed,),) = ledger.connection.execute("SELECT sum(BilledCost) FROM costs").fetchall()
    write_files(report, ("csv", "xlsx", "html", "json"), directory / "report", lambda _: None)
    return {"import": imported, "billed": str(billed)}


def plain(export: Path, directory: Path) -> dict[str, object]:
    """What one writes in an afternoon."""
    pandas: Any = importlib.import_module("pandas")  # not at the top: ours is measured without it
    directory.mkdir()
    began = time.perf_counter()
    costs = pandas.read_csv(export, usecols=list(NEEDED), parse_dates=["ChargePeriodStart"])
    imported = time.perf_counter() - began
    costs["Deployment"] = costs["Tags"].map(_deployment, na_action="ignore")
    amounts = ["BilledCost", "EffectiveCost", "ListCost"]
    tables = {
        "groups": costs.groupby(["BillingCurrency", "x_ResourceGroupName"])[amounts].sum(),
        "tags": costs.groupby("Deployment", dropna=False)[amounts].sum(),
        "services": costs.groupby(["x_ResourceGroupName", "ServiceName"])[amounts].sum(),
        "subscriptions": costs.groupby("SubAccountId")[amounts].sum(),
        "days": costs.groupby(["x_ResourceGroupName", "ChargePeriodStart"])[amounts].sum(),
        "resources": costs.groupby(["x_ResourceGroupName", "ResourceId", "SkuMeter"])[amounts].sum(),
    }
    for name, table in tables.items():
        table.to_csv(directory / f"{name}.csv")
    return {"import": imported, "billed": repr(float(costs["BilledCost"].sum()))}


def _deployment(tags: str) -> str | None:
    return json.loads(tags).get("Deployment")


def _measured(label: str, script: str, export: Path, directory: Path) -> dict[str, float]:
    """One run in a new interpreter: wall and CPU seconds with all imports, and the peak of its memory."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--run", script, str(export), str(directory)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{label} failed: {done.stderr[-2000:]}")
    found = {**json.loads(done.stdout), "seconds": seconds}
    size = export.stat().st_size / 1e6
    print(f"{label:24}{seconds:>9.1f}{found['import']:>16.1f}{found['cpu']:>9.1f}{found['peak']:>9.0f}{size:>12.0f}")
    return found


def _run(script: str, export: Path, directory: Path) -> None:
    found = {"ours": ours, "plain": plain}[script](export, directory)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**found, "cpu": used.ru_utime + used.ru_stime, "peak": _peak()}))


def _peak() -> float:
    """The most memory that this process has held, in MB. Not ru_maxrss: that begins with the parent's."""
    (line,) = (it for it in Path("/proc/self/status").read_text().splitlines() if it.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        _run(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()

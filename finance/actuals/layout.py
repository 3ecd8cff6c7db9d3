"""Finds the exports under the paths that a user gives, and which files each of them has.

Azure lays a run of an export out as `{directory}/{export name}/{first day}-{last day}/[{time}/]{run id}/`: the parts,
and a manifest.json that says what was exported, for which days, and every part with its size.
https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-improved-exports has the layout,
https://learn.microsoft.com/cloud-computing/finops/toolkit/hubs/data-processing a manifest. An export is delivered every
day, the whole month anew: of several runs for one month the last one counts. Files without a manifest, as they are
downloaded by hand, are taken as one export a folder.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from cidr import Fault, FaultsError
from finance.ledger.index import Dataset

MANIFEST: Final = "manifest.json"
ENDINGS: Final = (".csv", ".csv.gz", ".parquet")
_DATASETS: Final[tuple[Dataset, ...]] = ("FocusCost", "ActualCost", "AmortizedCost", "Query")
"""Query is ours: what Azure's interface told, written as an export."""


@dataclass(frozen=True, slots=True)
class Export:
    """One delivery to be read. where: manifest, folder or file. period: `2026-11`, '' where only the rows tell; days:
    first and last, as the manifest says them.

    dataset: None where only the rows tell. sizes: bytes of the parts that a manifest says; rows: of all parts together.
    """

    where: Path
    source: str
    parts: tuple[Path, ...]
    scope: str = ""
    period: str = ""
    days: str = ""
    dataset: Dataset | None = None
    sizes: dict[Path, int] = field(default_factory=dict[Path, int])
    rows: int | None = None
    submitted: str = ""


class _Read(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class _Config(_Read):
    export_name: Annotated[str, Field(min_length=1)]
    type: str
    resource_id: str = ""


class _Run(_Read):
    start_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}")]
    end_date: str = ""
    submitted_time: str = ""


class _Blob(_Read):
    blob_name: Annotated[str, Field(min_length=1)]
    byte_count: int | None = None


class _Manifest(_Read):
    export_config: _Config
    run_info: _Run
    blobs: tuple[_Blob, ...] = ()
    data_row_count: int | None = None


def find_exports(paths: Sequence[Path]) -> tuple[tuple[Export, ...], tuple[Fault, ...]]:
    """The exports under these files and folders, and what was found there and is not read.

    Raises FaultsError for a path that is not there or holds no export, a manifest that cannot be read, and a part that
    a manifest names and that is missing.
    """
    faults = [fault for path in paths for fault in _unusable(path)]
    if faults:
        raise FaultsError(faults)
    files = sorted({file.resolve() for path in paths for file in _files(path)})
    manifests = {file.parent: _read(file) for file in files if file.name == MANIFEST}
    notices: list[Fault] = []
    exports: list[Export] = []
    for folder, manifest in manifests.items():
        if manifest.export_config.type not in _DATASETS:
            notices.append(_other_dataset(folder / MANIFEST, manifest.export_config.type))
            continue
        exports.append(_of_manifest(folder, manifest))
    listed = {part for export in exports for part in export.parts}
    loose: dict[tuple[Path, Dataset | None], list[Path]] = defaultdict(list)
    for file in files:
        if file.name == MANIFEST or file in listed:
            continue
        if file.parent in manifests:
            if manifests[file.parent].export_config.type in _DATASETS:
                notices.append(_unlisted(file))
        else:
            loose[file.parent, _hinted(file.name)].append(file)
    last, superseded = _last_runs(exports)
    singles = {path.resolve() for path in paths if path.is_file()}
    return (*last, *_of_folders(loose, singles)), (*notices, *superseded)


def stem_of(path: Path) -> str:
    """A file's name without what it ends in."""
    ending = next((it for it in ENDINGS if path.name.lower().endswith(it)), path.suffix)
    return path.name[: -len(ending)] if ending else path.name


def _unusable(path: Path) -> Iterator[Fault]:
    allowed = f"a folder of exports, or files ending in {', '.join(ENDINGS)}"
    if not path.exists():
        yield Fault(
            where=str(path), what="there is no such file", allowed=allowed, next_step="./cfctl cost import PATH"
        )
    elif not any(_files(path)):
        what = f"no export in {path.name}" if path.is_dir() else f"{path.name} is no export"
        yield Fault(where=str(path), what=what, allowed=allowed, next_step="./cfctl cost import PATH")


def _files(path: Path) -> Iterator[Path]:
    """The files of exports at or under a path; of a part given by itself its manifest is not one."""
    found = (it for it in path.rglob("*") if it.is_file()) if path.is_dir() else iter((path,))
    return (it for it in found if it.name == MANIFEST or it.name.lower().endswith(ENDINGS))


def _read(path: Path) -> _Manifest:
    try:
        return _Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise FaultsError(_not_azures(path, detail) for detail in error.errors()) from None


def _of_manifest(folder: Path, manifest: _Manifest) -> Export:
    # The name is a path in Azure's container, of which this folder may be any part: the last piece is beside it.
    parts = {folder / blob.blob_name.rsplit("/", 1)[-1]: blob.byte_count for blob in manifest.blobs}
    absent = [part for part in parts if not part.is_file()]
    if absent:
        raise FaultsError(_absent(folder / MANIFEST, part) for part in absent)
    config, first, last = manifest.export_config, manifest.run_info.start_date[:10], manifest.run_info.end_date[:10]
    return Export(
        where=folder / MANIFEST,
        source=config.export_name,
        parts=tuple(parts),
        scope=config.resource_id.split("/providers/Microsoft.CostManagement/")[0].lower(),
        period=first[:7] if last[:7] in {first[:7], ""} else "",  # history comes in runs of up to three months
        days=f"{first} to {last}",
        dataset=next(it for it in _DATASETS if it == config.type),
        sizes={part: size for part, size in parts.items() if size is not None},
        rows=manifest.data_row_count,
        submitted=manifest.run_info.submitted_time,
    )


def _last_runs(exports: Sequence[Export]) -> tuple[list[Export], list[Fault]]:
    """Of the runs of one export for one month the last one, and a word on each other."""
    runs: dict[tuple[object, ...], list[Export]] = defaultdict(list)
    for it in exports:
        runs[it.source, it.scope, it.dataset, it.period or it.days].append(it)
    last: list[Export] = []
    notices: list[Fault] = []
    for found in runs.values():
        *older, newest = sorted(found, key=lambda it: (it.submitted, str(it.where)))
        last.append(newest)
        notices.extend(
            Fault(
                where=str(it.where),
                what=f"a run of {it.source} for {it.period or it.days} that a later one replaces ({newest.where})",
                allowed="the last run of a month",
                next_step="nothing",
            )
            for it in older
        )
    return last, notices


def _of_folders(loose: dict[tuple[Path, Dataset | None], list[Path]], singles: set[Path]) -> Iterator[Export]:
    """Files without a manifest: those of a folder are one export; one that was given by itself is one."""
    for (folder, dataset), files in loose.items():
        export = Export(where=folder, source=folder.name, parts=(), dataset=dataset)
        for file in files:
            if file in singles:
                yield replace(export, where=file, source=stem_of(file), parts=(file,))
        rest = tuple(file for file in files if file not in singles)
        if rest:
            yield replace(export, parts=rest)


def _hinted(name: str) -> Dataset | None:
    """Azure's portal writes the kind into the names of the files that one downloads."""
    low = name.lower()
    return "AmortizedCost" if "amortized" in low else "ActualCost" if "actual" in low else None


def _other_dataset(where: Path, kind: str) -> Fault:
    allowed = f"charges: {', '.join(_DATASETS)}"
    return Fault(where=str(where), what=f"an export of {kind} is not read", allowed=allowed, next_step="nothing")


def _unlisted(file: Path) -> Fault:
    what = "is not named by the manifest beside it, and is not read"
    return Fault(where=str(file), what=what, allowed="the parts of the run", next_step="nothing")


def _not_azures(path: Path, detail: ErrorDetails) -> Fault:
    place = ".".join(map(str, detail["loc"]))
    return Fault(
        where=f"{path} {place}".strip(),
        what=f"is no manifest of an export: {detail['msg'][:1].lower()}{detail['msg'][1:]}",
        allowed="as Azure writes it: exportConfig (exportName, type), runInfo (startDate), blobs (blobName)",
        next_step=f"download it again, or remove it to read the files of {path.parent} without it",
    )


def _absent(manifest: Path, part: Path) -> Fault:
    what = f"names the part {part.name}, which is not there"
    return Fault(
        where=str(manifest),
        what=what,
        allowed="every part of the run beside its manifest",
        next_step=f"download {part.name} into {manifest.parent}, then ./cfctl cost import {manifest.parent}",
    )

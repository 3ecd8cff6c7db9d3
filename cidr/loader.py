"""Reads the map: YAML, shape, rules. Every fault of shape and rules is told at once, each with its line."""

from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from cidr.check_blocks import check_blocks
from cidr.check_slots import check_slots
from cidr.draft import Findings, draft_of
from cidr.faults import Fault, FaultsError
from cidr.plan import AllocationMap
from cidr.schema import MapFile
from cidr.validation import told
from cidr.yaml_source import Source, read_yaml

MAP_FILE = Path(__file__).with_name("allocations.yaml")


def load_map(path: Path | None = None) -> AllocationMap:
    """The map at `path`, or the platform's own (cidr/allocations.yaml).

    Raises FaultsError with every fault of the file. A file that did not change since is not read again.
    """
    file = path or MAP_FILE
    try:
        state = file.stat()
    except OSError:
        return map_of(read_yaml(file))  # which tells why it cannot be read
    return _load(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _load(path: Path, *_state: int) -> AllocationMap:
    return map_of(read_yaml(path))


def map_of(source: Source) -> AllocationMap:
    """The map of a file already parsed; raises FaultsError with every fault."""
    file: MapFile | None = None
    faults: list[Fault] = []
    try:
        file = MapFile.model_validate(source.data)
    except ValidationError as error:
        faults += told(error, MapFile, source.where)
    findings = Findings(source.where, faults)
    draft = draft_of(source, whole=file is not None)
    check_slots(draft, findings)
    check_blocks(draft, findings)
    if file is None or faults:
        raise FaultsError(faults)
    return AllocationMap(file)

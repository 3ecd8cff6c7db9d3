"""`cfctl docs`: the pages of docs/generated, written anew from the data that they show."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cidr import Fault, load_map
from cli import documents, failures
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.generated.addresses import addresses
from cli.generated.names import names
from cli.screen import Screen
from tenancy.revisions import page as databases

FOLDER: Final = Path("docs/generated")
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "addresses.md": lambda: addresses(load_map()),
    "databases.md": databases.text,
    "names.md": names,
}
"""File -> its text."""


def write(screen: Screen, project: Path, *, check: bool) -> ExitCode:
    """Write the pages that are not as the data says; with `check` only say which. The document adds `pages`.

    pages: [{file, status}], status "same", "written", or "stale" with `check`, which then ends with status 1.
    """
    rows: list[dict[str, str]] = []
    for name, text in ((name, make()) for name, make in PAGES.items()):
        file = project / FOLDER / name
        same = file.is_file() and file.read_text(encoding="utf-8") == text
        if not same and not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        rows.append({"file": str(FOLDER / name), "status": "same" if same else "stale" if check else "written"})
        screen.result(f"{rows[-1]['status']:>8}  {rows[-1]['file']}")
    faults = [_stale(row["file"]) for row in rows if row["status"] == "stale"]
    code = ExitCode.FAILED if faults else ExitCode.OK
    if faults:
        failures.show(screen, Failure(code, tuple(faults)))
    screen.document(documents.document("docs", code, faults, pages=rows))
    return code


def _stale(file: str) -> Fault:
    return Fault(
        where=file,
        what="it is not what the data says now",
        allowed="the page as `./cfctl docs` writes it",
        next_step="./cfctl docs",
    )

"""Where a home keeps what its runs leave behind: journals to go on by, receipts to show, notes of ends that moved."""

from lifecycle.ends.notes import Notes
from lifecycle.journal import Journals
from lifecycle.receipts import Receipts
from sandbox.home import SandboxHome


def journals_of(home: SandboxHome) -> Journals:
    """Where the journals of a home lie."""
    return Journals(home.root / "runs")


def receipts_of(home: SandboxHome) -> Receipts:
    """Where the receipts of a home lie."""
    return Receipts(home.root / "receipts")


def notes_of(home: SandboxHome) -> Notes:
    """Where a home notes what was done about deployments' ends."""
    return Notes(home.root / "expiry")

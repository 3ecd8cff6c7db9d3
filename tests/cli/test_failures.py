"""Every failure says what, where and what to type; only a fault of ours leaves a traceback, and that in a file."""

import io
import stat
from pathlib import Path

import pytest
from rich.console import Console

from cidr import Fault, FaultsError
from cli import failures
from cli.exit_codes import ExitCode
from cli.failures import RefusedError, failure_of
from cli.screen import Screen
from sandbox.engine.storage.state_errors import (
    DamagedStateError,
    DiskFullError,
    ImportRefusedError,
    SecretsError,
    StackLockedError,
    StackNotFoundError,
)

FAULT = Fault(where="a.yaml:3 budget", what="budget is missing", allowed="a budget", next_step="add it")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FaultsError([FAULT]), ExitCode.BAD_INPUT),
        (RefusedError(FAULT), ExitCode.REFUSED),
        (StackLockedError("locked"), ExitCode.LOCKED),
        (DamagedStateError("damaged"), ExitCode.STATE),
        (DiskFullError("full"), ExitCode.STATE),
        (SecretsError("wrong passphrase"), ExitCode.STATE),
        (StackNotFoundError("none"), ExitCode.BAD_INPUT),
        (ImportRefusedError("no"), ExitCode.BAD_INPUT),
        (KeyboardInterrupt(), ExitCode.CANCELED),
        (ZeroDivisionError("oops"), ExitCode.INTERNAL),
    ],
)
def test_each_kind_of_failure_has_its_status(error: BaseException, code: ExitCode, tmp_path: Path) -> None:
    """Scripts rely on them."""
    assert failure_of(error, tmp_path).code == code


def test_every_fault_is_shown_with_its_place_and_next_step() -> None:
    """Two faults at once are two errors on the screen."""
    text = io.StringIO()
    screen = Screen(out=Console(file=io.StringIO()), err=Console(file=text, markup=False))
    second = Fault(where="b", what="[red]odd[/red] name", allowed="", next_step="")
    failures.show(screen, failures.Failure(ExitCode.BAD_INPUT, (FAULT, second)))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    assert lines == [
        "error budget is missing",
        "  where   a.yaml:3 budget",
        "  allowed a budget",
        "  next    add it",
        "error [red]odd[/red] name",
        "  where   b",
    ]


def test_a_fault_of_ours_is_one_line_and_a_file_for_the_user_alone(tmp_path: Path) -> None:
    """A traceback on the screen helps nobody; it may hold what others should not read."""
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    failure = failure_of(caught.value, tmp_path)
    (fault,) = failure.faults
    assert "\n" not in fault.what
    path = Path(fault.where)
    assert path.parent == tmp_path
    assert "Traceback" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_traceback_goes_elsewhere_where_there_is_no_home(tmp_path: Path) -> None:
    """A fault before the home is made must still be reportable."""
    failure = failure_of(RuntimeError("x"), tmp_path / "not" / "there")
    path = Path(failure.faults[0].where)
    assert path.is_file()
    path.unlink()

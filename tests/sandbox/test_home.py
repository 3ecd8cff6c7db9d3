"""A sandbox home keeps everything in one directory, for its user alone, and never loses the passphrase of its state."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cidr import FaultsError
from sandbox.home import SandboxHome

PROJECT = Path(__file__).resolve().parents[2]


def test_the_option_comes_before_the_variable_and_the_variable_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several homes stand side by side: the nearest word decides which."""
    monkeypatch.setenv("CFCTL_HOME", str(tmp_path / "variable"))
    assert SandboxHome.locate(tmp_path / "option", tmp_path).root == tmp_path / "option"
    assert SandboxHome.locate(None, tmp_path).root == tmp_path / "variable"
    monkeypatch.delenv("CFCTL_HOME")
    assert SandboxHome.locate(None, tmp_path).root == tmp_path / ".sandbox"


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children run in other directories: a relative path would name another home there."""
    monkeypatch.chdir(tmp_path)
    assert SandboxHome.locate(Path("here"), PROJECT).root == tmp_path / "here"


def test_a_prepared_home_is_closed_to_others_and_ignored_by_git(tmp_path: Path) -> None:
    """The state holds secrets, though encrypted; a home inside a repository must not be committed by accident."""
    home = SandboxHome(tmp_path / "home").prepare()
    for directory in (home.root, home.state, home.postgres, home.logs):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert (home.root / ".gitignore").read_text() == "*\n"


def test_the_passphrase_is_random_lasting_and_readable_by_its_user_alone(tmp_path: Path) -> None:
    """Each home has its own; a second run must be able to read what the first wrote."""
    first, second = (SandboxHome(tmp_path / name).prepare() for name in ("one", "two"))
    assert first.passphrase() == first.passphrase() != second.passphrase()
    assert len(first.passphrase()) >= 32
    assert stat.S_IMODE(first.passphrase_file.stat().st_mode) == 0o600


def _passphrase_of(home: SandboxHome) -> str:
    return home.passphrase()


def test_first_runs_at_the_same_time_agree_on_one_passphrase(tmp_path: Path) -> None:
    """Otherwise the state of one of them could never be read again."""
    home = SandboxHome(tmp_path).prepare()
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(_passphrase_of, [home] * 64))) == 1
    assert not list(home.root.glob(".passphrase.*"))


def test_a_lost_passphrase_is_not_replaced_while_there_is_state(tmp_path: Path) -> None:
    """A new one would make every secret of the state unreadable, and hide why."""
    home = SandboxHome(tmp_path).prepare()
    home.passphrase()
    home.passphrase_file.unlink()
    (home.stack_files / "complianceflow").mkdir(parents=True)
    (home.stack_files / "complianceflow" / "global-dev.json").write_text("{}")
    with pytest.raises(FaultsError) as caught:
        home.passphrase()
    (fault,) = caught.value.faults
    assert fault.where == str(home.passphrase_file)
    assert "put it back" in fault.next_step
    assert not home.passphrase_file.exists()


def test_an_empty_passphrase_file_is_refused(tmp_path: Path) -> None:
    """An empty passphrase would encrypt for everybody."""
    home = SandboxHome(tmp_path).prepare()
    home.passphrase_file.write_text("\n")
    with pytest.raises(FaultsError, match="is empty"):
        home.passphrase()


def test_a_home_that_cannot_be_written_says_how_to_name_another(tmp_path: Path) -> None:
    """A file stands where the directory should be: the same for every user, root too."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FaultsError) as caught:
        SandboxHome(tmp_path / "file" / "home").prepare()
    assert "--home DIR" in caught.value.faults[0].next_step


def test_paths_and_state_import_no_pulumi() -> None:
    """`list` and `outputs` stand on these modules and must not pay for the SDK."""
    code = (
        "import sys, sandbox.home, sandbox.inventory, sandbox.keeping;"
        "sys.exit(any(name == 'pulumi' or name.startswith('pulumi.') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0

"""`check` runs every tool and fails when one does; `test` passes pytest's verdict on. Each is fed a bad sample."""

import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cli import toolbox
from cli.exit_codes import ExitCode
from cli.screen import Screen
from cli.toolbox import Tool


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def screen(out: io.StringIO, *, as_json: bool = False) -> Screen:
    return Screen(
        out=Console(file=out, width=200, markup=False), err=Console(file=io.StringIO(), markup=False), as_json=as_json
    )


def python(name: str, code: str) -> Tool:
    return Tool(name, (Path(sys.executable).name, "-c", code), f"mend {name}")


def test_all_checks_run_and_one_failure_fails_the_whole(out: io.StringIO, tmp_path: Path) -> None:
    """Whoever mends one wants to know of the others too."""
    tools = [python("one", "print('seen'); raise SystemExit(3)"), python("two", "pass")]
    assert toolbox.check(screen(out), tmp_path, tools) == ExitCode.FAILED
    shown = out.getvalue()
    assert "FAIL one" in shown
    assert "seen" in shown
    assert "next: mend one" in shown
    assert "ok   two" in shown
    assert toolbox.check(screen(out), tmp_path, tools[1:]) == ExitCode.OK


def test_a_tool_that_is_not_installed_fails(out: io.StringIO, tmp_path: Path) -> None:
    """A check that could not run has not passed."""
    assert toolbox.check(screen(out), tmp_path, [Tool("gone", ("no-such-tool",), "")]) == ExitCode.FAILED


def test_the_document_has_each_check_with_its_output(out: io.StringIO, tmp_path: Path) -> None:
    """One JSON document and nothing else on standard output."""
    toolbox.check(screen(out, as_json=True), tmp_path, [python("one", "print('why'); raise SystemExit(1)")])
    document = json.loads(out.getvalue())
    assert document["exit_code"] == 1
    assert [(check["name"], check["ok"], check["output"]) for check in document["checks"]] == [("one", False, "why\n")]


@pytest.mark.parametrize(
    ("tool", "bad"),
    [
        ("format", "x = 'a'\n"),
        ("lint", "import os\n"),
    ],
)
def test_the_real_tools_see_a_bad_file(out: io.StringIO, tmp_path: Path, tool: str, bad: str) -> None:
    """The table names commands that really fail on what they are for."""
    (tmp_path / "bad.py").write_text(bad)
    (chosen,) = [check for check in toolbox.CHECKS if check.name == tool]
    assert toolbox.check(screen(out), tmp_path, [chosen]) == ExitCode.FAILED


def test_the_type_checker_sees_a_bad_file(out: io.StringIO, tmp_path: Path) -> None:
    """It runs with the Python of cfctl, not with one it finds."""
    (tmp_path / "bad.py").write_text("x: int = 'a'\n")
    (types,) = [check for check in toolbox.CHECKS if check.name == "types"]
    assert toolbox.check(screen(out), tmp_path, [types]) == ExitCode.FAILED
    assert "bad.py:1" in out.getvalue()


def test_the_import_contracts_see_a_forbidden_import(out: io.StringIO, tmp_path: Path) -> None:
    """A contract in the form of the project's own, broken on purpose."""
    for room in ("upper", "lower"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("import upper\n" if room == "lower" else "")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["upper", "lower"]\n[[tool.importlinter.contracts]]\nname = "down only"\n'
        'type = "forbidden"\nsource_modules = ["lower"]\nforbidden_modules = ["upper"]\n'
    )
    (imports,) = [check for check in toolbox.CHECKS if check.name == "imports"]
    assert toolbox.check(screen(out), tmp_path, [imports]) == ExitCode.FAILED
    assert "lower" in out.getvalue()


@pytest.mark.parametrize(
    ("body", "code", "failures"),
    [("assert True", ExitCode.OK, 0), ("assert False", ExitCode.FAILED, 1)],
)
def test_pytests_verdict_is_passed_on_with_its_numbers(
    out: io.StringIO, tmp_path: Path, body: str, code: ExitCode, failures: int
) -> None:
    """A child pytest, with its own file."""
    (tmp_path / "test_it.py").write_text(f"def test_it():\n    {body}\n")
    assert toolbox.test(_json_with_real_streams(out), tmp_path, ["-q", "-p", "no:cacheprovider", "test_it.py"]) == code
    document = json.loads(out.getvalue())
    assert document["totals"]["tests"] == 1
    assert document["totals"]["failures"] == failures


def test_pytest_refusing_its_arguments_is_bad_input(out: io.StringIO, tmp_path: Path) -> None:
    """An option that pytest does not know is the caller's mistake."""
    assert toolbox.test(_json_with_real_streams(out), tmp_path, ["--no-such-option"]) == ExitCode.BAD_INPUT


def _json_with_real_streams(out: io.StringIO) -> Screen:
    """Pytest is a process of its own: it needs a stream with a file descriptor."""
    return Screen(out=Console(file=out, markup=False), err=Console(file=sys.__stderr__, markup=False), as_json=True)

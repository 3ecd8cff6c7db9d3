"""The waiting program imports what the program's rooms name, and nothing that is not a part of the SDK."""

from pathlib import Path

from sandbox.preload import sdk_modules

PROJECT = Path(__file__).resolve().parents[2]


def test_every_sdk_module_of_the_program_is_found() -> None:
    """The real rooms: network is the largest part of the SDK and the first to be missed."""
    found = sdk_modules(PROJECT)
    assert {"pulumi_azure_native.network", "pulumi_azure_native.resources", "pulumi_azure_native.app"} <= set(found)
    assert list(found) == sorted(set(found))


def test_only_imports_at_the_start_of_a_line_count(tmp_path: Path) -> None:
    """A docstring that speaks of an import, or one inside a function, imports nothing at the start."""
    room = tmp_path / "components"
    room.mkdir()
    (room / "a.py").write_text(
        '"""Uses from pulumi_azure_native import keyvault."""\nfrom pulumi_azure_native import app, network as net\n'
        "def f():\n    from pulumi_azure_native import monitor\nimport pulumi_azure_native as azure_native\n"
    )
    assert sdk_modules(tmp_path) == ("pulumi_azure_native.app", "pulumi_azure_native.network")


def test_a_project_without_rooms_preloads_nothing(tmp_path: Path) -> None:
    """A program of another shape starts as it always did."""
    assert sdk_modules(tmp_path) == ()

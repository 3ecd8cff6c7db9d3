"""Each of the doctor's checks is fed a bad machine and seen to find it; a good one is all ok."""

import json
import os
import socket
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from cli import doctor_checks as checks
from cli import doctor_state as state
from cli.doctor import CHECKS
from cli.doctor_checks import Check, Machine
from cli.options import PROJECT
from sandbox.azure.postgres.records import Records, Server
from sandbox.home import SandboxHome
from sandbox.inventory import layout_of


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(PROJECT, SandboxHome(tmp_path / "home").prepare())


def only(found: list[Check], status: str) -> Check:
    (check,) = found
    assert check.status == status, check
    assert check.next_step or status == "ok", "what is not ok says what to type"
    return check


def test_every_check_speaks_on_a_good_machine(machine: Machine) -> None:
    """A check that says nothing would look like one that was forgotten."""
    for check in CHECKS:
        assert list(check(machine)), check


def test_an_old_python_fails(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code uses what 3.11 brought."""
    monkeypatch.setattr(checks, "LOWEST_PYTHON", (9, 9))
    only(list(checks.python(machine)), "fail")


def test_packages_are_held_against_the_lock(tmp_path: Path, machine: Machine) -> None:
    """Missing fails, another version warns, a marker that does not hold here is passed over."""
    (tmp_path / "requirements.txt").write_text(
        "rich==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 \\\n    --hash=sha256:00\n"
        'only-on-windows==1.0 ; sys_platform == "win32" \\\n    --hash=sha256:00\n'
    )
    missing, other = checks.packages(Machine(tmp_path, machine.home))
    assert (missing.status, other.status) == ("fail", "warn")
    assert "no-such-package" in missing.detail
    assert "only-on-windows" not in missing.detail
    assert "rich" in other.detail


def test_no_lock_file_fails(tmp_path: Path, machine: Machine) -> None:
    """Then nothing is pinned."""
    only(list(checks.packages(Machine(tmp_path, machine.home))), "fail")


def test_an_sdk_that_the_patches_do_not_know_warns(tmp_path: Path, machine: Machine) -> None:
    """Everything still works, slowly: worth knowing."""
    (tmp_path / "deployments").mkdir()
    patches = tmp_path / "deployments" / "sdk_patches.py"
    patches.write_text('KNOWN_VERSIONS = frozenset({"0.0.1"})\n')
    assert "slow" in only(list(checks.sdk(Machine(tmp_path, machine.home))), "warn").detail
    patches.write_text("VERSIONS = 3\n")
    only(list(checks.sdk(Machine(tmp_path, machine.home))), "fail")


def test_the_known_sdk_is_read_from_the_real_patches(machine: Machine) -> None:
    """The constant is where the doctor looks for it."""
    only(list(checks.sdk(machine)), "ok")


def test_a_missing_postgresql_wheel_fails(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it no server resource can be made."""
    monkeypatch.setattr("importlib.util.find_spec", Mock(return_value=None))
    only(list(checks.postgres_wheel(machine)), "fail")


def test_a_postgresql_that_does_not_run_fails(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A wheel for another machine installs and does not run."""
    binary = tmp_path / "pginstall" / "bin" / "postgres"
    binary.parent.mkdir(parents=True)
    binary.write_text("#!/bin/sh\nexit 1\n")
    binary.chmod(0o700)
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", Mock(return_value=spec))
    only(list(checks.postgres_wheel(machine)), "fail")


def test_a_loopback_that_cannot_be_listened_on_fails(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some locked-down machines forbid it."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    only(list(checks.loopback(machine)), "fail")


def test_little_room_warns_and_no_room_fails(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database server needs some at once and more with time."""
    monkeypatch.setattr(checks, "LOW_DISK", 2**80)
    only(list(checks.disk(machine)), "warn")
    monkeypatch.setattr(checks, "NO_DISK", 2**80)
    only(list(checks.disk(machine)), "fail")


def test_a_passphrase_that_others_can_read_warns(machine: Machine) -> None:
    """It opens every secret of the state."""
    machine.home.passphrase()
    only(list(checks.home(machine)), "ok")
    machine.home.passphrase_file.chmod(0o644)
    assert "chmod 600" in only(list(checks.home(machine)), "warn").next_step


def test_a_home_that_cannot_be_written_fails(machine: Machine) -> None:
    """A directory stands where the probe would be written: it fails for root too."""
    (machine.home.root / ".doctor").mkdir()
    only(list(checks.home(machine)), "fail")


def test_every_fault_of_the_data_is_told(machine: Machine, tmp_path: Path) -> None:
    """As `up` would tell it, before anyone runs `up`."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.global-dev.yaml").write_text("config:\n  complianceflow:settings:\n    ownr: x\n")
    found = list(checks.data(Machine(tmp_path, machine.home)))
    assert len(found) > 2
    assert {check.status for check in found} == {"fail"}
    assert any("ownr" in check.detail for check in found)
    assert any("budget" in check.detail for check in found)


def test_a_pulumi_cli_that_does_not_run_warns(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is only needed for --engine cli, so it is no failure; without one all is well."""
    monkeypatch.setenv("PATH", str(tmp_path))
    only(list(checks.pulumi_cli(machine)), "ok")
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "pulumi").chmod(0o700)
    only(list(checks.pulumi_cli(machine)), "warn")


def _write_state(machine: Machine, text: str) -> Path:
    path = layout_of(machine.home).state("global-dev")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_damaged_state_fails_and_names_the_file(machine: Machine) -> None:
    """The next run would be refused."""
    path = _write_state(machine, "{ torn")
    assert str(path) in only(list(state.stacks(machine)), "fail").detail


def test_a_run_that_did_not_end_warns(machine: Machine) -> None:
    """A journal or pending operations: the next `up` finishes them."""
    _write_state(machine, '{"checkpoint": {"latest": {}}}')
    only(list(state.stacks(machine)), "ok")
    layout_of(machine.home).journal("global-dev").write_bytes(b"")
    assert "./cfctl up global-dev" in only(list(state.stacks(machine)), "warn").next_step


def test_locks_tell_the_living_from_the_dead(machine: Machine) -> None:
    """A dead holder is taken over by the next run, a foreign one only a person can judge."""
    directory = layout_of(machine.home).locks("global-dev")
    directory.mkdir(parents=True)
    holder = {"pid": os.getpid(), "username": "u", "hostname": socket.gethostname(), "command": "up"}
    (directory / "x.json").write_text(json.dumps(holder))
    only(list(state.locks(machine)), "ok")
    (directory / "x.json").write_text(json.dumps({**holder, "pid": 2**22 + 1}))
    assert "dead" in only(list(state.locks(machine)), "warn").detail
    (directory / "x.json").write_text(json.dumps({**holder, "hostname": "elsewhere"}))
    assert "rm '" in only(list(state.locks(machine)), "warn").next_step


def test_a_server_that_should_run_and_does_not_warns(machine: Machine) -> None:
    """After a reboot nothing listens on its port."""
    records = Records(machine.home.postgres)
    port = records.free_port("/x")
    server = Server(server_id="/x", name="psql-x", version=18, sku_name="Standard_B1ms", port=port)
    records.directory("/x").mkdir(parents=True)
    records.put(server)
    assert "not running" in only(list(state.servers(machine)), "warn").detail
    with socket.create_server(("127.0.0.1", port)):
        assert "running" in only(list(state.servers(machine)), "ok").detail


def test_a_server_record_that_cannot_be_read_fails(machine: Machine) -> None:
    """Instead of a traceback."""
    directory = machine.home.postgres / "abc"
    directory.mkdir()
    (directory / "server.json").write_text("{")
    only(list(state.servers(machine)), "fail")

"""How a deployment stands is read from its files alone, whatever state they are in."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from sandbox.home import SandboxHome
from sandbox.inventory import layout_of, stacks_of, standing_of


@pytest.fixture
def home(tmp_path: Path) -> SandboxHome:
    return SandboxHome(tmp_path)


def write_state(home: SandboxHome, stack: str, **latest: Any) -> Path:
    path = layout_of(home).state(stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 3, "checkpoint": {"stack": stack, "latest": latest}}))
    return path


RESOURCES = [
    {"type": "pulumi:pulumi:Stack", "custom": False},
    {"type": "pulumi:providers:azure-native", "custom": True},
    {"type": "complianceflow:components:Network", "custom": False},
    {"type": "azure-native:network:VirtualNetwork", "custom": True},
    {"type": "azure-native:network:Subnet", "custom": True, "external": True},
]


def test_what_was_never_made_is_down(home: SandboxHome) -> None:
    """No home, no state directory, no file: all the same answer."""
    assert standing_of(home, "global-dev").status == "down"
    assert not standing_of(home, "global-dev").maybe_up
    assert stacks_of(home) == []


def test_only_managed_resources_count(home: SandboxHome) -> None:
    """The stack, providers, components and resources that were only read are nothing to take down."""
    write_state(home, "global-dev", resources=RESOURCES)
    standing = standing_of(home, "global-dev")
    assert (standing.status, standing.resources) == ("up", 1)


def test_a_stack_with_nothing_but_itself_is_down(home: SandboxHome) -> None:
    """After `down` the stack and its history stay."""
    write_state(home, "global-dev", resources=RESOURCES[:3])
    assert standing_of(home, "global-dev").status == "down"


def test_pending_operations_or_a_journal_say_that_a_run_did_not_end(home: SandboxHome) -> None:
    """Then there may be something in Azure that no list of resources shows."""
    write_state(home, "global-dev", resources=[], pending_operations=[{"type": "creating"}])
    assert standing_of(home, "global-dev").status == "interrupted"
    write_state(home, "westeu-dev-1", resources=[])
    layout_of(home).journal("westeu-dev-1").write_bytes(b"")
    assert standing_of(home, "westeu-dev-1").status == "interrupted"
    assert standing_of(home, "westeu-dev-1").maybe_up


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"checkpoint": 3}', '{"checkpoint": {"latest": []}}'])
def test_a_file_that_is_no_state_is_damaged_and_may_be_up(home: SandboxHome, content: str) -> None:
    """A list that fails because one state is damaged would show nothing when it is needed most."""
    path = write_state(home, "global-dev")
    path.write_text(content)
    standing = standing_of(home, "global-dev")
    if content == '{"checkpoint": {"latest": []}}':
        assert standing.status == "down"  # what the CLI writes for a new stack: no deployment yet
        return
    assert standing.status == "damaged"
    assert str(path) in standing.detail
    assert standing.maybe_up


def test_a_living_lock_says_running_and_a_dead_one_does_not(home: SandboxHome) -> None:
    """A lock left by a killed run is no run."""
    write_state(home, "global-dev", resources=RESOURCES)
    locks = layout_of(home).locks("global-dev")
    locks.mkdir(parents=True)
    holder = {"pid": os.getpid(), "username": "u", "hostname": socket.gethostname(), "command": "up"}
    (locks / "a.json").write_text(json.dumps(holder))
    running = standing_of(home, "global-dev")
    assert running.status == "running"
    assert running.holder is not None
    assert running.holder.pid == os.getpid()
    (locks / "a.json").write_text(json.dumps({**holder, "pid": 2**22 + 1}))
    assert standing_of(home, "global-dev").status == "up"

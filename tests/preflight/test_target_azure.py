"""`./cfctl up NAME --target azure`: the preflight first, then the official CLI with what a person would type."""

import json
import os
import signal
import threading
import time
from typing import Any

import pytest

from cli.main import run
from cli.options import PROJECT
from tests.preflight.conftest import Platform
from tests.preflight.fake_azure import RECORDED, recorded

BACKEND = "PULUMI_BACKEND_URL=azblob://state-dev?storage_account=stcfstate"


def words(*arguments: str) -> list[str]:
    return [BACKEND, *arguments]


def test_up_runs_the_cli_for_the_global_first_and_passes_on_what_it_says(platform: Platform) -> None:
    """The stack, the project, where the state lies: nothing of meaning is added."""
    status, out, _ = platform("up", "westeu-dev-1", "--target", "azure")
    assert status == 0
    assert platform.runs == [
        words("up", "-s", "global-dev", "--cwd", str(PROJECT)),
        words("up", "-s", "westeu-dev-1", "--cwd", str(PROJECT)),
    ]
    assert out.count("said by pulumi") == 2


def test_the_clis_exit_status_is_the_commands_and_what_follows_is_not_begun(platform: Platform) -> None:
    """A regional is not brought up on a global that failed."""
    platform.pulumi(status=7)
    status, out, err = platform("up", "westeu-dev-1", "--target", "azure", "--json")
    document = json.loads(out)
    assert status == document["exit_code"] == 7
    assert [run["deployment"] for run in document["runs"]] == ["global-dev"]
    assert "said by pulumi" in err


@pytest.mark.parametrize(
    ("typed", "verb"),
    [
        (("preview",), ["preview"]),
        (("refresh", "--yes"), ["refresh", "--yes"]),
        (("down", "--yes"), ["destroy", "--yes"]),
        (("preview", "--parallel", "4"), ["preview", "--parallel", "4"]),
        (("preview", "--target", "urn:pulumi:a::b::c::d"), ["preview", "--target", "urn:pulumi:a::b::c::d"]),
    ],
)
def test_each_command_is_the_clis_own(platform: Platform, typed: tuple[str, ...], verb: list[str]) -> None:
    """And the options that have a counterpart there."""
    status, _, err = platform(typed[0], "westeu-dev-1", "--target", "azure", *typed[1:])
    assert status == 0, err
    assert platform.runs == [words(verb[0], "-s", "westeu-dev-1", "--cwd", str(PROJECT), *verb[1:])]


def test_what_the_preflight_finds_keeps_the_cli_from_being_run(platform: Platform) -> None:
    """All findings, the refusal, and nothing begun."""
    for name in ("lock_held", "key_gone"):
        platform.azure.add(recorded(RECORDED / "wrong" / f"{name}.json")["exchanges"])
    status, out, err = platform("preview", "westeu-dev-1", "--target", "azure")
    assert status == 5
    assert "another run holds" in out
    assert "there is no key state-dev" in out
    assert "2 of the findings above stop it: `pulumi` was not run" in err
    assert platform.runs == []


def test_a_warning_and_what_could_not_be_asked_do_not_keep_it(platform: Platform) -> None:
    """They are told, and the run is the user's to decide."""
    for name in ("deleted_workspace", "rights_not_readable"):
        platform.azure.add(recorded(RECORDED / "wrong" / f"{name}.json")["exchanges"])
    status, out, _ = platform("preview", "westeu-dev-1", "--target", "azure")
    assert status == 0
    assert "not checked" in out
    assert len(platform.runs) == 1


@pytest.mark.parametrize("name", ["westeu-prod-1", "global-prod", "account"])
def test_down_of_what_lasts_is_refused_before_anything_is_asked(platform: Platform, name: str) -> None:
    """--yes does not help."""
    status, _, err = platform("down", name, "--target", "azure", "--yes")
    assert status == 5
    assert "never taken down" in err
    assert platform.azure.asked == platform.runs == []


def test_down_asks_for_confirmation_as_in_the_sandbox(platform: Platform) -> None:
    """Nobody is at the terminal of a test."""
    status, _, err = platform("down", "westeu-dev-1", "--target", "azure")
    assert status == 5
    assert "--yes" in err
    assert platform.azure.asked == platform.runs == []


def test_a_global_stays_while_a_regional_stands(platform: Platform) -> None:
    """Azure is asked for the groups of those that need it; in one command they may go together."""
    group = "/subscriptions/00000000-0000-0000-0000-0000000000d1/resourceGroups/rg-cf-{}"
    for name, status in (("westeu-dev-1", 200), ("eastus-dev-1", 404)):
        asked = {"method": "GET", "host": "management.azure.com", "path": group.format(name)}
        platform.azure.add([{"request": asked, "response": {"status": status, "body": {}}}])
    status, out, _ = platform("down", "global-dev", "--target", "azure", "--yes")
    assert status == 5
    assert "westeu-dev-1 is up and needs global-dev" in out
    assert platform.runs == []
    status, _, _ = platform("down", "global-dev", "westeu-dev-1", "--target", "azure", "--yes")
    assert status == 0
    assert [run[3] for run in platform.runs] == ["westeu-dev-1", "global-dev"]


def test_a_global_stays_where_nobody_may_tell_whether_a_regional_stands(platform: Platform) -> None:
    """Nobody takes away what others may need on a guess."""
    asked = {"method": "GET", "host": "management.azure.com", "path": "*/resourceGroups/rg-cf-*-dev-1"}
    refusal = {"error": {"code": "AuthorizationFailed", "message": "you may not read it"}}
    platform.azure.add([{"request": asked, "response": {"status": 403, "body": refusal}}])
    status, out, _ = platform("down", "global-dev", "--target", "azure", "--yes")
    assert status == 5
    assert "it has to be known, and is not" in out
    assert platform.runs == []


def test_an_interrupt_is_the_clis_and_it_is_waited_for(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends its steps before it ends: killed instead, it would leave a lock and half a resource."""
    monkeypatch.setenv("FAKE_SECONDS", "1")
    before = signal.getsignal(signal.SIGINT)

    def interrupt() -> None:
        while not platform.log.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    status, out, _ = platform("preview", "westeu-dev-1", "--target", "azure")
    thread.join()
    assert status == 0
    assert "said by pulumi" in out
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("up", "westeu-dev-1", "--target", "azure", "--target", "sandbox"), "both azure and sandbox"),
        (("up", "westeu-dev-1", "--target", "azur"), "write --target azure"),
        (("up", "westeu-dev-1", "--target", "azure", "--engine", "cli"), "--engine cli is the sandbox's"),
        (("up", "account", "westeu-dev-1", "--target", "azure"), "beside the account"),
        (("up", "westeu-dev-9", "--target", "azure"), "westeu-dev-9"),
        (("preflight",), "no deployment is named"),
        (("preflight", "westeu-dev-9"), "westeu-dev-9"),
    ],
)
def test_input_that_cannot_be_taken_is_told_before_anything_is_asked(
    platform: Platform, typed: tuple[str, ...], says: str
) -> None:
    """Status 2, no sign-in, no run."""
    status, _, err = platform(*typed)
    assert status == 2
    assert says in err
    assert platform.azure.asked == platform.runs == []


def test_without_the_option_nothing_of_azure_is_touched(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox stays the default, with or without its name, and a URN is no place."""
    seen: list[Any] = []

    def note(_: Any, __: Any, ___: Any, order: Any) -> int:
        seen.append(order.targets)
        return 0

    monkeypatch.setattr("cli.runs.run", note)
    for targets in ((), ("--target", "sandbox"), ("--target", "sandbox", "--target", "urn:pulumi:x")):
        assert run(["preview", "westeu-dev-1", *targets]) == 0
    assert seen == [(), (), ("urn:pulumi:x",)]
    assert platform.azure.asked == platform.credential.scopes == []

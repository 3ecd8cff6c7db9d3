"""`cfctl app`: an image released, one that is not fit, the way back; and after each the program changes nothing."""

import json
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import pytest

from sandbox.azure.store import Store

A, B, BAD = (f"sha256:{letter * 64}" for letter in "abf")
TOP = "global-dev"


@pytest.fixture
def up(serving: Any) -> Any:
    """The small deployment, up, with images that its Azure knows."""
    serving.home.prepare()
    with closing(Store(serving.home.azure_store)) as store:
        for service in ("user", "audit-consumer"):
            for digest in (A, B, BAD):
                store.set("image", f"complianceflow/{service}@{digest}", "")
            store.set("image-unhealthy", f"complianceflow/{service}@{BAD}", "failed")
    ended = serving("up", TOP)
    assert ended.status == 0, ended.err
    return serving


def released(cfctl: Any, service: str) -> str:
    """What the release file says."""
    text = (cfctl.project / "images" / "releases" / "dev.yaml").read_text(encoding="utf-8")
    found = re.search(rf"^{service}: (\S+)$", text, re.MULTILINE)
    assert found
    return found[1]


def told(cfctl: Any, service: str) -> dict[str, Any]:
    """What `app status` says of a service."""
    document = cfctl("app", "status", TOP, service, "--json").document
    return document["services"][0]


def unchanged(cfctl: Any) -> bool:
    """Whether the program finds nothing to change."""
    (run,) = cfctl("preview", TOP, "--json").document["runs"]
    return set(run["changes"]) == {"same"}


def test_an_image_is_released_and_one_that_is_not_fit_is_not(up: Any) -> None:
    """What is released stays, with a plain `pulumi up` too."""
    ended = up("app", "release", TOP, "user", "--image", f"complianceflow/user@{A}", "--json")
    assert ended.status == 0, ended.err
    assert ended.document["outcome"]["digest"] == released(up, "user") == A
    red = up("app", "release", TOP, "user", "--image", BAD, "--json")
    assert red.status == 1
    assert [error["where"] for error in red.document["errors"]] == ["global-dev user"] * 2
    assert "was not released" in red.document["errors"][1]["what"]
    shown = told(up, "user")
    assert shown["digest"] == shown["file"] == released(up, "user") == A
    assert not shown["held"]
    assert unchanged(up)


@pytest.mark.slow
def test_a_rollback_serves_the_image_before(up: Any) -> None:
    """In a line that a person reads; and when there is no image before, that is said."""
    for digest in (A, B):
        assert up("app", "release", TOP, "user", "--image", digest).status == 0
    assert told(up, "user")["previous"] == A
    back = up("app", "rollback", TOP, "user")
    assert back.status == 0, back.err
    assert "user of global-dev serves aaaaaaaaaaaa" in back.out
    assert told(up, "user")["digest"] == released(up, "user") == A
    assert unchanged(up)
    nowhere = up("app", "rollback", TOP, "user")
    assert nowhere.status == 1
    assert "nothing to go back to" in nowhere.err


@pytest.mark.slow
def test_a_service_that_nobody_asks_is_released_too(up: Any) -> None:
    """It has no traffic to hold: Azure ends the old one when the new one is ready, and never where it is not."""
    assert up("app", "release", TOP, "audit-consumer", "--image", A).status == 0
    assert up("app", "release", TOP, "audit-consumer", "--image", BAD).status == 1
    shown = told(up, "audit-consumer")
    assert shown["digest"] == released(up, "audit-consumer") == A
    assert [it["fitness"] for it in shown["revisions"] if it["active"]] == ["healthy"]
    assert unchanged(up)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["making a revision", "waiting for", "it gets the traffic"])
def test_killed_on_its_way_the_same_command_finishes(up: Any, moment: str) -> None:
    """And a run of the program in between, which knows nothing of releases, breaks nothing."""
    command = ("app", "release", TOP, "user", "--image", A)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", *command],
        env=up.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if moment in line:
            time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert up(*command).status == 0
    assert told(up, "user")["digest"] == released(up, "user") == A
    assert unchanged(up)


REFUSED = [
    (("release", TOP, "usr", "--image", A), 2, "write user"),
    (("release", TOP, "user", "--image", "complianceflow/user:latest"), 2, "a tag can move"),
    (("release", TOP, "user", "--image", f"complianceflow/form@{A}"), 2, "is no image of user"),
    (("release", TOP, "user"), 5, "has no image to release"),
    (("rollback", TOP, "user"), 1, "nothing to go back to"),
    (("release", "westeu-dev-1", "user", "--image", A), 5, "./cfctl up westeu-dev-1"),
    (("status", "nowhere"), 2, "nowhere"),
]


def test_what_cannot_be_done_is_said_and_changes_nothing(up: Any) -> None:
    """And `app status` lists every service as it was, with nothing of Azure's own bodies in the document."""
    for words, status, said in REFUSED:
        ended = up("app", *words)
        assert ended.status == status, ended.err
        assert said in ended.err
    assert released(up, "user") == "null"
    assert unchanged(up)
    assert "the placeholder" in up("app", "status", TOP).out
    rows = up("app", "status", TOP, "--json").document["services"]
    assert [row["service"] for row in rows] == ["audit-consumer", "user"]
    assert "template" not in json.dumps(rows)

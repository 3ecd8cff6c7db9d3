"""`cfctl state move`: between two file backends under two passphrases by the real CLI, between homes, and refused."""

import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from cli.state_in_pulumi import environment_of
from cli.state_places import where
from sandbox.home import SandboxHome
from sandbox.inventory import layout_of, stacks_of
from tests.cli.conftest import cfctl
from tests.cli.in_process import InProcess

__all__ = ["cfctl"]

STACK = "global-dev"
CANARY = "canary-hunter2"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
real_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:{STACK}::complianceflow::{type_}::{name}"


ROOT = urn("pulumi:pulumi:Stack", f"complianceflow-{STACK}")
EXPORT = {
    "version": 3,
    "deployment": {
        "manifest": {"time": "2026-11-22T00:00:00Z", "magic": "", "version": ""},
        "resources": [
            {
                "urn": ROOT,
                "custom": False,
                "type": "pulumi:pulumi:Stack",
                "outputs": {
                    "password": SECRET | {"plaintext": json.dumps(CANARY)},
                    "numbers": [3, 3.25, -1e30, True, None],
                    "deep": SECRET | {"plaintext": json.dumps({"b": [1, "<é&>"], "a": None})},
                },
                "created": "2026-11-22T00:00:00.123456789Z",
            },
            {
                "urn": urn("test:index:Part", "part"),
                "custom": False,
                "type": "test:index:Part",
                "parent": ROOT,
                "protect": True,
                "propertyDependencies": {"a": [ROOT]},
                "additionalSecretOutputs": ["x"],
                "customTimeouts": {"create": 60},
            },
        ],
        "metadata": {},
    },
}


@pytest.fixture
def here(cfctl: Any, request: pytest.FixtureRequest, tmp_path: Path) -> InProcess:
    """Commands in a home that has the stack."""
    (tmp_path / "export.json").write_text(json.dumps(EXPORT), encoding="utf-8")
    commands = InProcess.of(cfctl, request)
    ended = commands("state", "import", STACK, "--file", str(tmp_path / "export.json"), "--yes")
    (tmp_path / "export.json").unlink()
    assert ended.status == 0, ended.err
    return commands


def passphrases(own: str, of_source: str = "") -> dict[str, str]:
    """The environment that tells them: the target's, and that of a source which has another one."""
    return {"PULUMI_CONFIG_PASSPHRASE": own} | ({"CFCTL_FROM_PASSPHRASE": of_source} if of_source else {})


def state_of(commands: InProcess, home: SandboxHome) -> Any:
    """The resources of a home's stack, secrets in clear."""
    ended = commands("state", "export", STACK, "--show-secrets", "--home", str(home.root))
    return ended.document["deployment"]["resources"]


def files_with(text: str, directory: Path) -> list[Path]:
    """Every file under a directory that has the text."""
    return [it for it in directory.rglob("*") if it.is_file() and text.encode() in it.read_bytes()]


@real_cli
@pytest.mark.slow
def test_a_state_goes_through_two_backends_under_two_passphrases_and_comes_back(
    here: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real CLI. What comes back is what went; in no file on the way stands a secret; each key is its own."""
    first, second, back = tmp_path / "first", tmp_path / "second", SandboxHome(tmp_path / "back")
    for directory in (first, second):
        directory.mkdir()
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))
    before = state_of(here, here.home)
    words = ("state", "move", STACK, "--yes", "--json", "--to")
    one = here(*words, f"file://{first}", "--secrets-provider", "passphrase", **passphrases("one"))
    assert one.status == 0, one.err
    assert (one.document["resources"], one.document["secrets"]) == (2, 2)
    assert stacks_of(here.home) == []
    assert all(Path(path).exists() for path in one.document["kept"])
    salt = one.document["stack_file"]["encryptionsalt"]

    wrong = here(
        *words, f"file://{second}", "--from", f"file://{first}", "--secrets-provider", "passphrase",
        **passphrases("two"),
    )  # fmt: skip
    assert wrong.status == 1
    assert "incorrect passphrase" in wrong.err
    assert not any(second.iterdir())
    two = here(
        *words, f"file://{second}", "--from", f"file://{first}", "--secrets-provider", "passphrase",
        **passphrases("two", "one"),
    )  # fmt: skip
    assert two.status == 0, two.err
    assert two.document["stack_file"]["encryptionsalt"] != salt
    assert CANARY not in two.out + two.err + one.out + one.err

    home = here(*words, f"sandbox:{back.root}", "--from", f"file://{second}", **passphrases("two"))
    assert home.status == 0, home.err
    assert state_of(here, back) == before
    assert files_with(CANARY, tmp_path) == []


@real_cli
def test_a_backend_whose_stack_is_held_or_under_another_key_is_left_as_it_is(
    here: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is the CLI's own file; what is found there names its provider."""
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "one")
    words = ("state", "move", STACK, "--yes", "--to", f"file://{there}", "--secrets-provider")
    assert here(*words, "passphrase").status == 0
    lock = there / ".pulumi" / "locks" / "organization" / "complianceflow" / STACK / "x.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"pid": 1, "username": "ci", "hostname": "runner-7"}))
    away = ("state", "move", STACK, "--yes", "--to", f"sandbox:{tmp_path / 'back'}", "--from", f"file://{there}")
    held = here(*away)
    assert held.status == 3
    assert "ci on runner-7" in held.err
    assert "pulumi cancel" in held.err
    lock.unlink()
    restored = here("state", "restore", STACK, "--generation", "1")
    assert restored.status == 0, restored.err
    other = here(*words, "azurekeyvault://kv.vault.azure.net/keys/state-dev")
    assert other.status == 5
    assert "under the secrets provider passphrase" in other.err
    again = here(*words, "passphrase")
    assert again.status == 0, again.err
    assert stacks_of(here.home) == []


def test_a_state_goes_to_another_home_and_it_is_said_what_stays(here: InProcess, tmp_path: Path) -> None:
    """Without any CLI; asked for once more, it says the same; the old state is a backup generation."""
    there = SandboxHome(tmp_path / "there")
    before = state_of(here, here.home)
    words = ("state", "move", STACK, "--to", f"sandbox:{there.root}", "--yes", "--json")
    moved = here(*words)
    assert moved.status == 0, moved.err
    assert any(f"stays in {here.home.azure_store}" in note for note in moved.document["notes"])
    assert state_of(here, there) == before
    assert stacks_of(here.home) == []
    assert here(*words).document["kept"] == moved.document["kept"]
    refused = here("up", STACK)
    assert refused.status == 5
    assert f"./cfctl state move {STACK} --from 'sandbox:{there.root}' --to 'sandbox:{here.home.root}'" in refused.err
    (backup,) = here("state", "backups", STACK, "--json").document["backups"]
    assert backup["whole"]
    assert backup["path"] in moved.document["kept"]
    back = here("state", "move", STACK, "--yes", "--from", f"sandbox:{there.root}", "--to", f"sandbox:{here.home.root}")
    assert back.status == 0, back.err
    assert state_of(here, here.home) == before
    assert files_with(CANARY, tmp_path) == []


def test_a_stack_that_is_held_or_half_done_stays_where_it_is(here: InProcess, tmp_path: Path) -> None:
    words = ("state", "move", STACK, "--to", f"sandbox:{tmp_path / 'there'}")
    unasked = here(*words)
    assert unasked.status == 5
    assert f"--to 'sandbox:{tmp_path / 'there'}' --yes" in unasked.err
    lock = layout_of(here.home).locks(STACK) / "x.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"pid": os.getpid(), "username": "me", "hostname": socket.gethostname()}))
    held = here(*words, "--yes")
    assert held.status == 3
    assert f"process {os.getpid()} of me" in held.err
    lock.unlink()
    journal = layout_of(here.home).journal(STACK)
    journal.write_text("")
    half = here(*words, "--yes")
    assert half.status == 5
    assert "did not end" in half.err
    journal.unlink()
    assert stacks_of(here.home) == [STACK]
    assert here(*words, "--yes").status == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "s3://bucket"), "'s3://bucket' is no place of state"),
        (("--to", "somewhere"), "sandbox:DIR, file:///DIR, azblob://"),
        (("--to", "file://relative/dir"), "no absolute path"),
        (("--to", "file:///nowhere/at/all"), "mkdir -p '/nowhere/at/all'"),
        (("--to", "azblob://state-dev"), "lacks its container or its storage account"),
        (("--to", "file:///tmp"), "nothing says what is to encrypt the secrets"),
        (("--to", "file:///tmp", "--secrets-provider", "rot13"), "'rot13' is no secrets provider"),
        (("--to", "sandbox:/tmp/x", "--secrets-provider", "passphrase"), "passphrase of its own"),
        (("--to", "sandbox:{home}"), "is where global-dev lies already"),
        (("--to", "file://{home}/state", "--secrets-provider", "passphrase"), "is where global-dev lies already"),
        (("--to", "sandbox:/tmp/x", "--from", "sandbox:/nowhere"), "no sandbox in /nowhere"),
    ],
)
def test_what_cannot_be_a_move_is_refused_before_anything_is_touched(
    here: InProcess, arguments: tuple[str, ...], told: str
) -> None:
    """Status 2, with what is allowed and what to type."""
    ended = here("state", "move", STACK, "--yes", *(it.format(home=here.home.root) for it in arguments))
    assert ended.status == 2, ended.err
    assert told in ended.err
    assert stacks_of(here.home) == [STACK]
    assert not (here.home.root / "moves").exists()


def test_without_the_cli_or_a_passphrase_a_backend_is_refused(here: InProcess, tmp_path: Path) -> None:
    """With where to get it; the state is as it was."""
    words = ("state", "move", STACK, "--yes", "--to", f"file://{tmp_path}", "--secrets-provider", "passphrase")
    without = here(*words, PATH=str(tmp_path))
    assert without.status == 2
    assert "https://www.pulumi.com/docs/install/" in without.err
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho v3.272.0\n")
    (tmp_path / "pulumi").chmod(0o755)
    empty = {"PULUMI_CONFIG_PASSPHRASE": "", "PULUMI_CONFIG_PASSPHRASE_FILE": ""}
    untold = here(*words, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", **empty)
    assert untold.status == 2
    assert "PULUMI_CONFIG_PASSPHRASE_FILE=FILE" in untold.err
    assert stacks_of(here.home) == [STACK]


def test_one_place_has_one_name_and_each_place_its_passphrase() -> None:
    """A storage account in the URL or in the environment; the source's own passphrase never reaches the target."""
    written = where("azblob://state-dev?storage_account=stcfstate", "--to", {})
    assert written.same == where("azblob://state-dev", "--to", {"AZURE_STORAGE_ACCOUNT": "stcfstate"}).same
    assert written.same != where("azblob://state-stg?storage_account=stcfstate", "--to", {}).same
    told = {"PULUMI_CONFIG_PASSPHRASE_FILE": "new", "CFCTL_FROM_PASSPHRASE": "old", "AZURE_CLIENT_ID": "me"}
    source, target = (environment_of(told, "file:///x", of_source=it) for it in (True, False))
    assert (source["PULUMI_CONFIG_PASSPHRASE"], "PULUMI_CONFIG_PASSPHRASE_FILE" in source) == ("old", False)
    assert (target["PULUMI_CONFIG_PASSPHRASE_FILE"], "PULUMI_CONFIG_PASSPHRASE" in target) == ("new", False)
    assert "CFCTL_FROM_PASSPHRASE" not in source | target
    assert source["AZURE_CLIENT_ID"] == target["AZURE_CLIENT_ID"] == "me"

"""docs/guides/down-and-back.md: its commands run; and a teardown that is killed in any step loses no row."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cidr.yaml_source import REPOSITORY
from sandbox.azure.blobs.service import BlobService
from sandbox.azure.blobs.tokens import storage_token
from sandbox.azure.bodies import at
from sandbox.azure.store import Store
from sandbox.azure.vaults.service import VaultService, vault_token
from sandbox.home import SandboxHome

pytestmark = pytest.mark.slow
PAGE = REPOSITORY / "docs" / "guides" / "down-and-back.md"


def examples(text: str) -> list[list[str]]:
    """The words of every command line in the page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [shlex.split(line.removeprefix("$ ./cfctl ")) for block in blocks for line in block.splitlines()]


def test_every_command_of_the_guide_runs_and_the_data_comes_back(cfctl: Any) -> None:
    """Row for row, by the receipts."""
    commands = examples(PAGE.read_text(encoding="utf-8"))
    assert len(commands) >= 8
    for words in commands:
        ended = cfctl(*words)
        assert ended.status == 0, (words, ended.err)
    receipts = cfctl("history", "westeu-dev-1", "--json").document["receipts"]
    evidence = [{step["name"]: step["evidence"] for step in it["steps"]} for it in reversed(receipts)]
    up, down, back, given_up, fresh, *_ = evidence
    assert "none" in up["import"]
    assert down["verify"]["rows"] > 100
    assert back["import"].items() <= down["verify"].items()
    assert given_up["verify"]["given_up"]
    assert "none" in fresh["import"]
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0


@contextmanager
def inside(home: SandboxHome) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    """What westeu-dev-1's tenancy identity speaks with: addresses and headers of its documents and of its vault."""
    store = Store(home.azure_store)

    def who(tx: Any) -> tuple[str, str]:
        identities = {it.name: it for it in tx.of_type("managedidentity:UserAssignedIdentity")}
        vault = next(it.name for it in tx.of_type("keyvault:Vault") if "westeu-dev-1" in it.name)
        return str(at(identities["id-cf-westeu-dev-1-tenancy"].outputs, "principalId")), vault

    principal, vault = store.read(who)
    with BlobService(home.root, store) as blobs, VaultService(home.root, store) as vaults:
        blob_token = storage_token(home.root, principal).get_secret_value()
        token = vault_token(home.root, principal).get_secret_value()
        account = {"Host": "stcfwesteudev1.blob.core.windows.net", "x-ms-version": "2023-11-03"}
        yield (
            f"http://{blobs.address}/documents/acme/Vertr\u00e4ge 2026.pdf",
            f"http://{vaults.address}/secrets",
            {**account, "Authorization": f"Bearer {blob_token}"},
            {"Host": f"{vault}.vault.azure.net", "Authorization": f"Bearer {token}"},
        )
    store.close()


def test_originals_and_secrets_that_nobody_makes_again_come_back(cfctl: Any) -> None:
    """Into another vault, with another name; the receipt names the secret, and nothing shows its value."""
    assert cfctl("up", "westeu-dev-1").status == 0
    version = {"api-version": "7.4"}
    blocks = b"<BlockList><Latest>AAAA</Latest></BlockList>"
    with inside(cfctl.home) as (blob, secrets, to_blobs, to_vault):
        httpx.put(blob, params={"comp": "block", "blockid": "AAAA"}, headers=to_blobs, content=b"original of Acme")
        pdf = {**to_blobs, "x-ms-blob-content-type": "application/pdf"}
        assert httpx.put(blob, params={"comp": "blocklist"}, headers=pdf, content=blocks).status_code == 201
        put = httpx.put(f"{secrets}/smtp-password", params=version, headers=to_vault, json={"value": "made by hand"})
        assert put.status_code == 200
        first = to_vault["Host"]
    assert cfctl("down", "westeu-dev-1", "--yes").status == 0
    assert cfctl("up", "westeu-dev-1").status == 0
    with inside(cfctl.home) as (blob, secrets, to_blobs, to_vault):
        assert to_vault["Host"] != first
        found = httpx.get(blob, headers=to_blobs)
        assert (found.content, found.headers["content-type"]) == (b"original of Acme", "application/pdf")
        listed = httpx.get(secrets, params=version, headers=to_vault).json()["value"]
        assert [it["id"].rpartition("/")[2] for it in listed if not it["tags"]] == ["smtp-password"]
    told = [path.read_text(encoding="utf-8") for path in (cfctl.home.root / "receipts" / "westeu-dev-1").iterdir()]
    assert sum("smtp-password" in text for text in told) >= 2
    assert not [
        path
        for path in cfctl.home.root.rglob("*")
        if path.suffix in (".log", ".jsonl", ".html", ".json")
        if "made by hand" in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert cfctl("down", "westeu-dev-1", "global-dev", "--yes").status == 0


def killed_in(cfctl: Any, step: str, command: tuple[str, ...]) -> None:
    """Run a command and kill all of it, as a power cut would, once the journal says that the step has begun."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", *command],
        env=cfctl.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journals = Path(cfctl.home.root) / "runs" / "global-dev"
    deadline = time.monotonic() + 120
    try:
        while not any(_began(path, step) for path in sorted(journals.glob("*.jsonl"))[-1:]):
            assert process.poll() is None, f"it ended before {step}"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.15)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _began(path: Path, step: str) -> bool:
    records = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line[-1:] == "\n"
    ]
    return any(it["is"] == "begun" and it["step"] == step for it in records) and not any(
        it["is"] == "ended" for it in records
    )


def test_killed_in_any_step_the_same_command_finishes_and_no_row_is_lost(cfctl: Any) -> None:
    """SIGKILL of everything in each step of down and up, one after the other; then the rows of the beginning."""
    assert cfctl("up", "global-dev").status == 0
    assert cfctl("db", "seed", "global-dev").status == 0
    before = cfctl("tenant", "list", "global-dev", "--json").document["rows"]
    assert before
    for word, steps in (("down", ("export", "verify", "destroy")), ("up", ("deploy", "import"))):
        command = (word, "global-dev", *(["--yes"] if word == "down" else []))
        for step in steps:
            killed_in(cfctl, step, command)
        ended = cfctl(*command, "--json")
        assert ended.status == 0, ended.err
    assert cfctl("tenant", "list", "global-dev", "--json").document["rows"] == before
    assert cfctl("up", "global-dev", "--json").document["runs"][0]["changes"].keys() == {"same"}
    assert cfctl("down", "global-dev", "--yes").status == 0


def test_a_redeploy_that_is_killed_in_either_half_goes_on_and_takes_nothing_down_twice(cfctl: Any) -> None:
    """Killed while it destroys, and once more while it deploys: one teardown in the end, and every row."""
    assert cfctl("up", "global-dev").status == 0
    assert cfctl("db", "seed", "global-dev").status == 0
    before = cfctl("tenant", "list", "global-dev", "--json").document["rows"]
    command = ("redeploy", "global-dev", "--yes")
    for step in ("destroy", "deploy"):
        killed_in(cfctl, step, command)
    ended = cfctl(*command, "--json")
    assert ended.status == 0, ended.err
    assert [run["operation"] for run in ended.document["runs"]] == ["up"]
    assert cfctl("tenant", "list", "global-dev", "--json").document["rows"] == before
    kinds = [it["kind"] for it in cfctl("history", "global-dev", "--json").document["receipts"]]
    assert kinds == ["up", "down", "up"]
    assert cfctl("down", "global-dev", "--yes").status == 0

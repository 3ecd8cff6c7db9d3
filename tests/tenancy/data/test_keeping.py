"""Blobs and secrets go with an export, and come back as they were."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tenancy.data.keeping import Sources, give_back, keep, verify_kept
from tenancy.faults import RefusedError
from tenancy.limits import Limits
from tenancy.stores import StoreError
from tenancy.stores.directory import Directory
from tenancy.stores.vault import Vault

FOLDER = "exports/e/run"


@dataclass
class Bucket:
    """A container in memory. kill_at: how many blobs are written until the process dies."""

    blobs: dict[str, tuple[bytes, str]] = field(default_factory=dict[str, tuple[bytes, str]])
    kill_at: int = 99

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.blobs if name.startswith(prefix))

    def read(self, name: str) -> Iterator[bytes]:
        content = self.blobs[name][0]
        yield from (content[at : at + 3] for at in range(0, len(content), 3))

    def exists(self, name: str) -> bool:
        return name in self.blobs

    def media_type(self, name: str) -> str:
        return self.blobs[name][1]

    def write(self, name: str, chunks: Iterable[bytes], media_type: str = "") -> None:
        content = b"".join(chunks)
        if self.kill_at == len(self.blobs):
            raise KeyboardInterrupt
        self.blobs[name] = (content, media_type)


@dataclass
class Safe:
    """A vault over HTTP: names with values, some made by a program; seals by turning texts round."""

    secrets: dict[str, tuple[str, bool]]
    asked: list[str] = field(default_factory=list[str])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        assert request.headers["authorization"] == "Bearer token"
        if request.url.path == "/secrets":
            begin, names = int(request.url.params.get("$skiptoken", 0)), sorted(self.secrets)
            page: list[dict[str, Any]] = [
                {"id": f"https://kv.vault.azure.net/secrets/{name}", "tags": {"ManagedBy": "Pulumi"} if made else None}
                for name in names[begin : begin + 2]
                for made in (self.secrets[name][1],)
            ]
            following = f"https://kv.vault.azure.net/secrets?api-version=7.4&$skiptoken={begin + 2}"
            return httpx.Response(200, json={"value": page, "nextLink": following if begin + 2 < len(names) else None})
        if request.url.path == "/secrets/restore":
            name, _, value = json.loads(request.content)["value"][::-1].partition("=")
            if name in self.secrets:
                return httpx.Response(409, json={"error": {"code": "Conflict"}})
            self.secrets[name] = (value, False)
            return httpx.Response(200, json={})
        name = request.url.path.split("/")[2]
        return httpx.Response(200, json={"value": f"{name}={self.secrets[name][0]}"[::-1]})

    def open(self) -> Vault:
        transport = httpx.MockTransport(self.answer)
        return Vault("https://kv.vault.azure.net/", lambda: "token", {}, Limits(store_pause=0), transport)


def bucket() -> Bucket:
    """Names as people give them, one blob of nothing."""
    return Bucket({"acme/Verträge 2026.pdf": (b"original", "application/pdf"), "empty": (b"", ""), "a/b": (b"x", "")})


def test_every_blob_and_every_secret_that_nobody_makes_again_comes_back(tmp_path: Path) -> None:
    """Whatever their names; what the program makes is left to it."""
    store, before = Directory(tmp_path), bucket()
    safe = Safe({"smtp": ("a", False), "listen": ("b", True), "other": ("c", False)})
    kept = keep(Sources(containers={"documents": before}, vault=safe.open()), store, FOLDER)
    assert (kept.blobs, kept.secrets, kept.bytes > 8) == (3, ("other", "smtp"), True)
    assert len(verify_kept(store, kept)) == 5
    after, new = Bucket(), Safe({"listen": ("new", True)})
    give_back(Sources(containers={"documents": after}, vault=new.open()), store, kept)
    assert after.blobs == before.blobs
    assert new.secrets == {"listen": ("new", True), "other": ("c", False), "smtp": ("a", False)}


@pytest.mark.parametrize("kill", range(3))
def test_killed_while_it_gives_back_the_same_call_finishes(tmp_path: Path, kill: int) -> None:
    """What is there already is held against its hash, and not written twice."""
    store, before = Directory(tmp_path), bucket()
    kept = keep(Sources(containers={"documents": before}), store, FOLDER)
    after = Bucket(kill_at=kill)
    with pytest.raises(KeyboardInterrupt):
        give_back(Sources(containers={"documents": after}), store, kept)
    after.kill_at = 99
    give_back(Sources(containers={"documents": after}), store, kept)
    assert after.blobs == before.blobs


def test_a_blob_that_somebody_wrote_meanwhile_is_told_and_stays(tmp_path: Path) -> None:
    """Nothing is written over."""
    store = Directory(tmp_path)
    kept = keep(Sources(containers={"documents": bucket()}), store, FOLDER)
    after = Bucket({"a/b": (b"newer", "")})
    with pytest.raises(RefusedError, match="with other content"):
        give_back(Sources(containers={"documents": after}), store, kept)
    assert after.blobs["a/b"] == (b"newer", "")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("blobs/documents/00000000", "has other content"),
        ("secrets/00000003", "has other content"),
        ("kept.json", "hash"),
    ],
)
def test_a_byte_that_the_store_changed_is_told(tmp_path: Path, file: str, said: str) -> None:
    """The bad sample of the step that guards destroy: each kind of file."""
    store = Directory(tmp_path)
    kept = keep(Sources(containers={"documents": bucket()}, vault=Safe({"smtp": ("a", False)}).open()), store, FOLDER)
    path = tmp_path / FOLDER / file
    path.write_bytes(b"!" + path.read_bytes()[1:])
    with pytest.raises(RefusedError, match=said):
        verify_kept(store, kept)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """By its name in the store."""
    store = Directory(tmp_path)
    kept = keep(Sources(containers={"documents": bucket()}), store, FOLDER)
    (tmp_path / FOLDER / "blobs/documents/00000001").unlink()
    with pytest.raises(RefusedError, match="is missing"):
        verify_kept(store, kept)


def test_a_container_that_the_deployment_has_not_is_named(tmp_path: Path) -> None:
    """And those that it has."""
    store = Directory(tmp_path)
    kept = keep(Sources(containers={"documents": bucket()}), store, FOLDER)
    with pytest.raises(RefusedError) as refused:
        give_back(Sources(containers={"media": Bucket()}), store, kept)
    assert "documents" in refused.value.faults[0].what
    assert refused.value.faults[0].allowed == "media"


def test_a_vault_that_refuses_is_told_with_the_role_that_it_asks_for() -> None:
    """By Azure's own code."""
    transport = httpx.MockTransport(lambda _: httpx.Response(403, json={"error": {"code": "Forbidden"}}))
    vault = Vault("https://kv.vault.azure.net", lambda: "token", {}, Limits(store_pause=0), transport)
    with pytest.raises(StoreError) as refused:
        vault.secrets()
    assert "Forbidden [403]" in refused.value.faults[0].what
    assert "Key Vault Secrets Officer" in refused.value.faults[0].allowed


@pytest.mark.parametrize("url", ["http://kv.vault.azure.net", "https://kv.example", "kv"])
def test_a_token_goes_to_a_vault_of_azure_alone(url: str) -> None:
    """And to this machine, where the sandbox says so."""
    with pytest.raises(StoreError, match="no key vault"):
        Vault(url, lambda: "token", {}, Limits())
    with pytest.raises(StoreError, match="leads nowhere"):
        Vault("https://kv.vault.azure.net", lambda: "token", {"VAULT_HOSTADDR": "10.0.0.1:80"}, Limits())

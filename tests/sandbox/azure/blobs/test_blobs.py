"""The stand-in's blobs: who may, what Azure answers, and that blobs go with their container."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.azure.blobs.service import BlobService
from tests.sandbox.azure.blobs.lake import HOST, Lake, opened

BLOB = "/exports-dev/westeu-dev-1/x"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with opened(tmp_path) as made:
        yield made


def ask(lake: Lake, method: str, path: str, /, content: bytes = b"", **headers: str) -> httpx.Response:
    """One request as the lake's own identity; a header of "" is left out."""
    common = {"host": HOST, "authorization": f"Bearer {lake.token(lake.principal)}", "x_ms_version": "2023-11-03"}
    sent = {name.replace("_", "-"): value for name, value in {**common, **headers}.items() if value}
    return httpx.request(method, f"http://{lake.service.address}{path}", headers=sent, content=content)


def put(lake: Lake, path: str = BLOB, content: bytes = b"held") -> httpx.Response:
    """A blob of one block."""
    ask(lake, "PUT", f"{path}?comp=block&blockid=AAAA", content)
    listed = b"<BlockList><Latest>AAAA</Latest></BlockList>"
    return ask(lake, "PUT", f"{path}?comp=blocklist", listed, if_none_match="*")


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; the code stands in the header and in the body."""
    assert f"<Code>{answer.headers['x-ms-error-code']}</Code>" in answer.text or not answer.text
    return answer.status_code, answer.headers["x-ms-error-code"]


def test_a_blob_is_there_with_its_list_and_not_before(lake: Lake) -> None:
    """Blocks alone are nothing that can be read."""
    lake.allow(lake.principal)
    ask(lake, "PUT", f"{BLOB}?comp=block&blockid=AAAA", b"held")
    assert code(ask(lake, "GET", BLOB)) == (404, "BlobNotFound")
    assert put(lake).status_code == 201
    assert ask(lake, "GET", BLOB).content == b"held"
    assert code(put(lake, content=b"other")) == (409, "BlobAlreadyExists")
    assert ask(lake, "GET", BLOB).content == b"held"


def test_parts_are_read_by_range(lake: Lake) -> None:
    """Beyond the end there is none."""
    lake.allow(lake.principal)
    put(lake)
    part = ask(lake, "GET", BLOB, range="bytes=1-2")
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"el", "bytes 1-2/4")
    assert ask(lake, "GET", BLOB, range="bytes=2-99").content == b"ld"
    assert code(ask(lake, "GET", BLOB, range="bytes=4-9")) == (416, "InvalidRange")


def test_a_role_higher_up_holds_too_and_one_elsewhere_does_not(lake: Lake) -> None:
    """As Azure inherits roles: account, group, subscription."""
    other = lake.identity("other")
    lake.allow(other)
    assert code(put(lake)) == (403, "AuthorizationPermissionMismatch")
    group = lake.container.id.partition("/providers/")[0]
    lake.allow(lake.principal, scope=group)
    assert put(lake).status_code == 201


def test_a_role_that_only_manages_the_account_opens_no_blob(lake: Lake) -> None:
    """Owner of the account is no reader of what lies in it."""
    lake.allow(lake.principal, "Owner")
    assert code(ask(lake, "GET", BLOB)) == (403, "AuthorizationPermissionMismatch")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"authorization": ""}, (401, "NoAuthenticationInformation")),
        ({"authorization": "Bearer 11111111-2222-4333-8444-555555555555.00"}, (401, "InvalidAuthenticationInfo")),
        ({"authorization": "SharedKey stcftest:x"}, (401, "InvalidAuthenticationInfo")),
        ({"x_ms_version": ""}, (400, "MissingRequiredHeader")),
        ({"host": "stother.blob.core.windows.net"}, (404, "ContainerNotFound")),
    ],
)
def test_what_azure_refuses_is_refused(lake: Lake, changed: dict[str, str], expected: tuple[int, str]) -> None:
    """Also for whoever has the role."""
    lake.allow(lake.principal)
    assert code(ask(lake, "GET", BLOB, b"", **changed)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<BlockList><Latest>BBBB</Latest></BlockList>", (400, "InvalidBlockList")),
        (b"no list", (400, "InvalidXmlDocument")),
    ],
)
def test_a_list_that_is_none_makes_no_blob(lake: Lake, content: bytes, expected: tuple[int, str]) -> None:
    """A block that was never sent, and words."""
    lake.allow(lake.principal)
    assert code(ask(lake, "PUT", f"{BLOB}?comp=blocklist", content)) == expected
    assert code(ask(lake, "GET", BLOB)) == (404, "BlobNotFound")


def test_what_is_not_modelled_says_so(lake: Lake) -> None:
    """An operation that no job of ours needs, and a role on a condition."""
    lake.allow(lake.principal)
    assert code(ask(lake, "DELETE", BLOB)) == (501, "NotModelledBySandbox")
    conditioned = lake.identity("conditioned")
    lake.allow(conditioned, condition="@Resource[x] StringLike 'y'", conditionVersion="2.0")
    asked = ask(lake, "GET", BLOB, authorization=f"Bearer {lake.token(conditioned)}")
    assert code(asked) == (501, "NotModelledBySandbox")


def test_lists_are_paged_and_escape_what_xml_reads(lake: Lake) -> None:
    """A marker leads on."""
    lake.allow(lake.principal)
    for name in ("a", "b&c", "d"):
        put(lake, f"/exports-dev/p/{name}")
    first = ask(lake, "GET", "/exports-dev?restype=container&comp=list&prefix=p/&maxresults=2").text
    assert "<Name>p/a</Name>" in first
    assert "<Name>p/b&amp;c</Name>" in first
    assert "<NextMarker>p/d</NextMarker>" in first
    last = ask(lake, "GET", "/exports-dev?restype=container&comp=list&prefix=p/&maxresults=2&marker=p/d").text
    assert "<Name>p/d</Name>" in last
    assert "<NextMarker></NextMarker>" in last


def test_names_stay_inside_whatever_they_say(lake: Lake) -> None:
    """No name leads out of the container's directory, and a folder is no blob in the way."""
    lake.allow(lake.principal)
    for path in ("/exports-dev/%2E%2E%2F%2E%2E%2Fescaped", "/exports-dev/a", "/exports-dev/a/b", "/exports-dev/.lock"):
        assert put(lake, path).status_code == 201, path
    assert {file.name for file in lake.home.iterdir()} <= {"azure.db", "azure.db-shm", "azure.db-wal", "pg", "blobs"}
    listed = ask(lake, "GET", "/exports-dev?restype=container&comp=list").text
    assert [name in listed for name in ("<Name>a</Name>", "<Name>a/b</Name>", "<Name>.lock</Name>")] == [True] * 3


def test_blobs_are_gone_with_their_container(lake: Lake) -> None:
    """One of the same name is empty, and the files go the next time that the service begins."""
    lake.allow(lake.principal)
    put(lake)
    kept = list((lake.home / "blobs").glob("*/*"))
    lake.cloud.delete(lake.container)
    assert code(ask(lake, "GET", BLOB)) == (404, "ContainerNotFound")
    lake.cloud.clock.now += 60
    lake.container = lake.make()
    lake.allow(lake.principal)
    assert code(ask(lake, "GET", BLOB)) == (404, "BlobNotFound")
    with BlobService(lake.home, lake.cloud.store):
        assert not any(directory.exists() for directory in kept)


def test_the_blobs_are_the_users_alone(lake: Lake) -> None:
    """They may hold what people wrote."""
    lake.allow(lake.principal)
    put(lake)
    assert {
        directory.stat().st_mode & 0o077 for directory in (lake.home / "blobs").rglob("*") if directory.is_dir()
    } == {0}

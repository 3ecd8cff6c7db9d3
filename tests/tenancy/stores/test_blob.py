"""Exports in a container of blobs: written once and whole, read back, refused to whoever has no role."""

import itertools
from collections.abc import Iterator

import httpx
import pytest

from tenancy.limits import Limits
from tenancy.stores import StoreError
from tenancy.stores.blob import HOST_ADDRESS, BlobStore
from tests.sandbox.azure.blobs.lake import HOST, URL, Lake, opened

AT_ONCE = Limits(store_pause=0.0, store_attempts=3)
MIB = 1 << 20


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with opened(tmp_path_factory.mktemp("home")) as made:
        made.allow(made.principal)
        yield made


_NUMBER = itertools.count()


def store_of(lake: Lake, url: str = URL, principal: str = "") -> BlobStore:
    """The store as the job opens it in the sandbox."""
    token = lake.token(principal or lake.principal)
    return BlobStore(url, lambda: token, {HOST_ADDRESS: lake.service.address}, AT_ONCE)


@pytest.fixture
def store(lake: Lake) -> Iterator[BlobStore]:
    """A store with a folder of its own."""
    with store_of(lake, f"{URL}-{next(_NUMBER)}") as made:
        yield made


def scripted(*answers: httpx.Response | Exception) -> tuple[BlobStore, list[httpx.Request]]:
    """A store whose service answers so, one answer after the other."""
    asked: list[httpx.Request] = []
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return BlobStore(URL, lambda: "t", {}, AT_ONCE, httpx.MockTransport(answer)), asked


def refusal(status: int, code: str) -> httpx.Response:
    """What Blob Storage answers."""
    return httpx.Response(status, headers={"x-ms-error-code": code})


def test_what_is_written_comes_back_in_pieces_and_under_its_name(store: BlobStore) -> None:
    """Larger than two blocks, in chunks that fit none of them."""
    content = bytes(range(256)) * (9 * MIB // 256)
    chunks = [content[at : at + 1_000_003] for at in range(0, len(content), 1_000_003)]
    store.write("exports/one/users.jsonl.gz", chunks)
    pieces = list(store.read("exports/one/users.jsonl.gz"))
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 4 * MIB
    assert store.exists("exports/one/users.jsonl.gz")
    assert not store.exists("exports/one/users")


def test_names_are_listed_by_prefix_in_order_and_no_other_deployments(lake: Lake) -> None:
    """Two deployments of an environment share the container; each sees its own folder."""
    with store_of(lake, f"{URL}-near") as near, store_of(lake, f"{URL}-near-by") as by:
        for name in ("exports/b/manifest.json", "exports/a/manifest.json", "certificates/x.json"):
            near.write(name, [b"1"])
        by.write("exports/other/manifest.json", [b"2"])
        assert near.names("exports/") == ["exports/a/manifest.json", "exports/b/manifest.json"]
        assert near.names("") == ["certificates/x.json", "exports/a/manifest.json", "exports/b/manifest.json"]
        assert by.names("") == ["exports/other/manifest.json"]


def test_nothing_is_written_over(store: BlobStore) -> None:
    """Not by the look before, and not by the condition either, where two write at once."""
    store.write("exports/one/manifest.json", [b"first"])
    with pytest.raises(StoreError, match="is there already"):
        store.write("exports/one/manifest.json", [b"second"])

    def slowly() -> Iterator[bytes]:
        store.write("exports/two/manifest.json", [b"the quicker one"])
        yield b"the slower one"

    with pytest.raises(StoreError, match="is there already"):
        store.write("exports/two/manifest.json", slowly())
    assert b"".join(store.read("exports/two/manifest.json")) == b"the quicker one"


def test_what_breaks_off_leaves_nothing_under_the_name(store: BlobStore) -> None:
    """Blocks without a list are no blob."""

    def broken() -> Iterator[bytes]:
        yield b"x" * (5 * MIB)
        raise RuntimeError("the export failed")

    with pytest.raises(RuntimeError):
        store.write("exports/one/users.jsonl.gz", broken())
    assert not store.exists("exports/one/users.jsonl.gz")
    assert store.names("") == []
    with pytest.raises(StoreError, match="is not there"):
        list(store.read("exports/one/users.jsonl.gz"))


@pytest.mark.parametrize("role", [None, "Storage Blob Data Reader"])
def test_who_has_no_role_that_writes_is_refused_and_told_which(lake: Lake, role: str | None) -> None:
    """A reader reads and cannot write; who has no role does neither."""
    principal = lake.identity(f"other-{role or 'none'}".replace(" ", "-"))
    url = f"{URL}-{role or 'none'}".replace(" ", "-")
    with store_of(lake, url) as own, store_of(lake, url, principal) as other:
        own.write("exports/x/manifest.json", [b"1"])
        if role:
            lake.allow(principal, role)
            assert b"".join(other.read("exports/x/manifest.json")) == b"1"
        with pytest.raises(StoreError, match=r"AuthorizationPermissionMismatch \[403\].*Storage Blob Data Contributor"):
            other.write("exports/y/manifest.json", [b"2"])
        assert own.names("") == ["exports/x/manifest.json"]


def test_another_writers_blob_is_never_taken_for_ones_own() -> None:
    """The look before found nothing; then the name was taken: its blocks are not those that were sent."""
    others = httpx.Response(200, text="<BlockList><Block><Name>YW5vdGhlcg==</Name></Block></BlockList>")
    store, asked = scripted(
        refusal(404, "BlobNotFound"), httpx.Response(201), refusal(409, "BlobAlreadyExists"), others
    )
    with pytest.raises(StoreError, match="is there already"):
        store.write("exports/x", [b"1"])
    assert asked[-1].url.params["blocklisttype"] == "committed"


def test_the_list_is_sent_again_and_the_own_blob_known(lake: Lake) -> None:
    """Against the stand-in: the first list is taken and its answer lost."""
    inner = httpx.HTTPTransport()
    lists = itertools.count()

    def lossy(request: httpx.Request) -> httpx.Response:
        answer = inner.handle_request(request)
        answer.read()
        if request.method == "PUT" and request.url.params["comp"] == "blocklist" and next(lists) == 0:
            raise httpx.ReadError("lost")
        return answer

    token = lake.token(lake.principal)
    environment = {HOST_ADDRESS: lake.service.address}
    transport = httpx.MockTransport(lossy)
    with BlobStore(f"{URL}-lossy", lambda: token, environment, AT_ONCE, transport) as store:
        store.write("exports/x", [b"once"])
        assert b"".join(store.read("exports/x")) == b"once"
    inner.close()


def test_busy_is_asked_again_and_a_refusal_is_not() -> None:
    """503 passes by itself, 403 does not; after the tries the fault says what to do."""
    store, asked = scripted(refusal(503, "ServerBusy"), httpx.ConnectError("no way"), httpx.Response(200))
    assert store.exists("exports/x")
    assert len(asked) == 3
    store, asked = scripted(refusal(403, "AuthorizationPermissionMismatch"))
    with pytest.raises(StoreError):
        store.exists("exports/x")
    assert len(asked) == 1
    store, asked = scripted(*[refusal(500, "InternalError")] * 3)
    with pytest.raises(StoreError, match=r"no answer after 3 tries: 500 InternalError.*next: bring the deployment up"):
        store.exists("exports/x")


def test_a_request_has_what_azure_asks_for() -> None:
    """Version and date in each, the condition on the list, ids of one length."""
    store, asked = scripted(refusal(404, "BlobNotFound"), httpx.Response(201), httpx.Response(201), httpx.Response(201))
    store.write("exports/x/u", [b"1" * (4 * MIB), b"2"])
    look, first, second, listed = asked
    assert look.method == "HEAD"
    assert str(first.url).startswith(f"https://{HOST}/exports-dev/westeu-dev-1/exports/x/u?comp=block&blockid=")
    assert len(first.url.params["blockid"]) == len(second.url.params["blockid"])
    assert listed.headers["If-None-Match"] == "*"
    for request in asked:
        assert request.headers["x-ms-version"]
        assert request.headers["x-ms-date"].endswith("GMT")
        assert request.headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    "url",
    [
        "http://stcf.blob.core.windows.net/c/d",
        "https://example.com/c/d",
        "https://stcf.blob.core.windows.net",
        "file:///x",
    ],
)
def test_a_url_that_is_no_container_is_refused(url: str) -> None:
    """So no token goes elsewhere."""
    with pytest.raises(StoreError, match=r"no container of blobs.*allowed: https://\{account\}"):
        BlobStore(url, lambda: "t", {}, AT_ONCE)


@pytest.mark.parametrize("address", [HOST, "10.0.0.4:443", "127.0.0.1", "127.0.0.1.example.com:1", ""])
def test_an_address_that_is_not_this_machines_is_refused(address: str) -> None:
    """What the runner says where the name leads nowhere, and what nobody should say."""
    with pytest.raises(StoreError, match="leads nowhere from here"):
        BlobStore(URL, lambda: "t", {HOST_ADDRESS: address}, AT_ONCE)


def test_a_name_that_leads_out_of_the_store_is_refused(store: BlobStore) -> None:
    """As in every store."""
    for name in ("../x", "exports/../../y", "/x", "a//b", ".hidden"):
        with pytest.raises(StoreError, match="no name for something in a store"):
            store.exists(name)


def test_the_token_is_in_no_repr(lake: Lake) -> None:
    """What a log could show of a store."""
    with store_of(lake) as store:
        assert lake.token(lake.principal) not in repr(store) + repr(vars(store))

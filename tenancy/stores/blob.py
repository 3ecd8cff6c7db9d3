"""A store in a container of Azure Blob Storage, over its own API with the token of an identity; no key, no SDK.

A blob is sent in blocks and appears with the list of them, in one step, and only where its name is free
(If-None-Match). The answer to that step may be lost after it was done: block ids are drawn for each write, so that a
writer knows its own blob again. What is refused for now is sent again, with longer and longer pauses, as Azure asks.
https://learn.microsoft.com/rest/api/storageservices/put-block-list
https://learn.microsoft.com/azure/storage/blobs/storage-retry-policy
"""

import base64
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, Self
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import unescape

import httpx

from tenancy.limits import Limits
from tenancy.stores import StoreError, checked, exists_already, is_missing

SCOPE: Final = "https://storage.azure.com/.default"
# Set by what runs containers without private DNS (the sandbox) and by nothing else: where the account's name leads,
# on this machine, without TLS. On Azure the name resolves to the private endpoint, and it is not set.
HOST_ADDRESS: Final = "BLOB_HOSTADDR"
_VERSION: Final = "2023-11-03"
_BLOCK_BYTES: Final = 4 << 20  # of at most 50,000 blocks: 195 GiB a blob
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_NAME: Final = re.compile(r"<Name>([^<]*)</Name>")
_MARKER: Final = re.compile(r"<NextMarker>([^<]+)</NextMarker>")
_URL: Final = "https://{account}.blob.core.windows.net/{container}/{deployment}"
_LOOPBACK: Final = re.compile(r"127\.0\.0\.1:\d+")
_CONFLICT: Final = 409
_NOT_FOUND: Final = 404
_NO_RANGE: Final = 416
_NEXT: Final[Mapping[str, str]] = {
    "AuthorizationPermissionMismatch": "give the job's identity Storage Blob Data Contributor on the container "
    "(./cfctl up of the deployment does); a new role takes up to ten minutes",
    "AuthorizationFailure": "bring the deployment up: the private endpoint to the account is made there",
    "ContainerNotFound": "make the account's storage: ./cfctl init, then start it again",
}


class _RefusedError(Exception):
    """What Blob Storage answered: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


@dataclass(frozen=True, kw_only=True)
class _Place:
    """`base`: scheme and host that is spoken to. `host`: the account's. `container`; `folder`: of the store in it."""

    base: str
    host: str
    container: str
    folder: str


class BlobStore:
    """The store at `https://{account}.blob.core.windows.net/{container}/{folder}`; use it as a context manager.

    token: gives the access token for SCOPE, for each request. environment: HOST_ADDRESS is read from it. any_name: its
    blobs are not ours, and have whatever names. Raises StoreError for a URL of another form.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        environment: Mapping[str, str],
        limits: Limits,
        transport: httpx.BaseTransport | None = None,
        *,
        any_name: bool = False,
    ) -> None:
        self._named: Callable[[str], str] = str if any_name else checked
        self._place = _place(url, environment)
        self._token, self._limits = token, limits
        # trust_env: a proxy of the environment would see the token.
        self._http = httpx.Client(timeout=limits.store_attempt, transport=transport, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def write(self, name: str, chunks: Iterable[bytes], media_type: str = "") -> None:
        """As in Store. media_type: what the blob is to say that it is."""
        if self.exists(name):
            raise exists_already(self._shown(name))
        drawn = secrets.token_hex(8)
        sent: list[str] = []
        for block in _blocks(chunks):
            # Ids of a blob are all of one length: https://learn.microsoft.com/rest/api/storageservices/put-block
            block_id = base64.b64encode(f"{drawn}-{len(sent):05}".encode()).decode()
            self._ask("PUT", name, {"comp": "block", "blockid": block_id}, content=block)
            sent.append(block_id)
        self._commit(name, sent, media_type)

    def read(self, name: str) -> Iterator[bytes]:
        """As in Store."""
        first, size = 0, 1
        while first < size:
            wanted = {"Range": f"bytes={first}-{first + _BLOCK_BYTES - 1}"}
            try:
                answer = self._send("GET", name, {}, headers=wanted)
            except _RefusedError as error:
                if error.status == _NO_RANGE and first == 0:
                    return  # an empty blob has no range
                raise self._told(name, error) from None
            size = int(answer.headers["Content-Range"].rpartition("/")[2])
            first += len(answer.content)
            yield answer.content

    def exists(self, name: str) -> bool:
        """As in Store."""
        try:
            self._send("HEAD", name, {})
        except _RefusedError as error:
            if error.status == _NOT_FOUND and error.code != "ContainerNotFound":
                return False
            raise self._told(name, error) from None
        return True

    def media_type(self, name: str) -> str:
        """What a blob says that it is; raises StoreError where there is none."""
        try:
            return self._send("HEAD", name, {}).headers.get("Content-Type", "")
        except _RefusedError as error:
            raise self._told(name, error) from None

    def names(self, prefix: str) -> list[str]:
        """As in Store."""
        start = f"{self._place.folder}/" if self._place.folder else ""
        found: list[str] = []
        marker = ""
        while True:
            query = {"restype": "container", "comp": "list", "prefix": start + prefix}
            answer = self._ask("GET", "", query | ({"marker": marker} if marker else {}))
            found += [unescape(name).removeprefix(start) for name in _NAME.findall(answer.text)]
            following = _MARKER.search(answer.text)
            if following is None:
                return sorted(found)
            marker = unescape(following[1])

    def _commit(self, name: str, sent: list[str], media_type: str) -> None:
        listed = "".join(f"<Latest>{block_id}</Latest>" for block_id in sent)
        content = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
        try:
            headers = {"If-None-Match": "*"} | ({"x-ms-blob-content-type": media_type} if media_type else {})
            self._send("PUT", name, {"comp": "blocklist"}, headers=headers, content=content)
        except _RefusedError as error:
            if error.status != _CONFLICT:
                raise self._told(name, error) from None
            if not self._is_of(name, sent):
                raise exists_already(self._shown(name)) from None

    def _is_of(self, name: str, sent: list[str]) -> bool:
        """Whether a blob is made of these blocks: then it is ours, and the answer to its list was lost."""
        answer = self._ask("GET", name, {"comp": "blocklist", "blocklisttype": "committed"})
        return bool(sent) and _NAME.findall(answer.text) == sent

    def _ask(self, method: str, name: str, query: Mapping[str, str], content: bytes = b"") -> httpx.Response:
        try:
            return self._send(method, name, query, content=content)
        except _RefusedError as error:
            raise self._told(name, error) from None

    def _send(
        self,
        method: str,
        name: str,
        query: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> httpx.Response:
        """One request, sent again while it is refused for now. Raises _RefusedError; StoreError without an answer."""
        place, pause, problem = self._place, self._limits.store_pause, ""
        path = "/".join(filter(None, (place.container, place.folder, self._named(name)))) if name else place.container
        url = f"{place.base}/{quote(path)}"
        for attempt in range(self._limits.store_attempts):
            if attempt:
                time.sleep(pause)
                pause = min(2 * pause, self._limits.longest_pause)
            common = {
                "Authorization": f"Bearer {self._token()}",
                "Host": place.host,
                "x-ms-date": formatdate(usegmt=True),
                "x-ms-version": _VERSION,
            }
            try:
                answer = self._http.request(
                    method, url, params=query, headers={**common, **(headers or {})}, content=content
                )
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if answer.is_success:
                return answer
            refused = _RefusedError(answer.status_code, answer.headers.get("x-ms-error-code", answer.reason_phrase))
            if answer.status_code not in _AGAIN:
                raise refused
            problem = str(refused)
        raise StoreError.at(
            self._shown(name),
            f"no answer after {self._limits.store_attempts} tries: {problem}",
            "a storage account that is reached through its private endpoint",
            "bring the deployment up, which makes the endpoint, then start it again",
        )

    def _shown(self, name: str) -> str:
        return "/".join(filter(None, (f"https://{self._place.host}", self._place.container, self._place.folder, name)))

    def _told(self, name: str, error: _RefusedError) -> StoreError:
        if error.status == _NOT_FOUND and error.code != "ContainerNotFound":
            return is_missing(self._shown(name))
        return StoreError.at(
            self._shown(name),
            f"Blob Storage refused: {error.code} [{error.status}]",
            "an identity with Storage Blob Data Contributor on the container, from inside the network",
            _NEXT.get(error.code, "mend what the code names, then start it again"),
        )


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of one size, the last one as it comes."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= _BLOCK_BYTES:
            yield bytes(kept[:_BLOCK_BYTES])
            del kept[:_BLOCK_BYTES]
    if kept:
        yield bytes(kept)


def _place(url: str, environment: Mapping[str, str]) -> _Place:
    parts = urlsplit(url)
    container, _, folder = parts.path.strip("/").partition("/")
    host = parts.hostname or ""
    if parts.scheme != "https" or not host.endswith(".blob.core.windows.net") or not container or parts.query:
        raise StoreError.at(f"store {url}", "no container of blobs", _URL, "correct the URL of the store")
    address = environment.get(HOST_ADDRESS)
    if address is None:
        return _Place(base=f"https://{host}", host=host, container=container, folder=folder)
    if not _LOOPBACK.fullmatch(address):
        # The token goes to the account and to this machine, nowhere else.
        what = f"{HOST_ADDRESS} is {address!r}: {host} leads nowhere from here"
        step = "bring the deployment up, which makes the private endpoint; on Azure unset the variable"
        raise StoreError.at(f"store {url}", what, "an address and a port of this machine, or no variable", step)
    return _Place(base=f"http://{address}", host=host, container=container, folder=folder)

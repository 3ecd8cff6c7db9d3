"""Blob Storage's own API on the loopback: Put Block, Put and Get Block List, Get Blob, its properties, List Blobs.

Every storage account of the sandbox answers here, told apart by the Host header. As there: a token of a principal that
has a role on the container, a version in each request, errors as XML with their code in a header too.
https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from sandbox.azure.blobs import access
from sandbox.azure.blobs.files import Blobs, NoBlockError, ThereAlreadyError, directory_of, sweep
from sandbox.azure.blobs.tokens import principal_of
from sandbox.azure.errors import NotModelledError
from sandbox.azure.loopback import Answer, LoopbackServer, Request
from sandbox.azure.store import Store

SUFFIX: Final = ".blob.core.windows.net"
_XML: Final = "application/xml"
_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")
_BLOCK_LIST: Final = re.compile(
    r"<BlockList>((?:<(?:Latest|Uncommitted)>[^<>]+</(?:Latest|Uncommitted)>)*)</BlockList>"
)
_BLOCK: Final = re.compile(r"<\w+>([^<]+)</")
_MOST_LISTED: Final = 5_000
# https://learn.microsoft.com/rest/api/storageservices/put-block: a block has at most 4,000 MiB, a blob 50,000 of them
_MOST_BLOCKS: Final = 50_000
_AUTHORIZED: Final = "This request is not authorized to perform this operation using this permission."


class _BlobError(Exception):
    """What Blob Storage answers: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One request, taken apart. `query`: the last value of each parameter."""

    request: Request
    blobs: Blobs
    container: str
    name: str
    query: Mapping[str, str]


class BlobService:
    """The service of the sandbox at `home`, while the `with` block lasts."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home, self._store = home, store
        self._server = LoopbackServer(self._respond)

    @property
    def address(self) -> str:
        """Host and port."""
        return urlsplit(self._server.url).netloc

    def __enter__(self) -> Self:
        kept = self._store.read(lambda tx: [(name, it.name, it.created_at) for name, it in access.containers(tx)])
        sweep(self._home, {directory_of(self._home, *row) for row in kept})
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def _respond(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except _BlobError as error:
            return _refused(error)
        except NotModelledError as error:
            return _refused(_BlobError(501, "NotModelledBySandbox", str(error)))

    def _answer(self, request: Request) -> Answer:
        url = urlsplit(request.target)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        container, _, name = unquote(url.path).lstrip("/").partition("/")
        wanted = (request.method, query.get("comp", ""), bool(name))
        operation, roles = _OPERATIONS.get(wanted, (None, frozenset[str]()))
        if operation is None:
            what = f"{request.method} {url.path} comp={query.get('comp', '')}"
            raise NotModelledError(f"the sandbox has few of the operations on blobs, not {what}")
        blobs = self._admit(request, container, roles)
        return operation(_Asked(request=request, blobs=blobs, container=container, name=name, query=query))

    def _admit(self, request: Request, container: str, roles: frozenset[str]) -> Blobs:
        """The container's blobs, where the request may have them."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            message = (
                "Server failed to authenticate the request. Please refer to the information in the www-auth header."
            )
            raise _BlobError(401, "NoAuthenticationInformation", message)
        principal = principal_of(self._home, token.strip()) if scheme.lower() == "bearer" else None
        if principal is None:
            raise _BlobError(401, "InvalidAuthenticationInfo", "Authentication information is not given in the format.")
        if not _VERSION.fullmatch(request.headers.get("x-ms-version", "")):
            raise _BlobError(400, "MissingRequiredHeader", "An HTTP header that's mandatory is missing: x-ms-version.")
        account = request.headers.get("host", "").partition(":")[0].removesuffix(SUFFIX)

        def allowed(tx: access.World) -> Path | None:
            found = access.container_named(tx, account, container)
            if found is None:
                return None
            if not access.may(tx, principal, found, roles):
                raise _BlobError(403, "AuthorizationPermissionMismatch", _AUTHORIZED)
            return directory_of(self._home, account, found.name, found.created_at)

        directory = self._store.read(allowed)
        if directory is None:
            raise _BlobError(404, "ContainerNotFound", "The specified container does not exist.")
        return Blobs(directory)


def _put_block(asked: _Asked) -> Answer:
    block = asked.query.get("blockid", "")
    if not block:
        raise _BlobError(400, "MissingRequiredQueryParameter", "A required query parameter was not specified: blockid.")
    asked.blobs.put_block(asked.name, block, asked.request.content)
    return Answer(status=201)


def _put_block_list(asked: _Asked) -> Answer:
    condition = asked.request.headers.get("if-none-match")
    if condition not in (None, "*"):
        raise NotModelledError(f"the sandbox takes If-None-Match: * alone, not {condition}")
    document = _BLOCK_LIST.search(asked.request.content.decode(errors="replace"))
    if document is None:
        raise _BlobError(400, "InvalidXmlDocument", "The specified XML is not syntactically valid.")
    listed = _BLOCK.findall(document[1])
    if len(listed) > _MOST_BLOCKS:
        raise _BlobError(400, "BlockListTooLong", "The block list may not contain more than 50,000 blocks.")
    try:
        media_type = asked.request.headers.get("x-ms-blob-content-type", "")
        asked.blobs.put_block_list(asked.name, listed, media_type, only_new=condition is not None)
    except ThereAlreadyError:
        raise _BlobError(409, "BlobAlreadyExists", "The specified blob already exists.") from None
    except NoBlockError:
        raise _BlobError(400, "InvalidBlockList", "The specified block list is invalid.") from None
    return Answer(status=201)


def _get_block_list(asked: _Asked) -> Answer:
    """The committed ones alone: https://learn.microsoft.com/rest/api/storageservices/get-block-list."""
    if asked.query.get("blocklisttype", "committed") != "committed":
        raise NotModelledError("the sandbox tells of committed blocks alone")
    _size(asked)
    shown = "".join(f"<Block><Name>{name}</Name></Block>" for name in asked.blobs.blocks(asked.name))
    text = f"<BlockList><CommittedBlocks>{shown}</CommittedBlocks></BlockList>"
    content = f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()
    return Answer(status=200, content=content, media_type=_XML)


def _get_blob(asked: _Asked) -> Answer:
    size = _size(asked)
    found = _RANGE.fullmatch(asked.request.headers.get("range", ""))
    first = int(found[1]) if found else 0
    last = min(size - 1, int(found[2])) if found and found[2] else size - 1
    if found and first >= size:
        raise _BlobError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    headers = {"Content-Range": f"bytes {first}-{last}/{size}"} if found else {}
    content = asked.blobs.read(asked.name, first, last)
    kind = asked.blobs.media_type(asked.name)
    return Answer(status=206 if found else 200, headers=headers, content=content, media_type=kind)


def _properties(asked: _Asked) -> Answer:
    _size(asked)
    return Answer(status=200, headers={"Content-Type": asked.blobs.media_type(asked.name)})


def _size(asked: _Asked) -> int:
    size = asked.blobs.size(asked.name)
    if size is None:
        raise _BlobError(404, "BlobNotFound", "The specified blob does not exist.")
    return size


def _list(asked: _Asked) -> Answer:
    """Names alone, in their order; the marker is the first name of the next page."""
    most = min(int(asked.query.get("maxresults") or _MOST_LISTED), _MOST_LISTED)
    names = [it for it in asked.blobs.names(asked.query.get("prefix", "")) if it >= asked.query.get("marker", "")]
    shown = "".join(f"<Blob><Name>{escape(name)}</Name></Blob>" for name in names[:most])
    following = escape(names[most]) if len(names) > most else ""
    text = f"<Blobs>{shown}</Blobs><NextMarker>{following}</NextMarker>"
    content = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults>{text}</EnumerationResults>'
    return Answer(status=200, content=content.encode(), media_type=_XML)


# Method, `comp` and whether a blob is named → what is done, and the roles that may.
_OPERATIONS: Final[Mapping[tuple[str, str, bool], tuple[Callable[[_Asked], Answer], frozenset[str]]]] = {
    ("PUT", "block", True): (_put_block, access.WRITERS),
    ("PUT", "blocklist", True): (_put_block_list, access.WRITERS),
    ("GET", "blocklist", True): (_get_block_list, access.READERS),
    ("GET", "", True): (_get_blob, access.READERS),
    ("HEAD", "", True): (_properties, access.READERS),
    ("GET", "list", False): (_list, access.READERS),
}


def _refused(error: _BlobError) -> Answer:
    text = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    content = f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()
    return Answer(status=error.status, headers={"x-ms-error-code": error.code}, content=content, media_type=_XML)

"""What an export keeps beside the rows: blobs that nobody can make again, and secrets that no program makes.

Each blob is copied under a name of its own, with its media type; each secret as Azure seals it (tenancy.stores.vault).
A list with every hash names them, written after them, and the manifest of the export, last of all, has the list's own.
Versions, snapshots and metadata of blobs are not kept.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenancy.data.manifest import Kept, Sha256
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store
from tenancy.stores.vault import Vault

_AGAIN: Final = "export again under a new name, or take the files from a copy of the store"
_LARGEST: Final = 256 << 20


class Container(Protocol):
    """A container of blobs, whatever their names. Every method raises StoreError."""

    def names(self, prefix: str) -> list[str]:
        """Every name that begins so."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """A blob in chunks."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is a blob of that name."""
        ...

    def media_type(self, name: str) -> str:
        """What a blob says that it is."""
        ...

    def write(self, name: str, chunks: Iterable[bytes], media_type: str = "") -> None:
        """A new blob, whole or not at all."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a deployment has beside its databases: containers by name, and its vault."""

    containers: Mapping[str, Container] = field(default_factory=dict[str, Container])
    vault: Vault | None = None


class Item(BaseModel):
    """A blob or a secret. place: the container, or `vault`; key: its name there; name: where the store has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    kind: Literal["blob", "secret"]
    place: str
    key: str
    name: str
    media_type: str
    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    items: tuple[Item, ...]


@dataclass
class _Passing:
    """Chunks on their way, counted and hashed."""

    chunks: Iterable[bytes]
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def measured(self) -> dict[str, Any]:
        """`bytes` and `sha256` of what went by."""
        return {"bytes": self.size, "sha256": self.digest.hexdigest()}

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.size += len(chunk)
            self.digest.update(chunk)
            yield chunk


def keep(sources: Sources, store: Store, folder: str) -> Kept:
    """Copy every blob of the containers, and every secret of the vault that no program made. Raises StoreError."""
    items: list[Item] = []
    for place, container in sources.containers.items():
        for key in container.names(""):
            name = f"{folder}/blobs/{place}/{len(items):08}"
            passing = _Passing(container.read(key))
            media_type = container.media_type(key)
            store.write(name, passing)
            item = Item(kind="blob", place=place, key=key, name=name, media_type=media_type, **passing.measured)
            items.append(item)
    for secret in sources.vault.secrets() if sources.vault else ():
        if not secret.made_by_program:
            name = f"{folder}/secrets/{len(items):08}"
            passing = _Passing([sources.vault.backup(secret.name).encode()] if sources.vault else [])
            store.write(name, passing)
            of = {"place": "vault", "key": secret.name, "name": name, "media_type": ""}
            items.append(Item(kind="secret", **of, **passing.measured))
    data = _List(items=tuple(items)).model_dump_json().encode()
    path = f"{folder}/kept.json"
    store.write(path, [data])
    return Kept(
        name=path,
        sha256=hashlib.sha256(data).hexdigest(),
        blobs=sum(item.kind == "blob" for item in items),
        secrets=tuple(item.key for item in items if item.kind == "secret"),
        bytes=sum(item.bytes for item in items),
    )


def verify_kept(store: Store, kept: Kept) -> tuple[Item, ...]:
    """Read all that was kept, every byte against its hash; gives it. Raises RefusedError, StoreError."""
    items = _listed(store, kept)
    for item in items:
        for _ in _checked(store, item):
            pass
    return items


def give_back(sources: Sources, store: Store, kept: Kept) -> None:
    """Put what was kept where it was. What is there already must be the same: so a run that was killed finishes.

    Raises RefusedError for a container that the deployment has not, for a blob that is another, and for what the store
    changed; StoreError.
    """
    for item in _listed(store, kept):
        if item.kind == "secret":
            if sources.vault is None:
                raise _refused(item, "is a secret, and this deployment names no vault", "a job with TENANCY_VAULT")
            sources.vault.restore(b"".join(_checked(store, item)).decode())
            continue
        container = sources.containers.get(item.place)
        if container is None:
            known = ", ".join(sources.containers) or "none"
            raise _refused(item, f"was kept of container {item.place}, which this deployment has not", known)
        if not container.exists(item.key):
            container.write(item.key, _checked(store, item), item.media_type)
        elif _digest(container.read(item.key)) != item.sha256:
            raise _refused(item, f"is in {item.place} already as {item.key[:200]!r}, with other content", "the same")


def _listed(store: Store, kept: Kept) -> tuple[Item, ...]:
    data = bytearray()
    for chunk in store.read(kept.name):
        data += chunk
        if len(data) > _LARGEST:
            raise _list_refused(kept, f"is larger than {_LARGEST} bytes")
    if hashlib.sha256(data).hexdigest() != kept.sha256:
        raise _list_refused(kept, "was changed: it does not have the hash that the manifest says")
    try:
        return _List.model_validate(json.loads(bytes(data)) | {}, strict=False).items
    except (ValueError, ValidationError):
        raise _list_refused(kept, "is not as an export writes it") from None


def _checked(store: Store, item: Item) -> Iterator[bytes]:
    """The chunks of what was kept; raises where they were not those that were written."""
    if not store.exists(item.name):
        raise _refused(item, "is missing", "everything that the list names")
    passing = _Passing(store.read(item.name))
    yield from passing
    if (passing.size, passing.digest.hexdigest()) != (item.bytes, item.sha256):
        raise _refused(item, f"has other content than was written: {passing.size} bytes", f"SHA-256 {item.sha256}")


def _digest(chunks: Iterable[bytes]) -> str:
    passing = _Passing(chunks)
    for _ in passing:
        pass
    return passing.digest.hexdigest()


def _refused(item: Item, what: str, allowed: str) -> RefusedError:
    return RefusedError([Fault(where=item.name, what=what, allowed=allowed, next_step=_AGAIN)])


def _list_refused(kept: Kept, what: str) -> RefusedError:
    return RefusedError([Fault(where=kept.name, what=what, allowed="the list that was written", next_step=_AGAIN)])

"""Names for what no policy guards: each has its tenant in front, because there is no way to make one without.

Row-level security ends at the database's tables. A cache, a container of blobs, a channel of NOTIFY and advisory locks
are shared by all tenants of a deployment; what takes a `CacheKey` or a `BlobPath` cannot be given a bare text.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, NewType
from urllib.parse import quote
from uuid import UUID

CacheKey = NewType("CacheKey", str)
BlobPath = NewType("BlobPath", str)
Channel = NewType("Channel", str)
LockKey = NewType("LockKey", int)
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_LONGEST_PATH: Final = 1024


@dataclass(frozen=True)
class TenantKeys:
    """Names of one tenant's own: `TenantKeys(session.caller.tenant_id).cache("forms", form_id)`.

    Two different calls never give the same name, whatever stands in the parts: each part is percent-encoded, and the
    separator with it. Raises ValueError for no parts or an empty one.
    """

    tenant_id: UUID

    def cache(self, *parts: object) -> CacheKey:
        """A key of the cache; all of a tenant's match `cache_pattern`."""
        return CacheKey(":".join(("tenant", str(self.tenant_id), *_encoded(parts))))

    @property
    def cache_pattern(self) -> str:
        """What SCAN finds all keys of the tenant by, and of no other, when it is erased."""
        return f"tenant:{self.tenant_id}:*"

    def blob(self, *parts: object) -> BlobPath:
        """The name of a blob; `.` and `..` are names of nothing, for a path is put together and taken apart again."""
        encoded = _encoded(parts)
        if any(set(part) == {"."} for part in encoded):
            raise ValueError("a part of a blob's name is . or ..: name a file")
        path = "/".join((str(self.tenant_id), *encoded))
        if len(path) > _LONGEST_PATH:
            raise ValueError(f"the name of a blob has {len(path)} characters: at most {_LONGEST_PATH}")
        return BlobPath(path)

    def channel(self, *parts: object) -> Channel:
        """A channel of NOTIFY (at most 63 bytes): nobody can listen to it who does not know the tenant's id.

        Every session of the database may listen to every channel: send ids there, never what they stand for.
        https://www.postgresql.org/docs/current/sql-notify.html
        """
        return Channel(f"tenant_{self._digest(parts).hex()[:48]}")

    def lock(self, *parts: object) -> LockKey:
        """The key of an advisory lock, for pg_advisory_xact_lock: those of a session outlive PgBouncer's transaction.

        https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
        """
        return LockKey(int.from_bytes(self._digest(parts)[:8], "big", signed=True))

    def _digest(self, parts: tuple[object, ...]) -> bytes:
        return hashlib.sha256(self.cache(*parts).encode()).digest()


def _encoded(parts: tuple[object, ...]) -> tuple[str, ...]:
    texts = tuple(str(part) for part in parts)
    if not texts or not all(texts):
        raise ValueError("a name has at least one part, and none that is empty")
    return tuple(quote(text, safe="") for text in texts)

"""What waits in the store to be brought back, for whoever has no journal of the teardown that left it there.

An export stays where it is when it was taken over, and anybody may make one at any time. So one waits for a server only
when it is the newest whole one that ended before the server was made, nobody has given it up since, and not every
database of it has noted that it took it. One without a row is of databases that were never filled: a teardown of a
deployment that was not whole yet leaves such a one, and it hides none before it.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenancy.data.bound import Connect, reading
from tenancy.data.importing import is_noted
from tenancy.data.manifest import Manifest, exports, read_manifest
from tenancy.faults import Fault, RefusedError
from tenancy.stores import Store

FOLDER: Final = "given-up"
_LONGEST: Final = 500


class Marker(BaseModel):
    """That nobody wants back what was exported until `at`. actor: an id; reason: in words, of no person."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal[1] = 1
    at: datetime
    actor: str
    reason: Annotated[str, Field(min_length=1, max_length=_LONGEST)]


def give_up(store: Store, *, actor: str, reason: str) -> Marker:
    """Mark everything that was exported until now; gives the marker that was written. Exports stay where they are.

    Raises RefusedError for a reason that is none, StoreError.
    """
    said = reason.strip()
    if not said or len(said) > _LONGEST:
        what = f"a reason of {len(said)} characters"
        step = "say why the data is given up, without anybody's name"
        raise RefusedError([Fault(where="--reason", what=what, allowed=f"1 to {_LONGEST} characters", next_step=step)])
    marker = Marker(at=datetime.now(UTC), actor=actor, reason=said)
    store.write(f"{FOLDER}/{marker.at:%Y%m%dT%H%M%S.%fZ}.json", [marker.model_dump_json(indent=1).encode(), b"\n"])
    return marker


def waiting(connect: Connect, store: Store, *, deployment: str, before: datetime | None = None) -> Manifest | None:
    """The whole export of a deployment that its databases have not taken over and nobody has given up; None for none.

    before: when the server was made whose databases they are: what ended later is of that server itself. Every manifest
    is read: a damaged one is told (RefusedError), since the data that it stands for may be what is waited for.
    """
    since = max((_marker(store, name).at for name in store.names(f"{FOLDER}/")), default=None)
    whole = [it for it in (read_manifest(store, name) for name in exports(store)) if it.scope == "all" and it.rows]
    mine = [it for it in whole if it.deployment == deployment and (before is None or it.ended < before)]
    newest = max(mine, key=lambda it: it.ended, default=None)
    if newest is None or (since is not None and since >= newest.ended):
        return None
    return None if _is_taken(connect, newest, newest.databases) else newest


def _is_taken(connect: Connect, manifest: Manifest, databases: Iterable[str]) -> bool:
    for name in databases:
        with reading(connect, name) as work:
            if not is_noted(work, manifest):
                return False
    return True


def _marker(store: Store, name: str) -> Marker:
    try:
        return Marker.model_validate_json(b"".join(store.read(name)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        what = f"is not as `give-up` writes it: {json.dumps(first['loc'])}: {first['msg']}"
        step = "take it from a copy of the store, or give up anew and delete this one"
        raise RefusedError([Fault(where=name, what=what, allowed="a marker of `give-up`", next_step=step)]) from None

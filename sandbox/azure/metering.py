# ruff: noqa: S608 - the parts put together are constants of this module
"""The meter: what stood for how long, as what, and whether it was stopped. A bill is made of it, here it has no prices.

The store's own triggers keep it, so that nothing that writes a resource can forget it. An interval ends where a
resource is deleted (soft-deleted resources cost nothing, they are gone here), where its inputs change, and where it is
stopped or started; the next one begins there.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Final

from .bodies import Body

# Seconds since the epoch, to the millisecond: SQLite has no clock of its own that is finer.
_NOW: Final = "((julianday('now') - 2440587.5) * 86400.0)"
_OF: Final = "key, token, arm_id, inputs, stopped, begun_at"
_CLOSE: Final = f"UPDATE metered SET ended_at = {_NOW} WHERE key = {{key}} AND ended_at IS NULL"
SCHEMA: Final = (
    """CREATE TABLE metered (
        sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, token TEXT NOT NULL, arm_id TEXT NOT NULL,
        inputs TEXT NOT NULL, stopped INTEGER NOT NULL, begun_at REAL NOT NULL, ended_at REAL
    ) STRICT""",
    "CREATE UNIQUE INDEX metered_now ON metered (key) WHERE ended_at IS NULL",
    f"""CREATE TRIGGER meter_begin AFTER INSERT ON resources BEGIN
        INSERT INTO metered ({_OF}) VALUES (new.key, new.token, new.arm_id, new.inputs, 0, {_NOW});
    END""",
    f"""CREATE TRIGGER meter_change AFTER UPDATE OF inputs ON resources WHEN old.inputs <> new.inputs BEGIN
        {_CLOSE.format(key="new.key")};
        INSERT INTO metered ({_OF}) SELECT key, token, arm_id, new.inputs, stopped, ended_at FROM metered
            WHERE key = new.key ORDER BY sequence DESC LIMIT 1;
    END""",
    f"""CREATE TRIGGER meter_end AFTER DELETE ON resources BEGIN
        {_CLOSE.format(key="old.key")};
    END""",
)
# A store that was made before there was a meter knows what stands and since when, and nothing of what has gone:
# the setting `meter/since` (seconds since the epoch) says from when on it does.
TAKE_UP: Final = (
    *SCHEMA,
    f"INSERT INTO metered ({_OF}) SELECT key, token, arm_id, inputs, 0, created_at FROM resources ORDER BY rowid",
    f"INSERT INTO settings (kind, name, value) VALUES ('meter', 'since', {_NOW})",
)


@dataclass(frozen=True, kw_only=True)
class Metered:
    """A resource that stood unchanged: inputs as it was sent them (without what ARM never returns); times in seconds
    since the epoch, ended_at None while it stands; stopped: it stood and did not run.
    """

    token: str
    arm_id: str
    inputs: Body
    stopped: bool
    begun_at: float
    ended_at: float | None


def rows(sql: sqlite3.Connection) -> list[Metered]:
    """Every interval, in the order of their beginnings in the store."""
    found = sql.execute(
        "SELECT token, arm_id, inputs, stopped, begun_at, ended_at FROM metered ORDER BY sequence"
    ).fetchall()
    return [
        Metered(
            token=token,
            arm_id=arm_id,
            inputs=json.loads(inputs),
            stopped=bool(stopped),
            begun_at=begun_at,
            ended_at=ended_at,
        )
        for token, arm_id, inputs, stopped, begun_at, ended_at in found
    ]


def mark(sql: sqlite3.Connection, key: str, *, stopped: bool) -> None:
    """Note that a resource stops or starts now; nothing happens where it does so already, or does not stand."""
    changed = sql.execute(
        f"{_CLOSE.format(key='?')} AND stopped <> ? RETURNING sequence",
        (key, int(stopped)),
    ).fetchone()
    if changed is not None:
        sql.execute(
            f"INSERT INTO metered ({_OF}) SELECT key, token, arm_id, inputs, ?, ended_at FROM metered "
            "WHERE sequence = ?",
            (int(stopped), changed[0]),
        )

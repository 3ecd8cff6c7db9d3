"""When a backup of a server is fresh, and how one is asked for: plain rules, for the program and for cfctl.

Azure makes one a day, and none while nobody changes anything; whoever asks gets one at once, kept as long as the
others. https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

API_VERSION: Final = "2025-08-01"
FRESH: Final = timedelta(hours=24)
COLLECTION: Final = "backups"
DEADLINE: Final = 3_600.0  # seconds that a backup may take


def newest(listed: Mapping[str, Any]) -> datetime | None:
    """When the newest of the backups that a server lists was completed; None where there is none."""
    bodies = [it.get("properties") or {} for it in listed.get("value") or []]
    times = [datetime.fromisoformat(str(it["completedTime"])) for it in bodies if it.get("completedTime")]
    return max(times, default=None)


def is_fresh(completed: datetime | None, now: datetime) -> bool:
    """Whether a backup lets a migration begin."""
    return completed is not None and now - completed <= FRESH


def name_at(now: datetime) -> str:
    """The name of a backup that is asked for now."""
    return f"before-migration-{now:%Y%m%dT%H%M%S}"

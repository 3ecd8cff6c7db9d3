"""The oldest minor versions that keep the promise, as dated data: a row for each major version and each flaw in it.

Azure installs minor versions itself, in maintenance windows, and offers them weeks after PostgreSQL does; nobody can
install one that is not offered. So a server below the floor is told of; it is refused from the day on that a fixed
release is offered for its major version. https://www.postgresql.org/support/security/ tells of flaws,
https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-supported-versions of what is offered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from tenancy.faults import Fault

_CONFLICT: Final = "INSERT ... ON CONFLICT DO UPDATE, iterated, reads rows that policies hide"
_STATISTICS: Final = "operators see sampled values of partitions' rows that policies hide"


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The first minor version of a major one without a flaw. `offered`: since when Azure offers it, None: not yet."""

    major: int
    minor: int
    cve: str
    about: str
    offered: date | None


FLOORS: Final = (
    # Azure's page of supported versions had 18.3 in March 2026 and 16.11 in December 2025, the newest ones seen.
    Floor(major=18, minor=7, cve="CVE-2026-120154", about=_CONFLICT, offered=None),
    Floor(major=17, minor=12, cve="CVE-2026-120154", about=_CONFLICT, offered=None),
    Floor(major=16, minor=16, cve="CVE-2026-120154", about=_CONFLICT, offered=None),
    Floor(major=17, minor=6, cve="CVE-2025-8713", about=_STATISTICS, offered=None),
    Floor(major=16, minor=10, cve="CVE-2025-8713", about=_STATISTICS, offered=date(2025, 12, 31)),
)


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A server below a floor. `blocks`: whether a release without the flaw is offered, so that it is refused."""

    found: str
    floor: Floor
    blocks: bool

    @property
    def fault(self) -> Fault:
        """The shortfall as a fault; also the text of the warning where it does not block."""
        floor, since = self.floor, f"offered by Azure since {self.floor.offered:%Y-%m-%d}" if self.floor.offered else ""
        fixed = f"{floor.major}.{floor.minor}"
        return Fault(
            where=f"PostgreSQL {self.found}",
            what=f"has {floor.cve}: {floor.about}",
            allowed=f"{fixed} or later{f', {since}' if since else '; Azure was not seen to offer it yet'}",
            next_step=f"take the server's next maintenance window for {fixed}, then start this again"
            if self.blocks
            else "nothing until it is offered; then write the day into tenancy/gate/floor.py",
        )


def shortfalls(version: int, on: date) -> Iterator[Shortfall]:
    """The floors that a server is below on a day. `version`: server_version_num, such as 180004 for 18.4."""
    major, minor = divmod(version, 10_000)
    for floor in FLOORS:
        if floor.major == major and minor < floor.minor:
            is_offered = floor.offered is not None and floor.offered <= on
            yield Shortfall(found=f"{major}.{minor}", floor=floor, blocks=is_offered)

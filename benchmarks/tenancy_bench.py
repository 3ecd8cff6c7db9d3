"""What the tenancy benchmarks share: a server with the plan applied, a million rows, CPU of one backend.

Ratios are of CPU seconds that a backend spent (`/proc/<pid>/schedstat`, nanoseconds), because others share the machine.
https://www.kernel.org/doc/html/latest/scheduler/sched-stats.html
"""

import gc
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.tenancy.bench import Bench

Connection = psycopg.Connection[tuple[Any, ...]]
DATABASE: Final = "analytics_service"
# Nothing of these is compared, and each would add noise; on both sides alike.
_QUIET: Final = (
    "jit = off",
    "max_parallel_workers_per_gather = 0",
    "synchronous_commit = off",
    "plan_cache_mode = auto",
)


@contextmanager
def server(version: str = "18", databases: tuple[str, ...] = (DATABASE,)) -> Generator[Bench]:
    """A server of the stand-in on which the job has made these databases; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tenancy-") as directory:
        home = Path(directory)
        (home / "pg").mkdir()
        bench = Bench(home, version)
        try:
            yield bench.ready(databases)
        finally:
            bench.close()


def admit(owner: Connection, names: Iterable[str]) -> list[str]:
    """Tenants, by the way that applications admit them; gives their ids."""
    rows = owner.execute(
        "SELECT id, tenancy.admit(id, name, name, 'EU') FROM "
        "(SELECT name, tenancy.new_id() AS id FROM unnest(%s::text[]) name OFFSET 0) t",
        ([*names],),
    ).fetchall()
    return [str(row[0]) for row in rows]


def fill(owner: Connection, tenants: list[str], rows: int) -> None:
    """Rows of all tenants in turn, so that none lies together; past triggers, because nobody did it."""
    owner.execute("SET session_replication_role = replica")
    owner.execute(
        "INSERT INTO app.breach_totals (tenant_id, day, organization_id, rule_code, severity, count) "
        "SELECT (%s::uuid[])[1 + n %% %s], DATE '2026-01-01' + n / 100000, tenancy.new_id(), 'rule-' || n %% 97, "
        "(ARRAY['low', 'medium', 'high'])[1 + n %% 3], n %% 1000 FROM generate_series(1, %s) n",
        (tenants, len(tenants), rows),
    )
    owner.execute("VACUUM (ANALYZE) app.breach_totals")


def some_row(owner: Connection, tenant: str) -> str:
    """The id of a row of a tenant."""
    rows = owner.execute("SELECT id FROM app.breach_totals WHERE tenant_id = %s LIMIT 1", (tenant,)).fetchall()
    return str(rows[0][0])


def session(bench: Bench, role: str, database: str = DATABASE) -> Connection:
    """A session that acts as a role, on the stand-in's own socket: both sides come the same way."""
    connection = bench.superuser(database)
    for setting in _QUIET:
        connection.execute(f"SET {setting}".encode())
    connection.execute(f'SET ROLE "{role}"'.encode())
    return connection


def cpu(connection: Connection, work: Callable[[Connection], None]) -> float:
    """CPU seconds that the session's backend spends on it; it is asleep again when the answer is here."""
    before = _spent(connection)
    work(connection)
    return (_spent(connection) - before) / 1e9


def _spent(connection: Connection) -> int:
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text(encoding="ascii").split()[0])


@dataclass(frozen=True)
class Compared:
    """Seconds of each side, a value a round."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratio(self) -> float:
        """The median of the ratios within a round: its halves ran one after the other, on a machine equally busy."""
        return statistics.median(self._ratios)

    def __str__(self) -> str:
        """Spread: quartiles of those ratios; the medians of each side over all rounds."""
        low, _, high = statistics.quantiles(self._ratios, n=4)
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        return (
            f"  {len(self.ours)} rounds, half of them from {low:.2f} to {high:.2f}; "
            f"medians {ours * 1e3:.3f} and {theirs * 1e3:.3f} ms: {ours / theirs:.2f}"
        )

    @property
    def _ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def compare(
    rounds: int, sides: Mapping[str, tuple[Connection, Callable[[Connection], None]]], ours: str, theirs: str
) -> Compared:
    """Both sides in each round, in an order by chance; a tenth of the rounds first, which is not counted."""
    spent: dict[str, list[float]] = {name: [] for name in sides}
    gc.disable()
    for turn in range(-(rounds // 10), rounds):
        for name in random.sample([*sides], len(sides)):
            connection, work = sides[name]
            seconds = cpu(connection, work)
            if turn >= 0:
                spent[name].append(seconds)
    gc.enable()
    return Compared(spent[ours], spent[theirs])

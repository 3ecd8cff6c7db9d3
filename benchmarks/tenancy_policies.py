"""What row-level security costs: the service's queries without a tenant, against an explicit WHERE as a role that
bypasses policies; 1,000,000 rows of 1,000 tenants, one run, CPU of the backend.

Bounds: point read 1.3, aggregate of a tenant 1.05, insert of 500 rows 1.05, scan that no index serves 1.05. A
transaction is the same on both sides: BEGIN, the binding, the statement (prepared), COMMIT. The table has no audit
trigger, whose cost would be on both sides and make every ratio smaller.

.venv/bin/python benchmarks/tenancy_policies.py [rounds] [rows]
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from harness import machine, row
from tenancy_bench import DATABASE, Connection, admit, compare, fill, server, session, some_row

from tenancy.assurance import ddl
from tenancy.assurance.tokens import SigningKey
from tenancy.sessions import binding
from tenancy.sessions.caller import Caller

TENANTS: Final = 1_000
SERVICE: Final = f"id-{DATABASE}"
POINT: Final = "SELECT * FROM app.breach_totals WHERE id = %(id)s"
TOTAL: Final = "SELECT sum(count), max(day) FROM app.breach_totals"
SCAN: Final = "SELECT count(*) FROM app.breach_totals WHERE count = 500"
INSERT: Final = (
    "INSERT INTO app.breach_totals (day, organization_id, rule_code, severity, count) "
    "SELECT DATE '2027-01-01', tenancy.new_id(), 'rule', 'low', n FROM generate_series(1, 500) n"
)
EXPLICIT: Final = INSERT.replace("(day", "(tenant_id, day").replace("SELECT DATE", "SELECT %(tenant_id)s::uuid, DATE")
# A role that bypasses policies, with the same rights.
BYPASS: Final = (
    "CREATE ROLE bench_bypass BYPASSRLS",
    "GRANT USAGE ON SCHEMA app, tenancy TO bench_bypass",
    "GRANT SELECT, INSERT ON app.breach_totals TO bench_bypass",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tenancy TO bench_bypass",
)
_INDEXES: Final = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
Work = Callable[[Connection], None]


def where(statement: str) -> str:
    """With the tenant written out, as a careful author would."""
    return f"{statement} {'AND' if 'WHERE' in statement else 'WHERE'} tenant_id = %(tenant_id)s"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement that a measurement runs so many times, each in a transaction; undo: rolled back."""

    text: str
    row: str = ""
    times: int = 1
    undo: bool = False

    def of(self, caller: Caller, *, bound: bool = True) -> Work:
        """The work of a caller, with the binding or without."""
        known = {"tenant_id": str(caller.tenant_id), "id": self.row}
        used = {name: value for name, value in known.items() if f"%({name})s" in self.text}
        text = self.text.encode()

        def work(connection: Connection) -> None:
            for _ in range(self.times):
                with connection.transaction(force_rollback=self.undo):
                    if bound:
                        connection.execute(binding.statement(caller), binding.values(caller), prepare=True)
                    connection.execute(text, used, prepare=True)

        return work


@dataclass(frozen=True, kw_only=True)
class Scales:
    """Both sides' sessions, and how often they are compared."""

    rounds: int
    policy: Connection
    bypass: Connection

    def weigh(self, claim: str, ours: Work, theirs: Work, bound: float | None = None) -> None:
        """One line of the report and its spread: ours under policies, theirs as the role that bypasses them."""
        sides = {"ours": (self.policy, ours), "theirs": (self.bypass, theirs)}
        compared = compare(self.rounds, sides, "ours", "theirs")
        row(f"{claim}: policies / explicit WHERE", compared.ratio, bound)
        print(compared)

    def use_indexes(self, state: str) -> None:
        """Let the planner use indexes (`on`) or not (`off`)."""
        for connection in (self.policy, self.bypass):
            for name in _INDEXES:
                connection.execute("SELECT set_config(%s, %s, false)", (name, state))


def main(rounds: int, rows: int) -> None:
    """Print the figures."""
    machine()
    with server() as bench, bench.superuser(DATABASE) as owner:
        began = time.perf_counter()
        tenants = admit(owner, (f"tenant-{n}" for n in range(TENANTS)))
        fill(owner, tenants, rows)
        print(f"{rows:,} rows of {TENANTS:,} tenants, made in {time.perf_counter() - began:.0f} s; ratios of CPU")
        for statement in BYPASS:
            owner.execute(statement.encode())
        reader, writer = (Caller(tenant_id=UUID(tenant), actor_id="bench") for tenant in tenants[7:9])
        point = Statement(text=POINT, row=some_row(owner, tenants[7]), times=20)
        with session(bench, SERVICE) as policy, session(bench, "bench_bypass") as bypass:
            scales = Scales(rounds=rounds, policy=policy, bypass=bypass)
            figures(scales, reader, writer, point)
            binding_cost(scales, reader, point)
            signed(scales, owner, reader, point)
            whale(scales, owner, rows)


def figures(scales: Scales, reader: Caller, writer: Caller, point: Statement) -> None:
    """Those with a bound. Who inserts is not who reads: rows that were rolled back lie in the way."""
    explicit = Statement(text=where(POINT), row=point.row, times=point.times)
    scales.weigh("point read by id", point.of(reader), explicit.of(reader), 1.3)
    total, filtered = (Statement(text=text, times=5) for text in (TOTAL, where(TOTAL)))
    scales.weigh("aggregate of a tenant's rows", total.of(reader), filtered.of(reader), 1.05)
    insert, written = (Statement(text=text, undo=True) for text in (INSERT, EXPLICIT))
    scales.weigh("insert of 500, rolled back", insert.of(writer), written.of(writer), 1.05)
    scales.weigh("insert of 500, both with the tenant written", written.of(writer), written.of(writer))
    scales.use_indexes("off")
    scan, narrowed = (Statement(text=text) for text in (SCAN, where(SCAN)))
    scales.weigh("scan of all rows, no index", scan.of(reader), narrowed.of(reader), 1.05)
    scales.use_indexes("on")


def binding_cost(scales: Scales, caller: Caller, point: Statement) -> None:
    """A transaction with the binding against one without: the same role, the same explicit WHERE."""
    read = Statement(text=where(POINT), row=point.row, times=point.times)
    works = {"bound": read.of(caller), "unbound": read.of(caller, bound=False)}
    sides = {name: (scales.bypass, work) for name, work in works.items()}
    compared = compare(scales.rounds, sides, "bound", "unbound")
    row("binding a session: point read with / without it, CPU", compared.ratio)
    print(compared)
    seconds: dict[str, float] = {}
    for name, work in works.items():
        began = time.perf_counter()
        for _ in range(scales.rounds):
            work(scales.bypass)
        seconds[name] = (time.perf_counter() - began) / (scales.rounds * read.times)
    row("binding a session: wall a transaction", (seconds["bound"] - seconds["unbound"]) * 1e6, unit=" us")


def signed(scales: Scales, owner: Connection, caller: Caller, point: Statement) -> None:
    """High-assurance mode, where each transaction verifies a token and each statement the seal."""
    key = SigningKey("bench", bytes(range(32)))
    owner.execute(f'SET ROLE "{DATABASE}_owner"'.encode())
    for statement in ddl.statements(DATABASE):
        owner.execute(statement.encode())
    owner.execute("INSERT INTO tenancy.signing_keys VALUES (%s, %s, %s)", (key.id, *key.blocks))
    owner.execute("RESET ROLE")
    context = key.token(caller.tenant_id, caller.actor_id, "", seconds=ddl.LONGEST_LIFE - 60)
    sealed = Caller(tenant_id=caller.tenant_id, actor_id=caller.actor_id, context=context)
    explicit = Statement(text=where(POINT), row=point.row, times=point.times)
    scales.weigh("signed context, point read", point.of(sealed), explicit.of(caller))
    total, filtered = (Statement(text=text, times=5) for text in (TOTAL, where(TOTAL)))
    scales.weigh("signed context, aggregate", total.of(sealed), filtered.of(caller))
    owner.execute(f'SET ROLE "{DATABASE}_owner"'.encode())
    for statement in ddl.removal():
        owner.execute(statement.encode())
    owner.execute("RESET ROLE")


def whale(scales: Scales, owner: Connection, rows: int) -> None:
    """A tenant with as many rows as all the others together: the planner does not see which tenant it plans for."""
    (tenant,) = admit(owner, ["whale"])
    fill(owner, [tenant], rows)
    caller = Caller(tenant_id=UUID(tenant), actor_id="bench")
    point = Statement(text=POINT, row=some_row(owner, tenant), times=20)
    explicit = Statement(text=where(POINT), row=point.row, times=point.times)
    scales.weigh("50 % tenant, point read", point.of(caller), explicit.of(caller))
    total, filtered = (Statement(text=text) for text in (TOTAL, where(TOTAL)))
    fewer = replace(scales, rounds=scales.rounds // 4)  # each is a million rows, and their spread is small
    fewer.weigh("50 % tenant, aggregate of its rows", total.of(caller), filtered.of(caller))


if __name__ == "__main__":
    main(*(int(text) for text in (*sys.argv[1:], *("200", "1000000")[len(sys.argv) - 1 :])))

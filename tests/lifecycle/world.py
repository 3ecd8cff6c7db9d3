"""A deployment with data, made of plain values, that may be killed before or after anything it is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cidr import Fault
from lifecycle.bringup import Bringup
from lifecycle.journal import Evidence, Journal, Journals, Kind
from lifecycle.machine import Step, StepError, advance
from lifecycle.ports import Exported, Health, Left, Price, Ran, Server
from lifecycle.resuming import journal_for
from lifecycle.saved import saved
from lifecycle.teardown import Teardown

T = TypeVar("T")
START = datetime(2026, 11, 22, 8, tzinfo=UTC)


class KilledError(BaseException):
    """What SIGKILL is to a process: nothing after it runs."""


class Silent:
    """Nobody looks on."""

    def begins(self, step: Step, *, again: bool) -> None: ...
    def ends(self, step: Step, evidence: Evidence, seconds: float) -> None: ...
    def was_done(self, step: Step) -> None: ...


@dataclass
class World:
    """What outlives the process: the deployment, its rows, the store. kill_at: how many moments until it is killed."""

    rows: dict[str, int] = field(default_factory=lambda: {"user_service": 3, "form_service": 5})
    stands: bool = True
    servers_made: int = 1
    store: dict[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    half_written: set[str] = field(default_factory=set[str])
    strangers: list[str] = field(default_factory=list[str])
    ill: set[str] = field(default_factory=set[str])
    lies: bool = False
    broken: bool = False
    backed_up: bool = False
    kill_at: int = -1
    moments: int = 0
    calls: list[str] = field(default_factory=list[str])
    noted: set[tuple[str, str, int]] = field(default_factory=set[tuple[str, str, int]])
    verified: list[str] = field(default_factory=list[str])

    def moment(self) -> None:
        """Where a kill may strike."""
        if self.moments == self.kill_at:
            self.moments += 1
            raise KilledError
        self.moments += 1

    def asked(self, call: str, effect: Callable[[], T]) -> T:
        """One effect with a moment before it and one after it."""
        self.calls.append(call)
        self.moment()
        result = effect()
        self.moment()
        return result

    # engine
    def up(self) -> Ran:
        def effect() -> Ran:
            if not self.stands:
                self.stands, self.rows, self.servers_made = True, {}, self.servers_made + 1
            return Ran(changes={"create": 2}, seconds=1.0)

        return self.asked("up", effect)

    def destroy(self) -> Ran:
        assert self.rows == {} or any(self.store[name] == self.rows for name in self.verified), "unverified data lost"

        def effect() -> Ran:
            self.stands, self.rows = False, {}
            left = Left(name="kv", type="keyvault:Vault", why="soft-deleted")
            return Ran(changes={"delete": 2}, seconds=1.0, left=(left,))

        return self.asked("destroy", effect)

    def unprotect(self) -> int:
        assert self.backed_up, "nothing is unprotected before there is a fresh backup"
        return self.asked("unprotect", lambda: 3)

    def fresh_backup(self) -> Mapping[str, str]:
        def effect() -> Mapping[str, str]:
            self.backed_up = True
            return {"completed": "2026-11-22T08:00:00Z"}

        return self.asked("backup", effect)

    def write(self) -> None:
        """What a service does with a deployment that is up: one more row."""
        if self.stands:
            self.rows["user_service"] = self.rows.get("user_service", 0) + 1

    # data
    def export(self, name: str) -> Exported:
        assert name not in self.store, "nothing is exported over a good export"
        assert name not in self.half_written, "nor over what is half written"
        self.half_written.add(name)
        if self.broken:
            raise StepError(Fault(where="database user_service", what="refused", allowed="", next_step=""))

        def effect() -> Exported:
            self.store[name] = dict(self.rows)
            return self._exported(name)

        return self.asked("export", effect)

    def verify(self, name: str) -> Exported:
        def effect() -> Exported:
            if not self.lies:
                self.verified.append(name)
            return self._exported(name, more=1 if self.lies else 0)

        return self.asked("verify", effect)

    def import_(self, name: str) -> Exported:
        """A database at a time; one that has taken this export is passed over, as the job does."""
        for database, rows in self.store[name].items():

            def effect(database=database, rows=rows) -> None:
                if (name, database, self.servers_made) not in self.noted:  # each database notes what it has taken
                    assert database not in self.rows, "imported into a database with other data"
                    self.rows[database] = rows
                    self.noted.add((name, database, self.servers_made))

            self.asked("import", effect)
        return self._exported(name)

    def _exported(self, name: str, more: int = 0) -> Exported:
        databases = self.store[name]
        return Exported(
            name=name,
            manifest=f"sha-{more}-{sorted(databases.items())}",
            rows=sum(databases.values()),
            databases=databases,
        )

    # cloud
    def server(self) -> Server | None:
        return Server(id="/s", made_at=f"made {self.servers_made}", prepared=True) if self.stands else None

    def resources(self) -> int:
        return 2 if self.stands else 0

    def orphans(self) -> Sequence[str]:
        return self.strangers

    def price(self) -> Price | None:
        return Price(amount="174.60", currency="USD", unpriced=0) if self.stands else None

    def health(self) -> Sequence[Health]:
        return [
            Health(service=name, healthy=name not in self.ill, detail="down", parts=("database",))
            for name in ("user", "form")
        ]


@dataclass
class Commands:
    """`down` and `up` as a person types them, each a process of its own on the same disk."""

    world: World
    directory: Path
    clock: datetime = START

    def down(self, without_export: str = "", break_glass: str = "") -> Mapping[str, Evidence]:
        journals, journal = self._journal("down")
        waiting = saved(it for it in journals.of("westeu-dev-1") if it.path != journal.path)
        run = Teardown(
            deployment="westeu-dev-1",
            engine=self.world,
            data=self.world,
            cloud=self.world,
            journal=journal,
            saved=waiting,
            without_export=without_export,
            break_glass=break_glass,
        )
        done = advance(run.steps, journal, Silent())
        journal.end("succeeded")
        return done

    def up(self, fresh: str = "") -> Mapping[str, Evidence]:
        journals, journal = self._journal("up")
        waiting = saved(it for it in journals.of("westeu-dev-1") if it.path != journal.path)
        run = Bringup(
            deployment="westeu-dev-1",
            engine=self.world,
            data=self.world,
            cloud=self.world,
            saved=waiting,
            fresh=fresh,
        )
        done = advance(run.steps, journal, Silent())
        journal.end("succeeded")
        return done

    def _journal(self, kind: Kind) -> tuple[Journals, Journal]:
        self.clock += timedelta(minutes=1)
        journals = Journals(self.directory, lambda: self.clock)
        return journals, journal_for(journals, "westeu-dev-1", kind, self.world.server())

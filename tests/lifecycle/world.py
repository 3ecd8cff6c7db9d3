"""A deployment with data, made of plain values, that may be killed before or after anything it is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cidr import Fault
from lifecycle.bringup import Bringup
from lifecycle.elsewhere import Elsewhere
from lifecycle.journal import Evidence, Journal, Journals, Kind
from lifecycle.machine import Step, StepError, advance
from lifecycle.ports import Exported, Health, Left, Price, Ran, Server, Waiting
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
    """What outlives the process: the deployment, its rows, the store. kill_at: how many moments until it is killed.

    clock: moved on by each command. deaf: the store takes no marker. destroyable: what stands may go unsaved.
    """

    rows: dict[str, int] = field(default_factory=lambda: {"user_service": 3, "form_service": 5})
    stands: bool = True
    servers_made: int = 1
    clock: datetime = START
    made_at: str = (START - timedelta(days=1)).isoformat()
    store: dict[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    ended: dict[str, str] = field(default_factory=dict[str, str])
    given_up: list[str] = field(default_factory=list[str])
    deaf: bool = False
    destroyable: bool = False
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
                self.made_at = self.clock.isoformat()
            return Ran(changes={"create": 2}, seconds=1.0)

        return self.asked("up", effect)

    def destroy(self) -> Ran:
        assert self.destroyable or self.rows == {} or any(self.store[name] == self.rows for name in self.verified), (
            "unverified data lost"
        )

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
            self.store[name], self.ended[name] = dict(self.rows), self.clock.isoformat()
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

    def waiting(self, before: str) -> Waiting | None:
        """As the job: the newest of those with rows, unless it was given up or every database has noted it."""

        def effect() -> Waiting | None:
            found = [(ended, it) for it, ended in self.ended.items() if self.store[it] and ended < before]
            ended, name = max(found, default=("", ""))
            taken = all((name, database, self.servers_made) in self.noted for database in self.store.get(name, ()))
            is_given_up = max(self.given_up, default="") >= ended
            return None if taken or is_given_up else Waiting(export=self._exported(name), ended=ended)

        return self.asked("waiting", effect)

    def give_up(self, reason: str) -> None:
        if self.deaf:
            raise StepError(Fault(where="store", what="refused", allowed="", next_step=""))
        self.asked("give-up", lambda: self.given_up.append(self.clock.isoformat()))

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
        return Server(id="/s", made_at=self.made_at, prepared=True) if self.stands else None

    def resources(self) -> int:
        return 2 if self.stands else 0

    def orphans(self) -> Sequence[str]:
        return self.strangers

    def price(self) -> Price | None:
        return Price(amount="174.60", currency="USD", unpriced=0) if self.stands else None

    def health(self) -> Sequence[Health]:
        def effect() -> Sequence[Health]:
            return [
                Health(service=name, healthy=name not in self.ill, detail="down", parts=("database",))
                for name in ("user", "form")
            ]

        return self.asked("health", effect)


@dataclass
class Commands:
    """`down` and `up` as a person types them, each a process of its own on the same disk.

    shared: others type elsewhere, on disks of their own, as on Azure.
    """

    world: World
    directory: Path
    shared: bool = False

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
            elsewhere=self._elsewhere(journals),
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
            elsewhere=self._elsewhere(journals),
        )
        done = advance(run.steps, journal, Silent())
        journal.end("succeeded")
        return done

    def _journal(self, kind: Kind) -> tuple[Journals, Journal]:
        self.world.clock += timedelta(minutes=1)
        journals = Journals(self.directory, lambda: self.world.clock)
        return journals, journal_for(journals, "westeu-dev-1", kind, self.world.server())

    def _elsewhere(self, journals: Journals) -> Elsewhere | None:
        return Elsewhere(data=self.world, journals=journals.of("westeu-dev-1")) if self.shared else None

"""Up: preflight → deploy → import → compare → health → receipt. What a teardown saved comes back, counted.

Databases are migrated inside `deploy`, by the gate that every service waits for: a service never meets old tables.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from cidr import Fault
from lifecycle.elsewhere import WAITED, Elsewhere, imported_before
from lifecycle.journal import Evidence
from lifecycle.machine import Step, StepError
from lifecycle.ports import Cloud, Data, Engine, Server
from lifecycle.saved import EXPORTED, IMPORT, MADE_AT, PREFLIGHT, Saved

DEPLOY: Final = "deploy"
COMPARE: Final = "compare"
HEALTH: Final = "health"


@dataclass(frozen=True, kw_only=True)
class Bringup:
    """One deployment coming up. fresh: why what was saved is not brought back; empty to bring it back.

    saved: what journals say waits. elsewhere: where runs may have been on other machines: then the store says it, for
    each server anew, whatever a run that was cut off before found.
    """

    deployment: str
    engine: Engine
    data: Data
    cloud: Cloud
    saved: Saved | None
    fresh: str = ""
    elsewhere: Elsewhere | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        anew = self.elsewhere is not None
        return (
            Step(PREFLIGHT, "looking at what stands", self._preflight, always=True),
            Step(DEPLOY, "deploying", self._deploy, always=True),
            Step(IMPORT, "importing the data", self._import, always=anew),
            Step(COMPARE, "comparing row counts", self._compare, always=anew),
            Step(HEALTH, "asking every service for its health", self._health),
        )

    def _preflight(self, _: Mapping[str, Evidence]) -> Evidence:
        return {"resources": self.cloud.resources()}

    def _deploy(self, _: Mapping[str, Evidence]) -> Evidence:
        return asdict(self.engine.up())

    def _import(self, before: Mapping[str, Evidence]) -> Evidence:
        server = self.cloud.server()
        if self.elsewhere is not None and server is not None:
            return self._told_by_the_store(self.elsewhere, server, before.get(IMPORT))
        if self.saved is None:
            return {"none": "nothing was saved that is not back"}
        if self.fresh:
            return {"none": f"not asked for: {self.fresh}"}
        if server is not None and server.made_at == self.saved.made_at:
            return {"none": "the databases that it was exported from were never gone"}
        return asdict(self.data.import_(self.saved.name))

    def _told_by_the_store(self, elsewhere: Elsewhere, server: Server, earlier: Evidence | None) -> Evidence:
        """The same, and of which server it was. earlier: what this run came to before it was cut off."""
        if earlier is not None and imported_before(earlier, server.made_at):
            return earlier
        of = {MADE_AT: server.made_at}
        if self.fresh:
            self.data.give_up(self.fresh)
            return {"none": f"not asked for: {self.fresh}", **of}
        saved = elsewhere.saved(server.made_at)
        if saved is None:
            return {"none": "the store has nothing that waits for this server", **of}
        try:
            return {**asdict(self.data.import_(saved.name)), WAITED: saved.export, **of}
        except StepError as error:
            raise StepError(*error.faults, self._or_not(saved)) from error

    def _or_not(self, saved: Saved) -> Fault:
        return Fault(
            where=f"export {saved.name}",
            what=f"{self.deployment} is up without what the store says waits for it: {saved.export['rows']} row(s)",
            allowed="databases that take it, or a reason not to want it back",
            next_step=f'mend that, then again; or give it up: ./cfctl up {self.deployment} --fresh "…"',
        )

    def _compare(self, before: Mapping[str, Evidence]) -> Evidence:
        imported = before[IMPORT]
        export = imported.get(WAITED) or (self.saved and self.saved.export)
        if export is None or EXPORTED not in imported:
            return imported
        expected: Mapping[str, int] = export["databases"]
        found: Mapping[str, int] = imported["databases"]
        differing = [
            f"{name} has {found.get(name, 0)} of {rows} rows"
            for name, rows in expected.items()
            if found.get(name) != rows
        ]
        if differing:
            raise StepError(
                Fault(
                    where=f"export {export[EXPORTED]}",
                    what=f"{self.deployment}: the databases do not hold what was exported: {', '.join(differing)}",
                    allowed="as many rows in every database as the manifest has",
                    next_step=f"the export is kept: ./cfctl logs {self.deployment} tenancy says what was imported",
                )
            )
        return {"databases": len(expected), "rows": export["rows"]}

    def _health(self, _: Mapping[str, Evidence]) -> Evidence:
        health = self.cloud.health()
        if ill := [it for it in health if not it.healthy]:
            raise StepError(
                *(
                    Fault(
                        where=f"{self.deployment} {it.service}",
                        what=f"{it.service} is not healthy: {it.detail}",
                        allowed="every service healthy",
                        next_step=f"./cfctl logs {self.deployment} {it.service}, mend it, "
                        f"then ./cfctl up {self.deployment}",
                    )
                    for it in ill
                )
            )
        return {"healthy": len(health), "parts": dict(Counter(part for it in health for part in it.parts))}

"""Up: preflight → deploy → import → compare → health → receipt. What a teardown saved comes back, counted.

Databases are migrated inside `deploy`, by the gate that every service waits for: a service never meets old tables.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from cidr import Fault
from lifecycle.journal import Evidence
from lifecycle.machine import Step, StepError
from lifecycle.ports import Cloud, Data, Engine
from lifecycle.saved import EXPORTED, IMPORT, PREFLIGHT, Saved

DEPLOY: Final = "deploy"
COMPARE: Final = "compare"
HEALTH: Final = "health"


@dataclass(frozen=True, kw_only=True)
class Bringup:
    """One deployment coming up. fresh: why what was saved is not brought back; empty to bring it back."""

    deployment: str
    engine: Engine
    data: Data
    cloud: Cloud
    saved: Saved | None
    fresh: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return (
            Step(PREFLIGHT, "looking at what stands", self._preflight, always=True),
            Step(DEPLOY, "deploying", self._deploy, always=True),
            Step(IMPORT, "importing the data", self._import),
            Step(COMPARE, "comparing row counts", self._compare),
            Step(HEALTH, "asking every service for its health", self._health),
        )

    def _preflight(self, _: Mapping[str, Evidence]) -> Evidence:
        return {"resources": self.cloud.resources()}

    def _deploy(self, _: Mapping[str, Evidence]) -> Evidence:
        return asdict(self.engine.up())

    def _import(self, _: Mapping[str, Evidence]) -> Evidence:
        if self.saved is None:
            return {"none": "nothing was saved that is not back"}
        if self.fresh:
            return {"none": f"not asked for: {self.fresh}"}
        server = self.cloud.server()
        if server is not None and server.made_at == self.saved.made_at:
            return {"none": "the databases that it was exported from were never gone"}
        return asdict(self.data.import_(self.saved.name))

    def _compare(self, before: Mapping[str, Evidence]) -> Evidence:
        imported = before[IMPORT]
        if self.saved is None or EXPORTED not in imported:
            return imported
        expected: Mapping[str, int] = self.saved.export["databases"]
        found: Mapping[str, int] = imported["databases"]
        differing = [
            f"{name} has {found.get(name, 0)} of {rows} rows"
            for name, rows in expected.items()
            if found.get(name) != rows
        ]
        if differing:
            raise StepError(
                Fault(
                    where=f"export {self.saved.name}",
                    what=f"{self.deployment}: the databases do not hold what was exported: {', '.join(differing)}",
                    allowed="as many rows in every database as the manifest has",
                    next_step=f"the export is kept: ./cfctl logs {self.deployment} tenancy says what was imported",
                )
            )
        return {"databases": len(expected), "rows": self.saved.export["rows"]}

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

"""Down: preflight → export → verify → destroy → empty → receipt. Nothing is destroyed before its export is verified.

Behind a broken glass (production) there is a step more before it: a fresh backup of Azure's own, which outlives the
server for some days, and only then what protects the resources is lifted.

An export that was cut off is left as it lies, without a manifest and so no export, and the next try has another name:
nothing is ever written over. Once `destroy` has begun, what it was verified against is in the journal, and a later up
brings it back even when this run never finished.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from cidr import Fault
from lifecycle.elsewhere import Elsewhere
from lifecycle.journal import Evidence, Journal
from lifecycle.machine import Step, StepError
from lifecycle.ports import Cloud, Data, Engine, Exported
from lifecycle.saved import DESTROY, EXPORTED, GIVEN_UP, MADE_AT, PREFLIGHT, PRICE, VERIFY, Saved

EXPORT: Final = "export"
BREAK_GLASS: Final = "break-glass"
EMPTY: Final = "empty"


@dataclass(frozen=True, kw_only=True)
class Teardown:
    """One deployment going down.

    saved: what an earlier teardown saved and no run has brought back, by the journals; elsewhere: where runs may have
    been on other machines: then the store says it. without_export: why its data may go unsaved; empty to save it.
    break_glass: why a deployment that stays is taken down all the same, and by whose leave: the reason is in the
    journal and in the receipt; empty for others.
    """

    deployment: str
    engine: Engine
    data: Data
    cloud: Cloud
    journal: Journal
    saved: Saved | None
    without_export: str = ""
    break_glass: str = ""
    elsewhere: Elsewhere | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        broken = Step(BREAK_GLASS, "looking for a fresh backup, then lifting the protection", self._break_glass)
        return (
            Step(PREFLIGHT, "looking at what stands", self._preflight),
            Step(EXPORT, "exporting the data", self._export),
            Step(VERIFY, "verifying the export", self._verify),
            *((broken,) if self.break_glass else ()),
            Step(DESTROY, "destroying", self._destroy, always=True),
            Step(EMPTY, "looking for what was left behind", self._empty),
        )

    def _preflight(self, _: Mapping[str, Evidence]) -> Evidence:
        server, price = self.cloud.server(), self.cloud.price()
        return {
            "resources": self.cloud.resources(),
            "server": None if server is None else asdict(server),
            PRICE: None if price is None else asdict(price),
        }

    def _export(self, before: Mapping[str, Evidence]) -> Evidence:
        server = before[PREFLIGHT]["server"]
        if server is None or not server["prepared"]:
            return {"none": "no database was ever made ready here" if server else "no database server stands"}
        if self.without_export:
            marked = {} if self.elsewhere is None else self.elsewhere.give_up(self.without_export)
            return {"none": f"not asked for: {self.without_export}", GIVEN_UP: True, **marked}
        saved = self.saved if self.elsewhere is None else self._told_by_the_store(self.elsewhere, server["made_at"])
        exported = self._exported(f"{self.journal.run.text}-{self.journal.begun.count(EXPORT)}")
        if saved is None or server["made_at"] == saved.made_at:
            return {**asdict(exported), MADE_AT: server["made_at"]}
        # The server is a new one, and what was saved from the one before is not in it: that stays what is saved.
        if exported.rows:
            raise StepError(self._half_back(exported.rows, saved))
        return saved.export

    def _told_by_the_store(self, elsewhere: Elsewhere, made_at: str) -> Saved | None:
        try:
            return elsewhere.saved(made_at)
        except StepError as error:
            raise StepError(*error.faults, self._not_saved()) from error

    def _exported(self, name: str) -> Exported:
        try:
            return self.data.export(name)
        except StepError as error:
            raise StepError(*error.faults, self._not_saved()) from error

    def _not_saved(self) -> Fault:
        give_up = f'mend that, then again; or give it up: ./cfctl down {self.deployment} --without-export "…"'
        return Fault(
            where=self.deployment,
            what=f"nothing of {self.deployment} was destroyed: what its databases hold could not be saved",
            allowed="an export that comes to its end"
            + ("" if self.break_glass else ", or a reason to give the data up"),
            next_step="mend that, then the same command again" if self.break_glass else give_up,
        )

    def _half_back(self, rows: int, saved: Saved) -> Fault:
        return Fault(
            where=self.deployment,
            what=f"{self.deployment} holds {rows} row(s), and export {saved.name} waits to be brought back: neither is "
            "all of its data",
            allowed="a deployment whose data is back, or one that was never written to",
            next_step=f"./cfctl up {self.deployment} (it finishes the import), then ./cfctl down {self.deployment}",
        )

    def _verify(self, before: Mapping[str, Evidence]) -> Evidence:
        export = before[EXPORT]
        if EXPORTED not in export:
            return export
        read = {**asdict(self.data.verify(export[EXPORTED])), MADE_AT: export[MADE_AT]}
        if read != export:
            raise StepError(
                Fault(
                    where=f"export {export[EXPORTED]}",
                    what=f"{self.deployment}: what was read back from the store is not what was exported "
                    f"(manifest {read['manifest'][:12]} of {read['rows']} rows, exported {export['manifest'][:12]} of "
                    f"{export['rows']})",
                    allowed="the same manifest, byte by byte",
                    next_step=f"nothing was destroyed: see who writes there, then ./cfctl down {self.deployment}",
                )
            )
        return read

    def _break_glass(self, before: Mapping[str, Evidence]) -> Evidence:
        server = before[PREFLIGHT]["server"]
        backup = self.cloud.fresh_backup() if server is not None else {"none": "no database server stands"}
        return {"reason": self.break_glass, "backup": dict(backup), "unprotected": self.engine.unprotect()}

    def _destroy(self, _: Mapping[str, Evidence]) -> Evidence:
        return asdict(self.engine.destroy())

    def _empty(self, before: Mapping[str, Evidence]) -> Evidence:
        standing, orphans = self.cloud.resources(), list(self.cloud.orphans())
        if standing or orphans:
            raise StepError(
                Fault(
                    where=self.deployment,
                    what=f"{self.deployment} is not gone: {standing} resource(s) in its state, and in its resource "
                    f"groups {', '.join(orphans) or 'nothing else'}",
                    allowed="nothing",
                    next_step=f"delete what this platform did not make, then ./cfctl down {self.deployment}",
                )
            )
        return {"left": before[DESTROY]["left"]}

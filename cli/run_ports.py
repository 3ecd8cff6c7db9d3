"""What a journalled run asks of the sandbox: the runner deploys, jobs carry data, state and store know the rest."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from cidr import Fault, FaultsError
from cli.arm_client import ArmRefusedError
from cli.databases.backups import fresh_backup
from cli.databases.executions import Ended, execute, silent
from cli.databases.hosts import JobHost, open_host
from cli.databases.running import ACTOR
from cli.deployed import standing_resources
from cli.documents import Run
from cli.failures import RefusedError
from cli.money.run_prices import Pricing
from cli.service_health import health_of
from components.conventions import parse_name
from lifecycle.machine import StepError
from lifecycle.ports import Exported, Health, Left, Price, Ran, Server, Waiting
from sandbox.azure import arm_ids
from sandbox.azure.pace import azure_scale
from sandbox.azure.store import Store
from sandbox.azure.transaction import Transaction
from sandbox.deployers import Operation
from sandbox.engine.model.state import StackState
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from sandbox.keeping import backend_of, state_of
from stacks import Settings, load_settings
from topology import Resource

T = TypeVar("T")
GATE: Final = "databases-opened"
"""The logical name of what stands for databases that were made ready (components/apps/database_gate.py)."""
RANDOM_ID: Final = "random:index/randomId:RandomId"


class RunEndedError(Exception):
    """An engine's run ended otherwise than well; what it did is in `run`, and is told as any run is."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.result)
        self.run = run


@dataclass
class RunnerEngine:
    """Deploys by `run`, which gives the run of an operation; `lift` lifts protection and counts what had it."""

    run: Callable[[Operation], Run]
    lift: Callable[[], int]
    _last: Run | None = None

    @property
    def done(self) -> Run:
        """The run that it did."""
        if self._last is None:
            raise RuntimeError("nothing was run")
        return self._last

    def up(self) -> Ran:
        """Bring it up."""
        return self._ran("up")

    def destroy(self) -> Ran:
        """Take it down."""
        return self._ran("destroy")

    def unprotect(self) -> int:
        """Lift the protection of what holds data."""
        return self.lift()

    def _ran(self, operation: Operation) -> Ran:
        run = self._last = self.run(operation)
        if run.result != "succeeded":
            raise RunEndedError(run)
        left = tuple(Left(name=it.name, type=it.type, why=it.why, until=it.until) for it in run.kept)
        azure = run.azure_seconds.critical_path if run.azure_seconds else 0.0
        return Ran(changes=run.changes, seconds=run.seconds, left=left, azure=azure, scale=azure_scale())


@dataclass(frozen=True)
class JobData:
    """The deployment's data, through its tenancy job. targets: where that is, as `--target` names it."""

    home: SandboxHome
    settings: Settings
    targets: tuple[str, ...] = ()

    def export(self, name: str) -> Exported:
        """Run the job's export."""
        return self._exported(name, self._run("export", "--name", name))

    def verify(self, name: str) -> Exported:
        """Run the job's verify, which reads every byte again."""
        return self._exported(name, self._run("verify", "--name", name))

    def import_(self, name: str) -> Exported:
        """Run the job's import."""
        return self._exported(name, self._run("import", "--name", name))

    def waiting(self, before: str) -> Waiting | None:
        """Run the job's waiting, which looks through the store and asks the databases what they have taken over."""
        ended = self._run("waiting", f"--before={before}")
        if ended.result["status"] == "none":
            return None
        return Waiting(export=self._exported(ended.result["export"], ended), ended=ended.result["ended"])

    def give_up(self, reason: str) -> None:
        """Run the job's give-up, as whoever is signed in."""
        self._run("give-up", f"--reason={reason}")

    def _run(self, *arguments: str) -> Ended:
        with open_host(self.home, self.settings, self.targets) as host:
            try:
                ended: Ended = execute(host, arguments, {ACTOR: host.actor} if host.actor else {})
            except RefusedError as error:
                raise StepError(error.fault) from error
            except ArmRefusedError as error:
                raise StepError(_refused(host, error)) from error
            if not ended.succeeded or not ended.result:
                raise StepError(*(ended.faults or [silent(host, ended)]))
            return ended

    @staticmethod
    def _exported(name: str, ended: Ended) -> Exported:
        databases = {str(row["database"]): int(row["rows"]) for row in ended.rows}
        return Exported(
            name=name,
            manifest=ended.result["sha256"],
            rows=int(ended.result["rows"]),
            databases=databases,
            blobs=int(ended.result["blobs"]),
            secrets=list(ended.result["secrets"]),
        )


@dataclass(frozen=True)
class SandboxCloud:
    """What stands of the deployment: by its state, and by the stand-in's store."""

    home: SandboxHome
    deployment: str
    project: Path
    notice: Callable[[str], None] = field(repr=False)

    def server(self) -> Server | None:
        """The server that the state has and that still exists."""
        found = next((it for it in self._resources() if it.kind == "dbforpostgresql:Server"), None)
        if found is None or self._record(found.id) is None:
            return None
        prepared = any(it.type == RANDOM_ID and it.urn.endswith(f"::{GATE}") for it in self._state().resources)
        return Server(id=found.id, made_at=found.text("systemData.createdAt"), prepared=prepared)

    def fresh_backup(self) -> Mapping[str, str]:
        """Azure's own of the server, by the same calls as on Azure."""
        with open_host(self.home, load_settings(self.deployment, self.project), ()) as host:
            try:
                return fresh_backup(self.notice, host)
            except RefusedError as error:
                raise StepError(error.fault) from error

    def resources(self) -> int:
        """Those of the state."""
        return standing_of(self.home, self.deployment).resources

    def orphans(self) -> Sequence[str]:
        """What lies in resource groups of the deployment's name and in no state."""
        known = {arm_ids.key(it.id) for it in self._resources()}
        everything = self._read(lambda transaction: transaction.everything())
        mine = (it for it in everything if _deployment_of(arm_ids.resource_group(it.arm_id)) == self.deployment)
        return [it.arm_id for it in mine if arm_ids.key(it.arm_id) not in known]

    def price(self) -> Price | None:
        """By the price sheet, at declared use; None where the sheet cannot be used."""
        try:
            cost = Pricing(self.deployment, self.home, self.project, self.notice).standing()
        except FaultsError as error:
            self.notice(f"no price: {error.faults[0].what}")
            return None
        return Price(amount=cost.expected, currency=cost.currency, unpriced=cost.unpriced)

    def health(self) -> Sequence[Health]:
        """Each container app's: its latest revision, and the parts that it hangs on."""
        return health_of(self.home, [it.id for it in self._resources() if it.kind == "app:ContainerApp"])

    def _record(self, arm_id: str) -> Mapping[str, Any] | None:
        found = self._read(lambda transaction: transaction.find(arm_id))
        return None if found is None else {**found.inputs, **found.outputs}

    def _read(self, ask: Callable[[Transaction], T]) -> T:
        with closing(Store(self.home.azure_store)) as store:
            return store.read(ask)

    def _resources(self) -> tuple[Resource, ...]:
        return standing_resources(self.home, self.deployment, self.notice)

    def _state(self) -> StackState:
        return state_of(backend_of(self.home, self.notice), self.deployment)


def _refused(host: JobHost, error: ArmRefusedError) -> Fault:
    return Fault(
        where=host.job_id,
        what=f"Azure refused to tell of the job: {error}",
        allowed="a principal with Container Apps Jobs Operator, or more, on the job",
        next_step="mend what the code names, then the same command again",
    )


def _deployment_of(group: str) -> str:
    try:
        return str(parse_name(group, "resource_group").deployment)
    except FaultsError:
        return ""

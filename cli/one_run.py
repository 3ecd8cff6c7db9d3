"""One deployment's run: watched while it goes on, interruptible, and told as a document when it has ended."""

import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, cast

from rich.text import Text

from cidr import ACCOUNT, DeploymentName, FaultsError
from cli import diff, documents, wording
from cli.adoption import left_behind
from cli.databases.standing import isolation_of
from cli.documents import AzureTime, CostDocument, Database, Kept, Run
from cli.interrupts import interruptible
from cli.logs import RunLog
from cli.orders import Order
from cli.outlooks import Stage
from cli.passing import pause_before_next_try
from cli.plans import Saving, admitted
from cli.run_view import RunView
from sandbox.deployers import Operation, Request, RunResult
from sandbox.engine.model.events import Event, ResOutputsEvent
from sandbox.facts import Facts
from sandbox.home import SandboxHome
from sandbox.runs import Sandbox
from sandbox.waiting import WaitingProgram

if TYPE_CHECKING:
    from cli.money.run_prices import Pricing


class Display(Protocol):
    """Where a run is seen: on the screen of this process, or by another process that is told of it."""

    def begins(self, deployment: str, operation: Operation) -> None:
        """A run begins."""
        ...

    def stage(self, stage: Stage) -> None:
        """A step of the run begins, of which the engine's own is only one."""
        ...

    def watching(self, deployment: str, operation: Operation) -> AbstractContextManager[RunView]:
        """Show one attempt of it while the block lasts; the view is what its events go to."""
        ...

    def say(self, line: Text) -> None:
        """A line on the way, that stays. May be called from any thread."""
        ...

    def result(self, line: Text) -> None:
        """A line of the result."""
        ...


class Runner:
    """Runs deployments one after the other in one open sandbox; use it as a context manager."""

    def __init__(self, display: Display, home: SandboxHome, program: WaitingProgram, order: Order, log: RunLog) -> None:
        self._display = display
        self._log = log
        self._request = Request(parallel=order.parallel, targets=order.targets, check=order.check)
        self._approved = order.approve_cost
        self._ends = order.ends
        self._save_plan, self._plan_file = order.save_plan, order.plan
        self._home = home
        self._program = program
        self._sandbox = Sandbox(home, program, engine=order.engine.value, notice=self._notice)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._log.write(f"stopped by {type(error).__name__}: {error}")
        try:
            self._sandbox.close()
        finally:
            self._log.close()

    def run(self, operation: Operation, deployment: str, *, followed: bool) -> Run:
        """Run one operation to its end. Raises what keeps it from beginning.

        followed: another run comes after it, whose program may start its process while this one waits for resources.
        """
        self._display.begins(deployment, operation)
        pricing = self._pricing(operation, deployment)
        if operation == "up":
            self._admit_price(deployment, pricing)
        saving = self._saving(operation, deployment)
        if operation == "up" and self._plan_file is not None:
            plan = admitted(self._plan_file, self._home, self._program.project.directory, deployment)
            self._request = replace(self._request, plan=plan)
        began = time.time()
        view, result = self._attempt(operation, deployment, followed=followed)
        while operation == "up" and result.result == "failed" and self._adopt(view):
            before = result
            view, result = self._attempt(operation, deployment, followed=followed)
            result = added_up(before, result)
        tries = 1
        while operation == "destroy" and result.result == "failed" and self._passes(view, tries):
            before = result
            view, result = self._attempt(operation, deployment, followed=followed)
            result, tries = added_up(before, result), tries + 1
        if operation in ("preview", "refresh"):
            for line in diff.lines(step.metadata for step in view.ended()):
                self._display.result(line)
        if saving is not None and result.result == "succeeded" and result.plan is not None:
            changed = saving.write(result.plan)
            self._display.result(
                Text(f"  plan of {changed} changes saved: ./cfctl up {deployment} --plan {saving.path}")
            )
        facts = self._sandbox.facts(deployment, began)
        outputs = wording.masked(result.outputs)
        return Run(
            deployment=deployment,
            operation=operation,
            result=result.result,
            changes=result.changes,
            seconds=round(result.seconds, 3),
            steps=documents.steps_of(view),
            messages=documents.messages_of(view),
            outputs=outputs,
            endpoints=_endpoints(outputs),
            databases=_databases(outputs, facts),
            kept=tuple(Kept(kept.name, kept.type, kept.why, kept.until) for kept in facts.kept),
            azure_seconds=AzureTime(facts.critical_path, facts.sum) if operation != "preview" else None,
            log=str(self._log.path),
            cost=_cost(pricing, operation, result),
            isolation=isolation_of(self._home.root, str(outputs.get("resourceGroup") or ""))
            if operation == "up"
            else "",
        )

    def unprotect(self, deployment: str) -> int:
        """Lift the protection that a deployment's state has of what holds data; how many resources had it."""
        lifted = self._sandbox.unprotect(deployment)
        self._log.write(f"{deployment}: protection of {lifted} resources lifted")
        return lifted

    def cancel(self) -> None:
        """From any thread: the first call lets running steps finish, the second stops now."""
        self._sandbox.cancel()

    def _attempt(self, operation: Operation, deployment: str, *, followed: bool) -> tuple[RunView, RunResult]:
        request = replace(self._request, environment=self._ends.get(deployment, {}))
        with self._display.watching(deployment, operation) as view:

            def listen(event: Event) -> None:
                view.take(event)
                self._log.take(event)
                if followed and isinstance(event, ResOutputsEvent) and event.metadata.custom:
                    self._program.start()  # this one has imported its SDK: now the next may

            result = interruptible(
                lambda: self._sandbox.run(operation, deployment, request, listen), self.cancel, self._notice
            )
        return view, result

    def _saving(self, operation: Operation, deployment: str) -> Saving | None:
        """The plan that this preview is to write; None where none is asked for."""
        if operation != "preview" or self._save_plan is None:
            return None
        return Saving.begin(self._save_plan, self._home, self._program.project.directory, deployment)

    def _pricing(self, operation: Operation, deployment: str) -> "Pricing | None":
        """The prices around a run; None for one that makes nothing, and where no price can be told, with why."""
        if operation not in ("preview", "up"):
            return None
        from cli.money.run_prices import Pricing  # noqa: PLC0415 - `down` and `refresh` need none of it

        try:
            return Pricing(deployment, self._home, self._program.project.directory, self._notice)
        except FaultsError as error:
            if operation == "up" and is_gated(deployment) and not self._approved:
                raise
            self._notice(f"no price: {error.faults[0].what} ({error.faults[0].where})")
            return None

    def _admit_price(self, deployment: str, pricing: "Pricing | None") -> None:
        """Look at the plan of a prod deployment before it is carried out. Raises RefusedError for its price."""
        if pricing is None or not is_gated(deployment):
            return
        self._notice(f"{deployment} is prod: its price is looked at first")
        looked = interruptible(
            lambda: self._sandbox.run("preview", deployment, self._request, lambda _: None), self.cancel, self._notice
        )
        if looked.planned is None:
            self._notice("no price: only the sandbox's own engine tells what it plans")
        elif looked.result == "succeeded" and (approval := pricing.admit(looked.planned, self._approved)):
            self._notice(approval)

    def _adopt(self, failed: RunView) -> bool:
        """Take over what lost replies left behind; True if there was any, so that another attempt makes sense."""
        found = left_behind(failed)
        if not found:
            return False
        for resource in found:
            self._notice(f"{wording.name_of(resource.urn)} exists and no state knows it (a lost reply): taken over")
        return self._sandbox.adopt(failed.deployment, found, self._log.take) > 0

    def _passes(self, failed: RunView, tries: int) -> bool:
        """Wait for what Azure refused for now; False where it does not pass by itself, or was tried often enough."""
        pause = pause_before_next_try(failed, tries)
        if pause is None:
            return False
        self._notice("Azure is busy with another write on the same resource: what is left is tried again")
        time.sleep(pause * self._sandbox.time_scale)
        return True

    def _notice(self, text: str) -> None:
        self._log.write(text)
        self._display.say(Text(f"  {text}", style="bold yellow"))


def is_gated(deployment: str) -> bool:
    """Whether a price above the budget keeps the deployment from being brought up."""
    return deployment != ACCOUNT and not DeploymentName.parse(deployment).environment.ephemeral


def _cost(pricing: "Pricing | None", operation: Operation, result: RunResult) -> CostDocument | None:
    """The price of the plan, or of what stands after an `up`."""
    if pricing is None:
        return None
    if operation == "up":
        return pricing.standing()
    return pricing.planned(result.planned) if result.planned and result.result == "succeeded" else None


def added_up(first: RunResult, second: RunResult) -> RunResult:
    """Two attempts as one run: what was changed in either, and unchanged only what was so in both."""
    changes = Counter({op: count for op, count in first.changes.items() if op != "same"})
    unchanged = second.changes.get("same", 0) - sum(count for op, count in changes.items() if op != "delete")
    changes.update({op: count for op, count in second.changes.items() if op != "same"})
    return replace(
        second,
        changes={**changes, **({"same": unchanged} if unchanged > 0 else {})},
        seconds=first.seconds + second.seconds,
    )


def _endpoints(outputs: dict[str, object]) -> dict[str, str]:
    found = outputs.get("serviceUrls")
    return {name: str(url) for name, url in cast("dict[str, object]", found).items()} if isinstance(found, dict) else {}


def _databases(outputs: dict[str, object], facts: Facts) -> tuple[Database, ...]:
    names = outputs.get("databases")
    host = str(outputs.get("postgresHost") or "")
    server = next((server for server in facts.servers if server.name == host.split(".", 1)[0]), None)
    if not isinstance(names, list) or server is None:
        return ()
    return tuple(Database(str(name), server.name, server.host, server.port) for name in cast("list[object]", names))

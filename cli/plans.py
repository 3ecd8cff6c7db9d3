"""Saved plans: what a preview plans is written with what it was made of, and `up` does that or nothing.

Before anything is begun the plan must be of this deployment, its state, its settings and this program; while it runs
the engine stops at the first step that is not in it (sandbox.engine.planning.plan_keeping).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cidr import Fault, FaultsError
from cli.failures import RefusedError
from cli.options import EngineName
from cli.orders import Order
from lifecycle.times import now, written
from sandbox.engine.model.plans import ResourcePlans
from sandbox.engine.storage.plan_file import MadeOf, encode_plan, read_head, read_plans, write_plan
from sandbox.engine.storage.secrets import passphrase_source
from sandbox.home import SandboxHome
from sandbox.keeping import backend_of
from stacks import stack_file

_PROGRAM: Final = ("__main__.py", "Pulumi.yaml", "requirements.txt")
_ROOMS: Final = ("cidr", "components", "deployments", "images", "stacks", "tenancy")
_SUFFIXES: Final = frozenset({".json", ".py", ".yaml"})
_WORDS: Final[Mapping[str, str]] = {
    "state": "its state is another one now",
    "settings": "its stack file is another one now",
    "program": "the program is another one now",
}


def refuse_unfit(order: Order) -> None:
    """Raise FaultsError for what a plan cannot be of: several deployments, some resources, the Pulumi CLI's run."""
    reasons = {
        "a plan is of one deployment": len(order.deployments) != 1,
        "a plan is of all of a deployment, not of --target": bool(order.targets),
        "with --engine cli the Pulumi CLI keeps plans of its own": order.engine is not EngineName.SANDBOX,
    }
    faults = [
        Fault(
            where="--plan" if order.plan else "--save-plan",
            what=what,
            allowed="one deployment by its name, whole, with the sandbox's engine",
            next_step="./cfctl preview DEPLOYMENT --save-plan FILE, then ./cfctl up DEPLOYMENT --plan FILE",
        )
        for what, holds in reasons.items()
        if holds
    ]
    if faults:
        raise FaultsError(faults)


@dataclass(frozen=True, slots=True)
class Saving:
    """A plan that is about to be made: what it is made of is looked at before the preview, not after."""

    path: Path
    made_of: MadeOf
    home: SandboxHome

    @classmethod
    def begin(cls, path: Path, home: SandboxHome, project: Path, deployment: str) -> "Saving":
        """Look at everything. RefusedError where an earlier run did not end: what it began is in no plan."""
        backend = backend_of(home, lambda _: None)
        if backend.exists(deployment) and (pending := backend.load(deployment).pending_operations):
            what = f"{len(pending)} operations of {deployment} are pending since a run that did not end"
            allowed, step = (
                "a plan of what stands",
                f"./cfctl up {deployment} (it finishes that run), then preview again",
            )
            raise RefusedError(Fault(where=deployment, what=what, allowed=allowed, next_step=step))
        return cls(path, made_of(home, project, deployment), home)

    def write(self, plans: ResourcePlans) -> int:
        """Write the file; how many resources the plan changes."""
        write_plan(self.path, encode_plan(plans, self.made_of, passphrase_source(self.home.passphrase)))
        return sum(plan.changes for plan in plans.values())


def admitted(path: Path, home: SandboxHome, project: Path, deployment: str) -> ResourcePlans:
    """The plan in a file, for an `up` of this deployment as it stands.

    Raises RefusedError with everything that differs from what it was made of, StateError where the file is none.
    """
    head, document = read_head(path)
    reasons = list(_differences(head, made_of(home, project, deployment)))
    if reasons:
        what = f"{path.name} was made on {head.made} of something else: {'; '.join(reasons)}"
        step = (
            f"./cfctl preview {deployment} --save-plan {path}, look at it, then ./cfctl up {deployment} --plan {path}"
        )
        allowed = f"a plan of {deployment}, its state, its settings and this program as they are"
        raise RefusedError(Fault(where=str(path), what=what, allowed=allowed, next_step=step))
    return read_plans(document, path, passphrase_source(home.passphrase))


def made_of(home: SandboxHome, project: Path, deployment: str) -> MadeOf:
    """The digests of what a plan of the deployment would be made of now."""
    return MadeOf(
        deployment=deployment,
        made=written(now()),
        state=_state_digest(home, deployment),
        settings=hashlib.sha256(stack_file(deployment, project).read_bytes()).hexdigest(),
        program=program_digest(project),
    )


def program_digest(project: Path) -> str:
    """Of every file that the program is made of, with its name; stack files are settings and not among them."""
    found = hashlib.sha256()
    for path in sorted(_program_files(project)):
        data = path.read_bytes()
        found.update(f"{path.relative_to(project)} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()


def _program_files(project: Path) -> Iterator[Path]:
    yield from (project / name for name in _PROGRAM)
    for room in _ROOMS:
        for path in (project / room).rglob("*"):
            settings = path.parent.name == "stacks" and path.name.startswith("Pulumi.")
            if path.suffix in _SUFFIXES and not settings and "__pycache__" not in path.parts:
                yield path


def _state_digest(home: SandboxHome, deployment: str) -> str:
    """Of what the state says, with what a killed run left in its journal; not of when it was written."""
    backend = backend_of(home, lambda _: None)
    if not backend.exists(deployment):
        return "none"
    document: dict[str, Any] = backend.export(deployment)["deployment"]
    said = {name: value for name, value in document.items() if name != "manifest"}
    if not said.get("resources"):
        return "none"  # never made, or down: the same to a plan
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _differences(then: MadeOf, today: MadeOf) -> Iterator[str]:
    if then.deployment != today.deployment:
        yield f"it is a plan of {then.deployment}"
        return
    for name, words in _WORDS.items():
        if getattr(then, name) != getattr(today, name):
            yield words

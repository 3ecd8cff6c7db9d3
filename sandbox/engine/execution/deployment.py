"""What one run knows and has decided: shared by the planner, the steps and the operations."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine.execution.reporting import Reporter
from sandbox.engine.model.graph import DependencyGraph
from sandbox.engine.model.plans import ResourcePlans
from sandbox.engine.model.state import PendingOperation, ResourceState, StackState
from sandbox.engine.model.urn import split_reference
from sandbox.engine.planning.aliases import Aliases
from sandbox.engine.planning.plan_keeping import PlanConstraint, PlanRecorder
from sandbox.engine.planning.targets import Targets
from sandbox.engine.protocol.hooks import Hooks
from sandbox.engine.providers.registry import Providers
from sandbox.engine.storage.snapshot import Snapshot

Locate = Callable[[str, Mapping[str, Any]], str | None]
"""(type, inputs) -> the id of an object that exists under the name that the inputs give, or None."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is to go. Targets and replaces are URNs, `*` within one part, `**` across parts."""

    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Full key (`project:key`, `azure-native:location`) -> value."""
    secret_keys: frozenset[str] = frozenset()
    """Those keys of `config` whose values are secret."""
    parallel: int = 16
    """How many steps may run at a time, at least 1."""
    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    replace: tuple[str, ...] = ()
    refresh: bool = False
    """Ask the providers what is really there before anything else."""
    continue_on_error: bool = False
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to the program's environment."""
    organization: str = "organization"
    plan: ResourcePlans | None = None
    """What an up is held to; None: nothing."""
    stalled_after: float = 60.0
    """Seconds without any progress of the program after which it is stopped with an error."""


def _no_urns() -> set[str]:
    return set()


def _no_numbers() -> set[int]:
    return set()


def _no_states() -> dict[str, ResourceState]:
    return {}


def _no_lists() -> dict[str, list[str]]:
    return {}


@dataclass(slots=True)
class Decisions:
    """What the planner decided, by URN; `deleted_states` by identity, as one URN may have several states."""

    urns: set[str] = field(default_factory=_no_urns)
    """Registered or read so far."""
    creates: set[str] = field(default_factory=_no_urns)
    sames: set[str] = field(default_factory=_no_urns)
    updates: set[str] = field(default_factory=_no_urns)
    replaces: set[str] = field(default_factory=_no_urns)
    reads: set[str] = field(default_factory=_no_urns)
    imports: set[str] = field(default_factory=_no_urns)
    deletes: set[str] = field(default_factory=_no_urns)
    skipped_creates: set[str] = field(default_factory=_no_urns)
    """Left out by --target: never to be depended upon."""
    deleted_states: set[int] = field(default_factory=_no_numbers)
    dependent_replace_keys: dict[str, list[str]] = field(default_factory=_no_lists)
    """URN deleted for the replacement of another -> the properties that depend on that other."""
    providers: dict[str, ResourceState] = field(default_factory=_no_states)
    """New states of provider resources."""

    def planned(self, urn: str) -> bool:
        """True if any step was planned for this URN."""
        return any(
            urn in made
            for made in (self.creates, self.sames, self.updates, self.replaces, self.reads, self.deletes, self.imports)
        )

    def kept(self, urn: str) -> bool:
        """True if the program has this resource, so that it must not be deleted at the end."""
        return any(
            urn in made for made in (self.creates, self.sames, self.updates, self.replaces, self.reads, self.imports)
        )


class Deployment:
    """The run: its base state, what is new, and the parts that steps work with."""

    def __init__(
        self,
        stack: str,
        project: str,
        options: RunOptions,
        *,
        snapshot: Snapshot,
        reporter: Reporter,
        providers: Callable[["Deployment"], Providers],
        hooks: Hooks,
        locate: Locate | None,
        preview: bool,
    ) -> None:
        self.stack = stack
        self.project = project
        self.options = options
        self.preview = preview
        self.snapshot = snapshot
        self.reporter = reporter
        self.hooks = hooks
        self.locate = locate
        self.decisions = Decisions()
        self.aliases = Aliases(stack, project)
        self.targets = Targets(options.targets, dependents=options.target_dependents)
        self.replace_targets = Targets(options.replace)
        self.recorder = PlanRecorder() if preview else None
        self.constraint = None if options.plan is None else PlanConstraint(options.plan)
        self.plan = self.constraint or self.recorder
        """Sees what the run is about to do; None where nobody asks."""
        self.left_behind: list[ResourceState] = []
        """Old states that stay as they were: their step failed, was skipped, or they are no targets."""
        self.pending_creates: dict[str, tuple[int, PendingOperation]] = {}
        """Creates of an earlier run whose end is not known and that may have succeeded, by URN, with their number."""
        self.adopted: list[ResourceState] = []
        """States of what such a create had made: not in the base, and yet older than what this run makes."""
        self.after_hook_failed = threading.Event()
        self._lock = threading.Lock()
        self._news: dict[str, ResourceState] = {}
        self.rebase(snapshot.state())
        self.providers = providers(self)

    def rebase(self, base: StackState) -> None:
        """Take `base` as the state that the run begins with."""
        self.base = base
        self.olds = {state.urn: state for state in base.resources if not state.delete}
        self.graph = DependencyGraph(base.resources)

    def old_provider(self, ref: str) -> ResourceState | None:
        """The base's state of a provider resource by its reference: a replaced one serves what is not deleted yet."""
        wanted = split_reference(ref)
        return next((state for state in self.base.resources if (state.urn, state.id) == wanted), None)

    def made(self, state: ResourceState) -> None:
        """Remember a state of this run, for look-ups by URN."""
        with self._lock:
            self._news[state.urn] = state

    def find(self, urn: str) -> ResourceState | None:
        """The state that this run has for a URN so far."""
        with self._lock:
            return self._news.get(urn)

    def states_made(self) -> list[ResourceState]:
        """Every state of this run."""
        with self._lock:
            return list(self._news.values())

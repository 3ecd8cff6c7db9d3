"""The operations that make or delete deployments, with Azure's seconds by the catalogue's durations, and who waits.

The seconds are those of the stand-in's rows, each with its source; who waits for whom is what the state says, as the
Pulumi CLI reads it. Several deployments are one graph: what a regional uses of its global it waits for, and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from cli.deployed import kind_of, plain
from lifecycle.durations.chains import Work
from lifecycle.durations.reasons import DATABASES_GATE, RESTART_GATE
from sandbox.azure import arm_ids
from sandbox.azure.bodies import at, strings
from sandbox.azure.catalog import by_token
from sandbox.azure.errors import NotModelledError
from sandbox.azure.jobs.runner import AZURE_SECONDS as JOB_SECONDS
from sandbox.engine.model.graph import DependencyGraph
from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.urn import Urn
from topology.resources import PACKAGE

Direction = Literal["up", "down"]
_WITH_CONTENTS: Final = ("network:VirtualNetwork", "eventhub:Namespace", "containerregistry:Registry")
"""Kinds that another deployment waits for with all that lies in them (deployments/coming.py)."""
_SOMETHING: Final = "a value"
_GATE: Final = "random:index/randomId:RandomId"


def works_of(states: Sequence[StackState], direction: Direction) -> list[Work]:
    """Every resource of the states as one operation, each after what it needs; globals first.

    In the order in which they are made, also for `down`: `lifecycle.durations.chains` turns it round.
    """
    works: list[Work] = []
    made = _Made()
    for state in states:
        graph = DependencyGraph(state.resources)
        keys = {id(resource): f"{resource.urn}#{number}" for number, resource in enumerate(graph.resources)}
        for resource in graph.resources:
            needs = {keys[id(needed)] for needed in graph.dependencies(resource)} | made.used_by(resource)
            name = Urn.parse(resource.urn).name
            seconds = _seconds(resource, direction)
            works.append(
                Work(key=keys[id(resource)], name=name, kind=kind(resource), seconds=seconds, needs=frozenset(needs))
            )
        for resource in graph.resources:
            made.add(resource, keys[id(resource)])
    return works


def kind(resource: ResourceState) -> str:
    """Its kind as `network:Subnet`; the gates, which are random ids, by what they stand for."""
    if resource.type == _GATE:
        return DATABASES_GATE if "job_id" in (resource.inputs.get("keepers") or {}) else RESTART_GATE
    return kind_of(resource.type)


def azure_seconds(type_: str, inputs: dict[str, Any], operation: str) -> float:
    """Seconds that an operation takes on Azure; 0 for what is none of Azure's. operation: create, update or delete."""
    if not type_.startswith(PACKAGE):
        return 0.0
    try:
        found = by_token(type_)
    except NotModelledError:
        return 0.0
    if operation == "create" and found.preset is not None:
        operation = "update"  # it came with its parent
    known = found.durations
    seconds = {"create": known.create, "update": known.update, "delete": known.delete}[operation]
    return float(seconds(inputs)) if callable(seconds) else float(seconds)


def _seconds(resource: ResourceState, direction: Direction) -> float:
    if not resource.custom or resource.external:
        return 0.0
    if direction == "up":
        if kind(resource) == DATABASES_GATE:
            return JOB_SECONDS
        return azure_seconds(resource.type, _as_sent(resource.inputs), "create")
    if resource.deleted_with or resource.retain_on_delete:
        return 0.0  # it goes with the other one, or stays
    return azure_seconds(resource.type, _as_sent(resource.inputs), "delete")


def _as_sent(value: Any) -> Any:
    """A value as a request would have it: what is secret, or not known before the run, is something all the same."""
    if isinstance(value, dict):
        return {key: _as_sent(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_as_sent(item) for item in cast("list[Any]", value)]
    known = plain(value)
    return _SOMETHING if known is None and value is not None else known


@dataclass
class _Made:
    """What deployments before this one have made: key of the ARM id → key of its operation."""

    works: dict[str, str] = field(default_factory=dict[str, str])
    within: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    domains: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, resource: ResourceState, work: str) -> None:
        """Note a resource of Azure."""
        if not resource.id.startswith("/"):
            return
        key = arm_ids.key(resource.id)
        self.works[key] = work
        if kind_of(resource.type) in _WITH_CONTENTS:
            self.within[key] = {work}
        elif (holder := arm_ids.key(arm_ids.parent(resource.id))) in self.within:
            self.within[holder].add(work)
        if domain := at(plain(resource.outputs), "defaultDomain"):
            self.domains[str(domain)] = work

    def used_by(self, resource: ResourceState) -> set[str]:
        """What another deployment's resource waits for: what it names and what it lies in, each with its contents."""
        if not self.works or not resource.custom:
            return set()
        texts = [text for _, text in strings(plain(resource.inputs))]
        named = {key for text in (*texts, resource.id) if text.startswith("/") and (key := self._deepest(text))}
        found = {work for domain, work in self.domains.items() if any(domain in text for text in texts)}
        return found.union(*({self.works[key]} | self.within.get(key, set()) for key in named))

    def _deepest(self, arm_id: str) -> str:
        """The key of the resource that an id names, or lies in; empty for one that is none of these deployments'."""
        key = arm_ids.key(arm_id)
        while key not in self.works and "/" in key:
            key = key.rpartition("/")[0]
        return key

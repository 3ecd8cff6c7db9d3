"""Runs a program of `programs` against a monitor, as an SDK would: in order, or each item as soon as it can."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import resource_pb2 as pb
from pulumi.runtime.proto.alias_pb2 import Alias

from sandbox.engine.model.urn import Urn
from sandbox.engine.model.values import (
    UNKNOWN,
    UNKNOWN_STRING,
    PropertyMap,
    Secret,
    from_struct,
    has_unknowns,
    to_struct,
    to_value,
)
from sandbox.engine.protocol.monitor import Monitor
from tests.sandbox.engine.fuzz.programs import CANARY, FIXTURES, PROJECT, ROOT, STACK, TYPES, Item, Program


class CrashError(Exception):
    """The program's own exception."""


@dataclass
class Made:
    """A registered item, as the program holds it."""

    urn: str
    id: Any
    outputs: PropertyMap
    known: bool

    def output(self, name: str) -> Any:
        if not self.known:
            return UNKNOWN
        return self.id if name == "id" else self.outputs.get(name, UNKNOWN if name == "serial" else "none")


@dataclass
class Author:
    """One run of a program. `crash`: it raises after so many items."""

    program: Program
    threads: int = 1
    crash: int | None = None
    unknown: set[str] = field(default_factory=set)
    """Items that got a value which was not known."""
    made: dict[str, Made] = field(default_factory=dict)

    def __call__(self, monitor: Monitor) -> None:
        monitor.GetDeploymentInfo(Empty())
        root = pb.RegisterResourceRequest(type="pulumi:pulumi:Stack", name=f"{PROJECT}-{STACK}", custom=False)
        monitor.RegisterResource(root)
        items = self.program.items if self.crash is None else self.program.items[: self.crash]
        if self.threads == 1:
            for item in items:
                self._register(monitor, item)
        else:
            self._race(monitor, items)
        if self.crash is not None:
            raise CrashError("the program was told to crash")
        for item in items:
            if item.kind == "component":
                outputs = {"of": item.text}
                monitor.RegisterResourceOutputs(
                    pb.RegisterResourceOutputsRequest(urn=self.made[item.name].urn, outputs=to_struct(outputs))
                )
        outputs = {name: made.output("text") for name, made in self.made.items() if self.program[name].managed}
        monitor.RegisterResourceOutputs(pb.RegisterResourceOutputsRequest(urn=ROOT, outputs=to_struct(outputs)))

    def _race(self, monitor: Monitor, items: tuple[Item, ...]) -> None:
        started: dict[str, Future[None]] = {}

        def work(item: Item, needed: list[Future[None]]) -> None:
            for each in needed:
                each.result()
            self._register(monitor, item)

        with ThreadPoolExecutor(self.threads) as pool:
            for item in items:
                # What is waited for was submitted before: its thread exists, so nothing waits for ever.
                needed = [started[name] for name in _needs(self.program, item) if name in started]
                started[item.name] = pool.submit(work, item, needed)
        for future in started.values():
            future.result()

    def _register(self, monitor: Monitor, item: Item) -> None:
        if item.kind == "read":
            self.made[item.name] = self._read(monitor, item)
            return
        inputs, uses = self._inputs(item)
        if has_unknowns(inputs):
            self.unknown.add(item.name)
        response = monitor.RegisterResource(self._request(item, inputs, uses))
        known = response.result == pb.SUCCESS and not response.unknown
        id_ = response.id or UNKNOWN
        self.made[item.name] = Made(response.urn, id_, from_struct(response.object), known)

    def _read(self, monitor: Monitor, item: Item) -> Made:
        request = pb.ReadResourceRequest(
            type=TYPES["read"],
            name=item.name,
            id=FIXTURES[item.key % len(FIXTURES)],
            parent=ROOT,
            acceptSecrets=True,
            acceptResources=True,
        )
        response = monitor.ReadResource(request)
        known = response.result == pb.SUCCESS and not response.unknown
        return Made(response.urn, response.id or UNKNOWN, from_struct(response.properties), known)

    def _inputs(self, item: Item) -> tuple[PropertyMap, Mapping[str, str]]:
        """The inputs, and property -> the URN that it comes from."""
        if item.kind == "component":
            return {"text": f"t{item.text}"}, {}
        if item.kind == "provider":
            return {"text": f"t{item.text}", "key": f"k{item.key}"}, {}
        inputs: PropertyMap = literal(item)
        uses: dict[str, str] = {}
        for use in self.program.uses(item):
            source = self.made[use.of]
            inputs[use.property] = source.output(use.output)
            uses[use.property] = source.urn
        return inputs, uses

    def _request(self, item: Item, inputs: PropertyMap, uses: Mapping[str, str]) -> pb.RegisterResourceRequest:
        made, program = self.made, self.program
        urn = program.urns()[item.name]
        request = pb.RegisterResourceRequest(
            type=TYPES[item.kind],
            name=item.name,
            custom=item.kind != "component",
            parent=made[item.parent].urn if item.parent else ROOT,
            object=to_struct(inputs),
            dependencies=sorted({made[name].urn for name in item.depends_on} | set(uses.values())),
            propertyDependencies={
                key: pb.RegisterResourceRequest.PropertyDependencies(urns=[uses[key]] if key in uses else [])
                for key in inputs
            },
            ignoreChanges=item.ignore,
            replaceOnChanges=item.replace_on,
            aliases=[_alias(item, former, urn) for former in reversed(item.former) if former != urn],
            deletedWith=made[item.deleted_with].urn if item.deleted_with else "",
            replace_with=[made[item.replace_with].urn] if item.replace_with else [],
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
            supportsResultReporting=True,
            protect=item.protect,
            retainOnDelete=item.retain,
            deleteBeforeReplace=bool(item.dbr),
            deleteBeforeReplaceDefined=item.dbr is not None,
        )
        if item.provider:
            id_ = made[item.provider].id
            ref = f"{made[item.provider].urn}::{UNKNOWN_STRING if id_ is UNKNOWN else id_}"
            if item.kind == "component":
                request.providers["fuzz"] = ref
            else:
                request.provider = ref
        if item.trigger is not None:
            request.replacement_trigger.CopyFrom(to_value(f"trigger {item.trigger}"))
        return request


def literal(item: Item) -> PropertyMap:
    """The inputs of a managed item without what comes from other items."""
    inputs: PropertyMap = {"text": f"t{item.text}", "key": f"k{item.key}", "tags": {"a": item.tags, "b": 0}}
    if item.secret is not None:
        inputs["secret"] = Secret(f"{CANARY}-{item.secret}")
    if item.kind == "named":
        inputs["name"] = f"named-{item.label}"
    if item.provider_dbr or item.kind == "named":
        inputs["dbr"] = True
    if item.legacy:
        inputs["legacy"] = True
    return inputs


def _alias(item: Item, former: str, urn: str) -> Alias:
    """As people write it: by name where only that has changed, else by URN."""
    old, new = Urn.parse(former), Urn.parse(urn)
    if old.types == new.types:
        return Alias(spec=Alias.Spec(name=old.name, noParent=not item.parent))
    return Alias(urn=former)


def _needs(program: Program, item: Item) -> list[str]:
    names = [*item.depends_on, *(use.of for use in program.uses(item)), item.parent, item.provider]
    return [name for name in (*names, item.deleted_with, item.replace_with) if name]

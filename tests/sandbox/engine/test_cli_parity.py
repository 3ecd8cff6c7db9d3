"""The same programs through this engine and through the Pulumi CLI, against the same provider: the same state after
every step. Skipped where there is no `pulumi` on PATH.
"""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator, Mapping
from concurrent import futures
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from sandbox.engine.execution.importing import ImportSpec
from sandbox.engine.model.diffs import differences
from sandbox.engine.model.events import DiagnosticEvent, Event, SummaryEvent
from sandbox.engine.model.paths import lookup
from sandbox.engine.model.property_paths import render_path
from tests.sandbox.engine.stage import PROJECT, STACK, Stage
from tests.sandbox.engine.toy_cloud import ToyCloud, ToyObject, ToyProvider

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="there is no Pulumi CLI on PATH"),
]

THING = "toy:index:Thing"
URN = f"urn:pulumi:{STACK}::{PROJECT}::{THING}::"
PREAMBLE = """
import os, pulumi
from pulumi import Alias, ResourceOptions as O
class Thing(pulumi.CustomResource):
    serial: pulumi.Output[int]
    upper: pulumi.Output[str]
    def __init__(self, name, props=None, opts=None):
        super().__init__("toy:index:Thing", name, {"name": name, **(props or {}), "serial": None, "upper": None}, opts)
class Box(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("toy:index:Box", name, None, opts)
class Provider(pulumi.ProviderResource):
    def __init__(self, name, props=None, opts=None):
        super().__init__("toy", name, props or {}, opts)
"""
_METADATA = ("created", "modified", "sourcePosition", "stackTrace")


@dataclass
class Step:
    """One command. `cloud` changes the cloud behind the engine's back before it; failing: it must fail."""

    program: str = ""
    command: str = "up"
    options: Mapping[str, Any] = field(default_factory=dict)
    cloud: Callable[[ToyCloud], None] = lambda cloud: None
    failing: bool = False
    calls: bool = True
    """False: the CLI does more than it should."""


class Cli:
    """The Pulumi CLI with a backend, a home and a toy cloud of its own."""

    def __init__(self, directory: Path, project: Path) -> None:
        self.cloud = ToyCloud()
        self._project = project
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        add_ResourceProviderServicer_to_server(ToyProvider(self.cloud), self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self._log = directory / "events.json"
        for name in ("cli-state", "cli-home"):
            (directory / name).mkdir()
        python = Path(sys.executable).parent
        self._environment = {
            **os.environ,
            "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{directory / 'cli-state'}",
            "PULUMI_HOME": str(directory / "cli-home"),
            "PULUMI_CONFIG_PASSPHRASE": "password",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # makes --event-log known
            "PULUMI_DEBUG_PROVIDERS": f"toy:{port}",
        }
        (project / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n", encoding="utf-8")
        self.run("stack", "init", STACK)

    def close(self) -> None:
        self._server.stop(grace=None).wait()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self._project,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def step(self, step: Step) -> tuple[bool, dict[str, int], str]:
        """Success, the counts of the summary, and what was printed."""
        self._log.unlink(missing_ok=True)
        options = [f"--{name.replace('_', '-')}" for name, value in step.options.items() if value is True]
        for name, values in step.options.items():
            if isinstance(values, tuple):
                options += [part for value in values for part in (f"--{name.rstrip('s')}", value)]
        if step.command == "import":
            done = self.run(
                "import",
                *step.options["import"],
                "-s",
                STACK,
                "--yes",
                "--skip-preview",
                "--protect=false",
                "--generate-code=false",
            )
            return done.returncode == 0, {}, done.stdout + done.stderr
        if step.command != "preview":
            options += ["--yes", "--skip-preview"]
        done = self.run(step.command, "-s", STACK, "--parallel", "1", "--event-log", str(self._log), *options)
        changes: dict[str, int] = {}
        if not self._log.exists():
            return False, {}, done.stdout + done.stderr
        for line in self._log.read_text(encoding="utf-8").splitlines():
            changes = json.loads(line).get("summaryEvent", {}).get("resourceChanges", changes)
        return done.returncode == 0, changes, done.stdout + done.stderr

    def export(self) -> dict[str, Any]:
        exported = self.run("stack", "export", "-s", STACK, "--show-secrets")
        assert exported.returncode == 0, exported.stderr
        return json.loads(exported.stdout)


@dataclass
class Both:
    """A project, this engine and the CLI."""

    stage: Stage
    cli: Cli

    def check(self, *steps: Step) -> None:
        """Take each step with both; afterwards both have the same state, and have done the same."""
        for number, step in enumerate(steps):
            where = f"step {number}: {step.command}"
            text = PREAMBLE + textwrap.dedent(step.program)
            (self.stage.project_directory / "__main__.py").write_text(text, encoding="utf-8")
            for cloud in (self.stage.cloud, self.cli.cloud):
                cloud.calls.clear()
                step.cloud(cloud)
            self.stage.events.clear()
            ours = self._ours(step)
            succeeded, changes, printed = self.cli.step(step)
            told = [event.message for event in self.stage.events if isinstance(event, DiagnosticEvent)]
            assert succeeded is not step.failing, f"{where}: the CLI\n{printed}"
            assert (ours == "succeeded") is succeeded, f"{where}: {told}\n{printed}"
            mine, theirs = normalised(self._export()), normalised(self.cli.export())
            assert not (unlike := list(differences(theirs, mine))), f"{where}: {_told(unlike, theirs, mine)}\n{printed}"
            did, theirs = sorted(self.stage.cloud.calls), sorted(self.cli.cloud.calls)
            assert did == theirs or not step.calls, f"{where}: CLI {theirs}, here {did}"
            if succeeded and step.command != "import":
                assert _counts(self.stage.events) == changes, f"{where}\n{printed}"

    def _export(self) -> dict[str, Any]:
        return self.stage.backend.export(STACK, show_secrets=True)

    def _ours(self, step: Step) -> str:
        options = {name: value for name, value in step.options.items() if name != "import"}
        run = replace(self.stage.options, parallel=1, **options)
        if step.command == "import":
            type_, name, id_ = step.options["import"]
            return self.stage.engine.import_(STACK, [ImportSpec(type_, name, id_)], run).result
        return getattr(self.stage.engine, step.command)(STACK, run).result


def _counts(events: list[Event]) -> dict[str, int]:
    (summary,) = [event for event in events if isinstance(event, SummaryEvent)]
    return summary.resource_changes


def _told(unlike: list[tuple[Any, str]], theirs: Any, mine: Any) -> str:
    return "".join(
        f"\n{render_path(path)} ({kind}): CLI {lookup(theirs, path)!r}, here {lookup(mine, path)!r}"
        for path, kind in unlike
    )


def normalised(export: dict[str, Any]) -> dict[str, Any]:
    """A deployment without times, places and random ids, its unordered lists in order."""
    deployment = export["deployment"]
    ids = {
        resource["id"]: resource["urn"].rpartition("::")[2]
        for resource in deployment.get("resources", ())
        if resource["type"].startswith("pulumi:providers:")
    }
    resources = [_resource(resource, ids) for resource in deployment.get("resources", ())]
    # What does not depend on each other is registered, and stands, in any order.
    resources.sort(key=lambda resource: (resource["urn"], resource.get("delete", False), resource["id"] or ""))
    pending = [[each["type"], each["resource"]["urn"]] for each in deployment.get("pending_operations", ())]
    return {"resources": resources, "pending": pending}


def _resource(resource: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    kept = {key: value for key, value in resource.items() if key not in _METADATA}
    kept["id"] = ids.get(kept.get("id", ""), kept.get("id"))
    for id_, name in ids.items():
        if "provider" in kept:
            kept["provider"] = kept["provider"].replace(id_, name)
    if "dependencies" in kept:
        kept["dependencies"] = sorted(kept["dependencies"])
    if "propertyDependencies" in kept:
        kept["propertyDependencies"] = {
            key: sorted(urns or ()) for key, urns in sorted(kept["propertyDependencies"].items())
        }
    return kept


@pytest.fixture
def both(tmp_path: Path) -> Generator[Both]:
    stage = Stage(tmp_path)
    with stage.backend.open(STACK, "stack init"):
        cli = Cli(tmp_path, stage.project_directory)
    yield Both(stage, cli)
    cli.close()


def test_the_life_of_plain_resources(both: Both) -> None:
    first = """
    a = Thing("a", {"text": "hello", "tags": {"x": 1, "y": [1, {"z": None}]}, "number": 1.5})
    b = Thing("b", {"of": a.serial, "text": a.upper})
    c = Thing("c", opts=O(depends_on=[b]))
    pulumi.export("serial", a.serial)
    pulumi.export("deep", {"list": [a.upper, b.serial]})
    """
    changed = first.replace('"hello"', '"bye"').replace('"number": 1.5', '"more": True')
    less = 'a = Thing("a", {"text": "bye"})\npulumi.export("only", a.id)'
    both.check(
        Step(first),
        Step(changed, command="preview"),
        Step(first),
        Step(changed),
        Step(less),
        Step(command="refresh"),
        Step(less, command="destroy"),
    )


def test_replacements(both: Both) -> None:
    def program(key: int, *, first: bool, fail: str = "") -> str:
        return f"""
        a = Thing("a", {{"key": {key}, "name": "a{0 if first else key}", "dbr": {first}, "fail": "{fail}"}})
        b = Thing("b", {{"key": a.serial, "name": "b{key}"}})
        c = Thing("c", {{"text": a.upper}}, O(depends_on=[b]))
        d = Thing("d", {{"text": "d"}}, O(depends_on=[c], replace_on_changes=["text"]))
        e = Thing("e", {{"name": "e{key}"}}, O(depends_on=[d], replacement_trigger={key}))
        f = Thing("f", {{"name": "f{key}"}}, O(depends_on=[e], replace_with=[e]))
        """

    both.check(
        Step(program(1, first=True), command="preview"),
        Step(program(1, first=True)),
        Step(program(2, first=True), command="preview"),
        Step(program(2, first=True)),
        Step(program(3, first=True, fail="create"), failing=True),
        # The CLI deletes a second time what the failed step before had deleted.
        Step(program(3, first=True), calls=False),
        Step(program(4, first=False)),
        Step(program(4, first=False)),
        Step(command="destroy"),
    )


def test_options(both: Both) -> None:
    first = """
    p = Thing("p", {"text": "p"}, O(protect=True))
    r = Thing("r", opts=O(retain_on_delete=True))
    w = Thing("w", opts=O(deleted_with=r, depends_on=[r]))
    i = Thing("i", {"text": "1", "tags": {"a": 1, "b": 1}}, O(ignore_changes=["text", "tags.a"]))
    s = Thing("s", {"text": "s"}, O(additional_secret_outputs=["upper"]))
    t = Thing("t", opts=O(custom_timeouts=pulumi.CustomTimeouts(create="5m", delete="90s")))
    h = Thing("h", {"text": pulumi.Output.secret("hidden"), "deep": {"a": pulumi.Output.secret([1])}})
    pulumi.export("hidden", h.upper)
    """
    second = first.replace('"text": "1", "tags": {"a": 1, "b": 1}', '"text": "2", "tags": {"a": 2, "b": 2}')
    both.check(
        Step(first),
        Step(second),
        Step(first.replace("w = ", "# ")),
        Step("", failing=True),
        Step(
            first.replace("protect=True", "protect=False")
            .replace("w = ", "# ")
            .replace('"r", opts=', '"r", {"name": "r2"}, ')
        ),
        Step(command="destroy"),
    )


def test_components_providers_and_aliases(both: Both) -> None:
    first = """
    one = Provider("one", {"account": "1", "region": "west"})
    box = Box("box", O(providers=[one]))
    inner = Box("box-inner", O(parent=box))
    a = Thing("box-inner-a", {"name": "a1", "text": "x"}, O(parent=inner))
    b = Thing("b", {"name": "b1", "of": a.serial}, O(provider=one))
    c = Thing("c", {"name": "c1"}, O(parent=b))
    box.register_outputs({"upper": a.upper})
    d = Thing("d", opts=O(depends_on=[box]))
    e = Thing("e", {"of": a, "in": {"box": box}, "kept": pulumi.Output.secret(a)})
    pulumi.export("reference", e)
    """
    renamed = (
        first.replace('"one", {"account"', '"uno", {"account"')
        .replace('"region": "west"})', '"region": "west"}, O(aliases=[Alias(name="one")]))')
        .replace('Box("box", O(', 'Box("crate", O(aliases=[Alias(name="box")], ')
        .replace('"box-inner', '"crate-inner')
        .replace('Thing("d", ', 'Thing("dd", {"name": "d"}, ')
        .replace("depends_on=[box]", 'depends_on=[box], aliases=["' + URN + 'd"]')
    )
    both.check(
        Step(first),
        Step(first.replace("west", "east")),
        Step(
            first.replace("west", "east")
            .replace('"account": "1"', '"account": "2"')
            .replace('1", ', '2", ')
            .replace('"c1"', '"c2"')
        ),
        Step(command="destroy"),
        Step(first),
        Step(renamed),
        Step(renamed),
        Step(command="destroy"),
    )


def test_reads_and_imports(both: Both) -> None:
    def existing(cloud: ToyCloud) -> None:
        for name in ("theirs", "adopted", "taken"):
            cloud.objects.setdefault(f"{THING}/{name}", ToyObject(THING, {"name": name, "text": name, "serial": 7}))

    read = f"""
    r = Thing("r", {{}}, O(id="{THING}/theirs"))
    pulumi.export("upper", r.upper)
    Thing("m", {{"name": "adopted", "text": "adopted"}}, O(import_="{THING}/adopted"))
    """
    both.check(
        Step(read, cloud=existing),
        Step(read),
        Step(read.replace('"text": "adopted"', '"text": "changed"')),
        Step('Thing("x")'),
        Step(command="import", options={"import": (THING, "taken", f"{THING}/taken")}, cloud=existing),
        Step('Thing("x")\nThing("taken", {"text": "taken"})'),
        Step(command="destroy"),
    )


def test_failures(both: Both) -> None:
    def program(**fails: Any) -> str:
        told = {name: fails.get(name, "") for name in "abc"}
        return f"""
        done = {fails.get("done", True)}
        a = Thing("a", {{"fail": "{told["a"]}", "text": "{told["a"]}"}})
        b = Thing("b", {{"sick": {["pale"] if told["b"] else []!r}, "text": "{told["b"]}"}}, O(depends_on=[a]))
        c = Thing("c", {{"fail": "{told["c"]}", "text": "{told["c"]}"}}, O(depends_on=[b]))
        pulumi.export("a", a.serial)
        assert done, "as it was told"
        """

    both.check(
        Step(program(b="sick"), failing=True),
        Step(program()),
        Step(program(b="sick"), failing=True),
        Step(program(c="update"), failing=True),
        Step(
            program(a="update", c="x").replace("a.serial", "'known'"), failing=True, options={"continue_on_error": True}
        ),
        Step(program(done=False), failing=True),
        Step(program()),
        Step(program(c="delete")),
        Step(command="destroy", failing=True),
    )


def test_drift(both: Both) -> None:
    def drift(cloud: ToyCloud) -> None:
        cloud.objects[f"{THING}/a"].body["text"] = "edited"
        cloud.objects.pop(f"{THING}/b", None)

    program = """
    a = Thing("a", {"text": "x"})
    b = Thing("b", {"of": a.serial})
    c = Thing("c", {"of": b.serial}, O(parent=b))
    """
    both.check(
        Step(program),
        Step(command="refresh", cloud=drift),
        Step(program),
        Step(program, cloud=drift, options={"refresh": True}),
        Step(command="destroy", cloud=drift, options={"refresh": True}),
    )


def test_targets(both: Both) -> None:
    program = textwrap.dedent("""
    a = Thing("a", {"text": "%s"})
    b = Thing("b", {"text": "%s"}, O(depends_on=[a]))
    c = Thing("c", {"text": "%s"})
    """)
    one, two = program.replace("%s", "1"), program.replace("%s", "2")
    more = two + 'Thing("d")\n'
    both.check(
        Step(one),
        Step(two, options={"targets": (URN + "c",)}),
        Step(two, options={"targets": (URN + "a",), "target_dependents": True}),
        Step(more, options={"targets": ("**::c",)}),
        Step('Thing("c", {"text": "3"})', options={"targets": (URN + "c",)}),
        Step(command="destroy", options={"targets": (URN + "a",), "target_dependents": True}),
    )


def test_transforms_and_hooks(both: Both) -> None:
    program = """
    def transform(args):
        if args.type_ == "toy:index:Thing":
            return pulumi.ResourceTransformResult(
                {**args.props, "text": "transformed"}, O.merge(args.opts, O(protect=False)))
    pulumi.runtime.register_resource_transform(transform)
    hook = pulumi.ResourceHook("hook", lambda args: None)
    a = Thing("a", {}, O(hooks=pulumi.ResourceHookBinding(before_create=[hook])))
    def own(args):
        return pulumi.ResourceTransformResult({**args.props, "own": 1}, args.opts)
    b = Thing("b", {"of": a.serial}, O(transforms=[own], depends_on=[a]))
    """
    both.check(Step(program), Step(program))

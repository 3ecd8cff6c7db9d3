"""One state for both engines: the Pulumi CLI reads what this one writes, and the other way round."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.model.state import ResourceState, StackState
from sandbox.engine.model.values import UNKNOWN, ResourceReference, Secret
from sandbox.engine.storage.backend import FileBackend
from sandbox.engine.storage.integrity import verify
from sandbox.engine.storage.state_errors import StackLockedError
from tests.sandbox.engine.states import CANARY, PASSPHRASE, PROJECT, ROOT, STACK, change, make_backend, make_resource

pytestmark = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")

PROGRAM = f"""
import os
import time
import pulumi

class Part(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Part", name, {{}}, opts)
        secret = pulumi.Output.secret({{"a": "<b>&é", "n": 1.5, "l": [1, None, True]}})
        self.register_outputs({{"secret": secret, "twice": secret, "plain": "x"}})

one = Part("one")
Part("two", pulumi.ResourceOptions(parent=one, protect=True))
pulumi.export("secret", pulumi.Output.secret("{CANARY}"))
pulumi.export("numbers", [3, 3.25, -1e30])
pulumi.export("nested", {{"deep": pulumi.Output.secret([1, 2])}})
while os.environ.get("GATE") and not os.path.exists(os.environ["GATE"]):
    time.sleep(0.05)
"""


class Cli:
    """The Pulumi CLI on a project with a home and a backend of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "project"
        self.directory.mkdir(parents=True)
        (self.directory / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        (self.directory / "__main__.py").write_text(PROGRAM)
        self.root = directory / "state"
        self.root.mkdir()
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(directory / "pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{self.root}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Begin a command."""
        command = ["pulumi", *arguments, "--non-interactive"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.directory, env=self.environment | environment, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What a command prints; with `fails`, its complaint too."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert (process.returncode != 0) == fails, out + err
        return out + err if fails else out

    def export(self, *options: str) -> dict[str, Any]:
        """The CLI's own export of the stack."""
        return json.loads(self.run("stack", "export", "-s", STACK, *options))


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A CLI that has deployed the program; `met` is what a run of ours was told meanwhile."""
    cli = Cli(tmp_path_factory.mktemp("cli"))
    cli.run("stack", "init", STACK)
    cli.run("config", "set", "--secret", "token", CANARY, "-s", STACK)
    gate = cli.directory / "gate"
    running = cli.start("up", "-s", STACK, "--yes", "--skip-preview", GATE=str(gate))
    locks = cli.root / ".pulumi" / "locks" / "organization" / PROJECT / STACK
    deadline = time.monotonic() + 60
    while not list(locks.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        with pytest.raises(StackLockedError) as met, make_backend(cli.root).open(STACK, "up"):
            pass
        cli.environment["MET"] = f"{running.pid}|{met.value}"
    finally:
        gate.touch()
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, out + err
    return cli


@pytest.fixture
def ours(cli: Cli, tmp_path: Path) -> FileBackend:
    """Our backend on a copy of what the CLI left."""
    shutil.copytree(cli.root, tmp_path / "state")
    return make_backend(tmp_path / "state")


@pytest.fixture
def fresh(cli: Cli, tmp_path: Path) -> Cli:
    """A CLI with the same home and an empty stack of another backend."""
    fresh = Cli(tmp_path / "fresh")
    fresh.environment |= {"PULUMI_HOME": cli.environment["PULUMI_HOME"]}
    fresh.run("stack", "init", STACK)
    return fresh


def test_a_running_cli_is_seen_and_named(cli: Cli) -> None:
    pid, _, text = cli.environment["MET"].partition("|")
    assert f"process {pid} of " in text
    assert "is alive" in text


def test_what_the_cli_wrote_is_read_and_exported_as_the_cli_does(cli: Cli, ours: FileBackend) -> None:
    state = ours.load(STACK)
    verify(state)
    assert state.resources[0].outputs["secret"] == Secret(CANARY)
    assert state.resources[1].outputs["secret"] == Secret({"a": "<b>&é", "n": 1.5, "l": [1, None, True]})
    assert ours.export(STACK) == cli.export()
    assert ours.export(STACK, show_secrets=True) == cli.export("--show-secrets")


def test_what_we_wrote_after_the_cli_is_read_by_it_and_it_finds_nothing_to_change(cli: Cli) -> None:
    """In place, beside the attribute files that the CLI keeps of its own writes; history is one for both."""
    backend = make_backend(cli.root)
    before = cli.export()
    with backend.open(STACK, "up") as snapshot:
        for old in snapshot.state().resources:
            snapshot.commit(None, put=old, drop=None)
        snapshot.outcome.kind, snapshot.outcome.result = "update", "succeeded"
        snapshot.outcome.changes = {"same": 3}
        snapshot.outcome.config = {f"{PROJECT}:token": CANARY}
        snapshot.outcome.secret_keys = frozenset({f"{PROJECT}:token"})
    after = cli.export()
    assert after["deployment"]["resources"] == before["deployment"]["resources"]
    assert after == backend.export(STACK)
    cli.run("preview", "-s", STACK, "--expect-no-changes")
    history = json.loads(cli.run("stack", "history", "-s", STACK, "--json", "--show-secrets"))
    assert [(entry["kind"], entry["result"], entry["resourceChanges"]) for entry in history] == [
        ("update", "succeeded", {"same": 3}),
        ("update", "succeeded", {"create": 3}),
    ]
    assert history[0]["config"][f"{PROJECT}:token"] == {"value": CANARY, "secret": True}
    assert [(entry.kind, entry.changes) for entry in backend.history(STACK)] == [
        ("update", {"same": 3}),
        ("update", {"create": 3}),
    ]


def full_state() -> StackState:
    """A state with every kind of field and value that the CLI reads."""
    provider = make_resource(
        "default", urn=f"urn:pulumi:{STACK}::{PROJECT}::pulumi:providers:test::default", type="pulumi:providers:test"
    )
    provider.inputs = {"version": "1.0.0"}
    reference = f"{provider.urn}::{provider.id}"
    root = ResourceState(ROOT, "pulumi:pulumi:Stack", custom=False, outputs={"out": Secret(CANARY)})
    first = make_resource(
        "first",
        parent=ROOT,
        provider=reference,
        outputs={
            "ref": ResourceReference(ROOT, None, ""),
            "list": [1, 2.5, None, True, {"x": Secret({"y": Secret("z")})}],
        },
        custom_timeouts={"create": 300.0, "delete": 0.5},
        init_errors=["half made"],
        ignore_changes=["tags"],
        hide_diff=["a.b[0]", 'tags["x.y"]'],
        additional_secret_outputs=["password"],
        import_id="imported",
        resource_hooks={"BeforeCreate": ["gate"]},
    )
    second = make_resource(
        "second",
        parent=ROOT,
        provider=reference,
        dependencies=[first.urn],
        property_dependencies={"name": [first.urn], "other": []},
        deleted_with=first.urn,
        replace_with=[first.urn],
        # No secret in it: CLI 3.260 reads the trigger before it has decrypted it, and would write null back.
        replacement_trigger={"created": "2026"},
        refresh_before_update=True,
        taint=True,
        protect=True,
        retain_on_delete=True,
        extra={"viewOf": first.urn},
    )
    second.inputs["unknown"] = UNKNOWN
    old = make_resource("second", provider=reference, delete=True, id="old")
    return StackState([root, provider, first, second, old])


def test_our_export_imports_into_the_cli_and_comes_out_equal(fresh: Cli, tmp_path: Path) -> None:
    backend = make_backend(tmp_path / "ours")
    with backend.open(STACK, "up") as snapshot:
        for resource in full_state().resources:
            snapshot.commit(None, put=resource)
    document = backend.export(STACK)
    assert document["version"] == 4
    (tmp_path / "export.json").write_text(json.dumps(document))
    fresh.run("stack", "import", "-s", STACK, "--file", str(tmp_path / "export.json"))
    exported = fresh.export()
    assert plain(exported) == plain(document)
    assert (
        fresh.export("--show-secrets")["deployment"]["resources"]
        == backend.export(STACK, show_secrets=True)["deployment"]["resources"]
    )
    again = make_backend(tmp_path / "again")
    again.import_(STACK, exported)
    assert again.export(STACK) == exported


def plain(value: Any) -> Any:
    """A document without its ciphertexts, which the CLI makes anew on import."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "ciphertext"}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_the_cli_takes_the_state_of_random_histories(fresh: Cli, tmp_path: Path) -> None:
    """Its own check of integrity agrees with ours."""
    backend = make_backend(tmp_path / "ours")
    for seed in range(3):
        with backend.open(STACK, "up") as snapshot:
            change(snapshot, snapshot.state(), random.Random(seed), lambda _: None)  # noqa: S311
    (tmp_path / "export.json").write_text(json.dumps(backend.export(STACK)))
    fresh.run("stack", "import", "-s", STACK, "--file", str(tmp_path / "export.json"))
    assert len(fresh.export()["deployment"]["resources"]) == len(backend.load(STACK).resources) > 0


def test_the_cli_sees_our_lock_and_our_stacks(fresh: Cli) -> None:
    backend = make_backend(fresh.root)
    with backend.open("global-dev", "up"):
        pass
    assert {stack["name"] for stack in json.loads(fresh.run("stack", "ls", "--json"))} == {STACK, "global-dev"}
    with backend.open(STACK, "up"):
        answer = fresh.run("up", "-s", STACK, "--yes", "--skip-preview", fails=True)
    assert "currently locked" in answer
    assert f"(pid {os.getpid()})" in answer


def test_the_cli_does_not_mind_our_journal(fresh: Cli) -> None:
    backend = make_backend(fresh.root)
    with backend.open(STACK, "up") as snapshot:
        snapshot.begin("creating", make_resource("a"))
        assert [stack["name"] for stack in json.loads(fresh.run("stack", "ls", "--json"))] == [STACK]
        assert fresh.export()["deployment"].get("resources", []) == []

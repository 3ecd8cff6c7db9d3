"""The official Pulumi CLI, attached to the stand-in: the same program, the same state, another engine.

The CLI is told to take the providers `azure-native` and `random` from the stand-in's ports instead of starting plugins
(PULUMI_DEBUG_PROVIDERS). It is given a copy of the stack file under the home, because it puts a salt into the file that
it uses: nothing is ever written into `stacks/`.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final, cast

import yaml

from cidr import Fault, FaultsError
from sandbox.cli_events import event_of
from sandbox.deployers import Deployer, Operation, Request, RunResult
from sandbox.engine.model.events import DiagnosticEvent, Listener, SummaryEvent
from sandbox.engine.storage.backend import FileBackend
from sandbox.home import SandboxHome
from sandbox.inventory import layout_of
from sandbox.keeping import outputs_of
from sandbox.serve import debug_providers
from stacks import stack_file

EVENTS: Final = "events.json"
_POLL_SECONDS: Final = 0.05
_LAST_WORDS: Final = 20
"""Lines of the CLI's own output that are shown when it fails without an event."""
_ARGUMENTS: Final[Mapping[Operation, tuple[str, ...]]] = {
    "preview": ("preview",),
    "up": ("up", "--yes", "--skip-preview"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
_CHECK: Final = ("refresh", "--preview-only")


class AttachedCli:
    """Deploys with the Pulumi CLI from PATH.

    environment: what the program finds beside its own (the stand-in's ARM endpoint). providers: serves the stand-in
    for one run, package -> port on 127.0.0.1. repair: what resolves the pending operations of a killed run. Raises
    FaultsError when there is no CLI on PATH.
    """

    def __init__(  # noqa: PLR0917
        self,
        home: SandboxHome,
        project: Path,
        backend: FileBackend,
        environment: Mapping[str, str],
        providers: Callable[[], AbstractContextManager[Mapping[str, int]]],
        repair: Deployer,
    ) -> None:
        self._program = shutil.which("pulumi") or _no_cli()
        if not (project / ".venv").is_dir():
            raise FaultsError([_NO_ENVIRONMENT])
        self._home = home
        self._project = project
        self._backend = backend
        self._environment = environment
        self._providers = providers
        self._repair = repair
        self._process: subprocess.Popen[bytes] | None = None
        self._canceled = False

    def run(self, operation: Operation, deployment: str, request: Request, listener: Listener) -> RunResult:
        """One run of the CLI, with its event log turned into this engine's events while it is written."""
        started = time.monotonic()
        with self._backend.open(deployment, f"{operation} --engine cli"):
            pass  # makes a new stack, and finishes the books of a run that was killed: the CLI reads no journal
        looks_only = operation == "preview" or request.check
        if not looks_only and (pending := self._backend.load(deployment).pending_operations):
            # The CLI only warns of them, and then fails to create what exists: they are settled here first.
            urns = tuple(each.resource.urn for each in pending) if operation == "up" else request.targets
            settled = self._repair.run(operation, deployment, replace(request, targets=urns), listener)
            if settled.result != "succeeded":
                return settled
        directory = self._prepare(deployment)
        log, output = directory / EVENTS, directory / "output.txt"
        log.unlink(missing_ok=True)
        summary: SummaryEvent | None = None
        errors: list[str] = []
        with self._providers() as ports, output.open("wb") as sink:
            self._process = subprocess.Popen(  # noqa: S603 - the CLI from PATH, with our own arguments
                self._command(operation, deployment, request, directory),
                cwd=self._project,
                env={**self._environment_of_cli(ports), **request.environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal reaches cfctl only, which passes it on
            )
            for line in _follow(log, self._process):
                event = event_of(line)
                if event is None:
                    continue
                if isinstance(event, DiagnosticEvent):
                    if event.severity == "error":
                        errors.append(event.message)
                    elif event.severity == "info#err" and errors and not event.urn:
                        # After an error the CLI interrupts the program, whose host then writes a traceback of that.
                        event = replace(event, severity="debug")
                if isinstance(event, SummaryEvent):
                    summary = event
                listener(event)
            status = self._process.wait()
        if status != 0 and not errors:
            errors = ["\n".join(output.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_WORDS:])]
            listener(DiagnosticEvent("error", errors[0]))
        return RunResult(
            result="succeeded" if status == 0 else "canceled" if self._canceled else "failed",
            changes=dict(summary.resource_changes) if summary else {},
            outputs=outputs_of(self._backend, deployment),
            errors=tuple(errors),
            seconds=time.monotonic() - started,
        )

    def cancel(self) -> None:
        """Pass an interrupt on: the CLI's first finishes running steps, its second stops now."""
        self._canceled = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def _command(self, operation: Operation, deployment: str, request: Request, directory: Path) -> list[str]:
        targets = [word for urn in request.targets for word in ("--target", urn)]
        return [
            self._program,
            *(_CHECK if request.check else _ARGUMENTS[operation]),
            *("--stack", deployment, "--config-file", str(directory / f"Pulumi.{deployment}.yaml")),
            *("--parallel", str(request.parallel), "--event-log", str(directory / EVENTS)),
            *("--non-interactive", "--color", "never", "--suppress-permalink=true"),
            *targets,
        ]

    def _environment_of_cli(self, ports: Mapping[str, int]) -> dict[str, str]:
        """The user's environment, without what would lead the CLI to another state, and with the stand-in's places."""
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("PULUMI_") and key not in ("VIRTUAL_ENV", "PYTHONHOME")
        }
        return {
            **inherited,
            **self._environment,
            "PATH": f"{Path(self._program).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PULUMI_HOME": str(self._home.attached / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._home.state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._home.passphrase_file),
            "PULUMI_DEBUG_PROVIDERS": debug_providers(ports),
            "PULUMI_DEBUG_COMMANDS": "true",  # without it there is no --event-log
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def _prepare(self, deployment: str) -> Path:
        """The directory of this deployment's runs, with a copy of its stack file that has the salt of its state."""
        directory = self._home.attached / deployment
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = cast("dict[str, Any]", yaml.safe_load(stack_file(deployment, self._project).read_bytes()))
        settings["encryptionsalt"] = _salt(layout_of(self._home).state(deployment))
        (directory / f"Pulumi.{deployment}.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        return directory


def _salt(state_file: Path) -> str:
    """The salt of the stack's secrets: with it in the stack file the CLI encrypts under the same key."""
    document = json.loads(state_file.read_bytes())
    return str(document["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"])


def _follow(log: Path, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """The objects of a growing file, a line each, until the process has ended and all is read."""
    file: IO[bytes] | None = None
    rest = b""
    try:
        while True:
            ended = process.poll() is not None
            if file is None and log.exists():
                file = log.open("rb")
            rest += file.read() if file else b""
            *lines, rest = rest.split(b"\n")
            for line in lines:
                yield json.loads(line)
            if ended:
                return
            time.sleep(_POLL_SECONDS)
    finally:
        if file:
            file.close()


_NO_ENVIRONMENT: Final = Fault(
    where="--engine cli",
    what="there is no .venv, in which Pulumi.yaml says that the program runs",
    allowed="the environment that ./cfctl makes on first use",
    next_step="run ./cfctl itself: ./cfctl doctor",
)


def _no_cli() -> str:
    raise FaultsError(
        [
            Fault(
                where="--engine cli",
                what="there is no pulumi on PATH",
                allowed="the Pulumi CLI with its Python language plugin (https://www.pulumi.com/docs/install/)",
                next_step="install it, or leave --engine cli out: the sandbox has an engine of its own",
            )
        ]
    )

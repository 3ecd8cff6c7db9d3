"""`cfctl app release` and `cfctl app rollback`: who asks, what is refused, and what came of it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cidr import Fault
from cli import documents
from cli.databases.guards import Consent, require_consent
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.logs import RunLog
from cli.places import AZURE
from cli.progress import OnScreen
from cli.run_lock import held
from cli.running_apps.notes import Note
from cli.running_apps.one_app import InSandbox, OnAzure, order_for
from cli.running_apps.places import Apps, open_apps
from cli.screen import Screen
from cli.wording import duration
from lifecycle.releases.releasing import Outcome, Program, Releasing
from lifecycle.releases.revisions import short
from sandbox.home import SandboxHome
from sandbox.waiting import WaitingProgram

PATIENCE: Final = 600.0
"""Seconds of Azure that a revision may take: a start may take 100 (container_service.py), beside pull and placement."""
_PAUSE: Final = 5.0
_SCALE: Final = "COMPLIANCEFLOW_TIME_SCALE"
_SANDBOX_SCALE: Final = "0.01"


class Releases:
    """Releases in one home, or on Azure with `targets` that say so.

    Its documents add `deployment`, `service`, and `outcome`: {revision, digest, before, previous, seconds}, null where
    the old one serves on.
    """

    def __init__(self, screen: Screen, home: SandboxHome, project: Path, targets: tuple[str, ...]) -> None:
        self._screen, self._home, self._project, self._targets = screen, home, project, targets

    def release(self, deployment: str, service: str, image: str | None, consent: Consent) -> ExitCode:
        """Give an app an image: that of `image`, or of the release file without one. StepError where it falls back."""
        with open_apps(self._home, self._project, deployment, self._targets) as apps:
            file = apps.file(apps.known(service))
            written = file.read()
            digest = file.digest_in(image) if image is not None else written
            if digest is None:
                raise RefusedError(_no_image(apps, service))
            if not apps.deployment.environment.ephemeral and digest != written:
                raise RefusedError(_not_reviewed(apps, service, digest))
            self._admit(apps, service, f"a release of {service}", consent)
            with self._releasing(apps, service) as releasing:
                return self._told("app release", apps, service, releasing.release(digest))

    def roll_back(self, deployment: str, service: str, consent: Consent) -> ExitCode:
        """Give the traffic to the image before."""
        with open_apps(self._home, self._project, deployment, self._targets) as apps:
            self._admit(apps, apps.known(service), f"a rollback of {service}", consent)
            with self._releasing(apps, service) as releasing:
                return self._told("app rollback", apps, service, releasing.roll_back())

    def _admit(self, apps: Apps, service: str, what: str, consent: Consent) -> None:
        body = next(it for it in apps.bodies if it["name"] == service)
        if body["properties"].get("runningStatus") == "Stopped":
            raise RefusedError(_asleep(apps))
        if not apps.deployment.environment.ephemeral:
            require_consent(self._screen, apps.deployment, what, consent)

    @contextmanager
    def _releasing(self, apps: Apps, service: str) -> Generator[Releasing]:
        name, alone = str(apps.deployment), f"app {service} {apps.deployment}"
        scale = 1.0 if apps.on_azure else float(os.environ.get(_SCALE, _SANDBOX_SCALE))
        kept = SandboxHome(self._home.root / AZURE) if apps.on_azure else self._home
        with held(kept, name, alone), self._program(apps, service) as program:
            yield Releasing(
                deployment=name,
                service=service,
                apps=apps.of(service),
                written=apps.file(service),
                going_back=Note(kept.root / "releases" / name / f"{service}.rollback"),
                program=program,
                tell=lambda text: self._screen.say(f"  {text}", style="dim"),
                patience=PATIENCE * scale,
                pause=_PAUSE * scale,
            )

    @contextmanager
    def _program(self, apps: Apps, service: str) -> Generator[Program]:
        name = str(apps.deployment)
        if apps.on_azure:
            yield OnAzure(self._screen, self._home, self._project, name, service)
            return
        from cli.one_run import Runner  # noqa: PLC0415 - imports the engine, and with it Pulumi

        log = RunLog.create(self._home.logs, f"app-{service}")
        with (
            WaitingProgram(self._project) as waiting,
            Runner(OnScreen(self._screen), self._home, waiting, order_for(name, service), log) as runner,
        ):
            yield InSandbox(runner, name, service)

    def _told(self, command: str, apps: Apps, service: str, outcome: Outcome) -> ExitCode:
        name, done = apps.deployment, "released" if command.endswith("release") else "rolled back"
        line = f"{service} of {name} serves {short(outcome.digest)} ({outcome.revision}), {done} in "
        self._screen.result(f"{line}{duration(outcome.seconds)}; before it {short(outcome.before)}", style="bold green")
        if outcome.previous:
            self._screen.result(f"  the way back: ./cfctl app rollback {name} {service}")
        self._screen.result(
            f"  images/releases/{name.environment}.yaml says so too: commit it; the other deployments of "
            f"{name.environment} get the image with their next up"
        )
        self._screen.document(
            documents.document(command, ExitCode.OK, deployment=str(name), service=service, outcome=asdict(outcome))
        )
        return ExitCode.OK


def _no_image(apps: Apps, service: str) -> Fault:
    return Fault(
        where=f"images/releases/{apps.deployment.environment}.yaml {service}",
        what=f"{service} has no image to release",
        allowed="a digest there, or --image",
        next_step=f"./cfctl app release {apps.deployment} {service} --image sha256:…",
    )


def _not_reviewed(apps: Apps, service: str, digest: str) -> Fault:
    file = f"images/releases/{apps.deployment.environment}.yaml"
    return Fault(
        where="--image",
        what=f"{short(digest)} does not stand in {file}, and nothing reaches prod that nobody has reviewed",
        allowed="the digest of that file, or no --image",
        next_step=f"write it there in a pull request, then ./cfctl app release {apps.deployment} {service}",
    )


def _asleep(apps: Apps) -> Fault:
    return Fault(
        where=str(apps.deployment),
        what=f"{apps.deployment} is asleep: no revision gets healthy in it",
        allowed="a deployment that is awake",
        next_step=f"./cfctl wake {apps.deployment}",
    )

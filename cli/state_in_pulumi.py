"""The state of a stack in a backend of the Pulumi CLI, as a place that it can be moved from and to.

The CLI is given the backend by PULUMI_BACKEND_URL and content by its standard input alone: never a file, never an
argument. Export, import, init and rm: https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack/.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from cidr import Fault, FaultsError
from cli.azure_subjects import find_pulumi
from cli.failures import RefusedError
from cli.state_places import PASSPHRASE, Where
from lifecycle.machine import StepError
from lifecycle.state_comparing import Export
from sandbox.engine.storage.files import write_atomically
from sandbox.engine.storage.layout import Layout
from sandbox.engine.storage.lock import holders_of
from sandbox.engine.storage.state_errors import StackLockedError
from sandbox.inventory import PROJECT

_PASSPHRASES: Final = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_OF_SOURCE: Final = ("CFCTL_FROM_PASSPHRASE", "CFCTL_FROM_PASSPHRASE_FILE")
"""The passphrase of a source that has another one than the target."""
_SECONDS: Final = 600
_LAST_LINES: Final = 5


class PulumiPlace:
    """`lifecycle.state_moving.Place` of a backend that the Pulumi CLI reaches.

    directory: a project without a program, where the CLI may leave a stack file. provider: what is to encrypt the
    secrets of a stack that is made; empty for the place that one is moved from. Calls raise StepError with the CLI's
    own words where it fails.
    """

    def __init__(
        self,
        program: str,
        place: Where,
        stack: str,
        *,
        directory: Path,
        aside: Path,
        environment: Mapping[str, str],
        provider: str,
    ) -> None:
        self._program = program
        self._place = place
        self._stack = stack
        self._directory = directory
        self._aside = aside
        self._environment = environment
        self._provider = provider

    @property
    def where(self) -> str:
        """The backend's URL."""
        return self._place.text

    def stands(self) -> bool:
        """True if the backend lists the stack."""
        listed = json.loads(self._call("stack", "ls", "--json"))
        return any(it["name"].rpartition("/")[2] == self._stack for it in listed)

    def check_idle(self) -> None:
        """StackLockedError naming who holds the stack, where the locks lie in a directory that can be looked into.

        In a container the lock is met by the import and by the removal, which the CLI refuses. RefusedError for a
        stack under another provider than the one asked for.
        """
        if self._place.kind == "file" and self._place.root is not None:
            locks = Layout(self._place.root, PROJECT).locks(self._stack)
            if holders := [str(holder) for holder in holders_of(locks)]:
                raise _locked(self._stack, self.where, "; ".join(holders), locks)
        if self._provider:
            found = _provider_of(self.sealed())
            if found not in ("", self._provider):
                raise RefusedError(
                    Fault(
                        where=self.where,
                        what=f"{self._stack} stands there already, under the secrets provider {found}",
                        allowed=f"none of that name, or one under {self._provider}",
                        next_step=f"--secrets-provider {found}, and pulumi stack change-secrets-provider afterwards",
                    )
                )

    def in_clear(self) -> Export:
        """The export with its secrets in clear, from the CLI's standard output into memory."""
        return json.loads(self._call("stack", "export", "--show-secrets", "--stack", self._stack))

    def sealed(self) -> Export:
        """The export with its secrets encrypted."""
        return json.loads(self._call("stack", "export", "--stack", self._stack))

    def take(self, export: Export) -> None:
        """Make the stack if it is new, and an export in clear its state, under the stack's own key.

        An import takes the secrets provider that the export names, not the stack's: one that names the old one would
        stay encrypted under the old key, and one that names none cannot be encrypted at all (CLI 3.260).
        """
        if not self.stands():
            self._call("stack", "init", self._stack, "--secrets-provider", self._provider, "--no-select")
        own = cast("dict[str, Any]", self.sealed()["deployment"] or {}).get("secrets_providers")
        if not own:
            raise StepError(_older(self.where, self._stack))
        content = {**export, "deployment": {**export["deployment"], "secrets_providers": own}}
        self._call("stack", "import", "--stack", self._stack, stdin=json.dumps(content).encode())

    def keep(self, began: str) -> tuple[str, ...]:
        """The encrypted export and the history of updates, as files of the home: `stack rm` deletes the history."""
        directory = self._aside / began.replace(":", "")
        history = self._call("stack", "history", "--json", "--full-dates", "--stack", self._stack)
        for name, data in (("export.json", json.dumps(self.sealed(), indent=4).encode()), ("history.json", history)):
            write_atomically(directory / name, data)
        return (str(directory / "export.json"), str(directory / "history.json"))

    def drop(self) -> None:
        """Take the stack from the backend's list; the last state stays there as `.json.bak`."""
        self._call("stack", "rm", self._stack, "--force", "--yes", "--preserve-config")

    def stack_file_lines(self) -> Mapping[str, str]:
        """What belongs into the stack file, so that the CLI encrypts under the same key; none of it is a secret."""
        own = _own(self.sealed())
        state = cast("Mapping[str, str]", own.get("state") or {})
        if own.get("type") == PASSPHRASE:
            return {"encryptionsalt": state["salt"]}
        return {"secretsprovider": state.get("url", ""), "encryptedkey": state.get("encryptedkey", "")}

    def _call(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What the CLI prints. It has a session of its own: a Ctrl-C does not cut an import in two."""
        try:
            done = subprocess.run(  # noqa: S603 - the CLI from PATH, with our own arguments
                [self._program, *arguments, "--non-interactive", "--color", "never"],
                cwd=self._directory,
                env=self._environment,
                input=stdin,
                capture_output=True,
                timeout=_SECONDS,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StepError(_failed(self.where, arguments, f"no answer in {_SECONDS} s")) from None
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.decode(errors="replace")
        if "currently locked" in said:
            raise _locked(self._stack, self.where, _last_words(said), None)
        raise StepError(_failed(self.where, arguments, _last_words(said)))


@contextmanager
def pulumi_place(place: Where, stack: str, aside: Path, *, provider: str = "") -> Generator[PulumiPlace]:
    """A backend reached through the CLI from PATH, for as long as the block lasts.

    provider: of a target; empty for a source. Raises FaultsError where there is no CLI, or no passphrase for a target
    that needs one.
    """
    cli = find_pulumi()
    if cli is None:
        what, step = "there is no pulumi on PATH", "https://www.pulumi.com/docs/install/, then ./cfctl doctor"
        raise FaultsError(
            [Fault(where=place.text, what=what, allowed="the Pulumi CLI, 3.260 or later", next_step=step)]
        )
    environment = environment_of(os.environ, place.text, of_source=not provider)
    if provider == PASSPHRASE and not any(environment.get(name) for name in _PASSPHRASES):
        what, step = "the passphrase of the target is not told", f"{_PASSPHRASES[1]}=FILE in the environment"
        raise FaultsError([Fault(where=place.text, what=what, allowed=" or ".join(_PASSPHRASES), next_step=step)])
    with tempfile.TemporaryDirectory(prefix="cfctl-move-") as name:
        directory = Path(name)
        (directory / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n", encoding="utf-8")
        yield PulumiPlace(
            cli.path, place, stack, directory=directory, aside=aside, environment=environment, provider=provider
        )


def environment_of(inherited: Mapping[str, str], url: str, *, of_source: bool) -> dict[str, str]:
    """What the CLI finds in its environment: the user's own (sign-in too), the backend, and the passphrase of it."""
    own = {target: inherited[name] for name, target in zip(_OF_SOURCE, _PASSPHRASES, strict=True) if name in inherited}
    hidden = {*_OF_SOURCE, "PULUMI_STACK", *(_PASSPHRASES if of_source and own else ())}
    kept = {name: value for name, value in inherited.items() if name not in hidden}
    told = {"PULUMI_BACKEND_URL": url, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    return {**kept, **(own if of_source else {}), **told}


def _own(export: Export) -> Mapping[str, Any]:
    deployment = cast("Mapping[str, Any]", export.get("deployment") or {})
    return cast("Mapping[str, Any]", deployment.get("secrets_providers") or {})


def _provider_of(export: Export) -> str:
    """The provider's URL as one types it, or `passphrase`; empty where the export names none."""
    own = _own(export)
    return str(own["state"].get("url", "")) if own.get("type") == "cloud" else str(own.get("type", ""))


def _last_words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    first = next((index for index, line in enumerate(lines) if line.startswith("error:")), -_LAST_LINES)
    return "\n".join(lines[first:][:_LAST_LINES]) or "it says nothing"


def _failed(url: str, arguments: tuple[str, ...], said: str) -> Fault:
    return Fault(
        where=url,
        what=f"pulumi {' '.join(arguments[:2])} failed: {said}",
        allowed="a backend that you are signed in to, and the passphrase or key of its secrets",
        next_step="mend what it says, then the same command again: it goes on where this one stopped",
    )


def _older(url: str, stack: str) -> Fault:
    return Fault(
        where=url,
        what=f"{stack} stands there empty and names no secrets provider: another or an older CLI has made it",
        allowed="a stack made by the Pulumi CLI 3.260 or later, or none",
        next_step=f"pulumi stack rm {stack} --preserve-config, then the same command again",
    )


def _locked(stack: str, url: str, holders: str, path: Path | None) -> StackLockedError:
    step = f"wait until that run has ended; of a dead one: PULUMI_BACKEND_URL='{url}' pulumi cancel -s {stack}"
    return StackLockedError(f"the stack {stack} in {url} is locked: {holders}", path=path, next_step=step)

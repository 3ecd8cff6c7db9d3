"""`cfctl outputs`, `cfctl state export` and `cfctl state import`: what is kept of a deployment, without a run."""

import json
import sys
from pathlib import Path
from typing import Any, cast

from cidr import ACCOUNT, Fault, FaultsError
from cli import documents, wording
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from cli.run_lock import held
from cli.screen import Screen
from sandbox.engine.model.values import unwrap
from sandbox.engine.storage.backend import FileBackend
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from sandbox.keeping import backend_of, outputs_of
from stacks import down_order


def outputs(screen: Screen, home: SandboxHome, deployment: str, *, show_secrets: bool) -> ExitCode:
    """Write a deployment's outputs. The document adds `deployment` and `outputs`: {name: value}."""
    name = _known(deployment)
    values = outputs_of(_backend(screen, home), str(name))
    shown = dict(unwrap(values)) if show_secrets else wording.masked(values)
    if not shown and not screen.as_json:
        screen.say(f"{name} exports nothing: it is not up (./cfctl up {name})")
    width = max((len(key) for key in shown), default=0)
    for key, value in shown.items():
        screen.result(f"{key:<{width}}  {_on_one_line(value)}")
    screen.document(documents.document("outputs", ExitCode.OK, deployment=str(name), outputs=shown))
    return ExitCode.OK


def _on_one_line(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value)):
        return ", ".join(cast("list[str]", value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def export(screen: Screen, home: SandboxHome, deployment: str, *, show_secrets: bool) -> ExitCode:
    """Write the Pulumi export JSON of a deployment to standard output, as `pulumi stack export` does."""
    name = _known(deployment)
    document = _backend(screen, home).export(str(name), show_secrets)
    screen.out.file.write(json.dumps(document, indent=4, ensure_ascii=False) + "\n")
    screen.json_written.append(True)
    return ExitCode.OK


def import_(screen: Screen, home: SandboxHome, deployment: str, file: Path, *, yes: bool, force: bool) -> ExitCode:
    """Make an export the state of a deployment. The document adds `deployment` and `resources`, how many it has now."""
    name = _known(deployment)
    document = _read(file)
    if standing_of(home, str(name)).maybe_up and not yes:
        raise RefusedError(
            Fault(
                where=str(name),
                what=f"{name} is up: an import replaces all that is known of it",
                allowed="a deployment that is not up, or --yes",
                next_step=f"./cfctl state export {name} > backup.json, then the same command with --yes",
            )
        )
    home.prepare()
    backend = _backend(screen, home)
    with held(home, str(name), "state import"):
        backend.import_(str(name), document, force)
    resources = standing_of(home, str(name)).resources
    screen.result(f"{name}: {resources} resources imported")
    screen.result(f"  next  ./cfctl refresh {name}", style="bold cyan")
    screen.document(documents.document("state import", ExitCode.OK, deployment=str(name), resources=resources))
    return ExitCode.OK


def _known(deployment: str) -> str:
    """The account, or the deployment, which must be one of the map; a misspelt one is told the nearest."""
    return deployment if deployment == ACCOUNT else str(down_order([deployment])[0])


def _backend(screen: Screen, home: SandboxHome) -> FileBackend:
    return backend_of(home, lambda text: screen.say(f"  {text}", style="yellow"))


def _read(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        document: Any = json.loads(text)
    except OSError as error:
        raise _unreadable(file, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _unreadable(file, f"is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise _unreadable(file, "is no JSON object")
    return cast("dict[str, Any]", document)


def _unreadable(file: Path, what: str) -> FaultsError:
    return FaultsError(
        [
            Fault(
                where="standard input" if str(file) == "-" else str(file),
                what=f"the export {what}",
                allowed="what `./cfctl state export` or `pulumi stack export` writes",
                next_step="./cfctl state export DEPLOYMENT > FILE",
            )
        ]
    )

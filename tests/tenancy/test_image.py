"""Claims about the job's image, read from its files: nothing here builds or runs a container."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tenancy import revision

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "images" / "tenancy"
INSTRUCTION = re.compile(r"^([A-Z]+)\s+(.*)$", re.DOTALL)


def instructions(text: str) -> list[tuple[str, str]]:
    """A Dockerfile's instructions, with continued lines put together."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = (INSTRUCTION.match(line) for line in "\n".join(lines).replace("\\\n", " ").splitlines())
    return [(match[1], " ".join(match[2].split())) for match in found if match]


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile."""
    told: list[str] = []
    made = instructions(text)
    final = made[max(at for at, (word, _) in enumerate(made) if word == "FROM") :]
    user = [what for word, what in final if word == "USER"][-1:]
    told += [f"runs as {user or 'root'}"] if not user or not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", user[0]) else []
    told += [f"ADD {what}" for word, what in made if word == "ADD"]
    told += [
        f"fetches: {what}" for word, what in made if word == "RUN" and re.search(r"curl|wget|https?://|git ", what)
    ]
    images = [what.split()[0] for word, what in made if word == "FROM"]
    told += [f"base {it} is not pinned" for it in images if not re.search(r":\d+\.\d+\.\d+-slim-\w+$|@sha256:", it)]
    told += ["installs without hashes" for word, what in made if "install" in what and "--require-hashes" not in what]
    copied = [what.split()[0] for word, what in made if word == "COPY" and not what.startswith("--from")]
    told += [f"copies {it}" for it in copied if it not in {"tenancy", "images/tenancy/requirements.txt"}]
    return told


DOCKERFILE = (IMAGE / "Dockerfile").read_text(encoding="utf-8")
BAD = {
    "USER 65532:65532": "USER root",
    "COPY tenancy /srv/tenancy": "COPY . /srv",
    "COPY images/tenancy/requirements.txt /requirements.txt": "ADD https://example.com/x /x",
    "--require-hashes": "--quiet",
    "WORKDIR /srv": "RUN curl https://example.com/x",
    "python:3.13.16-slim-bookworm": "python:latest",
}


def test_the_image_is_pinned_runs_as_nobody_and_holds_the_package_alone() -> None:
    """And each rule is seen to fail on a Dockerfile that breaks it."""
    assert faults(DOCKERFILE) == []
    for good, bad in BAD.items():
        assert good in DOCKERFILE
        assert faults(DOCKERFILE.replace(good, bad)), bad


def test_the_image_starts_the_job_and_verifies_the_server() -> None:
    """The certificates are named: the libssl of psycopg's wheel does not look where Debian has them."""
    made = dict(instructions(DOCKERFILE))
    assert made["ENTRYPOINT"] == '["python", "-m", "tenancy"]'
    assert made["CMD"] == '["apply"]'
    variables = dict(part.split("=", 1) for part in made["ENV"].split())
    assert variables["PGSSLMODE"] == "verify-full"
    assert variables["PGSSLROOTCERT"] == "/etc/ssl/certs/ca-certificates.crt"
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"  # the file system may be read-only
    assert variables["PYTHONPATH"] == "/srv"


def locked(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """Name → version and hashes of a lock file."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    rows = (re.match(r"^([a-z0-9.-]+)==(\S+)", line) for line in text.splitlines())
    hashes = (frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line)) for line in text.splitlines())
    return {row[1]: (row[2], found) for row, found in zip(rows, hashes, strict=True) if row}


def test_the_lock_is_part_of_the_repositorys_and_names_no_host() -> None:
    """What is tested here is what runs there: the same versions, hash by hash."""
    image, repository = locked(IMAGE / "requirements.txt"), locked(ROOT / "requirements.txt")
    assert image
    assert all(hashes for _, hashes in image.values())
    assert {name: row for name, row in repository.items() if name in image} == image
    assert "://" not in (IMAGE / "requirements.txt").read_text(encoding="utf-8")
    assert "index" not in (IMAGE / "requirements.txt").read_text(encoding="utf-8")


def needed(name: str, seen: set[str]) -> set[str]:
    """A distribution and all that it needs on Linux, by canonical name."""
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": "", "sys_platform": "linux"})
        key = requirement.name.lower().replace("_", "-")
        if wanted and key not in seen:
            seen.add(key)
            needed(key, seen)
    return seen


# For applications, in images of their own: the job's image leaves it out.
SESSIONS = ROOT / "tenancy" / "sessions"


def imports() -> Iterator[str]:
    """Names of modules that the package imports, wherever in a file, but for what applications use of it."""
    for file in (ROOT / "tenancy").rglob("*.py"):
        if SESSIONS in file.parents:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def test_everything_that_the_package_imports_is_in_the_image() -> None:
    """Directly and through what it imports; azure is a namespace of several distributions."""
    owners = packages_distributions()
    names = {name for name in imports() if name.split(".")[0] not in {*sys.stdlib_module_names, "tenancy"}}
    azure = {f"azure-{name.split('.')[1]}" for name in names if name.startswith("azure.")}
    direct = azure | {owners[name.split(".")[0]][0] for name in names if not name.startswith("azure.")}
    assert direct == {"azure-core", "azure-identity", "httpx", "psycopg", "pydantic"}
    lock = locked(IMAGE / "requirements.txt")
    for name in (*direct, "psycopg-binary"):
        assert {name, *needed(name, set())} <= lock.keys()


def test_the_job_does_without_what_the_image_leaves_out() -> None:
    """The session templates need SQLAlchemy and FastAPI, which the job never loads."""
    assert SESSIONS.is_dir()
    assert not [name for name in imports() if name.startswith("tenancy.sessions")]


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.dockerignore", "requirements.in", "requirements.txt"])
def test_the_files_of_the_image_are_there(name) -> None:
    """The build sees the package and the lock, nothing else of the repository."""
    assert (IMAGE / name).is_file()
    if name == "Dockerfile.dockerignore":
        rules = [line for line in (IMAGE / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        assert rules == ["*", "!tenancy", "tenancy/sessions", "!images/tenancy/requirements.txt", "**/__pycache__"]


def test_the_revision_is_a_constant_in_a_module_that_imports_nothing() -> None:
    """Deployments import it, and must not pay for a database driver."""
    tree = ast.parse(Path(revision.__file__).read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert re.fullmatch(r"\d{4}", revision.SCHEMA_REVISION)

"""Claims about the image that reaps, read from its files: nothing here builds or runs a container."""

import re
import tomllib
from collections.abc import Sequence

import pytest

from cidr.yaml_source import REPOSITORY

IMAGE = REPOSITORY / "images" / "cfctl"
DOCKERFILE = (IMAGE / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (IMAGE / "Dockerfile.dockerignore").read_text(encoding="utf-8")
LOCK = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
PLUGINS = {"azure-native": "pulumi-azure-native", "random": "pulumi-random"}


def locked(package: str) -> str:
    """The version of a package in the lock file."""
    found = re.search(rf"^{package}==([0-9.]+) ", LOCK, re.MULTILINE)
    assert found, package
    return found[1]


def faults(dockerfile: str, ignored: str) -> list[str]:
    """What is wrong with the image."""
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    told = [f"base {base} has no version" for base in bases if not re.search(r":\d+\.\d+\.\d+(-slim-\w+)?$", base)]
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", (re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE) or [""])[-1]):
        told.append("runs as root")
    if "--require-hashes" not in dockerfile:
        told.append("installs without hashes")
    for plugin, package in PLUGINS.items():
        if f"resource {plugin} {locked(package)}" not in dockerfile:
            told.append(f"provider {plugin} is not that of the lock")
    return [*told, *(f"{room} is not in it" for room in rooms() if f"!{room}\n" not in ignored)]


def rooms() -> Sequence[str]:
    """Every package of the project, and the files that a run reads."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["importlinter"]["root_packages"]
    return [*packages, "cfctl", "__main__.py", "Pulumi.yaml", "requirements.txt", "images/images.yaml"]


def test_the_image_is_pinned_runs_as_nobody_and_has_all_that_a_run_reads() -> None:
    """The providers are those of the lock: another one would read the state otherwise."""
    assert faults(DOCKERFILE, IGNORED) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("python:3.13.16-slim-bookworm", "python:latest"),
        ("USER 65532:65532", "USER root"),
        ("--require-hashes", "--quiet"),
        (f"azure-native {locked('pulumi-azure-native')}", "azure-native 1.0.0"),
    ],
)
def test_each_rule_is_seen_to_fail(good: str, bad: str) -> None:
    """The gate is fed a bad sample."""
    assert good in DOCKERFILE
    assert len(set(faults(DOCKERFILE.replace(good, bad), IGNORED))) == 1
    assert faults(DOCKERFILE, IGNORED.replace("!lifecycle\n", "")) == ["lifecycle is not in it"]


def test_nothing_of_a_users_own_goes_into_it() -> None:
    """Homes, environments and what git has: only what is named is seen by the build."""
    assert IGNORED.splitlines()[1] == "*"

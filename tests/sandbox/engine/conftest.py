"""A home of kept state, and what a test looks at in it."""

from pathlib import Path

import pytest

from sandbox.engine.storage.backend import FileBackend
from tests.sandbox.engine.states import PROJECT, STACK, make_backend


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def backend(tmp_path: Path, notices: list[str]) -> FileBackend:
    return make_backend(tmp_path, notices)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"


@pytest.fixture
def journal(file: Path) -> Path:
    return file.with_name(f"{STACK}.journal")

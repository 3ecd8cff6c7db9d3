"""Fixtures: a server of each major version for the whole session, new for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tenancy.bench import Bench


def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of these tests' own; engines and templates are made once for all of a process."""
    made = tmp_path_factory.mktemp("home")
    (made / "pg").mkdir()
    for name in ("engines", "templates"):
        shared = tmp_path_factory.getbasetemp() / "postgres" / name
        shared.mkdir(parents=True, exist_ok=True)
        (made / "pg" / name).symlink_to(shared)
    return made


@pytest.fixture(scope="session", params=["18", "16"])
def started(request, tmp_path_factory) -> Iterator[Bench]:
    made = Bench(_home(tmp_path_factory), request.param)
    yield made
    made.close()


@pytest.fixture
def bench(started) -> Bench:
    """A server of each version, as ARM hands it over."""
    started.reset()
    return started

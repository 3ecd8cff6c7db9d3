"""Fixtures: a server of each major version for the whole session, new for each test."""

from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="session")
def servers(tmp_path_factory) -> Iterator[Callable[[str], Bench]]:
    """A server by major version, made when first asked for. One fixture of both: a change of version ends neither."""
    home, made = _home(tmp_path_factory), dict[str, Bench]()

    def server(version: str) -> Bench:
        if version not in made:
            made[version] = Bench(home, version)
        return made[version]

    yield server
    for started in made.values():
        started.close()


@pytest.fixture(params=["18", "16"])
def bench(request, servers) -> Bench:
    """A server of each version, as ARM hands it over."""
    asked: Bench = servers(request.param)
    asked.reset()
    return asked


@pytest.fixture(params=["18", "16"])
def ready(request, servers) -> Callable[..., Bench]:
    """`ready(("user_service",))`: a server of each version with these databases as `apply` leaves them."""
    asked: Bench = servers(request.param)
    return asked.ready

"""Fixtures: servers of these tests' own, which keep what `apply` made, and deployments cloned from them."""

import functools
from collections.abc import Callable, Iterator

import pytest

from tenancy.stores.directory import Directory
from tests.tenancy.bench import Bench
from tests.tenancy.conftest import _home
from tests.tenancy.data.sides import GLOBAL, REGIONAL, Side, applied


@pytest.fixture(scope="session")
def applied_servers(tmp_path_factory) -> Iterator[Callable[[str], Bench]]:
    """A server by major version, after `apply`, made when first asked for."""
    home, made = _home(tmp_path_factory), dict[str, Bench]()

    def server(version: str) -> Bench:
        if version not in made:
            made[version] = Bench(home, version)
            applied(made[version])
        return made[version]

    yield server
    for started in made.values():
        started.close()


@pytest.fixture(scope="session")
def every_database(applied_servers) -> Callable[[str], Bench]:
    """A server with the eight regional databases and the three global ones."""
    return functools.cache(lambda version: applied(applied_servers(version), (*REGIONAL, *GLOBAL)))


@pytest.fixture
def sides(applied_servers) -> Iterator[Callable[..., Side]]:
    """A new deployment each time it is called, on a server of the version asked for."""
    made: list[Side] = []

    def side(version: str = "18", **changed: object) -> Side:
        made.append(Side(applied_servers(version), **changed))
        return made[-1]

    yield side
    for each in made:
        each.close()


@pytest.fixture
def source(sides) -> Side:
    return sides()


@pytest.fixture
def target(sides) -> Side:
    return sides()


@pytest.fixture
def store(tmp_path) -> Directory:
    return Directory(tmp_path / "store")

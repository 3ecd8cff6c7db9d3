"""Fixtures: for each version of PostgreSQL a server of its own on which the plan was applied and two tenants live."""

from collections.abc import Callable, Iterator

import pytest

from tests.tenancy.proof.ground import Ground, Place, standing_on
from tests.tenancy.proof.places import NAMES, VERSIONS, make

Places = Callable[..., dict[str, Place]]


@pytest.fixture(scope="session")
def places(tmp_path_factory) -> Iterator[Places]:
    """The databases of a version, made when first asked for: all on 18, the user service's alone on 16 by default."""
    made: dict[tuple[str, ...], dict[str, Place]] = {}

    def of(version: str, *names: str) -> dict[str, Place]:
        wanted = (version, *(names or (NAMES if version == "18" else ("user_service",))))
        if wanted not in made:
            made[wanted] = make(tmp_path_factory, *wanted)
        return made[wanted]

    yield of
    for some in made.values():
        next(iter(some.values())).bench.close()


@pytest.fixture(params=VERSIONS)
def place(request, places) -> Place:
    """The user service's database on each version."""
    return places(request.param)["user_service"]


@pytest.fixture
def ground(place) -> Iterator[Ground]:
    """A transaction on it in which anything may be tried."""
    with standing_on(place) as standing:
        yield standing

"""Fixtures: one server for these tests, whose plan stays applied; each test finds both tenants and no rows."""

from collections.abc import Iterator

import pytest

from tests.tenancy.stage import Stage, stage_on


@pytest.fixture(scope="session")
def stages(tmp_path_factory) -> Iterator[Stage]:
    """Made once."""
    with stage_on(tmp_path_factory) as made:
        yield made


@pytest.fixture
def stage(stages) -> Stage:
    """Emptied."""
    stages.clear()
    found: Stage = stages
    return found


@pytest.fixture(scope="session")
def bouncer(stages) -> Iterator[int]:
    """The port of a PgBouncer with one connection for everybody."""
    with stages.pgbouncer() as port:
        yield port

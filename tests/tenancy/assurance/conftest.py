"""Fixtures: servers of these tests' own with the signed context switched on, and a key that signs."""

import contextlib
import secrets
from collections.abc import Callable, Iterator

import pytest

from tenancy.assurance import mode
from tenancy.assurance.tokens import SigningKey
from tenancy.work import Work, transaction
from tests.tenancy.bench import JOB
from tests.tenancy.stage import DATABASE, Stage, stage_on


@contextlib.contextmanager
def job(stage: Stage) -> Iterator[Work]:
    """A transaction of the job's identity, as `apply` has it."""
    with stage.bench.sign_in(JOB, DATABASE) as connection, transaction(connection, DATABASE) as work:
        yield work


@pytest.fixture(scope="session")
def key() -> SigningKey:
    """The key of whoever issues tokens."""
    return SigningKey("issuer-1", secrets.token_bytes(32))


@pytest.fixture(scope="session")
def stages(tmp_path_factory) -> Iterator[Callable[[str], Stage]]:
    """A server by major version, made when first asked for."""
    made = dict[str, Stage]()
    with contextlib.ExitStack() as ending:

        def stage(version: str) -> Stage:
            if version not in made:
                made[version] = ending.enter_context(stage_on(tmp_path_factory, version))
            return made[version]

        yield stage


@pytest.fixture(params=["18", "16"])
def plain(request, stages) -> Stage:
    """A server of each version without the mode."""
    found: Stage = stages(request.param)
    with job(found) as work:
        mode.converge(work, DATABASE, signed=False, known=())
    found.clear()
    return found


@pytest.fixture
def stage(plain, key) -> Stage:
    """With the mode, and the key."""
    with job(plain) as work:
        mode.converge(work, DATABASE, signed=True, known=[key])
    found: Stage = plain
    return found

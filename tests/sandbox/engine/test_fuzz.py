"""Random programs with random histories: whatever happens, the engine keeps its word."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.sandbox.engine.fuzz.histories import Lifecycle, lifecycles
from tests.sandbox.engine.fuzz.world import live

_EVERY_RUN = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@settings(_EVERY_RUN, max_examples=200)
@given(lifecycles())
def test_lifecycles(lifecycle: Lifecycle) -> None:
    """Integrity at every durable write; no orphan, no ghost, and an end with nothing left, after every run."""
    live(lifecycle)


@pytest.mark.sweep
@settings(_EVERY_RUN, max_examples=1_200)
@given(lifecycles())
def test_many_lifecycles(lifecycle: Lifecycle) -> None:
    """More than a thousand, of other seeds."""
    live(lifecycle)

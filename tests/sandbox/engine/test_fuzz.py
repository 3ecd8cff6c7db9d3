"""Random programs with random histories: whatever happens, the engine keeps its word."""

from hypothesis import HealthCheck, given, settings

from tests.sandbox.engine.fuzz.histories import Lifecycle, lifecycles
from tests.sandbox.engine.fuzz.world import live


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(lifecycles())
def test_lifecycles(lifecycle: Lifecycle) -> None:
    live(lifecycle)

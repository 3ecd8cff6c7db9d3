"""The search service: no key, no public door, as many copies as its tier has."""

from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.options.ai_search import MOST_REPLICAS, AiSearch, AiSearchArgs
from components.place import Place
from tests.components.recording import Recording, record


def service(place: Place, **changes: Any) -> Recording:
    """A basic service that differs in `changes`; its outputs are the stack's."""
    settings: dict[str, Any] = {"place": place, "workspace_id": "/logs", "sku": "basic", "replicas": 1, **changes}
    args = AiSearchArgs(**settings)

    def program() -> None:
        made = AiSearch("search", args)
        pulumi.export("id", made.id)
        pulumi.export("endpoint", made.endpoint)

    return record(program)


def test_it_is_reached_from_inside_by_identity_alone(place: Place) -> None:
    """Azure refuses `authOptions` beside local authentication that is off, also an empty one."""
    inputs = service(place)["search-service"].inputs
    assert inputs["searchServiceName"] == "srch-cf-westeu-dev-1"
    assert inputs["disableLocalAuth"] is True
    assert "authOptions" not in inputs
    assert inputs["publicNetworkAccess"] == "Disabled"
    assert inputs["networkRuleSet"] == {"bypass": "None"}
    assert inputs["identity"] == {"type": "SystemAssigned"}
    assert inputs["tags"]["Deployment"] == "westeu-dev-1"


def test_its_size_is_what_the_settings_say(place: Place) -> None:
    inputs = service(place, sku="standard", replicas=3)["search-service"].inputs
    assert (inputs["sku"], inputs["replicaCount"], inputs["partitionCount"]) == ({"name": "standard"}, 3, 1)


def test_what_it_is_asked_goes_to_the_workspace(place: Place) -> None:
    setting = service(place)["search-logs"].inputs
    assert "search:Service" in setting["resourceUri"]
    assert setting["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert setting["metrics"] == [{"category": "AllMetrics", "enabled": True}]


def test_others_are_told_where_it_is(place: Place) -> None:
    outputs = service(place).outputs
    assert outputs["endpoint"] == "https://srch-cf-westeu-dev-1.search.windows.net"
    assert outputs["id"].endswith("/srch-cf-westeu-dev-1")


@given(st.sampled_from(["basic", "standard"]), st.integers(min_value=-2, max_value=20))
def test_a_tier_takes_its_copies_and_no_more(sku: Any, replicas: int) -> None:
    given_args: dict[str, Any] = {"place": None, "workspace_id": "/logs", "sku": sku, "replicas": replicas}
    if 1 <= replicas <= MOST_REPLICAS[sku]:
        assert AiSearchArgs(**given_args).replicas == replicas
    else:
        with pytest.raises(ValueError, match=f"sku {sku} has 1 to {MOST_REPLICAS[sku]} replicas, not {replicas}"):
            AiSearchArgs(**given_args)

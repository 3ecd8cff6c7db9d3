"""What tests of the entry share: the place of global-prod, and what Azure says of the private way."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from cidr import DeploymentName
from components.conventions import Names, tags_for
from components.edge.front_door import FrontDoor, FrontDoorArgs
from components.place import Place
from tests.components.recording import SUBSCRIPTION

ASK = "azure-native:app:getManagedEnvironment"
REQUEST = "Front Door afd-cf-global-prod"
ENVIRONMENT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-cf-global-prod/providers/Microsoft.App/managedEnvironments"
    "/cae-cf-global-prod-edge"
)
CONNECTION = f"{ENVIRONMENT}/privateEndpointConnections/drawn"
WithProvider = Callable[[], pulumi.ResourceOptions]


@pytest.fixture
def place() -> Place:
    """The resource group of global-prod."""
    name = DeploymentName.parse("global-prod")
    return Place(
        group="rg-cf-global-prod",
        location="westeurope",
        names=Names(name, "cf"),
        tags=tags_for(name, owner="Platform Team", cost_center="Production"),
    )


def connection(status: str, description: str = REQUEST, name: str = "drawn") -> dict[str, Any]:
    """A connection of the environment as its GET shows it."""
    state = {"status": status, "description": description, "actionsRequired": "None"}
    return {
        "id": CONNECTION.replace("drawn", name),
        "name": name,
        "groupIds": ["managedEnvironments"],
        "privateLinkServiceConnectionState": state,
        "provisioningState": "Succeeded",
        "systemData": {},
        "type": "Microsoft.App/managedEnvironments/privateEndpointConnections",
    }


def answer(*connections: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What Azure answers about the environment."""
    return {ASK: {"id": ENVIRONMENT, "privateEndpointConnections": list(connections)}}


@pytest.fixture
def program(place: Place, with_provider: WithProvider) -> Callable[..., Callable[[], None]]:
    """A program with a Front Door that differs in `changes` from one without a domain; its address is exported."""

    def make(**changes: Any) -> Callable[[], None]:
        def run() -> None:
            providers = with_provider().providers
            assert isinstance(providers, list)
            given: dict[str, Any] = {
                "place": place,
                "workspace_id": "/logs",
                "environment_id": ENVIRONMENT,
                "environment_domain": "calm-bay-1234.westeurope.azurecontainerapps.io",
                "gateway_url": "https://gateway.calm-bay-1234.westeurope.azurecontainerapps.io",
                "health_path": "/health",
                "requests_per_minute": 1200,
                "provider": providers[0],
                **changes,
            }
            made = FrontDoor("front-door", FrontDoorArgs(**given))
            pulumi.export("url", made.url)
            pulumi.export("records", made.dns_records)

        return run

    return make

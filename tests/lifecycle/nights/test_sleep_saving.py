"""What sleeping saves: services and the servers' compute; their storage and all else goes on."""

from decimal import Decimal

from finance.estimate import Resource, estimate
from finance.prices import load_sheet, load_terms
from finance.usage import load_usage
from lifecycle.nights.saving import saving_of

SERVER = {
    "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
    "storage": {"storageSizeGB": 32},
    "location": "westeurope",
}
APP = {
    "template": {
        "containers": [{"resources": {"cpu": 0.25, "memory": "0.5Gi"}}],
        "scale": {"minReplicas": 1, "maxReplicas": 3},
    },
    "location": "westeurope",
}
REDIS = {"sku": {"name": "Balanced_B0"}, "highAvailability": "Disabled", "location": "westeurope"}


def saving(*resources: Resource) -> dict[str, object]:
    sheet = load_sheet()
    return dict(saving_of(estimate("westeu-dev-1", resources, sheet, load_usage("westeu-dev-1"), load_terms(sheet))))


def resource(kind: str, inputs: dict[str, object]) -> Resource:
    return Resource.of(f"urn:{kind}", f"azure-native:{kind}", inputs)


def test_a_stopped_server_goes_on_costing_its_storage() -> None:
    """Azure bills what is provisioned: https://learn.microsoft.com/azure/postgresql/configure-maintain/how-to-stop-server."""
    told = saving(resource("dbforpostgresql:Server", SERVER))
    assert list(told["goes_on"]) == ["dbforpostgresql:Server"]
    assert Decimal(str(told["month"])) > Decimal(str(told["goes_on"]["dbforpostgresql:Server"]))


def test_a_service_costs_nothing_and_a_cache_all_of_it() -> None:
    """A cache cannot be stopped."""
    service, cache = (
        saving(resource("app:ContainerApp", APP)),
        saving(resource("redisenterprise:RedisEnterprise", REDIS)),
    )
    assert Decimal(str(service["month"])) > 0
    assert service["goes_on"] == {}
    assert cache["month"] == "0.00"
    assert list(cache["goes_on"]) == ["redisenterprise:RedisEnterprise"]


def test_an_hour_and_a_day_are_parts_of_the_month() -> None:
    """A month of 730 hours, as everywhere in the estimate."""
    told = {key: Decimal(str(saving(resource("app:ContainerApp", APP))[key])) for key in ("hour", "day", "month")}
    assert abs(told["hour"] * 730 - told["month"]) < Decimal("0.05")
    assert abs(told["day"] - told["hour"] * 24) < Decimal("0.01")

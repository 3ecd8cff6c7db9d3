"""PUT over HTTP: the same checks as the provider's writes, ARM's bodies, ARM's statuses."""

import pytest

from sandbox.azure import arm_writes
from sandbox.azure.catalog import by_token
from sandbox.azure.errors import ArmError, NotModelledError
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import SUBSCRIPTION, TENANT, Cloud

ROOT = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ROOT}/resourceGroups/rg-cf-state"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-cf-state-ab12"


def vault(**properties: object) -> dict[str, object]:
    return {
        "location": "westeurope",
        "properties": {"sku": {"family": "A", "name": "standard"}, "tenantId": TENANT, **properties},
    }


@pytest.fixture
def begun(store: Store) -> Store:
    """A store with a group."""
    assert arm_writes.put(store, GROUP, {"location": "westeurope"})[0] == 201
    return store


def test_what_is_new_is_created_and_what_is_there_is_changed(begun: Store) -> None:
    """201 and 200; the second body is the whole of it."""
    assert arm_writes.put(begun, VAULT, vault())[0] == 201
    status, found = arm_writes.put(begun, VAULT, {**vault(), "tags": {"Owner": "me"}})
    assert (status, found["tags"]) == (200, {"Owner": "me"})
    assert found["properties"]["vaultUri"] == "https://kv-cf-state-ab12.vault.azure.net/"


def test_what_is_written_over_http_is_what_the_provider_reads(begun: Store, cloud: Cloud) -> None:
    """One store, one shape."""
    arm_writes.put(begun, VAULT, vault())
    assert cloud.provider.arm.read(VAULT)["properties"]["tenantId"] == TENANT


def test_properties_stay_together_only_where_the_sdk_has_them_so() -> None:
    """A vault keeps them, a storage account and a role assignment do not."""
    body = {"location": "westeurope", "properties": {"a": 1}}
    assert arm_writes.flattened(by_token("keyvault:Vault"), body) == body
    assert arm_writes.flattened(by_token("storage:StorageAccount"), body) == {"location": "westeurope", "a": 1}
    assert arm_writes.flattened(by_token("resources:ResourceGroup"), {"location": "x"}) == {"location": "x"}


@pytest.mark.parametrize(
    ("arm_id", "body", "code"),
    [
        (VAULT, {"location": "westeurope"}, "InvalidRequestContent"),
        (VAULT, vault(colour="blue"), "InvalidRequestContent"),
        (VAULT, {**vault(), "properties": "all"}, "InvalidRequestContent"),
        (GROUP, {}, "InvalidRequestContent"),
        (VAULT, vault(softDeleteRetentionInDays=1), "BadRequest"),
        (VAULT.replace(SUBSCRIPTION, "0" * 8 + SUBSCRIPTION[8:]), vault(), "SubscriptionNotFound"),
        (VAULT.replace("rg-cf-state", "rg-other"), vault(), "ResourceGroupNotFound"),
    ],
)
def test_what_azure_refuses_is_refused_over_http_too(
    begun: Store, arm_id: str, body: dict[str, object], code: str
) -> None:
    """And nothing is written."""
    with pytest.raises(ArmError) as refused:
        arm_writes.put(begun, arm_id, body)
    assert refused.value.code == code
    assert begun.read(lambda tx: tx.find(VAULT)) is None


@pytest.mark.parametrize(
    "arm_id",
    [
        f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-x",
        f"{GROUP}/providers/Microsoft.Unknown/things/x",
    ],
)
def test_success_is_never_faked(begun: Store, arm_id: str) -> None:
    """A server would be a record without a server; an unknown type has no rules."""
    with pytest.raises(NotModelledError):
        arm_writes.put(begun, arm_id, {"location": "westeurope"})


def test_a_subscription_tells_its_tenant(store: Store) -> None:
    """And an id of anything else is none."""
    found = arm_writes.subscription(store, ROOT)
    assert found is not None
    assert (found["subscriptionId"], found["tenantId"]) == (SUBSCRIPTION, TENANT)
    assert arm_writes.subscription(store, GROUP) is None
    with pytest.raises(ArmError) as refused:
        arm_writes.subscription(store, "/subscriptions/00000000-0000-4000-8000-000000000000")
    assert refused.value.code == "SubscriptionNotFound"

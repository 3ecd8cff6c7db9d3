"""The vaults' own API: sealed secrets go from one vault to another, for who may, and nothing shows a value."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.azure import arm_writes
from sandbox.azure.bodies import at
from sandbox.azure.catalog.role_definitions import ROLES
from sandbox.azure.store import Store
from sandbox.azure.vaults.service import VaultService, vault_token

SUBSCRIPTION, TENANT = "00000000-0000-0000-0000-0000000000d1", "00000000-0000-0000-0000-0000000000a1"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
VERSION = {"api-version": "7.4"}


def vault_id(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.KeyVault/vaults/{name}"


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Any]:
    """Asks a vault as an officer of both, or as whom the test says."""
    store = Store(tmp_path / "azure.db")
    store.add_subscription(SUBSCRIPTION, TENANT)
    arm_writes.put(store, GROUP, {"location": "westeurope"})
    identity = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-job"
    _, made = arm_writes.put(store, identity, {"location": "westeurope"})
    principal = str(at(made, "principalId"))
    for name in ("kv-old", "kv-new"):
        properties = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
        arm_writes.put(store, vault_id(name), {"location": "westeurope", "properties": properties})
        role = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
        assignment = {
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "roleDefinitionId": f"{role}/{ROLES['Key Vault Secrets Officer']}",
        }
        where = f"{vault_id(name)}/providers/Microsoft.Authorization/roleAssignments"
        arm_writes.put(
            store, f"{where}/00000000-0000-0000-0000-{name[3:].encode().hex():0>12}", {"properties": assignment}
        )
    with VaultService(tmp_path, store) as service, httpx.Client(base_url=f"http://{service.address}") as http:

        def ask(method: str, vault: str, path: str, body: Any = None, token: str = "") -> httpx.Response:
            shown = token or vault_token(tmp_path, principal).get_secret_value()
            headers = {"Host": f"{vault}.vault.azure.net", "Authorization": f"Bearer {shown}"}
            return http.request(method, path, params=VERSION, headers=headers, json=body)

        yield ask
    store.close()


def test_a_sealed_secret_opens_in_the_other_vault_and_shows_nothing_on_the_way(asked: Any) -> None:
    """What a person set comes out as it was, under its name."""
    assert asked("PUT", "kv-old", "/secrets/smtp", {"value": "by hand", "tags": {"a": "b"}}).status_code == 200
    sealed = asked("POST", "kv-old", "/secrets/smtp/backup").json()["value"]
    assert "by hand" not in sealed
    assert asked("POST", "kv-new", "/secrets/restore", {"value": sealed}).status_code == 200
    (listed,) = asked("GET", "kv-new", "/secrets").json()["value"]
    assert listed == {"id": "https://kv-new.vault.azure.net/secrets/smtp", "tags": {"a": "b"}}
    assert asked("POST", "kv-new", "/secrets/restore", {"value": sealed}).json()["error"]["code"] == "Conflict"


def test_what_azure_refuses_is_refused_with_its_code(asked: Any) -> None:
    """No token, another's, no such secret, no such vault, a backup that was changed."""
    nobody = "a.b"
    assert asked("GET", "kv-old", "/secrets", token=nobody).json()["error"]["code"] == "Unauthorized"
    assert asked("POST", "kv-old", "/secrets/none/backup").json()["error"]["code"] == "SecretNotFound"
    assert asked("GET", "kv-none", "/secrets").json()["error"]["code"] == "VaultNotFound"
    assert asked("POST", "kv-old", "/secrets/restore", {"value": "x"}).json()["error"]["code"] == "BadParameter"
    assert asked("DELETE", "kv-old", "/secrets/smtp").json()["error"]["code"] == "NotModelledBySandbox"


def test_nobody_without_the_role_sees_a_name(asked: Any, tmp_path: Path) -> None:
    """A token of this sandbox is not enough."""
    stranger = vault_token(tmp_path, "00000000-0000-0000-0000-00000000ffff").get_secret_value()
    assert asked("GET", "kv-old", "/secrets", token=stranger).json()["error"]["code"] == "Forbidden"


def test_names_come_in_pages(asked: Any) -> None:
    """As many as Azure gives at once, and where the rest is."""
    for number in range(27):
        asked("PUT", "kv-old", f"/secrets/s{number:02}", {"value": "x"})
    page = asked("GET", "kv-old", "/secrets").json()
    assert len(page["value"]) == 25
    assert "$skiptoken=25" in page["nextLink"]

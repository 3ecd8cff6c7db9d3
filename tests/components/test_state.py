"""Where the state lies: names known before anything is made, and components that take over what is there."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from components.account.state_group import StateGroup
from components.account.state_plan import StatePlan
from components.account.state_storage import StateStorage, StateStorageArgs
from components.account.state_vault import StateVault, StateVaultArgs
from components.conventions import AccountNames, account_tags
from components.place import AccountPlace
from tests.components.recording import Recording, record

SUBSCRIPTION = "00000000-0000-0000-0000-0000000000c1"


def plan(**changes: Any) -> StatePlan:
    """A plan for dev and prod, with `changes`."""
    given: dict[str, Any] = {
        "names": AccountNames("cf"),
        "subscription_id": SUBSCRIPTION,
        "tenant_id": "00000000-0000-0000-0000-0000000000a1",
        "location": "westeurope",
        "replication": "GRS",
        "environments": ["dev", "prod"],
        "administrators": "00000000-0000-0000-0000-0000000000e0",
        "tags": account_tags("westeu", owner="Platform Team", cost_center="Platform"),
    }
    return StatePlan(**{**given, **changes})


def test_names_are_those_of_the_documents() -> None:
    """platform.md, section 8; the vault's end depends on the subscription alone."""
    assert (plan().group, plan().account) == ("rg-cf-state", "stcfstate")
    assert plan().vault == plan().vault
    assert plan().vault.startswith("kv-cf-state-")
    assert plan(subscription_id="00000000-0000-0000-0000-0000000000c2").vault != plan().vault


def test_each_owner_has_a_container_and_a_key_of_its_own() -> None:
    """So that who writes one environment's state opens no other's."""
    assert plan().containers == ("state-account", "state-dev", "state-prod", "exports-dev", "exports-prod")
    assert plan().keys == ("state-account", "state-dev", "state-prod")
    assert plan().backend_url("dev") == "azblob://state-dev?storage_account=stcfstate"
    vault = plan().vault
    assert plan().secrets_provider("dev") == f"azurekeyvault://{vault}.vault.azure.net/keys/state-dev"


def declared(component: Callable[[AccountPlace], object]) -> Recording:
    """A component in the account's group."""
    given = plan()
    place = AccountPlace(group=given.group, location=given.location, names=given.names, tags=given.tags)
    return record(lambda: component(place) and None, stack="account")


@pytest.fixture
def storage() -> Recording:
    """The account of the state."""
    return declared(lambda place: StateStorage("s", StateStorageArgs(place=place, plan=plan(), workspace_id="/logs")))


@pytest.fixture
def vault() -> Recording:
    """The vault of the state's keys."""
    return declared(lambda place: StateVault("v", StateVaultArgs(place=place, plan=plan(), workspace_id="/logs")))


@pytest.fixture
def group() -> Recording:
    """The group of the state."""
    return record(lambda: StateGroup("group", plan()) and None, stack="account")


@pytest.mark.parametrize("fixture", ["storage", "vault", "group"])
def test_what_holds_the_state_is_taken_over_and_never_destroyed(fixture: str, request: pytest.FixtureRequest) -> None:
    """By its id; `pulumi destroy` refuses. The settings on it are the program's own."""
    own = {"azure-native:storage:BlobServiceProperties", "azure-native:monitor:DiagnosticSetting"}
    for one in request.getfixturevalue(fixture).custom():
        if one.type in own:
            assert not one.request.importId
        else:
            assert one.request.importId.startswith(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-cf-state")
            assert one.request.protect


def test_what_azure_fixes_when_it_makes_one_is_left_as_it_is(storage: Recording) -> None:
    """To take such a property away would replace what holds the state: the engine would refuse the whole run."""
    ignored = {one.name: set(one.request.ignoreChanges) for one in storage.custom()}
    assert {"encryption", "isHnsEnabled"} <= ignored["s-account"]
    assert "defaultEncryptionScope" in ignored["s-container-state-dev"]
    for one in storage.custom():
        assert not set(one.inputs) & set(one.request.ignoreChanges), "what is said is held"


def test_no_key_opens_the_state(storage: Recording) -> None:
    """Only identities do, over TLS, and nobody without one."""
    inputs = storage["s-account"].inputs
    assert inputs["allowSharedKeyAccess"] is False
    assert inputs["allowBlobPublicAccess"] is False
    assert inputs["defaultToOAuthAuthentication"] is True
    assert inputs["minimumTlsVersion"] == "TLS1_2"
    assert all(one.inputs["publicAccess"] == "None" for one in storage.of_type("storage:BlobContainer"))


def test_what_is_overwritten_or_deleted_is_kept_for_ninety_days(storage: Recording) -> None:
    """A state that a run has spoilt can be had back."""
    inputs = storage["s-blobs"].inputs
    assert inputs["isVersioningEnabled"] is True
    assert inputs["deleteRetentionPolicy"] == {"enabled": True, "days": 90}
    assert inputs["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 90}


def test_the_vault_cannot_be_purged(vault: Recording) -> None:
    """Without its keys the secrets of every state are lost."""
    properties = vault["v-vault"].inputs["properties"]
    assert properties["enablePurgeProtection"] is True
    assert properties["softDeleteRetentionInDays"] == 90
    assert properties["enableRbacAuthorization"] is True


def test_a_key_encrypts_and_decrypts_and_nothing_else(vault: Recording) -> None:
    """What Pulumi's secrets provider asks for."""
    for one in vault.of_type("keyvault:Key"):
        assert one.inputs["properties"] == {"kty": "RSA", "keySize": 3072, "keyOps": ["encrypt", "decrypt"]}


def test_who_used_it_is_told(storage: Recording, vault: Recording) -> None:
    """Reads and writes of blobs, uses of keys."""
    assert "s-blobs" in storage["s-logs"].dependencies
    assert "s-account" in storage["s-metrics"].dependencies
    assert "v-vault" in vault["v-logs"].dependencies
    assert storage["s-logs"].inputs["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]


def test_resources_wait_for_their_parents(storage: Recording, vault: Recording) -> None:
    """A container for its account, a key for its vault."""
    assert "s-account" in storage["s-container-state-dev"].dependencies
    assert "v-vault" in vault["v-key-state-dev"].dependencies


def test_a_plan_needs_no_pulumi() -> None:
    """`cfctl init` reads it, and pays no import."""
    code = "import sys, deployments.account_state; sys.exit('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

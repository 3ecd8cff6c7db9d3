"""Vault names are kept by deleted vaults, and protection is for good."""

import pytest

from sandbox.azure.errors import ArmError
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Cloud

OTHER = "00000000-0000-4000-8000-000000000000"
DAY = 86400


def secret(value: str = "v", name: str = "s") -> dict[str, object]:
    return {"resourceGroupName": GROUP, "vaultName": "kv-test", "secretName": name, "properties": {"value": value}}


@pytest.mark.parametrize("name", ["1starts", "ends-", "two--dashes"])
def test_a_vault_has_a_name_that_azure_takes(grounds: Cloud, name: str) -> None:
    """The provider lets these pass its own pattern; the service does not."""
    assert 'Code="VaultNameNotValid"' in grounds.refused("keyvault:Vault", "kv", **grounds.vault_inputs(name))


_ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
READER_OF_SECRETS = f"{_ROLES}/4633458b-17de-408a-b874-0445c86b69e6"


def test_a_live_name_is_taken_in_the_whole_world(grounds: Cloud) -> None:
    grounds.vault("kv-one")
    grounds.group("rg-other")
    told = grounds.refused(
        "keyvault:Vault", "kv", **{**grounds.vault_inputs("KV-ONE"), "resourceGroupName": "rg-other"}
    )
    assert 'Status=409 Code="VaultAlreadyExists"' in told


def test_a_deleted_vault_keeps_its_name_until_it_is_purged(grounds: Cloud) -> None:
    vault = grounds.vault("kv-one")
    grounds.delete(vault)
    told = grounds.refused("keyvault:Vault", "kv", **grounds.vault_inputs("kv-one"))
    assert 'Status=409 Code="ConflictError"' in told
    grounds.provider.arm.purge(vault.id)
    grounds.vault("kv-one")


def test_a_deleted_vault_of_another_subscription_is_not_told_apart_from_a_live_one(grounds: Cloud) -> None:
    grounds.delete(grounds.vault("kv-one"))
    grounds.store.add_subscription(OTHER, TENANT)
    grounds.configure(subscriptionId=OTHER)
    grounds.group()
    told = grounds.refused("keyvault:Vault", "kv", **grounds.vault_inputs("kv-one"))
    assert 'Code="VaultAlreadyExists"' in told


def test_a_deleted_vault_is_gone_when_its_days_are_over(grounds: Cloud) -> None:
    grounds.delete(grounds.vault("kv-one", softDeleteRetentionInDays=7))
    grounds.clock.now += 7 * DAY + 1
    grounds.vault("kv-one")


def test_a_vault_is_recovered_with_its_secrets(grounds: Cloud) -> None:
    vault = grounds.vault()
    kept = grounds.create("keyvault:Secret", "s", **secret())
    grounds.delete(vault)
    assert grounds.provider.arm.read(kept.id) is None
    grounds.vault("kv-test", createMode="recover")
    assert grounds.provider.arm.read(kept.id) is not None


def test_a_purged_vault_keeps_nothing_of_what_lay_in_it(grounds: Cloud) -> None:
    """A new vault of the same name begins empty: no name in it is taken by a secret of the old one."""
    vault = grounds.vault()
    kept = grounds.create("keyvault:Secret", "s", **secret())
    grounds.create(
        "authorization:RoleAssignment",
        "r",
        scope=kept.id,
        principalId=grounds.identity().outputs["principalId"],
        principalType="ServicePrincipal",
        roleAssignmentName="11111111-1111-1111-1111-111111111111",
        roleDefinitionId=READER_OF_SECRETS,
    )
    grounds.delete(vault)
    grounds.provider.arm.purge(vault.id)
    grounds.vault()
    grounds.create("keyvault:Secret", "s", **secret())


def test_there_must_be_something_to_recover(grounds: Cloud) -> None:
    told = grounds.refused("keyvault:Vault", "kv", **grounds.vault_inputs("kv-none", createMode="recover"))
    assert 'Status=404 Code="SoftDeletedVaultDoesNotExist"' in told


def test_a_protected_vault_is_not_purged(grounds: Cloud) -> None:
    vault = grounds.vault(enablePurgeProtection=True)
    grounds.delete(vault)
    with pytest.raises(ArmError) as refusal:
        grounds.provider.arm.purge(vault.id)
    assert refusal.value.code == "MethodNotAllowed"


def test_only_what_is_deleted_is_purged(grounds: Cloud) -> None:
    with pytest.raises(ArmError) as refusal:
        grounds.provider.arm.purge(grounds.vault().id)
    assert refusal.value.code == "DeletedVaultNotFound"


@pytest.mark.parametrize(
    "wrong",
    [
        {"softDeleteRetentionInDays": 6},
        {"softDeleteRetentionInDays": 91},
        {"enablePurgeProtection": False},
        {"enableSoftDelete": False},
        {"tenantId": OTHER},
    ],
)
def test_a_vault_refuses_contradictions(grounds: Cloud, wrong: dict[str, object]) -> None:
    told = grounds.refused("keyvault:Vault", "kv", **grounds.vault_inputs("kv-test", **wrong))
    assert 'Status=400 Code="BadRequest"' in told


def test_retention_is_set_once(grounds: Cloud) -> None:
    vault = grounds.vault()
    changed = {**vault.inputs["properties"], "softDeleteRetentionInDays": 30}
    told = grounds.update_refused(vault, properties=changed)
    assert 'Code="BadRequest"' in told
    assert "has been set already" in told


def test_protection_is_for_good(grounds: Cloud) -> None:
    vault = grounds.vault(enablePurgeProtection=True)
    without = {key: value for key, value in vault.inputs["properties"].items() if key != "enablePurgeProtection"}
    assert "cannot be removed" in grounds.update_refused(vault, properties=without)


def test_a_secret_has_a_uri_and_a_new_version_for_each_value(grounds: Cloud) -> None:
    grounds.vault()
    made = grounds.create("keyvault:Secret", "s", **secret())
    first = made.outputs["properties"]
    assert first["secretUri"] == "https://kv-test.vault.azure.net/secrets/s"
    grounds.clock.now += 1
    second = grounds.update(made, properties={"value": "w"}).outputs["properties"]
    assert second["secretUri"] == first["secretUri"]
    assert second["secretUriWithVersion"] != first["secretUriWithVersion"]


def test_a_deleted_secret_keeps_its_name(grounds: Cloud) -> None:
    grounds.vault()
    grounds.delete(grounds.create("keyvault:Secret", "s", **secret()))
    assert 'Status=409 Code="Conflict"' in grounds.refused("keyvault:Secret", "s", **secret())


def test_a_secret_is_not_endless_and_has_a_plain_name(grounds: Cloud) -> None:
    grounds.vault()
    assert 'Code="BadParameter"' in grounds.refused("keyvault:Secret", "s", **secret("x" * 26 * 1024))


def test_the_value_is_kept_where_a_job_finds_it(grounds: Cloud) -> None:
    grounds.vault()
    made = grounds.create("keyvault:Secret", "s", **secret("hunter2"))
    record = grounds.store.read(lambda tx: tx.find(made.id))
    assert record is not None
    assert record.hidden == {"value": "hunter2"}
    shown = (made.outputs, grounds.provider.arm.read(made.id), grounds.refresh(made).properties, record.inputs)
    assert "hunter2" not in str(shown)
    assert record.subscription == SUBSCRIPTION

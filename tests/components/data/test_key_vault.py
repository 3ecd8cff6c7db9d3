"""The vault: its name, its doors, what it keeps."""

import pulumi
import pytest

from components.data.key_vault import KeyVault, KeyVaultArgs
from components.place import Place
from tests.components.recording import Recording, record


def vault(place: Place, **changes: object) -> Recording:
    """A vault that differs in `changes` from a dev one."""
    given = {"place": place, "tenant_id": "tenant", "workspace_id": "/logs", "soft_delete_days": 7, **changes}
    return record(lambda: KeyVault("vault", KeyVaultArgs(**given)) and None)


def test_the_name_ends_in_four_random_characters_that_the_state_keeps(place: Place) -> None:
    """A vault's name is taken worldwide, and while its predecessor lies deleted."""
    recording = vault(place)
    assert recording["vault-vault"].inputs["vaultName"] == "kv-cf-westeu-dev-1-ab12"
    assert "vault-suffix" in recording["vault-vault"].dependencies
    suffix = recording["vault-suffix"].inputs
    assert (suffix["length"], suffix["upper"], suffix["special"]) == (4, False, False)


def test_access_is_by_role_and_from_inside(place: Place) -> None:
    """Without the switch this API version means access policies."""
    properties = vault(place)["vault-vault"].inputs["properties"]
    assert properties["enableRbacAuthorization"] is True
    assert properties["publicNetworkAccess"] == "Disabled"
    assert properties["networkAcls"] == {"defaultAction": "Deny", "bypass": "AzureServices"}


def test_purge_protection_is_left_out_where_it_is_not_wanted(place: Place) -> None:
    """Azure refuses `false`, and `true` can never be taken back."""
    assert "enablePurgeProtection" not in vault(place)["vault-vault"].inputs["properties"]
    protected = vault(place, purge_protection=True, soft_delete_days=90)["vault-vault"].inputs["properties"]
    assert protected["enablePurgeProtection"] is True
    assert protected["softDeleteRetentionInDays"] == 90


@pytest.mark.parametrize("days", [6, 91])
def test_days_that_azure_does_not_keep_a_vault_are_refused(place: Place, days: int) -> None:
    """The period is fixed once created, so a wrong one must not get that far."""
    with pytest.raises(ValueError, match=f"7 to 90 days once deleted, not {days}"):
        KeyVaultArgs(place=place, tenant_id="tenant", workspace_id="/logs", soft_delete_days=days)


def test_a_preview_does_not_know_the_address_and_says_nothing_wrong(place: Place) -> None:
    """In a preview Azure has not answered: the address is unknown, never the text "None"."""

    def program() -> None:
        args = KeyVaultArgs(place=place, tenant_id="tenant", workspace_id="/logs", soft_delete_days=7)
        pulumi.export("uri", KeyVault("vault", args).uri)

    assert record(program).outputs["uri"] == "https://kv-cf-westeu-dev-1-ab12.vault.azure.net/"
    assert "None" not in str(record(program, preview=True).outputs)

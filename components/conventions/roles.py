"""Azure's built-in roles that the platform gives, by what they are for: words for data, no Azure SDK in it."""

import uuid
from enum import StrEnum


class Role(StrEnum):
    """The GUID of a role: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles."""

    ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    EVENT_HUBS_DATA_RECEIVER = "a638d3c7-ab3a-418d-83e6-5f17a39d4fde"
    EVENT_HUBS_DATA_SENDER = "2b629674-e913-4c01-ae53-ef4638d8f975"
    KEY_VAULT_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
    KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
    MONITORING_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
    POSTGRES_LONG_TERM_BACKUP = "c088a766-074b-43ba-90d4-1fb21feae531"
    READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    SEARCH_INDEX_DATA_CONTRIBUTOR = "8ebe5a00-799e-43f5-93ac-243d3dce84a7"
    SEARCH_INDEX_DATA_READER = "1407120a-92aa-4202-b7e9-c0e197c71c8f"
    STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR = "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1"
    STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    STORAGE_QUEUE_DATA_MESSAGE_PROCESSOR = "8a0f0c08-91a1-4084-bc3d-661d67233fed"
    STORAGE_QUEUE_DATA_MESSAGE_SENDER = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"
    STORAGE_QUEUE_DATA_READER = "19e7f393-937e-4f77-808e-94535e297925"


class AccountRole(StrEnum):
    """Roles that the account alone gives: to those who deploy and to who administers the state; never a deployment."""

    CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    KEY_VAULT_CRYPTO_USER = "12338af0-0e67-4776-bea7-57ae8d297424"
    LOCKS_CONTRIBUTOR = "28bf596f-4eb7-45ce-b5bc-6cf482fec137"
    RBAC_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
    STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


def assignment_name(scope: str, role: str, principal_id: str) -> str:
    """The GUID of the one assignment of that role, by its GUID, on that scope to that principal."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.lower()}|{role}|{principal_id.lower()}"))


def definition_id(role: str, subscription_id: str) -> str:
    """The full ARM id of a role's definition, by its GUID, as Azure wants it in an assignment."""
    return f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{role}"

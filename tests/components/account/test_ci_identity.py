"""The identity of a pipeline: whose token it takes, and exactly five roles."""

import pytest

from cidr import DeploymentName
from components.account.ci_identity import CiIdentity, CiIdentityArgs
from components.conventions import AccountNames, Names, account_tags
from components.conventions.roles import AccountRole, Role
from components.place import AccountPlace
from tests.components.recording import SUBSCRIPTION, Recording, record

STATE = "/subscriptions/s/resourceGroups/rg-cf-state/providers/Microsoft.Storage/storageAccounts/stcfstate"
CONTAINER = f"{STATE}/blobServices/default/containers/state-dev"
EXPORTS = f"{STATE}/blobServices/default/containers/exports-dev"
KEY = "/subscriptions/s/resourceGroups/rg-cf-state/providers/Microsoft.KeyVault/vaults/kv/keys/state-dev"


@pytest.fixture
def identity() -> Recording:
    """That of westeu-dev-1."""
    place = AccountPlace(
        group="rg-cf-state",
        location="westeurope",
        names=AccountNames("cf"),
        tags=account_tags("westeu", owner="Platform Team", cost_center="Platform"),
    )
    args = CiIdentityArgs(
        place=place,
        names=Names(DeploymentName.parse("westeu-dev-1"), "cf"),
        subscription_id=SUBSCRIPTION,
        state_subscription_id="s",
        repository="example-org/complianceflow",
        project="complianceflow",
        container_id=CONTAINER,
        key_id=KEY,
        exports_id=EXPORTS,
    )
    return record(lambda: CiIdentity("ci", args) and None, stack="account")


def test_it_takes_the_token_of_its_own_github_environment_alone(identity: Recording) -> None:
    """Where approvals are asked for. No branch, no pull request, no key."""
    (credential,) = identity.of_type("managedidentity:FederatedIdentityCredential")
    assert credential.inputs["subject"] == "repo:example-org/complianceflow:environment:westeu-dev-1"
    assert credential.inputs["issuer"] == "https://token.actions.githubusercontent.com"
    assert credential.inputs["audiences"] == ["api://AzureADTokenExchange"]
    assert identity["ci-identity"].inputs["resourceName"] == "id-cf-westeu-dev-1-ci"


@pytest.mark.parametrize(
    ("name", "role", "scope", "limited"),
    [
        ("ci-state", AccountRole.STORAGE_BLOB_DATA_CONTRIBUTOR, CONTAINER, "containers/blobs:path] StringLike"),
        ("ci-secrets", AccountRole.KEY_VAULT_CRYPTO_USER, KEY, None),
        ("ci-deploys", AccountRole.CONTRIBUTOR, f"/subscriptions/{SUBSCRIPTION}", None),
        ("ci-locks", AccountRole.LOCKS_CONTRIBUTOR, f"/subscriptions/{SUBSCRIPTION}", None),
        ("ci-roles", AccountRole.RBAC_ADMINISTRATOR, f"/subscriptions/{SUBSCRIPTION}", "RoleDefinitionId]"),
        ("ci-exports", AccountRole.RBAC_ADMINISTRATOR, EXPORTS, f"GuidEquals {{{Role.STORAGE_BLOB_DATA_CONTRIBUTOR}}}"),
    ],
)
def test_each_role_is_given_where_it_is_least(
    identity: Recording, name: str, role: str, scope: str, limited: str | None
) -> None:
    """Three of them on condition, with the version that Azure asks for."""
    inputs = identity[name].inputs
    of_scope = "/".join(scope.split("/")[:3])  # a definition is named by the subscription in which it is given
    assert inputs["roleDefinitionId"] == f"{of_scope}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    assert inputs["scope"] == scope
    assert inputs["principalType"] == "ServicePrincipal"
    assert (limited or "") in inputs.get("condition", "")
    assert inputs.get("conditionVersion") == ("2.0" if limited else None)


def test_it_has_these_and_nothing_else(identity: Recording) -> None:
    """A further role is a decision, not an accident."""
    assert sorted(one.name for one in identity.custom()) == [
        "ci-credential",
        "ci-deploys",
        "ci-exports",
        "ci-identity",
        "ci-locks",
        "ci-roles",
        "ci-secrets",
        "ci-state",
    ]


def test_the_assignments_of_two_identities_have_names_of_their_own(identity: Recording) -> None:
    """A GUID of scope, role and principal."""
    names = [one.inputs["roleAssignmentName"] for one in identity.of_type("authorization:RoleAssignment")]
    assert len(set(names)) == len(names) == 6

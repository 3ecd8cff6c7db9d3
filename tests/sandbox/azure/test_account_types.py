"""What only the account has: credentials, watchers, keys, the activity log, conditions of roles, budgets by tag."""

import pytest

from sandbox.azure.catalog.role_conditions import LONGEST, Comparison, Joined, Matches, Not, parse
from sandbox.azure.pace import Pace
from sandbox.azure.provider import AzureProvider
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Cloud, Live

CREDENTIAL, WATCHER, KEY = "managedidentity:FederatedIdentityCredential", "network:NetworkWatcher", "keyvault:Key"
SETTING, BUDGET, ASSIGNMENT = (
    "monitor:SubscriptionDiagnosticSetting",
    "consumption:Budget",
    "authorization:RoleAssignment",
)
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
BLOB_CONTRIBUTOR = f"{ROLES}/ba92f5b4-2d11-453d-a403-e96b0029c9fe"
SUBJECT = "repo:example-org/complianceflow:environment:westeu-dev-1"


# Federated credentials ------------------------------------------------------------------------------------------------


def credential(identity: Live, name: str = "github", **more: object) -> dict[str, object]:
    return {
        "resourceGroupName": GROUP,
        "resourceName": identity.outputs["name"],
        "federatedIdentityCredentialResourceName": name,
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": SUBJECT,
        "audiences": ["api://AzureADTokenExchange"],
        **more,
    }


def test_a_credential_lies_in_its_identity(grounds: Cloud) -> None:
    identity = grounds.identity()
    made = grounds.create(CREDENTIAL, "c", **credential(identity))
    assert made.id == f"{identity.id}/federatedIdentityCredentials/github"
    assert "location" not in made.outputs


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject": "repo:*:environment:x"}, 'Code="BadRequest"'),
        ({"subject": ""}, 'Code="BadRequest"'),
        ({"issuer": "token.actions.githubusercontent.com"}, 'Code="BadRequest"'),
        ({"audiences": []}, 'Code="BadRequest"'),
        ({"audiences": ["a", "b"]}, 'Code="BadRequest"'),
    ],
)
def test_a_credential_refuses(grounds: Cloud, change: dict[str, object], says: str) -> None:
    assert says in grounds.refused(CREDENTIAL, "c", **credential(grounds.identity(), **change))


def test_a_name_of_a_credential_is_three_characters_long(grounds: Cloud) -> None:
    """The provider itself looks at its beginning; Azure at the rest ("InvalidResourceName")."""
    checked = grounds.check(CREDENTIAL, "c", credential(grounds.identity(), "ab"))
    assert "does not match expression" in checked.failures[0].reason


def test_issuer_and_subject_are_one_key_in_which_case_matters(grounds: Cloud) -> None:
    identity = grounds.identity()
    grounds.create(CREDENTIAL, "c", **credential(identity))
    told = grounds.refused(CREDENTIAL, "d", **credential(identity, "other"))
    assert 'Status=409 Code="Conflict"' in told
    assert "Issuer and subject combination already exists" in told
    grounds.create(CREDENTIAL, "e", **credential(identity, "upper", subject=SUBJECT.upper()))


def test_an_identity_has_twenty_credentials(grounds: Cloud) -> None:
    identity = grounds.identity()
    for number in range(20):
        grounds.create(CREDENTIAL, f"c{number}", **credential(identity, f"c-{number}", subject=f"{SUBJECT}{number}"))
    told = grounds.refused(CREDENTIAL, "more", **credential(identity, "more"))
    assert 'Code="FederatedIdentityCredentialLimitReached"' in told


def test_credentials_of_one_identity_are_written_one_after_another(grounds: Cloud) -> None:
    """Those of two identities are not."""
    identity, other = grounds.identity(), grounds.identity("id-other")
    provider = AzureProvider(grounds.store, pace=Pace(serial_window=5.0, clock=grounds.clock, sleep=lambda _: None))
    busy = Cloud(provider, grounds.store, grounds.clock)
    busy.configure(subscriptionId=SUBSCRIPTION)
    busy.create(CREDENTIAL, "one", **credential(identity, "one"))
    told = busy.refused(CREDENTIAL, "two", **credential(identity, "two", subject="other"))
    assert '"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"' in told
    busy.create(CREDENTIAL, "three", **credential(other, "three"))


# Network watchers -----------------------------------------------------------------------------------------------------


def watcher(name: str, location: str) -> dict[str, object]:
    return {"resourceGroupName": GROUP, "networkWatcherName": name, "location": location}


def test_a_region_has_one_watcher_a_subscription(grounds: Cloud) -> None:
    """Whatever it is called, and however its region is written."""
    grounds.create(WATCHER, "one", **watcher("NetworkWatcher_westeurope", "West Europe"))
    told = grounds.refused(WATCHER, "two", **watcher("mine", "westeurope"))
    assert 'Status=400 Code="NetworkWatcherCountLimitReached"' in told
    grounds.create(WATCHER, "three", **watcher("NetworkWatcher_eastus", "eastus"))
    elsewhere = "22222222-2222-4333-8444-555555555555"
    grounds.store.add_subscription(elsewhere, TENANT)
    grounds.configure(subscriptionId=elsewhere)
    grounds.group()
    grounds.create(WATCHER, "four", **watcher("NetworkWatcher_westeurope", "westeurope"))


def test_the_name_of_a_watcher_begins_with_a_letter_or_digit(grounds: Cloud) -> None:
    assert 'Code="InvalidResourceName"' in grounds.refused(WATCHER, "w", **watcher("-w", "westeurope"))


# Keys -----------------------------------------------------------------------------------------------------------------


def key(name: str = "state-dev", **properties: object) -> dict[str, object]:
    wanted = {"kty": "RSA", "keySize": 3072, "keyOps": ["encrypt", "decrypt"], **properties}
    return {
        "resourceGroupName": GROUP,
        "vaultName": "kv-test",
        "keyName": name,
        "properties": {name: value for name, value in wanted.items() if value is not None},
    }


def test_a_key_tells_where_it_is_and_what_it_may(grounds: Cloud) -> None:
    grounds.vault()
    made = grounds.create(KEY, "k", **key())
    assert made.outputs["keyUri"] == "https://kv-test.vault.azure.net/keys/state-dev"
    assert made.outputs["keyUriWithVersion"].startswith("https://kv-test.vault.azure.net/keys/state-dev/")
    assert made.outputs["keySize"] == 3072
    assert list(made.outputs["keyOps"]) == ["encrypt", "decrypt"]


def test_a_key_that_is_there_stays_as_it_was_made(grounds: Cloud) -> None:
    """Another version of it is the vault's business, never a PUT's."""
    grounds.vault()
    made = grounds.create(KEY, "k", **key())
    before = made.outputs["keyUriWithVersion"]
    changed = grounds.update(made, tags={"Owner": "me"}, properties=key(keySize=2048)["properties"])
    assert (changed.outputs["keyUriWithVersion"], changed.outputs["keySize"]) == (before, 3072)
    assert list(grounds.diff(made, properties=key(keySize=4096)["properties"]).replaces) == ["properties.keySize"]


@pytest.mark.parametrize(
    "change",
    [{"kty": "DSA"}, {"keySize": 1024}, {"curveName": "P-256"}, {"keyOps": ["seal"]}, {"kty": "RSA-HSM"}],
    ids=str,
)
def test_a_key_refuses(grounds: Cloud, change: dict[str, object]) -> None:
    """A kind protected by hardware needs a premium vault."""
    grounds.vault()
    assert 'Status=400 Code="BadParameter"' in grounds.refused(KEY, "k", **key(**change))


def test_a_deleted_key_holds_its_name(grounds: Cloud) -> None:
    grounds.vault()
    grounds.delete(grounds.create(KEY, "k", **key()))
    told = grounds.refused(KEY, "k", **key())
    assert 'Status=409 Code="Conflict"' in told
    assert "deleted but recoverable" in told


# The activity log -----------------------------------------------------------------------------------------------------


def workspace(cloud: Cloud) -> Live:
    return cloud.create("operationalinsights:Workspace", "w", resourceGroupName=GROUP, workspaceName="log-test")


def setting(to: str, name: str = "diag", **more: object) -> dict[str, object]:
    return {"name": name, "workspaceId": to, "logs": [{"category": "Administrative", "enabled": True}], **more}


def test_a_setting_of_a_subscription_lies_in_no_group(grounds: Cloud) -> None:
    made = grounds.create(SETTING, "s", **setting(workspace(grounds).id))
    assert made.id == f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Insights/diagnosticSettings/diag"


@pytest.mark.parametrize(
    "change",
    [
        {"workspaceId": None},
        {"logs": []},
        {"logs": [{"category": "Administrative", "enabled": False}]},
        {"logs": [{"category": "AuditEvent", "enabled": True}]},
    ],
    ids=str,
)
def test_a_setting_of_a_subscription_refuses(grounds: Cloud, change: dict[str, object]) -> None:
    inputs = {**setting(workspace(grounds).id), **change}
    given = {name: value for name, value in inputs.items() if value is not None}
    assert 'Code="BadRequest"' in grounds.refused(SETTING, "s", **given)


def test_a_setting_names_a_workspace_that_is_there(grounds: Cloud) -> None:
    gone = f"{workspace(grounds).id}-gone"
    assert 'Status=404 Code="ResourceNotFound"' in grounds.refused(SETTING, "s", **setting(gone))


def test_a_category_goes_to_one_workspace_once(grounds: Cloud) -> None:
    to = workspace(grounds).id
    grounds.create(SETTING, "one", **setting(to))
    assert 'Status=409 Code="Conflict"' in grounds.refused(SETTING, "two", **setting(to, "other"))
    grounds.create(SETTING, "three", **setting(to, "other", logs=[{"category": "Policy", "enabled": True}]))


def test_a_subscription_has_five_settings(grounds: Cloud) -> None:
    to = workspace(grounds).id
    for category in ("Administrative", "Security", "ServiceHealth", "Alert", "Policy"):
        grounds.create(SETTING, category, **setting(to, category, logs=[{"category": category, "enabled": True}]))
    more = setting(to, "more", logs=[{"category": "Autoscale", "enabled": True}])
    assert 'Code="BadRequest"' in grounds.refused(SETTING, "more", **more)


# Budgets by tag -------------------------------------------------------------------------------------------------------


def budget(**tags: object) -> dict[str, object]:
    return {
        "scope": f"/subscriptions/{SUBSCRIPTION}",
        "budgetName": "budget-cf-all-dev",
        "category": "Cost",
        "amount": 550,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-09-01T00:00:00Z"},
        "filter": {"tags": {"name": "Environment", "operator": "In", "values": ["dev"], **tags}},
        "notifications": {
            "n": {
                "enabled": True,
                "operator": "GreaterThanOrEqualTo",
                "threshold": 80,
                "contactEmails": ["platform@example.com"],
            }
        },
    }


def test_a_budget_may_count_by_tag(cloud: Cloud) -> None:
    assert cloud.create(BUDGET, "b", **budget()).outputs["filter"]["tags"]["values"] == ["dev"]


@pytest.mark.parametrize("change", [{"name": ""}, {"values": []}, {"operator": "NotIn"}], ids=str)
def test_a_filter_by_tag_is_whole(cloud: Cloud, change: dict[str, object]) -> None:
    assert 'Status=400 Code="400"' in cloud.refused(BUDGET, "b", **budget(**change))


# Conditions of role assignments ---------------------------------------------------------------------------------------

PATH = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path]"
SOUND = f"((!(ActionMatches{{'a/write'}}) AND !(ActionMatches{{'a/delete'}})) OR ({PATH} StringLike 'x/*'))"


def assign(cloud: Cloud, condition: object, version: object = "2.0") -> dict[str, object]:
    wanted = {
        "scope": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}",
        "principalId": cloud.identity().outputs["principalId"],
        "principalType": "ServicePrincipal",
        "roleDefinitionId": BLOB_CONTRIBUTOR,
        "condition": condition,
        "conditionVersion": version,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def test_a_condition_is_read_into_its_parts() -> None:
    assert parse(SOUND) == Joined(
        "OR",
        (
            Joined("AND", (Not(Matches("ActionMatches", "a/write")), Not(Matches("ActionMatches", "a/delete")))),
            Comparison(PATH, "StringLike", ("x/*",)),
        ),
    )


def test_a_condition_can_be_changed_without_making_the_assignment_anew(grounds: Cloud) -> None:
    made = grounds.create(ASSIGNMENT, "ra", **assign(grounds, SOUND))
    changed = grounds.update(made, condition=SOUND.replace("x/*", "y/*"))
    assert "y/*" in changed.outputs["condition"]
    assert changed.id == made.id


@pytest.mark.parametrize(
    ("condition", "version"),
    [
        (SOUND, None),
        (SOUND, "1.0"),
        (None, "2.0"),
        (SOUND[:-1], "2.0"),
        (f"{SOUND})", "2.0"),
        (SOUND.replace("StringLike", "Likes"), "2.0"),
        (SOUND.replace("'x/*'", "x"), "2.0"),
        (SOUND.replace("@Resource", "@Anything"), "2.0"),
        (SOUND.replace("{'a/write'}", "{'a/write', 'b'}"), "2.0"),
        (SOUND.replace("x/*", "x" * LONGEST), "2.0"),
        ("", "2.0"),
    ],
)
def test_a_condition_that_is_none_is_refused(grounds: Cloud, condition: object, version: object) -> None:
    told = grounds.refused(ASSIGNMENT, "ra", **assign(grounds, condition, version))
    assert 'Status=400 Code="BadRequestFormat"' in told

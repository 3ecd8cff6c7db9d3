"""The account, declared whole from its own stack file: exactly what it holds, and what one more deployment adds."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cidr import DeploymentName, Environment, FaultsError, load_map
from cidr.yaml_source import REPOSITORY
from components.conventions.roles import Role
from deployments import account
from deployments.account_reaper import ephemeral
from deployments.account_state import state_plan
from deployments.program import deploy
from stacks import AccountSettings, account_settings_from, load_account, load_settings, stack_file
from tests.components.conditions import allows
from tests.components.recording import Recording, record

ARM_CHECK = REPOSITORY.parent / "shared" / "arm" / "check.py"
DEPLOYMENTS = len(load_map().owned)
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


def declared(settings: AccountSettings) -> Recording:
    return record(lambda: deploy(settings).export(), stack="account")


@pytest.fixture(scope="module")
def whole() -> Recording:
    """The account of the repository's own stack file."""
    return declared(load_account())


def changed(**changes: object) -> AccountSettings:
    """The settings of the stack file, with `changes`."""
    return account_settings_from({**load_account().model_dump(mode="json"), **changes})


def test_the_account_holds_exactly_this(whole: Recording) -> None:
    """Each kind counted: a further one is a decision."""
    counted = Counter(one.type.removeprefix("azure-native:") for one in whole.custom())
    assert counted == {
        "pulumi:providers:azure-native": 4,  # one a subscription
        "resources:ResourceGroup": 1 + 3,  # the state's, and Azure's own for watchers in each environment
        "operationalinsights:Workspace": 1,
        "storage:StorageAccount": 1,
        "storage:BlobServiceProperties": 1,
        "storage:BlobContainer": 4 + 3,  # a state each for the account and the environments, and their exports
        "keyvault:Vault": 1,
        "keyvault:Key": 4,
        "monitor:DiagnosticSetting": 4 + 2,
        "monitor:ActionGroup": 1,
        "monitor:ScheduledQueryRule": 2,
        "app:ManagedEnvironment": 1,
        "app:Job": 1,
        "authorization:RoleDefinition": 1,
        "monitor:SubscriptionDiagnosticSetting": 4,
        "managedidentity:UserAssignedIdentity": DEPLOYMENTS + 1,
        "managedidentity:FederatedIdentityCredential": DEPLOYMENTS,
        # the administrators', the pipelines', and the reaper's on two subscriptions, two states and their keys
        "authorization:RoleAssignment": 2 + 6 * DEPLOYMENTS + 6,
        "authorization:ManagementLockByScope": 1,
        "consumption:Budget": 3,
        "network:NetworkWatcher": 2 + 2 + 3,
    }


def test_one_more_deployment_adds_exactly_its_identity_credential_and_roles(
    whole: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the map, and nothing else changes."""
    before = load_map()
    new = DeploymentName.parse("uksouth-dev-1")
    owned = {**before.owned, new: before.owned[DeploymentName.parse("eastus-dev-1")]}

    class Wider:
        """The map with one block more."""

        def __init__(self) -> None:
            self.owned = owned

    monkeypatch.setattr(account, "load_map", Wider)
    wider = {one.name: one for one in declared(load_account()).custom()}
    added = wider.keys() - {one.name for one in whole.custom()}
    parts = ("identity", "credential", "state", "secrets", "deploys", "locks", "roles", "exports")
    assert added == {f"ci-{new}-{part}" for part in parts}
    assert {one.name for one in whole.custom()} <= wider.keys()
    assert wider[f"ci-{new}-identity"].inputs["resourceName"] == "id-cf-uksouth-dev-1-ci"
    assert wider[f"ci-{new}-state"].dependencies >= {"state-container-state-dev", f"ci-{new}-identity"}


def test_a_pipeline_reaches_the_state_and_the_key_of_its_environment_alone(whole: Recording) -> None:
    """A pipeline of prod those of prod."""
    for deployment in load_map().owned:
        own = f"state-{deployment.environment}"
        assert whole[f"ci-{deployment}-state"].dependencies & {
            one.name for one in whole.of_type("storage:BlobContainer")
        } == {f"state-container-{own}"}
        assert whole[f"ci-{deployment}-secrets"].dependencies & {one.name for one in whole.of_type("keyvault:Key")} == {
            f"keys-key-{own}"
        }


def test_a_pipeline_may_give_every_role_that_its_deployment_gives(whole: Recording, deployment: Recording) -> None:
    """Else its first run would be refused in the middle; to take them away again it has the same right."""
    given = deployment.of_type("authorization:RoleAssignment")
    assert len(given) > 10
    for one in given:
        is_of_exports = one.name.endswith("-exports")  # in the state's subscription, where it has this right alone
        condition = whole[f"ci-westeu-dev-1-{'exports' if is_of_exports else 'roles'}"].inputs["condition"]
        role, kind = one.inputs["roleDefinitionId"].rpartition("/")[2], one.inputs["principalType"]
        for verb, source in (("write", "@Request"), ("delete", "@Resource")):
            attributes = {f"{source}{ASSIGNMENTS}:RoleDefinitionId": role, f"{source}{ASSIGNMENTS}:PrincipalType": kind}
            assert allows(condition, f"{ASSIGNMENTS}/{verb}", attributes), one.name


def test_a_pipeline_deploys_into_the_subscription_of_its_deployment(whole: Recording) -> None:
    """Its stack file's where it has one, else its environment's."""
    settings = load_account()
    for deployment in load_map().owned:
        own = (
            load_settings(str(deployment)).subscription_id
            if stack_file(str(deployment)).is_file()
            else settings.environments[deployment.environment].subscription_id
        )
        assert whole[f"ci-{deployment}-deploys"].inputs["scope"] == f"/subscriptions/{own}"


def test_the_reaper_may_delete_in_dev_and_stg_and_make_nothing_and_reaches_no_state_of_prod(whole: Recording) -> None:
    """What it has, whole: a role that deletes on two subscriptions, and the states and keys of dev and stg."""
    settings = load_account()
    given = [one for one in whole.of_type("authorization:RoleAssignment") if one.name.startswith("reaper-")]
    assert len(given) == 2 + 4
    own = [settings.environments[it].subscription_id for it in (Environment.DEV, Environment.STG)]
    holders = {one.name for one in [*whole.of_type("storage:BlobContainer"), *whole.of_type("keyvault:Key")]}
    assert {name for one in given for name in one.dependencies & holders} == {
        *("state-container-state-dev", "state-container-state-stg"),
        *("keys-key-state-dev", "keys-key-state-stg"),
    }
    (role,) = whole.of_type("authorization:RoleDefinition")
    (permissions,) = role.inputs["permissions"]
    assert not [it for it in permissions["actions"] if it.endswith(("*", "write")) and "tags" not in it]
    assert "*/delete" in permissions["actions"]
    for subscription in own:
        inputs = whole[f"reaper-{subscription}"].inputs
        assert inputs["scope"] == f"/subscriptions/{subscription}"
        assert inputs["roleDefinitionId"].endswith(role.inputs["roleDefinitionId"])
        kind = {f"@Resource{ASSIGNMENTS}:PrincipalType": "ServicePrincipal"}
        attribute = f"@Resource{ASSIGNMENTS}:RoleDefinitionId"
        owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
        assert not allows(inputs["condition"], f"{ASSIGNMENTS}/delete", {**kind, attribute: owner})
        assert allows(inputs["condition"], f"{ASSIGNMENTS}/delete", {**kind, attribute: str(Role.ACR_PULL)})
    writes = whole["reaper-state-dev"].inputs["condition"]
    assert "complianceflow/westeu-dev-1.json*" in writes
    assert "prod" not in writes


def test_the_reaper_runs_cfctl_on_a_schedule_and_its_lines_are_mailed(whole: Recording) -> None:
    """By digest, as its own identity, oftener than the last warning comes before the end."""
    job = whole["reaper-job"].inputs
    (container,) = job["template"]["containers"]
    assert container["image"].startswith("ghcr.io/complianceflow/cfctl@sha256:")
    assert container["args"] == ["reap", "--target", "azure", "--no-color"]
    assert job["configuration"]["triggerType"] == "Schedule"
    assert job["configuration"]["scheduleTriggerConfig"]["cronExpression"] == "*/15 * * * *"
    queries = [one.inputs["criteria"]["allOf"][0]["query"] for one in whole.of_type("monitor:ScheduledQueryRule")]
    assert [query.rpartition("startswith ")[2] for query in queries] == ['"reap warning:"', '"error "']
    (group,) = whole.of_type("monitor:ActionGroup")
    assert [it["emailAddress"] for it in group.inputs["emailReceivers"]] == ["platform@example.com"]


def test_what_shares_its_subscription_with_prod_is_not_reaped() -> None:
    """Who may delete the one could delete the other."""
    shared = dict.fromkeys(map(DeploymentName.parse, ("westeu-dev-1", "westeu-prod-1")), "one")
    apart = {**shared, DeploymentName.parse("westeu-stg-1"): "another"}
    told: list[str] = []

    def program() -> None:
        told.extend(map(str, ephemeral(apart)))

    recording = record(program, stack="account")
    assert told == ["westeu-stg-1"]
    assert "westeu-dev-1 shares its subscription with westeu-prod-1" in recording.warnings()[0]


def test_the_lock_is_last_and_goes_first(whole: Recording) -> None:
    """It waits for everything in the group: a lock also keeps what is half made."""
    lock = whole["lock"]
    assert lock.inputs["level"] == "CanNotDelete"
    everything = {one.name for one in whole.custom() if one.name.startswith(("ci-", "state-", "keys-", "reaper-"))}
    waits_for = {urn.rpartition("::")[2] for urn in lock.request.dependencies}
    assert everything <= waits_for, everything - waits_for


def test_the_lock_can_be_taken_off_to_retire_a_deployment() -> None:
    """Nothing in a locked group is deleted, a retired identity and its roles neither."""
    names = {one.name for one in declared(changed(locked=False)).custom()}
    assert "lock" not in names
    assert "ci-global-dev-identity" in names


def test_an_environment_that_the_account_has_not_has_no_pipelines() -> None:
    """Who begins with dev alone gets dev alone."""
    settings = load_account().model_dump(mode="json")
    names = {one.name for one in declared(changed(environments={"dev": settings["environments"]["dev"]})).custom()}
    assert "ci-westeu-dev-1-identity" in names
    assert not [name for name in names if "prod" in name or "stg" in name]


def test_every_watcher_is_taken_over_with_its_group_and_none_is_ever_deleted(whole: Recording) -> None:
    """Whoever made it: `init` or, beside the first network, Azure. The flow logs of deployments are in it."""
    plan = state_plan(load_account())
    watched = [one for one in whole.custom() if "NetworkWatcherRG" in one.request.importId]
    assert {one.request.importId for one in watched} == {it.id for it in plan.watchers} | {
        it.group_id for it in plan.watchers
    }
    assert all(one.request.retainOnDelete for one in watched)


def test_outputs_are_what_a_pipeline_signs_in_with(whole: Recording) -> None:
    """By environment where the state is, by deployment who; and no secret."""
    plan = state_plan(load_account())
    assert whole.outputs["backends"]["dev"] == plan.backend_url("dev")
    assert whole.outputs["secretsProviders"]["prod"] == plan.secrets_provider("prod")
    assert set(whole.outputs["clientIds"]) == {str(name) for name in load_map().owned}


def test_every_resource_that_can_carry_tags_is_the_accounts(whole: Recording) -> None:
    """And of no environment: the rolled-up budgets do not count it."""
    tagged = [one.inputs["tags"] for one in whole.custom() if "tags" in one.inputs]
    assert len(tagged) >= 15
    assert {tags["Environment"] for tags in tagged} == {tags["Deployment"] for tags in tagged} == {"account"}


def test_a_bad_stack_file_of_a_deployment_is_told_before_anything_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its subscription is needed."""

    def broken(_name: str) -> None:
        raise FaultsError([])

    monkeypatch.setattr(account, "load_settings", broken)
    recording = Recording()
    with pytest.raises(FaultsError):
        record(lambda: deploy(load_account()).export(), stack="account", into=recording)
    assert list(recording.custom()) == []


@pytest.mark.skipif(not ARM_CHECK.exists(), reason="../shared with Azure's types is not beside this repository")
def test_azures_own_types_find_no_violation(whole: Recording, tmp_path: Path) -> None:
    """Every property is there, of its type."""
    export = tmp_path / "export.json"
    export.write_text(json.dumps(whole.as_export()))
    done = subprocess.run([sys.executable, ARM_CHECK, export], capture_output=True, text=True, check=False)
    assert ", 0 violations, 0 without a type" in done.stdout, done.stdout

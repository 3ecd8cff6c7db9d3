"""The account: what outlives every deployment and belongs to none. Made once, never torn down.

State with its keys, who deploys what, what an environment may cost, who changed what, what takes down what is over. Its
first resources are there before it: `cfctl init` makes them, and this takes them over
(components/account/state_group.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import authorization

from cidr import DeploymentName, load_map
from components.account.activity_log import keep_activity_log
from components.account.ci_identity import CiIdentity, CiIdentityArgs
from components.account.rollup_budget import RollupBudget, RollupBudgetArgs
from components.account.state_group import StateGroup
from components.account.state_plan import StatePlan
from components.account.state_storage import StateStorage, StateStorageArgs
from components.account.state_vault import StateVault, StateVaultArgs
from components.conventions import Names
from components.edge.public_zone import PublicZone, PublicZoneArgs
from components.network.network_watcher import NetworkWatchers, NetworkWatchersArgs
from components.watching.log_analytics import LogAnalytics, LogAnalyticsArgs
from deployments.account_reaper import image_of_reaper, reap
from deployments.account_state import state_plan
from stacks import AccountSettings, load_settings, stack_file


@dataclass(frozen=True, kw_only=True)
class AccountOutputs:
    """What a pipeline and a person need of the account; nothing is secret.

    `backends`, `secrets_providers`: by environment (and `account`), for `pulumi login` and `pulumi stack init`.
    `clients`: by deployment, the client id that its pipeline signs in with.
    """

    resource_group: pulumi.Output[str]
    backends: Mapping[str, str]
    secrets_providers: Mapping[str, str]
    clients: Mapping[str, pulumi.Output[str]]

    def export(self) -> None:
        """Make them outputs of the stack."""
        pulumi.export("resourceGroup", self.resource_group)
        pulumi.export("backends", dict(self.backends))
        pulumi.export("secretsProviders", dict(self.secrets_providers))
        pulumi.export("clientIds", dict(self.clients))


@dataclass(frozen=True)
class _State:
    """The components that the rest is wired to."""

    group: StateGroup
    storage: StateStorage
    vault: StateVault


def deploy(settings: AccountSettings) -> AccountOutputs:
    """Declare the account inside a running Pulumi program; its outputs are still to be exported.

    Raises FaultsError, before anything is declared, for a deployment's stack file that cannot be read, and for a reaper
    without an image.
    """
    deployed, image = subscriptions_of(settings), image_of_reaper()
    plan = state_plan(settings)
    providers = {it: azure_native.Provider(f"azure-{it}", subscription_id=it) for it in settings.subscriptions}
    home = pulumi.ResourceOptions(providers=[providers[settings.subscription_id]])
    group = StateGroup("group", plan, home)
    logs = LogAnalytics("logs", LogAnalyticsArgs(place=group.place, retention_days=settings.log_retention_days), home)
    state = _State(
        group,
        StateStorage("state", StateStorageArgs(place=group.place, plan=plan, workspace_id=logs.id), home),
        StateVault("keys", StateVaultArgs(place=group.place, plan=plan, workspace_id=logs.id), home),
    )
    grants = _administrators(plan, state, home)
    clients = {
        str(deployment): _pipeline(deployment, subscription, settings, plan, state, home)
        for deployment, subscription in deployed.items()
    }
    for subscription, provider in providers.items():
        opts = pulumi.ResourceOptions(provider=provider)
        keep_activity_log(f"activity-{subscription}", group.place, logs.id, opts)
    if settings.public_zone is not None:
        PublicZone("public-zone", PublicZoneArgs(place=group.place, zone=settings.public_zone), home)
    _guard_environments(settings, plan, providers)
    reaper = reap(settings, deployed, plan, group.place, state.storage, state.vault, logs.id, image, home)
    if settings.locked:
        _lock(plan, state, [logs, *grants, *clients.values(), *reaper], home)
    return AccountOutputs(
        resource_group=pulumi.Output.from_input(group.place.group),
        backends={owner: plan.backend_url(owner) for owner in plan.owners},
        secrets_providers={owner: plan.secrets_provider(owner) for owner in plan.owners},
        clients={deployment: identity.client_id for deployment, identity in clients.items()},
    )


def subscriptions_of(settings: AccountSettings) -> dict[DeploymentName, str]:
    """The subscription of each deployment of the map whose environment the account has: live or reserved.

    Its stack file names it; one that has none yet gets its environment's. Raises FaultsError for a bad stack file.
    """
    return {
        name: load_settings(str(name)).subscription_id
        if stack_file(str(name)).is_file()
        else settings.environments[name.environment].subscription_id
        for name in load_map().owned
        if settings.serves(name)
    }


def _administrators(plan: StatePlan, state: _State, opts: pulumi.ResourceOptions) -> list[authorization.RoleAssignment]:
    """The people who make stacks: an Entra group, whose members are Entra's business."""
    after = {"blobs": state.storage, "keys": state.vault}
    return [
        authorization.RoleAssignment(
            f"administrators-{grant.label}",
            role_assignment_name=grant.name,
            scope=grant.scope,
            role_definition_id=grant.definition,
            principal_id=plan.administrators,
            principal_type=authorization.PrincipalType.GROUP,
            # What is imported has its scope without the first slash, which would replace it; the name says it anyway.
            # https://github.com/pulumi/pulumi-azure-native/issues/4683
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(import_=grant.id, depends_on=[after[grant.label]], ignore_changes=["scope"]),
            ),
        )
        for grant in plan.grants
    ]


def _pipeline(  # noqa: PLR0917
    deployment: DeploymentName,
    subscription_id: str,
    settings: AccountSettings,
    plan: StatePlan,
    state: _State,
    opts: pulumi.ResourceOptions,
) -> CiIdentity:
    own = plan.state_of(str(deployment.environment))
    return CiIdentity(
        f"ci-{deployment}",
        CiIdentityArgs(
            place=state.group.place,
            names=Names(deployment, settings.application_code),
            subscription_id=subscription_id,
            state_subscription_id=settings.subscription_id,
            repository=settings.repository,
            project=pulumi.get_project(),
            container_id=state.storage.container_ids[own],
            key_id=state.vault.key_ids[own],
            exports_id=state.storage.container_ids[plan.exports_of(str(deployment.environment))],
        ),
        opts,
    )


def _guard_environments(
    settings: AccountSettings, plan: StatePlan, providers: Mapping[str, azure_native.Provider]
) -> None:
    """What an environment may cost, and the watchers of its networks."""
    for name, environment in settings.environments.items():
        RollupBudget(
            f"budget-{name}",
            RollupBudgetArgs(
                names=plan.names,
                environment=name,
                subscription_id=environment.subscription_id,
                amount=environment.budget.amount,
                contact_emails=environment.budget.contact_emails,
            ),
            pulumi.ResourceOptions(providers=[providers[environment.subscription_id]]),
        )
    for subscription, provider in providers.items():
        if own := [watcher for watcher in plan.watchers if watcher.subscription_id == subscription]:
            NetworkWatchers(
                f"watchers-{subscription}",
                NetworkWatchersArgs(location=plan.location, watchers=own),
                pulumi.ResourceOptions(providers=[provider]),
            )


def _lock(plan: StatePlan, state: _State, after: list[pulumi.Resource], opts: pulumi.ResourceOptions) -> None:
    """Nothing in the group is deleted while it stands, by whomever. Last of all: a lock also keeps what is half made.

    To retire a deployment, whose identity and roles then go, set `locked: false`, bring the account up, take the
    deployment out of the map, bring it up again, and lock it again.
    """
    authorization.ManagementLockByScope(
        "lock",
        lock_name=plan.names.of("lock"),
        scope=state.group.id,
        level=authorization.LockLevel.CAN_NOT_DELETE,
        notes="The state of every deployment, and the keys of its secrets",
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[state.storage, state.vault, *after])
        ),
    )

"""The reaper of an account: which deployments it may take down, from the settings, and with which image."""

from collections.abc import Mapping

import pulumi

from cidr import DeploymentName, Environment
from components.account.reaper import ReapedState, Reaper, ReaperArgs
from components.account.reaper_alerts import ReaperAlerts, ReaperAlertsArgs
from components.account.state_plan import StatePlan
from components.account.state_storage import StateStorage
from components.account.state_vault import StateVault
from components.place import AccountPlace
from deployments.images import CachedRepositories, load_images
from stacks import AccountSettings
from stacks.ttl import ERROR_LINE, WARNING_LINE

CFCTL = "cfctl"


def reap(  # noqa: PLR0917
    settings: AccountSettings,
    deployed: Mapping[DeploymentName, str],
    plan: StatePlan,
    place: AccountPlace,
    storage: StateStorage,
    vault: StateVault,
    workspace_id: pulumi.Output[str],
    image: str,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Declare it, where the account has an environment whose deployments end. deployed: subscriptions by deployment."""
    reaped = ephemeral(deployed)
    if not reaped:
        return []
    environments = dict.fromkeys(str(name.environment) for name in reaped)
    reaper = Reaper(
        "reaper",
        ReaperArgs(
            place=place,
            application_code=settings.application_code,
            workspace_id=workspace_id,
            image=image,
            states={
                environment: ReapedState(
                    container_id=storage.container_ids[plan.state_of(environment)],
                    key_id=vault.key_ids[plan.state_of(environment)],
                    stacks=[str(name) for name in reaped if str(name.environment) == environment],
                )
                for environment in environments
            },
            subscriptions=list(dict.fromkeys(reaped.values())),
            state_subscription_id=settings.subscription_id,
            tenant_id=settings.tenant_id,
            project=pulumi.get_project(),
        ),
        opts,
    )
    emails = dict.fromkeys(
        email
        for name, environment in settings.environments.items()
        if str(name) in environments
        for email in environment.budget.contact_emails
    )
    alerts = ReaperAlerts(
        "reaper-alerts",
        ReaperAlertsArgs(
            place=place,
            application_code=settings.application_code,
            workspace_id=workspace_id,
            emails=list(emails),
            warning=WARNING_LINE,
            error=ERROR_LINE,
        ),
        opts,
    )
    return [reaper, alerts]


def ephemeral(deployed: Mapping[DeploymentName, str]) -> dict[DeploymentName, str]:
    """Those of `deployed` that may be taken down by who may delete in their subscription: none of it is persistent.

    Of one that shares its subscription with a persistent one it is told, and nothing takes it down by itself.
    """
    kept = {subscription: name for name, subscription in deployed.items() if not name.environment.ephemeral}
    reaped: dict[DeploymentName, str] = {}
    for name, subscription in deployed.items():
        if not name.environment.ephemeral:
            continue
        if subscription in kept:
            pulumi.log.warn(f"{name} shares its subscription with {kept[subscription]}: it is not reaped on a schedule")
        else:
            reaped[name] = subscription
    return reaped


def image_of_reaper() -> str:
    """The whole reference of the image, by digest, where everybody can pull it: the account has no registry.

    Raises FaultsError without a digest in images/releases/dev.yaml.
    """
    images = load_images(Environment.DEV)
    return _upstream(images.of_job(CFCTL), images.upstream)


def _upstream(reference: str, rules: tuple[CachedRepositories, ...]) -> str:
    for rule in rules:
        begin = rule.target.removesuffix("*")
        if reference.startswith(begin):
            return rule.source.removesuffix("*") + reference.removeprefix(begin)
    return reference

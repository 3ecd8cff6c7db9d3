"""From settings to a declared deployment: what can be wrong first, then retries, provider, the kind's own module."""

from collections.abc import Callable, Mapping

import pulumi
import pulumi_azure_native as azure_native

from cidr import Kind
from components import retries
from components.guarding.everything import Everything
from components.guarding.protection import protect_what_holds_data
from deployments import account, global_deployment, regional_deployment
from deployments.account import AccountOutputs
from deployments.blueprint import Blueprint
from deployments.outputs import DeploymentOutputs
from stacks import AccountSettings, Settings

_DEPLOY: Mapping[Kind, Callable[[Blueprint, Everything, pulumi.ResourceOptions], DeploymentOutputs]] = {
    "global": global_deployment.deploy,
    "regional": regional_deployment.deploy,
}


def deploy(settings: Settings | AccountSettings) -> DeploymentOutputs | AccountOutputs:
    """Declare one deployment, or the account, inside a running Pulumi program; its outputs are still to be exported.

    An explicit provider pins the subscription: whatever the machine is signed in to, nothing lands elsewhere.
    Raises FaultsError, before anything is declared, for input that cannot be taken.
    """
    if isinstance(settings, AccountSettings):
        retries.attach_to_everything()
        return account.deploy(settings)
    blueprint = Blueprint.of(settings)
    retries.attach_to_everything()
    if not settings.ephemeral:
        protect_what_holds_data()
    everything = Everything.watch()
    azure = azure_native.Provider("azure", subscription_id=settings.subscription_id)
    return _DEPLOY[settings.deployment.kind](blueprint, everything, pulumi.ResourceOptions(providers=[azure]))

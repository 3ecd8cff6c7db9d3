"""Where what a deployment exports is kept: a container of the account, which no deployment owns and no teardown takes.

The deployment's network has an endpoint of its own to the account, and the tenancy job's identity writes this one
container: the exports of every deployment of the environment, each in a folder of its name, so that one can take over
the tenants of another. It must be there before: `cfctl init` makes it.
"""

from dataclasses import dataclass
from typing import Self

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from deployments.account_state import state_plan
from stacks import load_account


@dataclass(frozen=True, kw_only=True)
class Exports:
    """`account_id`, `container_id`: ARM ids. `subscription_id`: of both. `url`: of the deployment's folder."""

    account_id: str
    container_id: str
    subscription_id: str
    url: str

    @classmethod
    def of(cls, deployment: DeploymentName) -> Self:
        """Those of a deployment. Raises FaultsError for an environment that the account does not have."""
        settings = load_account()
        if not settings.serves(deployment):
            raise FaultsError([_not_served(deployment)])
        plan = state_plan(settings)
        container = plan.exports_of(str(deployment.environment))
        return cls(
            account_id=plan.account_id,
            container_id=plan.container_id(container),
            subscription_id=plan.subscription_id,
            url=f"https://{plan.account}.blob.core.windows.net/{container}/{deployment}",
        )


def _not_served(deployment: DeploymentName) -> Fault:
    environment = deployment.environment
    return Fault(
        where=f"stacks/Pulumi.{ACCOUNT}.yaml environments",
        what=f"{deployment} has nowhere to export to: the account has no environment {environment}",
        allowed="an account with the environment of each deployment",
        next_step=f"add `{environment}` under environments, then ./cfctl init azure (./cfctl init sandbox here)",
    )

"""Where the state lies, from the account's settings. Imports no Azure SDK: `cfctl init` reads it too."""

from components.account.state_plan import StatePlan
from components.conventions import REGIONS, AccountNames, account_tags
from components.network.watchers import Watcher
from stacks import AccountSettings


def state_plan(settings: AccountSettings) -> StatePlan:
    """The plan of the state that the settings describe."""
    return StatePlan(
        names=AccountNames(settings.application_code),
        subscription_id=settings.subscription_id,
        tenant_id=settings.tenant_id,
        location=REGIONS[settings.region].azure_name,
        replication=settings.replication,
        environments=[str(name) for name in settings.environments],
        administrators=settings.state_admin_group.object_id,
        tags=account_tags(settings.region, owner=settings.owner, cost_center=settings.cost_center),
        watchers=[
            Watcher(subscription_id=subscription, location=REGIONS[region].azure_name)
            for subscription, region in settings.watchers
        ],
    )

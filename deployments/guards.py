"""Who looks after a deployment once it runs: alerts and whom they tell, the workbook, the budget."""

from collections.abc import Mapping

import pulumi

from components.apps.container_environment import infrastructure_group
from components.watching.action_group import ActionGroup, ActionGroupArgs
from components.watching.alerts import Alerts, AlertsArgs, Targets
from components.watching.budget import Budget, BudgetArgs
from components.watching.workbook import Workbook, WorkbookArgs
from deployments.catalogue.alerts import alerts_of
from deployments.entry import EDGE
from deployments.persistent import Safety
from deployments.world import World


def watch(world: World, apps: Mapping[str, pulumi.Input[str]], safety: Safety, opts: pulumi.ResourceOptions) -> None:
    """Declare the guards. `apps`: ids of the container apps, by name."""
    settings, base = world.blueprint.settings, world.base
    mails = settings.budget.contact_emails
    group = ActionGroup("on-call", ActionGroupArgs(place=base.place, emails=mails), opts)
    targets = _targets(world, apps)
    without = frozenset(key for key, found in targets.items() if not found)
    Alerts(
        "alerts",
        AlertsArgs(
            place=base.place,
            action_group_id=group.id,
            rows=alerts_of(world.kind, settings.deployment.environment, without),
            targets=targets,
            workspace_id=base.logs.id,
        ),
        opts,
    )
    Workbook("overview", WorkbookArgs(place=base.place, workspace_id=base.logs.id, targets=targets), opts)
    descriptors = (None, EDGE) if world.kind == "global" else (None,)
    Budget(
        "budget",
        BudgetArgs(
            name=world.blueprint.names.of("budget"),
            subscription_id=settings.subscription_id,
            resource_groups=[
                base.place.group,
                *(infrastructure_group(base.place, each) for each in descriptors),
                *safety.groups,
            ],
            amount=settings.budget.amount,
            contact_emails=mails,
        ),
        opts,
    )


def _targets(world: World, apps: Mapping[str, pulumi.Input[str]]) -> Targets:
    """What the alerts' words stand for; hubs are watched where their namespace is."""
    hubs, dead_letters = world.hubs, dict.fromkeys(row.dead_letters for row in world.runs.hubs)
    return {
        "apps": list(apps.items()),
        "postgres": [("postgres", world.data.postgres.id)],
        "event_hubs": [("hubs", hubs.id)] if hubs else [],
        "dead_letters": [(name, hubs.id) for name in dead_letters] if hubs else [],
        "redis": [("redis", world.data.redis.id)],
        "key_vault": [("vault", world.base.vault.id)],
    }

"""Who looks after a deployment once it runs: alerts and whom they tell, the workbook, the budget."""

import os
from collections.abc import Mapping

import pulumi

from components.apps.container_environment import infrastructure_group
from components.guarding.everything import Everything
from components.watching.action_group import ActionGroup, ActionGroupArgs
from components.watching.alerts import Alerts, AlertsArgs, Targets
from components.watching.budget import Budget, BudgetArgs
from components.watching.workbook import Workbook, WorkbookArgs
from deployments.catalogue.alerts import alerts_of
from deployments.chat import chat_of
from deployments.entry import EDGE
from deployments.persistent import Safety
from deployments.world import World


def watch(world: World, apps: Mapping[str, pulumi.Input[str]], safety: Safety, opts: pulumi.ResourceOptions) -> Targets:
    """Declare the guards; gives what they look at. `apps`: ids of the container apps, by name."""
    settings, base = world.blueprint.settings, world.base
    mails = settings.budget.contact_emails
    group = ActionGroup(
        "on-call", ActionGroupArgs(place=base.place, emails=mails, chat=chat_of(settings, os.environ)), opts
    )
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
    descriptors = (None, EDGE) if world.kind == "global" else (None,)
    Budget(
        "budget",
        BudgetArgs(
            names=world.blueprint.names,
            subscription_id=settings.subscription_id,
            resource_groups=[
                base.place.group,
                *(infrastructure_group(base.place, each) for each in descriptors),
                *safety.groups,
            ],
            amount=settings.budget.amount,
            contact_emails=mails,
            action_group_id=group.id,
        ),
        opts,
    )
    return targets


def crown(world: World, targets: Targets, opts: pulumi.ResourceOptions, *, everything: Everything) -> Workbook:
    """Declare the workbook, the deployment's keystone: after everything else (components/guarding/keystone.py)."""
    base = world.base
    return Workbook(
        "overview",
        WorkbookArgs(place=base.place, workspace_id=base.logs.id, targets=targets),
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=everything.resources)),
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

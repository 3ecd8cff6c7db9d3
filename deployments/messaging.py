"""How a deployment's parts speak to each other without waiting: its event hubs, and those of its global deployment."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.messaging.event_hubs import EventHubs, EventHubsArgs, Hub
from deployments.blueprint import Blueprint
from deployments.catalogue.hubs import RETENTION_HOURS, hubs_in, takes_place_of
from deployments.contracts import GlobalFacts, GlobalIds
from deployments.foundations import Foundations


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A hub that services of this deployment use, wherever it lies.

    `id`: ARM's. `bootstrap`: Kafka's host and port. `group`, `namespace`: where it lies; `subscription_id`: in which
    subscription. `made_anew`: changes when its namespace is made anew under the same id; None in the own deployment,
    where the wiring tells.
    """

    id: pulumi.Input[str]
    bootstrap: pulumi.Input[str]
    group: pulumi.Input[str]
    namespace: pulumi.Input[str]
    subscription_id: str
    made_anew: pulumi.Input[str] | None = None


def own_hubs(blueprint: Blueprint, base: Foundations, opts: pulumi.ResourceOptions) -> EventHubs:
    """Declare the deployment's namespace with its hubs, and the private way to it."""
    settings, runs = blueprint.settings, blueprint.runs
    grows = settings.event_hubs.maximum_capacity > settings.event_hubs.capacity
    made = EventHubs(
        "hubs",
        EventHubsArgs(
            place=base.place,
            workspace_id=base.logs.id,
            hubs=[
                Hub(name, partitions, RETENTION_HOURS, takes_place_of(name) if runs.kind == "global" else None)
                for name, partitions in hubs_in(runs.hubs).items()
            ],
            capacity=settings.event_hubs.capacity,
            maximum_capacity=settings.event_hubs.maximum_capacity if grows else None,
        ),
        opts,
    )
    base.ways.to("hubs", made.id, replaced_with=made.created_at)
    return made


def own_topics(blueprint: Blueprint, base: Foundations, hubs: EventHubs | None) -> dict[str, Topic]:
    """The hubs of this deployment's namespace, by name, dead letters too."""
    if hubs is None:
        return {}
    return {
        name: Topic(
            id=hub_id,
            bootstrap=hubs.kafka_bootstrap,
            group=base.place.group,
            namespace=_once_there(hubs.name, hub_id),
            subscription_id=blueprint.settings.subscription_id,
        )
        for name, hub_id in hubs.hub_ids.items()
    }


def global_topics(blueprint: Blueprint, ids: GlobalIds, facts: GlobalFacts) -> Mapping[str, Topic]:
    """The hubs of the global deployment's namespace that this one uses, by name, dead letters too."""
    return {
        name: Topic(
            id=f"{ids.event_hubs_id}/eventhubs/{name}",
            bootstrap=ids.kafka_bootstrap,
            group=ids.group,
            namespace=ids.event_hubs_name,
            subscription_id=ids.subscription_id,
            made_anew=facts.event_hubs_created_at,
        )
        for name in hubs_in(blueprint.runs.hubs_above)
    }


def _once_there(namespace: pulumi.Output[str], hub_id: pulumi.Output[str]) -> pulumi.Output[str]:
    """The namespace's name, known once the hub is there: what is put on a hub is addressed by names alone."""
    return pulumi.Output.all(namespace, hub_id).apply(lambda values: str(values[0]))

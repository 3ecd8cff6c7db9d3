"""An Event Hubs namespace that Kafka clients use, and its hubs (Kafka: topics).

- Standard tier: the least with Kafka and private endpoints. It has 10 hubs, each with 32 partitions and 7 days at most;
  the number of partitions is for life. https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas
- No public access: clients come by private endpoint. Namespace and network rules both have the switch, and the one
  written last wins, so both say the same. https://github.com/hashicorp/terraform-provider-azurerm/issues/18054
- Local authentication stays on: it is a switch of the whole namespace, and the scale rules of Container Apps know no
  other way to read a consumer's lag (`hub_listener`). Clients sign in as their identities.
- No consumer groups: Kafka clients make theirs; those of ARM are for AMQP.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import eventhub

from components.answers import answered
from components.diagnostics import send_logs
from components.place import Place

KAFKA_PORT: Final = 9093
MOST_UNITS: Final = 40  # throughput units of a Standard namespace
MOST_HUBS: Final = 10
MOST_PARTITIONS: Final = 32
MOST_HOURS: Final = 168


@dataclass(frozen=True)
class Hub:
    """A hub: `partitions` is fixed once it is made, `retention_hours` is how long an event stays.

    `instead_of`: the hub whose place it takes where that stands: the old one goes first, since a namespace has ten.
    Raises ValueError for what the Standard tier does not have.
    """

    name: str
    partitions: int
    retention_hours: int
    instead_of: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.partitions <= MOST_PARTITIONS:
            raise ValueError(f"hub {self.name}: 1 to {MOST_PARTITIONS} partitions, not {self.partitions}")
        if not 1 <= self.retention_hours <= MOST_HOURS:
            raise ValueError(f"hub {self.name}: events stay 1 to {MOST_HOURS} hours, not {self.retention_hours}")


@dataclass(frozen=True, kw_only=True)
class EventHubsArgs:
    """`capacity`: throughput units that are always there. `maximum_capacity`: where Azure may go under load, or None.

    Azure never goes down by itself: an up after a refresh does. Raises ValueError for units that Standard does not
    have, for more hubs than it has, and for two hubs of one name.
    """

    place: Place
    workspace_id: pulumi.Input[str]
    hubs: Sequence[Hub]
    capacity: int
    maximum_capacity: int | None = None

    def __post_init__(self) -> None:
        most = self.capacity if self.maximum_capacity is None else self.maximum_capacity
        if not 1 <= self.capacity <= most <= MOST_UNITS:
            bounds = f"{self.capacity} units at least, {most} at most"
            raise ValueError(f"Event Hubs: {bounds}; allowed is 1 to {MOST_UNITS}, the most not below the least")
        if len(self.hubs) > MOST_HUBS:
            raise ValueError(f"Event Hubs: {len(self.hubs)} hubs in one namespace; Standard has {MOST_HUBS} at most")
        if twice := [name for name, count in Counter(hub.name for hub in self.hubs).items() if count > 1]:
            raise ValueError(f"Event Hubs: {', '.join(twice)} is there more than once; a hub's name is its own")


class EventHubs(pulumi.ComponentResource):
    """A namespace; `id` and `name` are known once its doors are shut and every hub is there.

    `kafka_bootstrap`: host and port for Kafka clients. `hub_ids`: by the hub's name. `created_at`: when Azure made the
    namespace; it changes when the namespace is made anew under the same id.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    kafka_bootstrap: pulumi.Output[str]
    hub_ids: Mapping[str, pulumi.Output[str]]
    created_at: pulumi.Output[str]

    def __init__(self, name: str, args: EventHubsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:EventHubs", name, None, opts)
        place = args.place
        namespace = _namespace(f"{name}-namespace", args, pulumi.ResourceOptions(parent=self))
        doors = eventhub.NamespaceNetworkRuleSet(
            f"{name}-network-rules",
            resource_group_name=place.group,
            namespace_name=namespace.name,
            default_action=eventhub.DefaultAction.DENY,
            public_network_access=eventhub.PublicNetworkAccessFlag.DISABLED,
            trusted_service_access_enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        hubs = {
            hub.name: eventhub.EventHub(
                f"{name}-hub-{hub.name}",
                resource_group_name=place.group,
                namespace_name=namespace.name,
                event_hub_name=place.names.of("event_hub", hub.name),
                partition_count=hub.partitions,
                retention_description=eventhub.RetentionDescriptionArgs(
                    cleanup_policy=eventhub.CleanupPolicyRetentionDescription.DELETE,
                    retention_time_in_hours=hub.retention_hours,
                ),
                opts=pulumi.ResourceOptions.merge(
                    pulumi.ResourceOptions(parent=self, depends_on=[doors]), _in_place_of(name, hub)
                ),
            )
            for hub in args.hubs
        }
        send_logs(f"{name}-logs", place, namespace.id, args.workspace_id, pulumi.ResourceOptions(parent=self))

        made = [doors.urn, *(hub.urn for hub in hubs.values())]

        def complete(value: pulumi.Output[str]) -> pulumi.Output[str]:
            return pulumi.Output.all(value, *made).apply(lambda values: str(values[0]))

        self.id = complete(namespace.id)
        self.name = complete(namespace.name)
        self.kafka_bootstrap = pulumi.Output.concat(self.name, f".servicebus.windows.net:{KAFKA_PORT}")
        self.hub_ids = {key: hub.id for key, hub in hubs.items()}
        self.created_at = namespace.created_at.apply(
            lambda time: answered(time, "creation time of the Event Hubs namespace (createdAt)")
        )
        self.register_outputs({"id": self.id, "kafkaBootstrap": self.kafka_bootstrap, "hubIds": self.hub_ids})


def _namespace(name: str, args: EventHubsArgs, opts: pulumi.ResourceOptions) -> eventhub.Namespace:
    """The connections of private endpoints are others' resources; a refresh reads them back into the properties."""
    place = args.place
    others = pulumi.ResourceOptions(ignore_changes=["private_endpoint_connections"])
    return eventhub.Namespace(
        name,
        resource_group_name=place.group,
        namespace_name=place.names.of("event_hubs_namespace"),
        location=place.location,
        sku=eventhub.SkuArgs(name=eventhub.SkuName.STANDARD, tier=eventhub.SkuTier.STANDARD, capacity=args.capacity),
        is_auto_inflate_enabled=args.maximum_capacity is not None,
        maximum_throughput_units=args.maximum_capacity or 0,
        kafka_enabled=True,
        minimum_tls_version=eventhub.TlsVersion.TLS_VERSION_1_2,
        public_network_access=eventhub.PublicNetworkAccess.DISABLED,
        disable_local_auth=False,
        tags=place.tags,
        opts=pulumi.ResourceOptions.merge(opts, others),
    )


def _in_place_of(name: str, hub: Hub) -> pulumi.ResourceOptions:
    """The old hub as an earlier state of this one: to be replaced, and not deleted at the end as what is left over."""
    if hub.instead_of is None:
        return pulumi.ResourceOptions()
    alias = pulumi.Alias(name=f"{name}-hub-{hub.instead_of}")
    return pulumi.ResourceOptions(aliases=[alias], delete_before_replace=True)

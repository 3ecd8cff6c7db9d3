"""A deployment joined to another one: the peering of their networks, and each finding the other's apps by name.

All of it is made by one of the two and gone with it, also what lies in the other's group: a regional makes what joins
it to its global, and of two peers the later one. Between peers nothing passes but what rules name: see
docs/decisions/0016-peers.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import pulumi
import pulumi_azure_native as azure_native

from components.network.peering import Peering, PeeringArgs, Side
from components.network.private_dns import NetworkLink, link_zone
from deployments.blueprint import Blueprint
from deployments.contracts import DeploymentIds, NetworkFacts
from deployments.foundations import Foundations


@dataclass(frozen=True, kw_only=True)
class Other:
    """The deployment that this one is joined to. `label`: part of the logical names.

    `provider`: for what lies in its subscription, where that is another one.
    """

    label: str
    ids: DeploymentIds
    facts: NetworkFacts
    provider: pulumi.ProviderResource | None

    @classmethod
    def of(cls, blueprint: Blueprint, ids: DeploymentIds, facts: NetworkFacts, label: str) -> Self:
        """The other one as this deployment sees it; declares the provider where one is needed."""
        elsewhere = ids.subscription_id != blueprint.settings.subscription_id
        provider = (
            azure_native.Provider(f"azure-of-{label}", subscription_id=ids.subscription_id) if elsewhere else None
        )
        return cls(label=label, ids=ids, facts=facts, provider=provider)

    @property
    def link(self) -> NetworkLink:
        """Lets its network see a zone of this deployment."""
        return NetworkLink(
            name=self.ids.names.of("private_dns_link"),
            network_id=self.ids.network_id,
            replaced_with=self.facts.network_guid,
        )


def join(blueprint: Blueprint, base: Foundations, others: Sequence[Other], opts: pulumi.ResourceOptions) -> Peering:
    """Declare the peerings, one after another since a network takes one write at a time; gives the last one.

    Each with the link of the other's zone to this network; the zone of this one is linked with the apps environment
    (`lay`). Raises IndexError for no others.
    """
    joined: list[Peering] = []
    for other in others:
        joined.append(_join(blueprint, base, other, opts, after=joined[-1:]))
    return joined[-1]


def _join(
    blueprint: Blueprint,
    base: Foundations,
    other: Other,
    opts: pulumi.ResourceOptions,
    *,
    after: Sequence[pulumi.Resource],
) -> Peering:
    here, names, ids = base.network, blueprint.names, other.ids
    peering = Peering(
        f"to-{other.label}",
        PeeringArgs(
            near=Side(
                group=base.place.group,
                network_name=here.name,
                network_id=here.id,
                resource_guid=here.resource_guid,
                peering_name=names.of("virtual_network_peering", str(ids.deployment)),
            ),
            far=Side(
                group=ids.group,
                network_name=ids.network_name,
                network_id=ids.network_id,
                resource_guid=other.facts.network_guid,
                peering_name=ids.names.of("virtual_network_peering", str(names.deployment)),
                provider=other.provider,
            ),
            named_alone=ids.deployment.kind == "regional",
            after=after,
        ),
        opts,
    )
    link_zone(
        f"{other.label}-apps-link",
        replace(base.place, group=ids.group),
        other.facts.environment_domain,
        NetworkLink(name=names.of("private_dns_link"), network_id=here.id, replaced_with=here.resource_guid),
        pulumi.ResourceOptions(provider=other.provider) if other.provider else opts,
    )
    return peering

"""Azure AI Search: full text over what services put into it, reached from inside only, signed in to by identity.

- No keys at all: with local authentication off Azure takes no `auth_options` beside it, and roles alone count. Services
  write and read by the roles on index data; nothing pulls from elsewhere, so the service's own identity has no role
  until somebody gives it one. https://learn.microsoft.com/azure/search/search-security-enable-roles
- The name is taken worldwide and the tier may be short in a region on a day: nothing can ask before it is made.
  https://learn.microsoft.com/azure/search/search-region-capacity
- It keeps no copy of its own elsewhere: an index is made again from what the services hold.
  https://learn.microsoft.com/azure/search/search-reliability
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_azure_native import search

from components.answers import answered
from components.diagnostics import send_logs
from components.place import Place

Sku = Literal["basic", "standard"]

# Copies that each tier may have; two keep reading at 99.9 %, three writing too.
# https://learn.microsoft.com/azure/search/search-limits-quotas-capacity
MOST_REPLICAS: Final[Mapping[Sku, int]] = {"basic": 3, "standard": 12}


@dataclass(frozen=True, kw_only=True)
class AiSearchArgs:
    """`replicas`: copies of every index, which share the questions. Raises ValueError for more than the tier has."""

    place: Place
    workspace_id: pulumi.Input[str]
    sku: Sku
    replicas: int

    def __post_init__(self) -> None:
        if not 1 <= self.replicas <= MOST_REPLICAS[self.sku]:
            raise ValueError(f"sku {self.sku} has 1 to {MOST_REPLICAS[self.sku]} replicas, not {self.replicas}")


class AiSearch(pulumi.ComponentResource):
    """A search service. `id`: for roles and the private endpoint (group `searchService`); `endpoint`: for clients."""

    id: pulumi.Output[str]
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: AiSearchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:AiSearch", name, None, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        service = search.Service(
            f"{name}-service",
            resource_group_name=place.group,
            search_service_name=place.names.of("search_service"),
            location=place.location,
            sku=search.SkuArgs(name=args.sku),
            replica_count=args.replicas,
            partition_count=1,
            disable_local_auth=True,
            public_network_access=search.PublicNetworkAccess.DISABLED,
            network_rule_set=search.NetworkRuleSetArgs(bypass=search.SearchBypass.NONE),
            identity=search.IdentityArgs(type=search.IdentityType.SYSTEM_ASSIGNED),
            semantic_search=search.SearchSemanticSearch.DISABLED,
            tags=place.tags,
            opts=child,
        )
        send_logs(f"{name}-logs", place, service.id, args.workspace_id, child)
        self.id = service.id
        self.endpoint = service.endpoint.apply(lambda text: answered(text, "address of the search service (endpoint)"))
        self.register_outputs({"id": self.id, "endpoint": self.endpoint})

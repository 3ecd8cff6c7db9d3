"""What workloads are wired to, once everything that they need is declared."""

from collections.abc import Mapping
from dataclasses import dataclass

from cidr import Kind
from components.apps.workload_identity import WorkloadIdentity
from components.messaging.event_hubs import EventHubs
from deployments.additions import Additions
from deployments.blueprint import Blueprint
from deployments.catalogue.selection import Selection
from deployments.data import Data
from deployments.foundations import Foundations
from deployments.messaging import Topic
from deployments.registry import Registry


@dataclass(frozen=True, kw_only=True)
class World:
    """A deployment before its workloads.

    `hubs`: its own namespace, None where its hubs lie in the global one. `topics`: every hub that its services may use,
    by name. `identities`: by workload.
    `additions`: stores that only options add.
    """

    blueprint: Blueprint
    base: Foundations
    data: Data
    hubs: EventHubs | None
    topics: Mapping[str, Topic]
    registry: Registry
    identities: Mapping[str, WorkloadIdentity]
    additions: Additions

    @property
    def kind(self) -> Kind:
        """Global or regional."""
        return self.blueprint.settings.deployment.kind

    @property
    def runs(self) -> Selection:
        """What the deployment runs."""
        return self.blueprint.runs

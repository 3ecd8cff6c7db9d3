"""A global deployment that is brought up at this moment, seen by a regional that is brought up beside it.

The facts of a global are outputs of its stack, which Pulumi writes at the very end; what they speak of stands long
before that. A regional that waited for the end would come up after its global instead of beside it, which on Azure is
a quarter of an hour. So where `cfctl` brings both up and says so (COMPLIANCEFLOW_GLOBAL_COMES=1), a fact that no output
tells is looked for in Azure Resource Manager itself, until it stands with all that the regional uses of it. What needs
the fact waits with it, and nothing else does.

A fact has the same value either way, so that a later run, which reads the output, finds nothing changed.
https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations#provisioning-states
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import pulumi

from cidr import load_map
from components.arm_action import MissingError, read
from components.waiting import wait
from components.watching.workbook import workbook_name
from deployments.blueprint import Blueprint
from deployments.catalogue.hubs import hubs_in
from deployments.contracts import GlobalIds

COMES: Final = "COMPLIANCEFLOW_GLOBAL_COMES"
"""Set to 1 where the global deployment is brought up at the same time."""

_POLL: Final = 10.0
_DEADLINE: Final = 7_200.0
"""Seconds of Azure's time: between looks, and until a global that does not come is given up."""
_DONE: Final = frozenset({None, "Succeeded"})
_NETWORK, _DNS = "2024-05-01", "2024-06-01"
_APPS, _HUBS, _REGISTRY, _WORKBOOKS = "2025-07-01", "2024-01-01", "2024-11-01-preview", "2023-06-01"


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A global on its way. hubs, cache_rules: names of those that the regional uses; subnet: the network's last one."""

    ids: GlobalIds
    provider: pulumi.ProviderResource
    hubs: Sequence[str]
    cache_rules: Sequence[str]
    subnet: str

    @classmethod
    def of(cls, blueprint: Blueprint, ids: GlobalIds, provider: pulumi.ProviderResource) -> Self | None:
        """The global of a regional, where it is brought up beside it; None where it stands already."""
        if os.environ.get(COMES) != "1":
            return None
        last = load_map().plan(ids.deployment).subnets[-1]
        return cls(
            ids=ids,
            provider=provider,
            hubs=[*hubs_in(blueprint.runs.hubs_above)],
            cache_rules=[row.name for row in blueprint.upstream],
            subnet=last.subnet_name or ids.names.of("subnet", last.name),
        )

    async def fact(self, name: str) -> str:
        """A fact by the name of its field in `GlobalFacts`, once it stands. Raises RunError when it does not come."""
        looks: Mapping[str, Callable[[], Awaitable[str]]] = {
            "environment_domain": self._environment_domain,
            "network_guid": self._network_guid,
            "event_hubs_created_at": self._event_hubs_created_at,
            "registry_created_at": self._registry_created_at,
            "keystone_id": self._keystone_id,
        }
        return await looks[name]()

    async def _environment_domain(self) -> str:
        environment = self.ids.id_of(
            "Microsoft.App/managedEnvironments", self.ids.names.of("container_apps_environment")
        )
        domain = _property(await self._there(environment, _APPS), "defaultDomain")
        await self._there(self.ids.id_of("Microsoft.Network/privateDnsZones", domain), _DNS)  # which this one links to
        return domain

    async def _network_guid(self) -> str:
        # A network takes one write at a time: the peering comes after the last of its subnets, which are a chain.
        await self._there(f"{self.ids.network_id}/subnets/{self.subnet}", _NETWORK)
        return _property(await self._there(self.ids.network_id, _NETWORK), "resourceGuid")

    async def _event_hubs_created_at(self) -> str:
        for hub in self.hubs:
            await self._there(f"{self.ids.event_hubs_id}/eventhubs/{hub}", _HUBS)
        return _property(await self._there(self.ids.event_hubs_id, _HUBS), "createdAt")

    async def _registry_created_at(self) -> str:
        for rule in self.cache_rules:
            await self._there(f"{self.ids.registry_id}/cacheRules/{rule}", _REGISTRY)
        return _property(await self._there(self.ids.registry_id, _REGISTRY), "creationDate")

    async def _keystone_id(self) -> str:
        keystone = self.ids.id_of("Microsoft.Insights/workbooks", workbook_name(self.ids.names))
        return str((await self._there(keystone, _WORKBOOKS))["id"])

    async def _there(self, arm_id: str, api_version: str) -> Mapping[str, Any]:
        """What Azure tells of it, once Azure has finished making it."""
        waited = 0.0
        while waited < _DEADLINE:
            try:
                found = await read(arm_id, api_version, self.provider)
                if found["properties"].get("provisioningState") in _DONE:
                    return found
            except MissingError:
                pass
            await wait(_POLL)
            waited += _POLL
        raise pulumi.RunError(
            f"{arm_id} does not come: {self.ids.deployment} was to be brought up beside this deployment. "
            f"Bring it up first: pulumi up -s {self.ids.deployment} (./cfctl up does)"
        )


def _property(found: Mapping[str, Any], key: str) -> str:
    return str(found["properties"][key])

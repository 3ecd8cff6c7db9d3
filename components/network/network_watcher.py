"""Network watchers of one subscription: one a region, which flow logs hang on and which deployments only look up.

Azure allows one a region and makes it by itself beside the first network there, always under the same names. So the
account makes it first (`create`), or takes over what Azure has made (`adopt`): then tags are left as they are, and the
group is taken over too.
https://learn.microsoft.com/azure/network-watcher/network-watcher-create
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import network, resources

GROUP: Final = "NetworkWatcherRG"


def watcher_name(location: str) -> str:
    """Azure's own name of the watcher of a region."""
    return f"NetworkWatcher_{location}"


@dataclass(frozen=True, kw_only=True)
class NetworkWatchersArgs:
    """`watchers`: by Azure's name of the region, whether it is there already. `location`: of the group's own record."""

    subscription_id: str
    location: str
    watchers: Mapping[str, bool]
    tags: Mapping[str, str]


class NetworkWatchers(pulumi.ComponentResource):
    """The watchers of a subscription, in the group that Azure would put them into."""

    def __init__(self, name: str, args: NetworkWatchersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:NetworkWatchers", name, None, opts)
        group_id = f"/subscriptions/{args.subscription_id}/resourceGroups/{GROUP}"
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=GROUP,
            location=args.location,
            tags=args.tags,
            opts=self._options(group_id if any(args.watchers.values()) else None),
        )
        for location, exists in args.watchers.items():
            watcher_id = f"{group_id}/providers/Microsoft.Network/networkWatchers/{watcher_name(location)}"
            network.NetworkWatcher(
                f"{name}-{location}",
                resource_group_name=group.name,
                network_watcher_name=watcher_name(location),
                location=location,
                tags=args.tags,
                opts=self._options(watcher_id if exists else None),
            )
        self.register_outputs({})

    def _options(self, existing: str | None) -> pulumi.ResourceOptions:
        """`location` of a group that Azure has made is wherever its first network was, and cannot be changed."""
        theirs = ["location", "tags"] if existing else None
        return pulumi.ResourceOptions(parent=self, import_=existing, ignore_changes=theirs)

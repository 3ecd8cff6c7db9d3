"""Network watchers of one subscription, taken over: nothing that a deployment makes or takes down.

There is one a region, which Azure makes by itself beside the first network there, and `cfctl init` where no network is
yet. Either way it is there before the account, which takes it over by its id, as it is: tags are left, and the group
with its place too. Why so: docs/decisions/0011-the-account-takes-over-what-init-makes.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network, resources

from components.network.watchers import GROUP, Watcher, watcher_name


@dataclass(frozen=True, kw_only=True)
class NetworkWatchersArgs:
    """`watchers`: of one subscription, at least one. `location`: what a group that init makes has as its place.

    Raises ValueError for watchers of several subscriptions, or none.
    """

    location: str
    watchers: Sequence[Watcher]

    def __post_init__(self) -> None:
        if len({watcher.subscription_id for watcher in self.watchers}) != 1:
            raise ValueError(f"network watchers are of one subscription, not {self.watchers}")


class NetworkWatchers(pulumi.ComponentResource):
    """The watchers of a subscription, in the group that Azure puts them into."""

    def __init__(self, name: str, args: NetworkWatchersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:NetworkWatchers", name, None, opts)
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=GROUP,
            location=args.location,
            opts=self._taken_over(args.watchers[0].group_id),
        )
        for watcher in args.watchers:
            network.NetworkWatcher(
                f"{name}-{watcher.location}",
                resource_group_name=group.name,
                network_watcher_name=watcher_name(watcher.location),
                location=watcher.location,
                opts=self._taken_over(watcher.id),
            )
        self.register_outputs({})

    def _taken_over(self, arm_id: str) -> pulumi.ResourceOptions:
        """Azure's own things: the group lies wherever the first network was, and cannot be moved."""
        return pulumi.ResourceOptions(
            parent=self, import_=arm_id, ignore_changes=["location", "tags"], retain_on_delete=True
        )

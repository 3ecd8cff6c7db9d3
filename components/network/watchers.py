"""Network watchers by their names: one a region and subscription. Plain values; imports no Pulumi.

Azure makes one by itself when a network is made or changed in a region that has none, always under these names, unless
the subscription has opted out of that. A flow log is a part of the watcher of its network's region.
https://learn.microsoft.com/azure/network-watcher/network-watcher-create
"""

from dataclasses import dataclass
from typing import Final

GROUP: Final = "NetworkWatcherRG"


def watcher_name(location: str) -> str:
    """Azure's own name of the watcher of a region. `location`: Azure's name of the region."""
    return f"NetworkWatcher_{location}"


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """The watcher of a region, by Azure's name of that, in a subscription."""

    subscription_id: str
    location: str

    @property
    def group_id(self) -> str:
        """ARM id of the group that Azure puts it into."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{GROUP}"

    @property
    def id(self) -> str:
        """Its ARM id."""
        return f"{self.group_id}/providers/Microsoft.Network/networkWatchers/{watcher_name(self.location)}"

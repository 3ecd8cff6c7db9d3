# ruff: noqa: S106 - a token is the name of a type
"""Network watchers: one a region and subscription, which Azure makes by itself beside the first network there.

https://learn.microsoft.com/azure/network-watcher/network-watcher-create
"""

from sandbox.azure import arm_ids
from sandbox.azure.bodies import at
from sandbox.azure.model import Companion, Durations, NameRule, ResourceType, Write

from .common import ARM_NAMES, ESTIMATE, etag, refuse, region, rule

_CREATE = "https://learn.microsoft.com/azure/network-watcher/network-watcher-create"
_GROUP = "NetworkWatcherRG"


def beside_a_network(write: Write) -> list[Companion]:
    """What Azure makes beside a network where the region has no watcher yet: one, in a group of its own name.

    Nobody's: it stays when the network goes. Azure does the same at any change of a network; here only a new one does.
    """
    own, place = write.subscription.lower(), region(str(at(write.body, "location") or ""))
    if any((it.subscription, it.location) == (own, place) for it in write.world.of_type(NETWORK_WATCHER.token)):
        return []
    group = {"resourceGroupName": _GROUP}
    watcher = Companion(
        NETWORK_WATCHER.token, {**group, "networkWatcherName": f"NetworkWatcher_{place}"}, {"location": place}
    )
    if write.world.find(f"/subscriptions/{write.subscription}/resourceGroups/{_GROUP}") is not None:
        return [watcher]
    return [Companion("resources:ResourceGroup", group, {"location": place}), watcher]


@rule("NetworkWatcherCountLimitReached", _CREATE)
def _one_a_region(write: Write) -> None:
    place = region(str(at(write.body, "location") or ""))
    for other in write.world.of_type(write.kind.token):
        refuse(
            other.subscription == write.subscription.lower()
            and other.location == place
            and arm_ids.key(other.arm_id) != arm_ids.key(write.arm_id),
            400,
            "NetworkWatcherCountLimitReached",
            "Cannot create more than 1 network watchers for this subscription in this region.",
        )


NETWORK_WATCHER = ResourceType(
    token="network:NetworkWatcher",
    path="/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network"
    "/networkWatchers/{networkWatcherName}",
    name=NameRule(
        pattern=r"[A-Za-z0-9]([\w.-]*\w)?",
        least=1,
        most=80,
        code="InvalidResourceName",
        allowed="1 to 80 letters, digits, '_', '-' and '.', a letter or digit first",
        source=ARM_NAMES,
    ),
    durations=Durations(create=6, update=6, delete=6, source=ESTIMATE),
    source="https://learn.microsoft.com/azure/templates/microsoft.network/2024-05-01/networkwatchers",
    replace_on=("location",),
    computed={"etag": etag()},
    rules=(_one_a_region,),
)

TYPES = (NETWORK_WATCHER,)

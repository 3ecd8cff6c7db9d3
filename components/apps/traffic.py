"""Which revisions of an app get its traffic: the newest, unless a release holds it where it is while it looks on.

The variable is how a release reaches the program under either engine: it names the revision that keeps all traffic for
that one run, and the run after it, without the variable, gives the traffic to the newest. Without it Azure still does
not move the traffic to a revision that is not ready.
https://learn.microsoft.com/azure/container-apps/revisions#zero-downtime-deployment
"""

import os
from typing import Final

from pulumi_azure_native import app

HELD_TRAFFIC: Final = "COMPLIANCEFLOW_HELD_TRAFFIC"
"""`{app}--{suffix}`, the revision that keeps the traffic of that app; absent or empty in every run but a release's."""
_MARK: Final = "--"
_ALL: Final = 100


def traffic(name: str) -> list[app.TrafficWeightArgs]:
    """The shares of the app of this name, which has an ingress."""
    held = os.environ.get(HELD_TRAFFIC, "")
    if held.partition(_MARK)[0] != name:
        return [app.TrafficWeightArgs(latest_revision=True, weight=_ALL)]
    return [
        app.TrafficWeightArgs(revision_name=held, weight=_ALL),
        app.TrafficWeightArgs(latest_revision=True, weight=0),
    ]


def mode(*, asked: bool) -> app.ActiveRevisionsMode:
    """Side by side where traffic can be shared out; what nobody asks runs once: two would both read the same hubs.

    In single mode Azure keeps the revision before until the new one is ready.
    """
    return app.ActiveRevisionsMode.MULTIPLE if asked else app.ActiveRevisionsMode.SINGLE

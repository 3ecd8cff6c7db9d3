"""What use is declared in: every driver with its unit and what it is counted for. Months have 730 hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Driver:
    """unit: of a month where it says no other. what: of what, said to people."""

    unit: str
    what: str


_TABLE: Final = {
    "app-awake-hours": Driver("hours", "an app that may scale to zero has a replica running"),
    "app-active-share": Driver("0 to 1", "of its running time, an app at its least number of replicas is busy"),
    "app-extra-replica-hours": Driver("hours", "replicas of an app above the least number, taken together"),
    "job-runs": Driver("runs", "of a job"),
    "job-minutes": Driver("minutes", "that one run of a job takes"),
    "environment-million-requests": Driver("million", "requests into an apps environment from outside of it"),
    "internet-out-gb": Driver("GB", "to the internet from an apps environment with a public entry"),
    "hub-million-events": Driver("million", "events of 64 KB into an Event Hubs namespace"),
    "hub-extra-unit-hours": Driver("hours", "throughput units above the namespace's own, after it has grown"),
    "logs-gb": Driver("GB", "of logs and metrics into a workspace"),
    "blob-gb": Driver("GB", "of blobs in a storage account, all of them counted as hot"),
    "blob-writes": Driver("operations", "that write blobs"),
    "blob-reads": Driver("operations", "that read blobs"),
    "blob-replicated-gb": Driver("GB", "of new blobs copied to the paired region"),
    "backup-gb": Driver("GB", "in a backup vault for one protected account"),
    "backup-writes": Driver("operations", "that write to a backup vault"),
    "postgres-backup-gb": Driver("GB", "of a server's backups, one copy of them"),
    "vault-operations": Driver("operations", "on a key vault"),
    "endpoint-in-gb": Driver("GB", "into a private endpoint"),
    "endpoint-out-gb": Driver("GB", "out of a private endpoint"),
    "peering-in-gb": Driver("GB", "into a network by one peering"),
    "peering-out-gb": Driver("GB", "out of a network by one peering"),
    "dns-million-queries": Driver("million", "queries of a private DNS zone"),
    "flow-gb": Driver("GB", "of flow logs of a network"),
    "alert-series": Driver("series", "that an alert over all values of a dimension watches"),
    "mails": Driver("mails", "that one receiver of an action group gets"),
    "front-door-requests": Driver("requests", "to Front Door"),
    "front-door-out-gb": Driver("GB", "from Front Door to clients"),
    "front-door-origin-gb": Driver("GB", "from Front Door to its origin"),
    "nat-gb": Driver("GB", "through a NAT gateway"),
}
DRIVERS: Final[Mapping[str, Driver]] = MappingProxyType(_TABLE)

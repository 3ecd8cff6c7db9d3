"""A program of FLEET_SIZE azure-native resources in the proportions of a deployment: groups, networks, zones, records.

FLEET_TAG changes one tag on every resource (an update of all). COMPLIANCEFLOW_SDK_PATCHES=off leaves the SDK as it is.
The repository stands on PYTHONPATH.
"""

import os

from deployments import sdk_patches

sdk_patches.apply()

import pulumi  # noqa: E402 - the patches come first, as in the platform's own program
from pulumi_azure_native import managedidentity, network, operationalinsights, privatedns, resources  # noqa: E402

SIZE = int(os.environ["FLEET_SIZE"])
TAGS = {"Fleet": os.environ.get("FLEET_TAG", "1")}
LOCATION = "westeurope"
PER_GROUP = 10


def group(index: int, count: int) -> None:
    """A resource group and up to nine resources in it."""
    name = f"rg-fleet-{index}"
    rg = resources.ResourceGroup(name, resource_group_name=name, location=LOCATION, tags=TAGS)
    made = 1
    if made < count:
        zone = privatedns.PrivateZone(
            f"zone-{index}",
            private_zone_name=f"fleet{index}.internal",
            location="global",
            resource_group_name=rg.name,
            tags=TAGS,
        )
        made += 1
        for record in range(min(4, count - made)):
            privatedns.PrivateRecordSet(
                f"record-{index}-{record}",
                resource_group_name=rg.name,
                private_zone_name=zone.name,
                relative_record_set_name=f"host{record}",
                record_type="A",
                ttl=300,
                a_records=[{"ipv4_address": f"10.0.0.{record + 4}"}],
                metadata=TAGS,
            )
            made += 1
    if made < count:
        network.NetworkSecurityGroup(
            f"nsg-{index}",
            network_security_group_name=f"nsg-{index}",
            resource_group_name=rg.name,
            location=LOCATION,
            tags=TAGS,
        )
        made += 1
    if made < count:
        operationalinsights.Workspace(
            f"log-{index}",
            workspace_name=f"log-fleet-{index}",
            resource_group_name=rg.name,
            location=LOCATION,
            tags=TAGS,
        )
        made += 1
    for extra in range(count - made):
        managedidentity.UserAssignedIdentity(
            f"id-{index}-{extra}",
            resource_name_=f"id-fleet-{index}-{extra}",
            resource_group_name=rg.name,
            location=LOCATION,
            tags=TAGS,
        )


for start in range(0, SIZE, PER_GROUP):
    group(start // PER_GROUP, min(PER_GROUP, SIZE - start))
pulumi.export("size", SIZE)

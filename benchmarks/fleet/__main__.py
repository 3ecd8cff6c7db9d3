"""A program of FLEET_SIZE azure-native resources, ten to a group, without servers that take time of their own.

The SDK's work grows with the aliases of a type: here 25 a resource in the mean, in westeu-dev-1 28.
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


def group(number: int, count: int) -> None:
    """A resource group and what is in it, `count` resources in all (1 to 10)."""
    rg = resources.ResourceGroup(
        f"rg-{number}", resource_group_name=f"rg-fleet-{number}", location=LOCATION, tags=TAGS
    ).name
    if count < PER_GROUP:  # the rest of the last group, so that the size is what was asked for
        for index in range(count - 1):
            identity(number, index, rg)
        return
    zone = privatedns.PrivateZone(
        f"zone-{number}",
        private_zone_name=f"fleet{number}.internal",
        location="global",
        resource_group_name=rg,
        tags=TAGS,
    )
    for index in range(2):
        privatedns.PrivateRecordSet(
            f"record-{number}-{index}",
            resource_group_name=rg,
            private_zone_name=zone.name,
            relative_record_set_name=f"host{index}",
            record_type="A",
            ttl=300,
            a_records=[{"ipv4_address": f"10.0.0.{index + 4}"}],
            metadata=TAGS,
        )
    for index in range(3):
        name = f"nsg-{number}-{index}"
        network.NetworkSecurityGroup(
            name, network_security_group_name=name, resource_group_name=rg, location=LOCATION, tags=TAGS
        )
    operationalinsights.Workspace(
        f"log-{number}", workspace_name=f"log-fleet-{number}", resource_group_name=rg, location=LOCATION, tags=TAGS
    )
    for index in range(2):
        identity(number, index, rg)


def identity(number: int, index: int, rg: pulumi.Input[str]) -> None:
    """A managed identity."""
    managedidentity.UserAssignedIdentity(
        f"id-{number}-{index}",
        resource_name_=f"id-fleet-{number}-{index}",
        resource_group_name=rg,
        location=LOCATION,
        tags=TAGS,
    )


for start in range(0, SIZE, PER_GROUP):
    group(start // PER_GROUP, min(PER_GROUP, SIZE - start))
pulumi.export("size", SIZE)

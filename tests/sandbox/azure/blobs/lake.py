"""A container of blobs in the stand-in, and identities that may or may not: what tests of blobs stand on."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.azure.blobs.service import BlobService
from sandbox.azure.blobs.tokens import storage_token
from sandbox.azure.catalog.role_definitions import ROLES
from sandbox.azure.provider import AzureProvider
from sandbox.azure.store import Store
from tests.sandbox.azure.cloud import GROUP, SUBSCRIPTION, TENANT, Clock, Cloud, Live

HOST = "stcftest.blob.core.windows.net"
URL = f"https://{HOST}/exports-dev/westeu-dev-1"


@dataclass
class Lake:
    """The cloud, its container `exports-dev`, the service that answers for it, and an identity without a role."""

    home: Path
    cloud: Cloud
    container: Live
    service: BlobService
    principal: str = ""

    def identity(self, name: str = "job") -> str:
        """The object id of a new identity."""
        live = self.cloud.create(
            "managedidentity:UserAssignedIdentity", name, resourceGroupName=GROUP, resourceName=f"id-{name}"
        )
        return str(live.outputs["principalId"])

    def allow(self, principal: str, role: str = "Storage Blob Data Contributor", **more: str) -> Live:
        """Give a role on the container."""
        return self.cloud.create(
            "authorization:RoleAssignment",
            f"{principal}-{role}",
            roleAssignmentName=principal[:-1] + str(len(role) % 10),
            scope=more.pop("scope", self.container.id),
            roleDefinitionId=f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization"
            f"/roleDefinitions/{ROLES[role]}",
            principalId=principal,
            principalType="ServicePrincipal",
            **more,
        )

    def token(self, principal: str) -> str:
        """What the principal shows."""
        return storage_token(self.home, principal).get_secret_value()

    def make(self) -> Live:
        """The container."""
        return self.cloud.create(
            "storage:BlobContainer",
            "exports",
            resourceGroupName=GROUP,
            accountName="stcftest",
            containerName="exports-dev",
        )


@contextmanager
def opened(home: Path) -> Generator[Lake]:
    """A lake in an empty home."""
    (home / "pg").mkdir(parents=True, exist_ok=True)
    store = Store(home / "azure.db", seed="test")
    store.add_subscription(SUBSCRIPTION, TENANT)
    cloud = Cloud(AzureProvider(store), store, Clock())
    cloud.configure(subscriptionId=SUBSCRIPTION, location="westeurope")
    cloud.group()
    cloud.create(
        "storage:StorageAccount",
        "st",
        resourceGroupName=GROUP,
        accountName="stcftest",
        kind="StorageV2",
        sku={"name": "Standard_LRS"},
    )
    with BlobService(home, store) as service:
        lake = Lake(home, cloud, Live("", "", {}, {}), service)
        lake.container = lake.make()
        lake.principal = lake.identity()
        yield lake
    store.close()

"""The identity that a workload signs in with: a service, a job, the gateway.

User-assigned, so that it stands with its roles, and with its role in the databases, before what runs as it.
https://learn.microsoft.com/azure/container-apps/managed-identity
"""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity

from components.place import Place


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """`workload`: what runs as it, as "user" or "tenancy"; it ends the identity's name."""

    place: Place
    workload: str


class WorkloadIdentity(pulumi.ComponentResource):
    """An identity. `id`: ARM's; `principal_id`: the object id that roles name; `client_id`: what its workload gives."""

    id: pulumi.Output[str]
    principal_id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:WorkloadIdentity", name, None, opts)
        place = args.place
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=place.group,
            resource_name_=place.names.of("user_assigned_identity", args.workload),
            location=place.location,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = identity.id
        self.principal_id = identity.principal_id
        self.client_id = identity.client_id
        self.name = identity.name
        self.register_outputs({"id": self.id, "principalId": self.principal_id, "clientId": self.client_id})

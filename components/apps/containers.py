"""What an app and a job have in common: image and registry, identity, variables, size.

https://learn.microsoft.com/azure/container-apps/containers
"""

from collections.abc import Mapping
from typing import Final

import pulumi
from pulumi_azure_native import app

from components.apps.workload_identity import WorkloadIdentity

# Consumption takes these pairs of vCPU and memory: https://learn.microsoft.com/azure/container-apps/containers#allocations
MEMORY_FOR_CPU: Final[Mapping[float, str]] = {quarter / 4: f"{quarter / 2:g}Gi" for quarter in range(1, 17)}


def check_cpu(cpu: float) -> None:
    """Raise ValueError for a number of vCPUs that Consumption does not have."""
    if cpu not in MEMORY_FOR_CPU:
        raise ValueError(f"cpu {cpu}: Consumption has {', '.join(f'{each:g}' for each in MEMORY_FOR_CPU)}")


def resources(cpu: float) -> app.ContainerResourcesArgs:
    """The size of a container with so many vCPUs, which `check_cpu` has passed."""
    return app.ContainerResourcesArgs(cpu=cpu, memory=MEMORY_FOR_CPU[cpu])


def pulled(reference: str, registry: pulumi.Input[str] | None) -> pulumi.Input[str]:
    """What a container runtime pulls; without a registry the reference is whole."""
    return reference if registry is None else pulumi.Output.concat(registry, "/", reference)


def credentials(
    registry: pulumi.Input[str] | None, identity: WorkloadIdentity
) -> list[app.RegistryCredentialsArgs] | None:
    """How a private registry is asked: as the workload's identity, no password.

    https://learn.microsoft.com/azure/container-apps/managed-identity-image-pull
    """
    if registry is None:
        return None
    return [app.RegistryCredentialsArgs(server=registry, identity=identity.id)]


def runs_as(identity: WorkloadIdentity) -> app.ManagedServiceIdentityArgs:
    """That one identity and no other."""
    return app.ManagedServiceIdentityArgs(
        type=app.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
    )


def vault_secrets(secrets: Mapping[str, pulumi.Input[str]], identity: WorkloadIdentity) -> list[app.SecretArgs]:
    """App secrets that stand for a vault's, read as the workload's identity. `secrets`: name → URI without a version.

    https://learn.microsoft.com/azure/container-apps/manage-secrets#reference-secret-from-key-vault
    """
    return [app.SecretArgs(name=name, key_vault_url=secrets[name], identity=identity.id) for name in sorted(secrets)]


def environment_of(
    variables: Mapping[str, pulumi.Input[str]], identity: WorkloadIdentity, secret: Mapping[str, str] | None = None
) -> list[app.EnvironmentVarArgs]:
    """The variables in a fixed order, with the identity's client id: a user-assigned one must be named to be used.

    `secret`: variable → the app secret that it gets its value from.
    """
    every = {**variables, "AZURE_CLIENT_ID": identity.client_id}
    plain = [app.EnvironmentVarArgs(name=key, value=every[key]) for key in sorted(every)]
    return [
        *plain,
        *(app.EnvironmentVarArgs(name=key, secret_ref=name) for key, name in sorted((secret or {}).items())),
    ]

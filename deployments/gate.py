"""The databases made ready before anything uses them: the tenancy job, and the gate that its success opens.

The job serves the deployment after that too: `cfctl db` and `cfctl tenant` start it with other arguments.
"""

from collections.abc import Sequence
from typing import Any, Final

import pulumi

from cidr import ACCOUNT
from components.apps.container_job import ContainerJob, ContainerJobArgs
from components.apps.database_gate import DatabaseGate, DatabaseGateArgs
from deployments.catalogue.workloads import TENANCY
from deployments.permissions import Roles
from deployments.world import World
from tenancy.revision import SCHEMA_REVISION

_TIMEOUT: Final = 1_800  # seconds for one try, which does all databases one after another
_TRIES_MORE: Final = 1


def guard(world: World, roles: Roles, opts: pulumi.ResourceOptions) -> DatabaseGate:
    """Declare job and gate."""
    base, data, image, plan = world.base, world.data, world.blueprint.tenancy_image, _plan(world)
    key = world.additions.signing_key
    base.ways.to("blob", world.blueprint.exports.account_id, beyond=ACCOUNT)
    before = pulumi.ResourceOptions(depends_on=[*roles[TENANCY], *base.ways.made])
    job = ContainerJob(
        TENANCY,
        ContainerJobArgs(
            place=base.place,
            job=TENANCY,
            identity=world.identities[TENANCY],
            environment_id=base.environment.id,
            workspace_id=base.logs.id,
            image=image,
            registry=world.registry.login_server,
            timeout_seconds=_TIMEOUT,
            retry_limit=_TRIES_MORE,
            variables={
                "POSTGRES_HOST": data.postgres.host,
                "PGUSER": world.blueprint.names.of("user_assigned_identity", TENANCY),
                "TENANCY_PLAN": plan,
                "TENANCY_STORE": world.blueprint.exports.url,
                "TENANCY_VAULT": base.vault.uri,
                **_exported_blobs(world),
            },
            secrets={key.secret_name: key.secret_uri} if key else {},
            secret_variables={"TENANCY_SIGNING_KEYS": key.secret_name} if key else {},
        ),
        pulumi.ResourceOptions.merge(opts, before),
    )
    return DatabaseGate(
        "databases",
        DatabaseGateArgs(
            job_id=job.id,
            server_id=data.postgres.id,
            server_created_at=data.postgres.created_at,
            schema_revision=world.blueprint.settings.schema_revision or SCHEMA_REVISION,
            image=image,
            plan=plan,
            provider=azure_of(opts),
            depends=[data.postgres],  # and the job, by its id: not what else belongs to that
            after_backup=not world.blueprint.settings.ephemeral,
            signing_key=key.key_id if key else None,
        ),
        opts,
    )


def _exported_blobs(world: World) -> dict[str, pulumi.Input[str]]:
    """The URLs of the containers whose blobs an export has too, where there are any."""
    names = world.runs.exported_containers
    if not names:
        return {}
    urls = world.data.storage.blob_endpoint.apply(lambda base: " ".join(f"{base.rstrip('/')}/{it}" for it in names))
    return {"TENANCY_BLOBS": urls}


def _plan(world: World) -> pulumi.Output[str]:
    """Which identity does what in which database, whose tenants they take, which revision: as the job reads it."""
    names, services = world.blueprint.names, world.runs.services
    settings, zone = world.blueprint.settings, world.blueprint.region.residency_zone
    deployment: dict[str, Any] = {
        "deployment": str(settings.deployment),
        "zone": zone if world.kind == "regional" else None,
        "dedicated_tenant": settings.options.dedicated_tenant,
        "revision": settings.schema_revision,
    }
    signed = {"signed_context": True} if world.runs.signed_context else {}
    databases = [
        {
            "name": database,
            **signed,
            "principals": [
                {
                    "name": names.of("user_assigned_identity", service.name),
                    "object_id": world.identities[service.name].principal_id,
                    "duty": service.duty,
                }
                for service in services
                if database in service.databases
            ],
        }
        for database in world.runs.databases
    ]
    said = {key: value for key, value in deployment.items() if value is not None}
    return pulumi.Output.json_dumps({"databases": databases, **said})


def azure_of(opts: pulumi.ResourceOptions) -> pulumi.ProviderResource:
    """The deployment's own provider, as whose identity the job is started."""
    providers = opts.providers if isinstance(opts.providers, Sequence) else ()
    return next(provider for provider in providers if provider.package == "azure-native")

"""One service of the platform as a container app, with an identity of its own.

- The identity is user-assigned, so that its roles stand before the app starts; it may read the deployment's secrets.
- Revisions live side by side (multiple mode), the newest takes the traffic: releases shift it by weights.
  https://learn.microsoft.com/azure/container-apps/revisions
- Three probes: startup gives a slow start its time, liveness asks nothing but the process itself, readiness asks the
  service for its dependencies. https://learn.microsoft.com/azure/container-apps/health-probes
- Ingress is external to the environment, which is internal to the network: whoever reaches the network's 443 and is
  let in by the subnet's rules reaches the service, by https only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import app, managedidentity

from components.container_environment import CONSUMPTION
from components.place import Place
from components.roles import Role, assign_to_identity
from components.workload import Image, Scale

# Consumption takes these pairs of vCPU and memory: https://learn.microsoft.com/azure/container-apps/containers#allocations
MEMORY_FOR_CPU: Final[Mapping[float, str]] = {quarter / 4: f"{quarter / 2:g}Gi" for quarter in range(1, 17)}
REQUESTS_PER_REPLICA: Final = "50"


@dataclass(frozen=True, kw_only=True)
class ContainerServiceArgs:
    """`service`: its name, also that of the app. `variables`: plain environment variables, nothing secret.

    Raises ValueError for a `cpu` that Consumption does not have.
    """

    place: Place
    service: str
    subscription_id: str
    environment_id: pulumi.Input[str]
    default_domain: pulumi.Input[str]
    vault_id: pulumi.Output[str]
    image: Image
    scale: Scale
    cpu: float = 0.25
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])

    def __post_init__(self) -> None:
        if self.cpu not in MEMORY_FOR_CPU:
            raise ValueError(f"cpu {self.cpu}: Consumption has {', '.join(f'{cpu:g}' for cpu in MEMORY_FOR_CPU)}")


class ContainerService(pulumi.ComponentResource):
    """A service; `url` is where it answers inside the network."""

    id: pulumi.Output[str]
    url: pulumi.Output[str]
    identity_id: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ContainerService", name, None, opts)
        place = args.place
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=place.group,
            resource_name_=place.names.of("user_assigned_identity", args.service),
            location=place.location,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        secrets = assign_to_identity(
            f"{name}-reads-secrets",
            Role.KEY_VAULT_SECRETS_USER,
            scope=args.vault_id,
            principal_id=identity.principal_id,
            subscription_id=args.subscription_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        service = app.ContainerApp(
            f"{name}-app",
            resource_group_name=place.group,
            container_app_name=place.names.of("container_app", args.service),
            location=place.location,
            environment_id=args.environment_id,
            workload_profile_name=CONSUMPTION,
            identity=app.ManagedServiceIdentityArgs(
                type=app.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
            ),
            configuration=app.ConfigurationArgs(
                active_revisions_mode=app.ActiveRevisionsMode.MULTIPLE,
                ingress=app.IngressArgs(
                    external=True,
                    allow_insecure=False,
                    target_port=args.image.port,
                    transport=app.IngressTransportMethod.AUTO,
                    traffic=[app.TrafficWeightArgs(latest_revision=True, weight=100)],
                ),
            ),
            template=_template(args, {**args.variables, "AZURE_CLIENT_ID": identity.client_id}),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[secrets]),
        )
        self.id = service.id
        self.identity_id = identity.id
        self.url = pulumi.Output.concat("https://", service.name, ".", args.default_domain)
        self.register_outputs({"id": self.id, "url": self.url})


def _template(args: ContainerServiceArgs, variables: Mapping[str, pulumi.Input[str]]) -> app.TemplateArgs:
    container = app.ContainerArgs(
        name=args.service,
        image=args.image.reference,
        resources=app.ContainerResourcesArgs(cpu=args.cpu, memory=MEMORY_FOR_CPU[args.cpu]),
        env=[app.EnvironmentVarArgs(name=key, value=variables[key]) for key in sorted(variables)],
        probes=_probes(args.image),
    )
    rule = app.ScaleRuleArgs(
        name="http", http=app.HttpScaleRuleArgs(metadata={"concurrentRequests": REQUESTS_PER_REPLICA})
    )
    scale = app.ScaleArgs(min_replicas=args.scale.least, max_replicas=args.scale.most, rules=[rule])
    return app.TemplateArgs(containers=[container], scale=scale)


def _probes(image: Image) -> list[app.ContainerAppProbeArgs]:
    """Seconds within Azure's limits; a start may take 10 times 10 s, since a probe fails 10 times at most."""

    def probe(kind: app.Type, path: str, *, period: int, failures: int) -> app.ContainerAppProbeArgs:
        return app.ContainerAppProbeArgs(
            type=kind,
            http_get=app.ContainerAppProbeHttpGetArgs(path=path, port=image.port),
            period_seconds=period,
            failure_threshold=failures,
            timeout_seconds=5,
        )

    return [
        probe(app.Type.STARTUP, image.liveness_path, period=10, failures=10),
        probe(app.Type.LIVENESS, image.liveness_path, period=10, failures=3),
        probe(app.Type.READINESS, image.readiness_path, period=10, failures=3),
    ]

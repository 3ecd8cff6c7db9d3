"""One service of the platform as a container app that runs as its own identity.

- Identity and roles are made before: what an app may read or pull must stand when Azure looks at its body.
- Secrets are references to the vault, read as that identity; nothing secret is in the app's own body or variables.
  https://learn.microsoft.com/azure/container-apps/manage-secrets#reference-secret-from-key-vault
- Revisions live side by side where there is traffic to share out, and the newest takes it (`traffic`); what nobody asks
  runs one at a time. https://learn.microsoft.com/azure/container-apps/revisions
- Three probes: startup gives a slow start its time, liveness asks nothing but the process itself, readiness asks the
  service for its dependencies. https://learn.microsoft.com/azure/container-apps/health-probes
- Ingress is by https only. In an internal environment "external" means the network: whoever reaches its 443 and is let
  in by the subnet's rules reaches the service. https://learn.microsoft.com/azure/container-apps/ingress-overview
- How many replicas run is in `scaling`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_azure_native import app

from components.apps.container_environment import CONSUMPTION
from components.apps.containers import (
    check_cpu,
    credentials,
    environment_of,
    pulled,
    resources,
    runs_as,
    vault_secrets,
)
from components.apps.scaling import KafkaTrigger, scaled, secrets_of
from components.apps.traffic import mode, traffic
from components.apps.workload import Image, Ingress, Reach, Scale
from components.apps.workload_identity import WorkloadIdentity
from components.diagnostics import Telemetry, send_logs
from components.place import Place

# Inactive revisions that Azure keeps for a rollback; it would keep 100.
INACTIVE_REVISIONS: Final = 10


@dataclass(frozen=True, kw_only=True)
class ContainerServiceArgs:
    """`service`: its name, also that of the app. `variables`: plain environment variables, nothing secret.

    `registry`: address of the private registry that has the image; None for a public image. `secrets`: app secret →
    URI of the vault's secret, without a version.

    Raises ValueError for a `cpu` that Consumption does not have, a trigger whose secret is not among `secrets`, and a
    service that nothing could ever start: no ingress, no trigger, no replica.
    """

    place: Place
    service: str
    identity: WorkloadIdentity
    environment_id: pulumi.Input[str]
    default_domain: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    image: Image
    registry: pulumi.Input[str] | None
    ingress: Ingress
    scale: Scale
    triggers: Sequence[KafkaTrigger] = ()
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    cpu: float = 0.25

    def __post_init__(self) -> None:
        check_cpu(self.cpu)
        for trigger in self.triggers:
            if trigger.secret not in self.secrets:
                raise ValueError(
                    f"{self.service}: trigger {trigger.name} names the secret {trigger.secret!r}; secrets has "
                    f"{', '.join(self.secrets) or 'none'}: add the vault's URI of its connection string there"
                )
        if self.ingress.reach is Reach.NONE and not self.triggers and self.scale.least == 0:
            raise ValueError(
                f"{self.service} could never start: give it an ingress, a trigger, or at least one replica"
            )


class ContainerService(pulumi.ComponentResource):
    """A service; `url` is where it answers, None where nobody may ask.

    What the options depend on (roles, the database gate) the app itself waits for.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    url: pulumi.Output[str] | None

    def __init__(self, name: str, args: ContainerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ContainerService", name, None, opts)
        place = args.place
        asked = args.ingress.reach is not Reach.NONE
        service = app.ContainerApp(
            f"{name}-app",
            resource_group_name=place.group,
            container_app_name=place.names.of("container_app", args.service),
            location=place.location,
            environment_id=args.environment_id,
            workload_profile_name=CONSUMPTION,
            identity=runs_as(args.identity),
            configuration=app.ConfigurationArgs(
                active_revisions_mode=mode(asked=asked),
                max_inactive_revisions=INACTIVE_REVISIONS,
                ingress=_ingress(args.ingress, args.image.port, args.place.names.of("container_app", args.service)),
                registries=credentials(args.registry, args.identity),
                secrets=_secrets(args),
            ),
            template=_template(args),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        own = pulumi.ResourceOptions(parent=self)
        send_logs(f"{name}-metrics", place, service.id, args.workspace_id, own, telemetry=Telemetry.METRICS)
        self.id = service.id
        self.name = service.name
        self.url = pulumi.Output.concat("https://", service.name, ".", args.default_domain) if asked else None
        self.register_outputs({"id": self.id, "url": self.url})


def _ingress(ingress: Ingress, port: int, name: str) -> app.IngressArgs | None:
    if ingress.reach is Reach.NONE:
        return None
    allowed = [
        app.IpSecurityRestrictionRuleArgs(name=f"allowed-{number}", action=app.Action.ALLOW, ip_address_range=text)
        for number, text in enumerate(ingress.allow_list, start=1)
    ]
    return app.IngressArgs(
        external=True,
        allow_insecure=False,
        target_port=port,
        transport=app.IngressTransportMethod.AUTO,
        traffic=traffic(name),
        ip_security_restrictions=allowed or None,
    )


def _secrets(args: ContainerServiceArgs) -> list[app.SecretArgs] | None:
    """The vault's, by reference, and what else the triggers name."""
    return [*vault_secrets(args.secrets, args.identity), *secrets_of(args.triggers)] or None


def _template(args: ContainerServiceArgs) -> app.TemplateArgs:
    container = app.ContainerArgs(
        name=args.service,
        image=pulled(args.image.reference, args.registry),
        resources=resources(args.cpu),
        env=environment_of(args.variables, args.identity),
        probes=_probes(args.image),
    )
    asked = args.ingress.reach is not Reach.NONE
    return app.TemplateArgs(containers=[container], scale=scaled(args.scale, args.triggers, asked=asked))


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

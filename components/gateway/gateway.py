"""The API gateway: Envoy as a container app, the one way into an environment's deployments.

In dev and stg it is public for listed addresses; in prod its environment is internal, behind Front Door. Its whole
configuration is one variable, rendered from routes: a change of a route is a new revision, which takes the traffic once
its probes pass and can be gone back from. The variable holds nothing secret: tokens are checked with Entra's public
keys. https://learn.microsoft.com/azure/container-apps/revisions
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi

from cidr import Fault, FaultsError, Kind
from components.apps.container_service import ContainerService, ContainerServiceArgs
from components.apps.workload import Image, Ingress, Scale
from components.apps.workload_identity import WorkloadIdentity
from components.gateway.config import GatewayFacts, render
from components.gateway.routes import Route, check_routes
from components.place import Place

GATEWAY: Final = "gateway"
CONFIG_VARIABLE: Final = "GATEWAY_CONFIG"
_EXAMPLE: Final = "203.0.113.0/24"


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """`environment_id`, `default_domain`: of the edge environment. `global_domain`: of that with the global services.

    `services`: those that run, by kind: a route to another is a fault. `regions`: Azure's names of the regions that the
    gateway may forward to. `entra_tenant_id`, `audience`, `tenant_claim`: as in GatewayFacts. `allow_list`: IPv4 ranges
    (CIDR) that may ask a `public` gateway; empty for another.

    Raises FaultsError with every fault of the routes, the allow list and the facts.
    """

    place: Place
    identity: WorkloadIdentity
    environment_id: pulumi.Input[str]
    default_domain: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    image: Image
    registry: pulumi.Input[str] | None
    routes: Sequence[Route]
    services: Mapping[Kind, Collection[str]]
    global_domain: pulumi.Input[str]
    regions: Sequence[str]
    entra_tenant_id: str
    audience: str
    allow_list: tuple[str, ...]
    public: bool
    scale: Scale
    tenant_claim: str = "tenant_id"
    cpu: float = 0.25

    def __post_init__(self) -> None:
        faults = list(_allow_list_faults(self.allow_list, public=self.public))
        for check in (
            lambda: check_routes(self.routes, self.services),
            lambda: self.facts("placeholder.azurecontainerapps.io"),  # the domain is known later
        ):
            try:
                check()
            except FaultsError as error:
                faults += error.faults
        if faults:
            raise FaultsError(faults)

    def facts(self, global_domain: str) -> GatewayFacts:
        """What the configuration is rendered from, once the domain of the global services is known."""
        return GatewayFacts(
            global_domain=global_domain,
            regions=tuple(self.regions),
            entra_tenant_id=self.entra_tenant_id,
            audience=self.audience,
            tenant_claim=self.tenant_claim,
        )


class Gateway(pulumi.ComponentResource):
    """The gateway; `url` is the address of the whole platform in its environment."""

    id: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:Gateway", name, None, opts)
        config = pulumi.Output.from_input(args.global_domain).apply(
            lambda domain: render(args.routes, args.facts(domain))
        )
        service = ContainerService(
            name,
            ContainerServiceArgs(
                place=args.place,
                service=GATEWAY,
                identity=args.identity,
                environment_id=args.environment_id,
                default_domain=args.default_domain,
                workspace_id=args.workspace_id,
                image=args.image,
                registry=args.registry,
                ingress=Ingress.public(args.allow_list) if args.public else Ingress.NETWORK,
                scale=args.scale,
                variables={CONFIG_VARIABLE: config},
                cpu=args.cpu,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        if service.url is None:
            raise ValueError("the gateway has no address: its ingress is from nowhere")
        self.id = service.id
        self.url = service.url
        self.register_outputs({"id": self.id, "url": self.url})


def _allow_list_faults(allow_list: Sequence[str], *, public: bool) -> Iterator[Fault]:
    """Azure takes IPv4 ranges only: https://learn.microsoft.com/azure/container-apps/ip-restrictions."""
    where = "gateway allow_list"
    if public and not allow_list:
        what = "it is empty, and a public gateway without one lets in everybody"
        yield Fault(
            where=where, what=what, allowed="one IPv4 range at least", next_step=f"list who may ask, as {_EXAMPLE!r}"
        )
    if allow_list and not public:
        what = f"it names {', '.join(allow_list)}, and the gateway is not public"
        yield Fault(
            where=where, what=what, allowed="none: the network's rules decide", next_step="leave the list empty"
        )
    for number, text in enumerate(allow_list):
        try:
            everybody = IPv4Network(text).prefixlen == 0
        except ValueError as error:
            what = f"{text!r} is no range: {error}"
        else:
            if not everybody:
                continue
            what = f"{text!r} lets in everybody"
        yield Fault(
            where=f"{where}[{number}]",
            what=what,
            allowed="IPv4 ranges in CIDR notation, no bit set behind the prefix",
            next_step=f"write it like {_EXAMPLE!r}, or 203.0.113.7/32 for one address",
        )

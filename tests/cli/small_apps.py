"""A small program with what a deployment is released to and put to sleep: two services and a database server."""

from pathlib import Path

PROGRAM = """
import pulumi
from pulumi_azure_native import Provider, app, dbforpostgresql

from cidr import DeploymentName
from components.apps.container_service import ContainerService, ContainerServiceArgs
from components.apps.workload import Ingress, Scale
from components.apps.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.conventions import Names, tags_for
from components.resource_group import ResourceGroup, ResourceGroupArgs
from components.watching.log_analytics import LogAnalytics, LogAnalyticsArgs
from deployments.images import load_images

settings = pulumi.Config().require_object("settings")
azure = Provider("azure", subscription_id=settings["subscription_id"])
opts = pulumi.ResourceOptions(providers=[azure])
name = DeploymentName.parse(pulumi.get_stack())
names, tags = Names(name, "cf"), tags_for(name, owner="DevOps", cost_center="Platform")
place = ResourceGroup("group", ResourceGroupArgs(location="westeurope", names=names, tags=tags), opts).place
logs = LogAnalytics("logs", LogAnalyticsArgs(place=place, retention_days=30), opts)
environment = app.ManagedEnvironment(
    "apps",
    resource_group_name=place.group,
    environment_name=names.of("container_apps_environment"),
    location=place.location,
    opts=pulumi.ResourceOptions(provider=azure),
)
dbforpostgresql.Server(
    "postgres",
    resource_group_name=place.group,
    server_name=names.of("postgres_server"),
    location=place.location,
    version="18",
    sku={"name": "Standard_B1ms", "tier": "Burstable"},
    storage={"storage_size_gb": 32},
    auth_config={"active_directory_auth": "Enabled", "password_auth": "Disabled", "tenant_id": settings["tenant_id"]},
    opts=pulumi.ResourceOptions(provider=azure),
)
images = load_images(name.environment)
for service, ingress, least in (("user", Ingress.NETWORK, 0), ("audit-consumer", Ingress.NONE, 1)):
    identity = WorkloadIdentity(f"{service}-as", WorkloadIdentityArgs(place=place, workload=service), opts)
    ContainerService(
        service,
        ContainerServiceArgs(
            place=place,
            service=service,
            identity=identity,
            environment_id=environment.id,
            default_domain=environment.default_domain,
            workspace_id=logs.id,
            image=images.of([service])[service],
            registry=None,
            ingress=ingress,
            scale=Scale(least=least, most=2),
        ),
        opts,
    )
"""


def write(project: Path, images: Path) -> None:
    """Have the copy at `project` run it, with images of its own."""
    (project / "__main__.py").unlink()
    (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    copy_images(project, images)


def copy_images(project: Path, images: Path) -> None:
    """Give the copy release files of its own in the place of a link to ours: a release writes them."""
    (project / "images").unlink()
    (project / "images" / "releases").mkdir(parents=True)
    for file in ("images.yaml", "releases/dev.yaml", "releases/stg.yaml", "releases/prod.yaml"):
        (project / "images" / file).write_text((images / file).read_text(encoding="utf-8"), encoding="utf-8")

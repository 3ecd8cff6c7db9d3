"""Which app of a deployment is meant, and who to ask about it: in the sandbox of this home or on Azure, by one code."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from cidr import DeploymentName, Fault, FaultsError
from cidr.faults import nearest
from cli.arm_client import ArmRefusedError, Object
from cli.databases.hosts import JobHost, open_host
from cli.failures import RefusedError
from cli.places import AZURE
from cli.running_apps.release_file import ReleaseFile
from cli.running_apps.stands import API_VERSION, ArmApp
from sandbox.home import SandboxHome
from stacks import load_settings


@dataclass(frozen=True)
class Apps:
    """The apps of a deployment that is up."""

    host: JobHost

    @property
    def deployment(self) -> DeploymentName:
        """Whose apps they are."""
        return self.host.settings.deployment

    @property
    def on_azure(self) -> bool:
        """Whether it is Azure, and not the sandbox of a home."""
        return self.host.place == AZURE

    @cached_property
    def bodies(self) -> Sequence[Object]:
        """Every app of the deployment's resource group, as Azure shows it. Raises RefusedError where nothing stands."""
        try:
            listed = self.host.client.get(self._all, API_VERSION)
        except ArmRefusedError as error:
            raise RefusedError(self._absent("any service", str(error))) from None
        if not (found := cast("Sequence[Object]", (listed or {}).get("value") or ())):
            raise RefusedError(self._absent("any service", "its resource group has none"))
        return found

    @property
    def services(self) -> list[str]:
        """The services that have an app, by the alphabet."""
        return sorted(str(it["name"]) for it in self.bodies)

    def known(self, service: str) -> str:
        """The service. Raises FaultsError for one that the deployment has not."""
        if service in self.services:
            return service
        near = nearest(service, self.services)
        fault = Fault(
            where="SERVICE",
            what=f"{self.deployment} has no service {service!r}",
            allowed=", ".join(self.services),
            next_step=f"write {near}" if near else "write one of these",
        )
        raise FaultsError([fault])

    def of(self, service: str) -> ArmApp:
        """The app of a service; its name is the service's own (Names, `container_app`)."""
        return ArmApp(self.host.client, f"{self._all}/{service}", self._absent(service, "it is gone"))

    def file(self, service: str) -> ReleaseFile:
        """Where its image is written."""
        return ReleaseFile(self.deployment.environment, service)

    @property
    def _all(self) -> str:
        return f"{self.host.group_id}/providers/Microsoft.App/containerApps"

    def _absent(self, service: str, why: str) -> Fault:
        return Fault(
            where=f"{self.deployment} {service}",
            what=f"there is no app of {service} in {self.deployment}: {why}",
            allowed="a deployment that is up",
            next_step=f"./cfctl up {self.deployment}" + (" --target azure" if self.on_azure else ""),
        )


@contextmanager
def open_apps(home: SandboxHome, project: Path, deployment: str, targets: Sequence[str]) -> Generator[Apps]:
    """The apps of a deployment. Raises FaultsError for a name that is none, RefusedError where it is not up."""
    settings = load_settings(str(DeploymentName.parse(deployment, "DEPLOYMENT")), project)
    with open_host(home, settings, targets) as host:
        yield Apps(host)

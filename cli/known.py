"""What stands in a home, to be asked about; and what an answer says of a resource, a name or an address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from cidr import ACCOUNT, DeploymentName
from cli.deployed import Notice, standing_resources, up_stacks
from cli.portal import portal_link, tenant_of
from components.conventions import REGIONS, kinds
from sandbox.azure import arm_ids
from sandbox.home import SandboxHome
from sandbox.inventory import standing_of
from topology import Resource


@dataclass(frozen=True, kw_only=True)
class Match:
    """One thing that the question may mean.

    `kind`: of names.yaml where the name is one of those, else the resource's type, "deployment" or "address".
    `deployment`: also "account", then of no region and environment. `status`: that of the deployment (see Standing),
    empty for what belongs to none; `stands`: it is in Azure as far as the state tells. `portal`: link, empty for what
    does not stand. `holders`: what the address is named in.
    """

    what: str
    kind: str
    deployment: str = ""
    region: str = ""
    environment: str = ""
    status: str = ""
    stands: bool = False
    detail: str = ""
    id: str = ""
    urn: str = ""
    tags: Mapping[str, str] | None = None
    portal: str = ""
    holders: tuple[str, ...] = ()


class Known:
    """Everything that stands in a home, read once."""

    def __init__(self, home: SandboxHome, project: Path, notice: Notice) -> None:
        self._home = home
        self._project = project
        self.resources: list[Resource] = []
        for standing in up_stacks(home):
            self.resources += standing_resources(home, standing.deployment, notice)

    def of_resource(self, resource: Resource) -> Match:
        """A resource that stands."""
        tags = resource.value("tags")
        match = Match(
            what=resource.name,
            kind=kind_of(resource),
            id=resource.id,
            urn=resource.urn,
            stands=True,
            tags=cast("Mapping[str, str]", tags) if isinstance(tags, Mapping) else None,
            portal=portal_link(resource.id, tenant_of(resource.deployment, self._project)) if resource.id else "",
        )
        return self.owned(match, resource.deployment)

    def owned(self, match: Match, deployment: str) -> Match:
        """The match, with what is known of its deployment; the account is of no region and no environment."""
        match = replace(match, deployment=deployment, status=standing_of(self._home, deployment).status)
        if deployment == ACCOUNT:
            return match
        name = DeploymentName.parse(deployment)
        return replace(
            match,
            region=f"{name.region}, {REGIONS[name.region].display}",
            environment=str(name.environment),
        )


def kind_of(resource: Resource) -> str:
    """The kind of names.yaml, by the ARM type of the id; else the type token."""
    arm_type = arm_ids.arm_type(resource.id).lower() if resource.id else ""
    return next((name for name, row in kinds().items() if row.arm_type.lower() == arm_type), resource.kind)

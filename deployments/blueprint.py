"""All that a deployment is made from, read and checked before anything is declared.

A program that fails half way has its declared resources made all the same: so whatever input can be wrong is taken
here, where nothing has been declared yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cidr import AddressPlan, DeploymentName, load_map
from components.conventions import REGIONS, Names, RegionInfo, tags_for
from components.workload import Image
from deployments.catalogue import SERVICES
from deployments.contracts import GlobalIds
from deployments.images import load_images
from stacks import Settings, load_settings


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """Plain values only. `images` and `placeholders`: of the deployment's services.

    `peers`: addresses of the apps subnets that its own apps speak to. `global_ids`: of the global deployment that a
    regional one is joined to; None for a global.
    """

    settings: Settings
    plan: AddressPlan
    region: RegionInfo
    names: Names
    tags: Mapping[str, str]
    images: Mapping[str, Image]
    placeholders: tuple[str, ...]
    peers: tuple[str, ...]
    global_ids: GlobalIds | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The blueprint of the deployment that `settings` describes.

        Raises FaultsError for a deployment without addresses, a service without an image where it needs one, and the
        stack file of the global deployment that a regional one needs.
        """
        deployment = settings.deployment
        images, services = load_images(), [service.name for service in SERVICES[deployment.kind]]
        ids = None if deployment.needs is None else _ids_of(deployment.needs)
        return cls(
            settings=settings,
            plan=load_map().plan(deployment),
            region=REGIONS[deployment.region],
            names=Names(deployment, settings.application_code),
            tags=tags_for(deployment, owner=settings.owner, cost_center=settings.cost_center),
            images=images.of(services, deployment.environment),
            placeholders=tuple(name for name in services if images.is_placeholder(name)),
            peers=_regional_apps(deployment) if ids is None else (ids.apps_prefix,),
            global_ids=ids,
        )


def _ids_of(deployment: DeploymentName) -> GlobalIds:
    settings = load_settings(str(deployment))
    return GlobalIds(
        names=Names(deployment, settings.application_code),
        subscription_id=settings.subscription_id,
        apps_prefix=str(load_map().plan(deployment).slot("apps").network),
    )


def _regional_apps(deployment: DeploymentName) -> tuple[str, ...]:
    """The apps subnets of the live regionals of a global's environment: the only ones that its rules let in."""
    allocations = load_map()
    return tuple(
        str(allocations.plan(name).slot("apps").network)
        for name, block in allocations.owned.items()
        if name.needs == deployment and block.status == "live"
    )

"""The resource group of a deployment: its scope for roles, cost and teardown."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import resources

from components.conventions import Names
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class ResourceGroupArgs:
    """`location`: Azure's name of the region, where the group's own record lies."""

    location: str
    names: Names
    tags: Mapping[str, str]


class ResourceGroup(pulumi.ComponentResource):
    """A resource group; `place` is what every other component of the deployment takes."""

    name: pulumi.Output[str]
    place: Place

    def __init__(self, name: str, args: ResourceGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:ResourceGroup", name, None, opts)
        group = resources.ResourceGroup(
            name,
            resource_group_name=args.names.of("resource_group"),
            location=args.location,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = group.name
        self.place = Place(group=group.name, location=args.location, names=args.names, tags=args.tags)
        self.register_outputs({"name": self.name})

"""The resource group of a deployment: its scope for roles, cost and teardown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import resources

from components.conventions import Names
from components.place import Place


@dataclass(frozen=True, kw_only=True)
class ResourceGroupArgs:
    """`location`: Azure's name of the region, where the group's own record lies.

    `own_tags`: what the group alone bears beside `tags`. `kept_tags`: names of tags that are written when the group is
    made and left as they are in Azure ever after, whatever `own_tags` says then; as ever, a change of one that the
    program has never seen is seen by a refresh.
    """

    location: str
    names: Names
    tags: Mapping[str, str]
    own_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    kept_tags: Sequence[str] = ()


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
            tags={**args.tags, **args.own_tags},
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=[f"tags.{tag}" for tag in args.kept_tags]),
        )
        self.name = group.name
        self.place = Place(group=group.name, location=args.location, names=args.names, tags=args.tags)
        self.register_outputs({"name": self.name})

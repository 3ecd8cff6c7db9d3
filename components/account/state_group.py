"""The resource group of the state, taken over from `cfctl init`, which makes it before there is a state to be kept.

Taken over: the program names the id, so the first run imports what is there, brings it to what is said here and from
then on holds it as its own; it never replaces it. Where nothing is there the run fails and says so.
https://www.pulumi.com/docs/iac/concepts/resources/options/import/

Protected: `pulumi destroy` refuses, because with these goes the state of every deployment.
"""

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import resources

from components.account.state_plan import StatePlan
from components.place import AccountPlace


def taken_over(parent: pulumi.Resource, arm_id: str, *, fixed: Sequence[str] = ()) -> pulumi.ResourceOptions:
    """The options of a resource that exists under `arm_id` and must outlive every run.

    `fixed`: properties that Azure fills in when it makes one and never changes; the program says nothing of them, and
    to take one away would be to replace the resource.
    """
    return pulumi.ResourceOptions(parent=parent, import_=arm_id, protect=True, ignore_changes=list(fixed))


class StateGroup(pulumi.ComponentResource):
    """The group; `place` is what the account's other components take."""

    id: pulumi.Output[str]
    place: AccountPlace

    def __init__(self, name: str, plan: StatePlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:StateGroup", name, None, opts)
        group = resources.ResourceGroup(
            name,
            resource_group_name=plan.group,
            location=plan.location,
            tags=plan.tags,
            opts=taken_over(self, plan.group_id),
        )
        self.id = group.id
        self.place = AccountPlace(group=group.name, location=plan.location, names=plan.names, tags=plan.tags)
        self.register_outputs({"id": self.id})

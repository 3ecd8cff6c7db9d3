"""The keystone: the one resource of a deployment that is made last of all, and so deleted first: its workbook.

A destroy that cannot delete it deletes nothing, since all the rest waits for it. So it carries two guards, also against
a plain `pulumi destroy`: in a deployment that stays it is protected in the state (protection.py), and every deployment
that needs another holds that one's keystone by a lock of its own, which Azure names in its refusal (ScopeLocked).
https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization

from components.conventions import Names


@dataclass(frozen=True, kw_only=True)
class HoldArgs:
    """`keystone`: ARM id. `holder`: who needs it. `held`: whose it is, for people. `made_anew`: changes when that
    deployment is made anew, under the same ids.
    """

    keystone: pulumi.Input[str]
    holder: Names
    held: str
    made_anew: pulumi.Input[str]


class Hold(pulumi.ComponentResource):
    """A lock of `holder` on another deployment's keystone; it goes with the holder.

    `depends_on` of the options: all else of the holder, so that its teardown begins with the lock and needs nothing of
    the other one after it.
    """

    def __init__(self, name: str, args: HoldArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("complianceflow:components:Hold", name, None, opts)
        holder = args.holder.deployment
        authorization.ManagementLockByScope(
            f"{name}-lock",
            scope=args.keystone,
            lock_name=args.holder.of("lock"),
            level=authorization.LockLevel.CAN_NOT_DELETE,
            notes=f"{holder} is up and needs {args.held}: take {holder} down first",
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=opts.depends_on,
                replacement_trigger=args.made_anew,
                delete_before_replace=True,  # old and new have one id
            ),
        )
        self.register_outputs({})
